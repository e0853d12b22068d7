"""A question in the middle of something about goods still to come: answered, nothing lost."""

from __future__ import annotations

from shop.types import OrderState
from tests.e2e.talks.conftest import People


async def test_where_the_money_goes_is_told_before_an_order_is_cancelled(person: People) -> None:
    ma = await person("c-late")
    (order,) = await ma.orders()
    await ma.says("冲锋衣不等了 取消掉")
    money = await ma.says("钱会退到哪里呀")
    assert "原路" in money.text
    assert await ma.untouched()
    await ma.says("嗯嗯取消吧")
    (receipt,) = await ma.new()
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)
    (order,) = await ma.orders()
    assert order.state is OrderState.CLOSED


async def test_a_fact_about_the_jacket_leaves_its_new_size_waiting(person: People) -> None:
    ma = await person("c-late")
    await ma.says("外套买大了，帮我换小一码")
    fact = await ma.says("淋雨没事吧 防水不")
    assert "8000" in fact.text
    assert await ma.untouched()
    await ma.says("可以 就这么改")
    assert await ma.kinds() == ["change_order"]
    (order,) = await ma.orders()
    assert (order.lines[0].color, order.lines[0].size) == ("深空灰", "L")


async def test_where_the_warehouse_is_does_not_stop_the_urging(person: People) -> None:
    ma = await person("c-late")
    (order,) = await ma.orders()
    await ma.says("还不发货 帮我催催仓库")
    warehouse = await ma.says("你们仓库在哪")
    assert "杭州" in warehouse.text
    assert await ma.untouched()
    await ma.says("好的 催吧")
    (urged,) = await ma.new()
    assert (urged.kind, urged.order_id) == ("urge_delivery", order.id)


async def test_stock_of_another_colour_is_told_and_the_unpaid_order_still_closes(
    person: People,
) -> None:
    he = await person("c-unpaid")
    (order,) = await he.orders()
    await he.says("拍错色了 吹风机那单取消")
    stock = await he.says("灰色的还有货没")
    assert "深空灰" in stock.text
    assert await he.untouched()
    await he.taps("确认取消", stock)
    (receipt,) = await he.new()
    assert (receipt.kind, receipt.order_id, receipt.refund) == ("cancel_order", order.id, 0)


async def test_a_question_after_the_estimate_leaves_the_trade_in_waiting(person: People) -> None:
    zhao = await person("c-stuck")
    (order,) = await zhao.orders()
    await zhao.says("我有个旧的电饭煲能抵多少钱 以旧换新")
    await zhao.says("苏泊尔的")
    state = await zhao.says("用了三年")
    summary = await zhao.taps("能用", state)
    assert "¥10–¥40" in summary.text
    when = await zhao.says("旧的什么时候来拿")
    assert "送新" in when.text
    assert await zhao.untouched()
    await zhao.taps("确认", when)
    (trade,) = await zhao.new()
    assert (trade.kind, trade.order_id) == ("trade_in", order.id)


async def test_whether_a_new_address_costs_anything_is_answered_with_its_fee(
    person: People,
) -> None:
    lin = await person("c-lin")
    shirt, *_ = await lin.orders()
    await lin.says("衬衫地址换成 北京市海淀区中关村大街1号A座 林晓 13900002222")
    fee = await lin.says("改寄要另外收钱吗")
    assert "10" in fee.text
    assert await lin.untouched()
    await lin.taps("确认修改", fee)
    (change,) = await lin.new()
    assert (change.kind, change.order_id) == ("change_address", shirt.id)
