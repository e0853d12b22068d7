"""A platform that is not sure sends a message again, with the same id."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_a_wish_sent_again_gets_one_summary(person: People) -> None:
    luo = await person("c-insured")
    id_ = await luo.sends("裤子颜色不喜欢，我要退")
    await luo.sends("裤子颜色不喜欢，我要退", id=id_)
    heard = await luo.hears()
    assert heard.options.count("确认退货") == 1
    assert await luo.untouched()


async def test_a_yes_sent_again_is_no_second_effect(person: People) -> None:
    sun = await person("c-split")
    summary = await sun.says("无线耳机比我买的时候便宜了，差价退给我")
    assert "29.90" in summary.text
    id_ = await sun.sends("行")
    await sun.sends("行", id=id_)
    done = await sun.hears()
    (receipt,) = await sun.new()
    assert (receipt.kind, receipt.refund) == ("price_protection", 2990)
    assert done.text.count(receipt.number) == 1


async def test_an_old_yes_sent_again_does_not_agree_to_the_next_question(person: People) -> None:
    late = await person("c-late")
    await late.says("仓库能不能快点，帮我催一下")
    id_ = await late.sends("好的催吧")
    await late.hears()
    assert await late.kinds() == ["urge_delivery"]
    summary = await late.says("算了，直接取消这单")
    assert "确认取消" in summary.options
    await late.sends("好的催吧", id=id_)
    assert not (await late.hears()).said
    assert await late.kinds() == ["urge_delivery"]


async def test_an_address_sent_again_is_read_once(person: People) -> None:
    late = await person("c-late")
    await late.says("收货地址写错了 给我改改")
    text = "湖北省武汉市洪山区珞喻路152号2栋1单元"
    id_ = await late.sends(text)
    await late.sends(text, id=id_)
    summary = await late.hears()
    assert summary.options.count("确认修改") == 1
    await late.taps("确认修改", summary)
    assert await late.kinds() == ["change_address"]
    (order,) = await late.orders()
    assert order.address is not None
    assert order.address.city == "武汉市"
