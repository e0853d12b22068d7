"""What was done is taken back: by a yes, once, and everything is as it was."""

from __future__ import annotations

from shop.operations.types import ReceiptState
from shop.types import OrderState, ReturnState
from tests.e2e.talks.conftest import People


async def test_a_cancelled_order_is_alive_again_with_its_money(person: People) -> None:
    ma = await person("c-late")
    (before,) = await ma.orders()
    await ma.says("取消订单")
    await ma.says("确认取消")
    summary = await ma.says("啊点错了，我还要的，恢复一下")
    (order,) = await ma.orders()
    assert order.state is OrderState.CLOSED
    await ma.taps("确认撤销", summary)
    (order,) = await ma.orders()
    assert (order.state, order.refunded) == (before.state, 0)
    assert not await ma.changed()
    assert await ma.kinds() == ["cancel_order", "undo_request"]
    where = await ma.says("到底发货了没")
    assert order.id in where.text


async def test_a_cancelled_order_stays_cancelled_when_the_regret_passes(person: People) -> None:
    ma = await person("c-late")
    (before,) = await ma.orders()
    await ma.says("取消订单")
    await ma.says("确认取消")
    summary = await ma.says("后悔了，还能撤回吗")
    assert "确认撤销" in summary.options
    await ma.says("算了 就取消着吧")
    (receipt,) = await ma.new()
    assert (receipt.kind, receipt.refund, receipt.live) == ("cancel_order", before.paid, True)
    (order,) = await ma.orders()
    assert order.state is OrderState.CLOSED


async def test_a_return_is_withdrawn_and_can_be_opened_anew(person: People) -> None:
    gao = await person("c-phone")
    tee, _ = await gao.orders()
    summary = await gao.says("T恤不要了 退货")
    await gao.taps("确认退货", summary)
    summary = await gao.says("T恤的退货撤销吧")
    await gao.taps("确认撤销", summary)
    (back,) = await gao.returns()
    assert back.state is ReturnState.CANCELLED
    summary = await gao.says("T恤还是退了吧 不喜欢")
    assert [one for one in await gao.new() if one.live and one.kind == "return"] == []
    await gao.taps("确认退货", summary)
    (live,) = [one for one in await gao.new() if one.live and one.kind == "return"]
    assert (live.order_id, live.refund) == (tee.id, tee.paid)


async def test_a_question_before_the_return_is_withdrawn_changes_nothing(person: People) -> None:
    sun = await person("c-split")
    (order,) = await sun.orders()
    bedding, earbuds = order.lines
    summary = await sun.says("耳机想退 不喜欢了")
    await sun.taps("确认退货", summary)
    where = await sun.says("四件套到哪了")
    assert bedding.short_name in where.text
    summary = await sun.says("耳机先不退了 撤回")
    await sun.taps("确认撤销", summary)
    (back,) = await sun.returns()
    assert (back.line_id, back.state) == (earbuds.id, ReturnState.CANCELLED)


async def test_an_exchange_is_withdrawn(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("牛仔裤换黑色S码")
    await luo.taps("确认换货", summary)
    summary = await luo.says("不想换了，把换货取消掉")
    (exchange,) = await luo.new()
    assert exchange.live
    await luo.taps("确认撤销", summary)
    receipts = {one.kind: one for one in (await luo.scene()).receipts}
    assert receipts["exchange_request"].state is ReceiptState.WITHDRAWN
    assert await luo.kinds() == ["exchange_request", "undo_request"]


async def test_a_changed_size_is_changed_back(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("换成L码")
    await ma.taps("确认修改", summary)
    assert "size" in await ma.changed()
    summary = await ma.says("刚才改的不算，改回XL")
    await ma.taps("确认修改", summary)
    assert not await ma.changed()


async def test_a_refund_is_withdrawn_when_the_cup_turned_up(person: People) -> None:
    wu = await person("c-contested")
    summary = await wu.says("杯子没收到 退钱")
    await wu.taps("确认提交", summary)
    summary = await wu.says("杯子找到了 邻居代收的 不用退了")
    await wu.taps("确认撤销", summary)
    receipts = {one.kind: one for one in (await wu.scene()).receipts}
    assert receipts["refund_request"].state is ReceiptState.WITHDRAWN


async def test_of_two_requests_the_named_one_is_withdrawn(person: People) -> None:
    gao = await person("c-phone")
    summary = await gao.says("T恤不要了 退货")
    await gao.taps("确认退货", summary)
    way = await gao.says("手机自动关机想修")
    summary = await gao.taps("我自己寄", way)
    await gao.taps("确认报修", summary)
    await gao.says("刚才的申请撤销一下")
    summary = await gao.says("T恤那个")
    await gao.taps("确认撤销", summary)
    live = sorted(one.kind for one in await gao.new() if one.live)
    assert live == ["undo_request", "warranty_repair"]


async def test_taking_the_urging_back_is_not_cancelling_the_order(person: People) -> None:
    ma = await person("c-late")
    offer = await ma.says("催一下发货")
    await ma.taps("催一下", offer)
    withdrawn = await ma.says("不用催了 帮我撤了")
    assert "确认取消" not in withdrawn.options
    assert "cancel_order" not in await ma.kinds()


async def test_a_dress_already_on_its_way_back_cannot_be_kept(person: People) -> None:
    han = await person("c-return")
    refused = await han.says("连衣裙我不退了 撤回来吧")
    assert "确认撤销" not in refused.options
    assert "寄出" in refused.text
    assert await han.untouched()
