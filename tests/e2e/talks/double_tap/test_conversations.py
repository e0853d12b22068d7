"""The same customer in two conversations, one after the other and both at once."""

from __future__ import annotations

import asyncio

from shop.types import OrderState
from tests.e2e.talks.conftest import People
from tests.e2e.talks.stage import Stage


async def test_an_exchange_is_not_opened_again_in_a_new_conversation(
    person: People, stage: Stage
) -> None:
    luo = await person("c-insured")
    await luo.taps("确认换货", await luo.says("牛仔裤颜色不喜欢，想换深蓝的S码"))
    (receipt,) = await luo.new()
    assert receipt.kind == "exchange_request"
    again = await stage.again(luo.customer)
    heard = await again.says("裤子想换成深蓝L码")
    assert "确认换货" not in heard.options
    await again.says("好")
    assert await again.untouched()


async def test_a_warehouse_is_urged_once_a_day(person: People, stage: Stage) -> None:
    late = await person("c-late")
    await late.taps("催一下", await late.says("催催你们仓库行不行"))
    assert await late.kinds() == ["urge_delivery"]
    again = await stage.again(late.customer)
    heard = await again.says("再帮我催一遍发货")
    assert "催一下" not in heard.options
    assert "催过" in heard.text
    assert await again.untouched()


async def test_a_compensation_is_given_once(person: People, stage: Stage) -> None:
    late = await person("c-late")
    await late.taps("领取", await late.says("拖这么多天，总得赔点什么吧"))
    assert await late.kinds() == ["compensation"]
    again = await stage.again(late.customer)
    heard = await again.says("发货晚了，给点补偿")
    assert "领取" not in heard.options
    await again.says("好")
    assert await again.untouched()


async def test_a_cancelled_order_is_not_cancelled_again(person: People, stage: Stage) -> None:
    late = await person("c-late")
    await late.taps("确认取消", await late.says("冲锋衣不要了，取消"))
    again = await stage.again(late.customer)
    heard = await again.says("冲锋衣那单帮我取消")
    assert "确认取消" not in heard.options
    await again.says("确认")
    assert await again.untouched()


async def test_a_return_in_the_other_conversation_is_seen(person: People, stage: Stage) -> None:
    luo = await person("c-insured")
    other = await stage.again(luo.customer)
    mine = await luo.says("牛仔裤不想要，退货")
    theirs = await other.says("裤子不要了退掉")
    await luo.taps("确认退货", mine)
    await other.taps("确认退货", theirs)
    assert await luo.kinds() == ["return"]


async def test_two_conversations_cancel_at_once(person: People, stage: Stage) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    other = await stage.again(late.customer)
    mine, theirs = await asyncio.gather(late.says("衣服不要了，取消吧"), other.says("我要取消订单"))
    await asyncio.gather(late.taps("确认取消", mine), other.taps("确认取消", theirs))
    (receipt,) = await late.new()
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)


async def test_return_and_exchange_of_one_thing_at_once_are_one_of_them(
    person: People, stage: Stage
) -> None:
    luo = await person("c-insured")
    other = await stage.again(luo.customer)
    back, swap = await asyncio.gather(
        luo.says("牛仔裤不合身，退了"), other.says("牛仔裤给我换条黑色L的")
    )
    assert "确认退货" in back.options, back.text
    assert "确认换货" in swap.options, swap.text
    await asyncio.gather(luo.taps("确认退货", back), other.taps("确认换货", swap))
    assert len(await luo.new()) == 1


async def test_a_lower_price_is_paid_back_once(person: People, stage: Stage) -> None:
    sun = await person("c-split")
    other = await stage.again(sun.customer)
    mine, theirs = await asyncio.gather(
        sun.says("白色耳机降价了，补差价给我"), other.says("耳机价保，退差价")
    )
    await asyncio.gather(sun.taps("确认退差价", mine), other.taps("确认退差价", theirs))
    (receipt,) = await sun.new()
    assert (receipt.kind, receipt.refund) == ("price_protection", 2990)


async def test_a_cancel_and_a_change_at_once_leave_no_changed_closed_order_refunded_twice(
    person: People, stage: Stage
) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    other = await stage.again(late.customer)
    gone, other_colour = await asyncio.gather(late.says("取消订单"), other.says("颜色想改成湖蓝的"))
    await asyncio.gather(late.taps("确认取消", gone), other.taps("确认修改", other_colour))
    (after,) = await late.orders()
    assert after.state is OrderState.CLOSED
    assert sum(one.refund for one in await late.new() if one.live) == order.paid
