"""算了: the shopper gives up at one stage or another, and nothing has been done."""

from __future__ import annotations

import pytest

from tests.e2e.talks.conftest import People


@pytest.mark.parametrize(
    ("star", "lines"),
    [
        ("c-insured", ["裤子我要退", "别退了 我留着穿"]),
        ("c-late", ["我要改收货地址", "不改了 没事了"]),
        ("c-lin", ["衬衫能改地址吗", "算了 就送原来的吧"]),
        ("c-stuck", ["旧手机想折价换", "算了太麻烦 不换了"]),
        ("c-phone", ["手机想修一下 听筒坏了", "算了 我去外面修"]),
        ("c-insured", ["帮我开发票", "算了 不开了"]),
    ],
    ids=["return", "address", "address on the way", "trade-in", "repair", "invoice"],
)
async def test_given_up_at_the_first_question_nothing_is_left_of_it(
    person: People, star: str, lines: list[str]
) -> None:
    shopper = await person(star)
    begin, give_up = lines
    await shopper.says(begin)
    ended = await shopper.says(give_up)
    assert not ended.options
    after = await shopper.says("好的谢谢")
    assert not [title for title in after.options if title.startswith("确认")]
    assert await shopper.untouched()
    assert not await shopper.handoffs()


async def test_given_up_at_the_summary_a_later_yes_means_nothing(person: People) -> None:
    he = await person("c-unpaid")
    summary = await he.says("我要取消订单")
    assert "确认取消" in summary.options
    await he.says("先不取消了")
    await he.says("好的")
    assert await he.untouched()
    await he.says("确认取消")
    assert await he.untouched()


async def test_dropped_by_its_button_a_return_is_not_opened_by_the_old_one(
    person: People,
) -> None:
    lin = await person("c-lin")
    summary = await lin.says("毛衣不想要了 退货吧")
    assert "确认退货" in summary.options
    await lin.taps("不退了", summary)
    await lin.says("确认退货")
    assert await lin.untouched()


async def test_no_urging_for_who_would_rather_wait(person: People) -> None:
    ma = await person("c-late")
    offer = await ma.says("帮我催发货")
    assert "催一下" in offer.options
    ended = await ma.says("不用催了 我等着")
    assert "催一下" not in ended.options
    assert await ma.untouched()


async def test_asking_the_neighbours_first_ends_the_refund(person: People) -> None:
    wu = await person("c-contested")
    summary = await wu.says("杯子没收到 要退款")
    assert "确认提交" in summary.options
    ended = await wu.says("我再问问邻居 先别退")
    assert "确认提交" not in ended.options
    assert await wu.untouched()


async def test_the_colour_stays_after_all(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("改成湖蓝")
    assert "湖蓝 XL" in summary.text
    ended = await ma.says("算了还是原来的吧 不改")
    assert "确认修改" not in ended.options
    assert await ma.untouched()


async def test_a_difference_that_is_not_worth_it_is_left(person: People) -> None:
    lin = await person("c-lin")
    offer = await lin.says("毛衣降价了，能退差价吗")
    assert "确认退差价" in offer.options
    ended = await lin.says("算了没多少钱 不要了")
    assert "确认退差价" not in ended.options
    assert "改办取消订单" not in ended.options
    assert await lin.untouched()


async def test_no_reshipment_of_what_was_found(person: People) -> None:
    tian = await person("c-fresh")
    ways = await tian.says("坚果少了一包")
    assert "补发" in ways.options
    ended = await tian.says("找到了 没少 不用补了")
    assert "确认提交" not in ended.options
    assert await tian.untouched()


async def test_no_remark_after_all(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("备注写一下 到了打电话")
    assert "到了打电话" in summary.text
    ended = await ma.says("我想了下不用备注了")
    assert "确认修改" not in ended.options
    assert await ma.untouched()
