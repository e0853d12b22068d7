"""不退了，换: another thing than what was begun is wanted, and only that is done."""

from __future__ import annotations

import pytest

from shop.types import OrderState, ReturnReason
from tests.e2e.talks.conftest import People


@pytest.mark.parametrize(
    "words", ["不退了，帮我换成黑色M", "啊不对 不是退 是换，换黑色的M码", "算了 还是换个黑色M吧"]
)
async def test_an_exchange_instead_of_the_return(person: People, words: str) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    await luo.says("裤子不合身退了吧")
    summary = await luo.says(words)
    assert await luo.untouched()
    await luo.taps("确认换货", summary)
    (exchange,) = await luo.new()
    assert (exchange.kind, exchange.order_id) == ("exchange_request", order.id)
    assert exchange.line_id == order.lines[0].id
    (receipt,) = (await luo.scene()).receipts
    assert receipt.details["wanted"] == "黑色 M"


async def test_a_return_after_the_exchange_was_dropped(person: People) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    await luo.says("牛仔裤想换一条大点的")
    await luo.says("算了不换了")
    summary = await luo.says("那就退货吧，尺码不合适")
    assert await luo.untouched()
    await luo.taps("确认退货", summary)
    (back,) = await luo.new()
    assert (back.kind, back.refund) == ("return", order.paid)
    (ours,) = await luo.returns()
    assert ours.reason is ReturnReason.WRONG_SIZE


@pytest.mark.parametrize(
    ("star", "first", "words"),
    [
        ("c-insured", "牛仔裤小了，换浅蓝XL", "不换了，我要退货"),
        ("c-phone", "手机屏幕有问题要修一下", "别修了，我直接退货吧"),
    ],
    ids=["exchange", "repair"],
)
async def test_a_return_instead_of_what_was_begun(
    person: People, star: str, first: str, words: str
) -> None:
    shopper = await person(star)
    await shopper.says(first)
    turned = await shopper.says(words)
    assert {"不想要了", "质量问题", "确认退货"} & set(turned.options)
    assert await shopper.untouched()


@pytest.mark.parametrize("words", ["不改了，直接取消订单吧", "算了，整单不要了，帮我退掉"])
async def test_the_order_is_cancelled_instead_of_changed(person: People, words: str) -> None:
    ma = await person("c-late")
    await ma.says("外套想换个颜色")
    summary = await ma.says(words)
    assert await ma.untouched()
    await ma.taps("确认取消", summary)
    assert await ma.kinds() == ["cancel_order"]
    (order,) = await ma.orders()
    assert order.state is OrderState.CLOSED


async def test_the_order_is_changed_instead_of_cancelled(person: People) -> None:
    ma = await person("c-late")
    await ma.says("帮我把这单取消了")
    summary = await ma.says("不取消了，改成L码")
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    assert await ma.kinds() == ["change_order"]
    (order,) = await ma.orders()
    assert (order.state, order.lines[0].size) == (OrderState.PAID, "L")


async def test_a_reshipment_instead_of_the_money(person: People) -> None:
    tian = await person("c-fresh")
    (order,) = await tian.orders()
    ways = await tian.says("坚果漏发了一包")
    summary = await tian.taps("退少的部分", ways)
    assert "¥109" in summary.text
    other = await tian.says("还是补发吧")
    assert await tian.untouched()
    await tian.taps("确认提交", other)
    (done,) = await tian.new()
    assert (done.kind, done.line_id) == ("wrong_or_missing_item", order.lines[0].id)
    assert done.refund == 0
    (receipt,) = (await tian.scene()).receipts
    assert receipt.details["solution"] == "reship"


async def test_something_wrong_instead_of_something_missing(person: People) -> None:
    tian = await person("c-fresh")
    await tian.says("坚果漏发了一包")
    turned = await tian.says("说错了，不是少发，是发错了")
    assert "补发" not in turned.options
    assert await tian.untouched()


async def test_not_received_instead_of_broken(person: People) -> None:
    wu = await person("c-contested")
    (order,) = await wu.orders()
    await wu.says("保温杯坏了一个，退点钱")
    summary = await wu.says("不是坏了，是压根没收到")
    assert await wu.untouched()
    await wu.taps("确认提交", summary)
    (refund,) = await wu.new()
    assert (refund.kind, refund.order_id) == ("refund_request", order.id)
    (receipt,) = (await wu.scene()).receipts
    assert receipt.details["cause"] == "not_received"
