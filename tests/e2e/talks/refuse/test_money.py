"""Money and papers that the rules do not give, or only after somebody has looked."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_the_price_of_an_old_phone_is_not_protected(person: People) -> None:
    gao = await person("c-phone")
    heard = await gao.says("我那手机现在便宜了，差价退给我呗")
    assert "7 天" in heard.text
    assert "确认退差价" not in heard.options
    await gao.says("行吧")
    assert await gao.untouched()


async def test_without_a_lower_price_there_is_no_difference(person: People) -> None:
    sun = await person("c-split")
    heard = await sun.says("四件套我买贵了，退我差价")
    assert "259" in heard.text
    assert "确认退差价" not in heard.options
    assert await sun.untouched()


async def test_a_second_invoice_in_the_same_name_is_not_issued(person: People) -> None:
    lin = await person("c-lin")
    await lin.taps("个人", await lin.says("羊毛毛衣我要开发票"))
    await lin.says("周子航")
    summary = await lin.says("不用发邮箱")
    await lin.taps("确认开票", summary)
    (receipt,) = await lin.new()
    await lin.taps("个人", await lin.says("毛衣那单再帮我开一张发票"))
    again = await lin.says("周子航")
    assert receipt.number in again.text
    assert await lin.kinds() == ["invoice"]


async def test_no_invoice_before_the_goods_are_there(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("那件衬衫现在给我开票")
    assert "收货" in heard.text
    assert "确认开票" not in heard.options
    assert await lin.untouched()


async def test_a_large_compensation_waits_for_a_person(person: People) -> None:
    late = await person("c-late")
    summary = await late.says("至少赔我80块，耽误我多少事")
    assert "80" in summary.text
    assert await late.untouched()
    await late.taps("领取", summary)
    (receipt,) = await late.new()
    assert receipt.kind == "compensation"
    assert "awaiting_approval" in receipt.text
    assert len(await late.handoffs()) == 1


async def test_a_parcel_that_says_signed_is_looked_for_before_money_goes_back(
    person: People,
) -> None:
    wu = await person("c-contested")
    summary = await wu.says("保温杯没收到，现在就把钱退我")
    assert "圆通" in summary.text
    await wu.taps("确认提交", summary)
    (receipt,) = await wu.new()
    assert (receipt.kind, receipt.refund) == ("refund_request", 0)


async def test_a_cup_more_than_was_bought_is_not_missing(person: People) -> None:
    wu = await person("c-contested")
    heard = await wu.says("保温杯给我少发了五个")
    assert "2 件" in heard.text
    assert "确认提交" not in heard.options
    assert await wu.untouched()


async def test_a_missing_cable_does_not_pay_back_the_earphones(person: People) -> None:
    sun = await person("c-split")
    heard = await sun.says("耳机盒里少了根充电线")
    refund = [option for option in heard.options if "退少的" in option]
    if refund:
        heard = await sun.says(refund[0])
        await sun.says("可以")
    assert [one for one in await sun.new() if one.refund >= 29900] == []


async def test_a_broken_zip_is_not_repaired_but_taken_back(person: People) -> None:
    luo = await person("c-insured")
    heard = await luo.says("裤子拉链坏了，给我报修")
    assert "确认报修" not in heard.options
    assert "退货" in heard.text
    assert await luo.untouched()
