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


@pytest.mark.parametrize(
    ("star", "wish", "offer", "give_up"),
    [
        ("c-late", "帮我催发货", "催一下", "不用催了 我等着"),
        ("c-contested", "杯子没收到 要退款", "确认提交", "我再问问邻居 先别退"),
        ("c-late", "改成湖蓝", "确认修改", "算了还是原来的吧 不改"),
        ("c-lin", "毛衣降价了，能退差价吗", "确认退差价", "算了没多少钱 不要了"),
        ("c-fresh", "坚果少了一包", "补发", "找到了 没少 不用补了"),
        ("c-late", "备注写一下 到了打电话", "确认修改", "我想了下不用备注了"),
    ],
    ids=["urge", "refund", "colour", "difference", "reshipment", "remark"],
)
async def test_given_up_at_the_summary_in_words_of_its_own_nothing_is_offered_any_more(
    person: People, star: str, wish: str, offer: str, give_up: str
) -> None:
    shopper = await person(star)
    summary = await shopper.says(wish)
    assert offer in summary.options
    ended = await shopper.says(give_up)
    offered = [title for title in ended.options if title.startswith(("确认", "改办", offer))]
    assert offered == []
    assert await shopper.untouched()
