"""Who comes back first gets what they ask, then hears of what is unfinished."""

from __future__ import annotations

import sqlalchemy as sa

from shop.schema import orders
from shop.types import OrderState
from tests.e2e.talks.conftest import People


async def test_a_question_hours_later_is_answered_and_the_return_goes_on(person: People) -> None:
    lin = await person("c-lin")
    shirt = (await lin.orders())[0]
    (parcel,) = (await lin.scene()).parcels[shirt.id]
    await lin.says("毛衣不喜欢，退了")
    await lin.waits(hours=4)
    heard = await lin.says("对了，衬衫快递单号发我下")
    assert parcel.waybill in heard.text
    assert "确认退货" in heard.options
    assert await lin.untouched()
    await lin.taps("确认退货", heard)
    (back,) = await lin.new()
    assert (back.kind, back.refund) == ("return", 32900)


async def test_a_no_the_next_day_ends_it(person: People) -> None:
    late = await person("c-late")
    await late.says("冲锋衣别发了取消")
    await late.waits(hours=22)
    await late.says("还是要吧，别取消了")
    await late.says("好")
    assert await late.untouched()


async def test_a_paused_wish_goes_on_hours_later(person: People) -> None:
    luo = await person("c-insured")
    await luo.says("裤子想换成黑色S")
    await luo.says("等下我先量一量")
    await luo.waits(hours=3)
    again = await luo.says("接着办吧")
    assert "确认换货" in again.options
    assert await luo.untouched()
    await luo.taps("确认换货", again)
    assert await luo.kinds() == ["exchange_request"]


async def test_what_was_shipped_meanwhile_is_not_cancelled(person: People) -> None:
    late = await person("c-late")
    summary = await late.says("太慢了我要取消")
    await late.waits(hours=6)
    async with late.stage.house.database.write() as connection:
        mine = sa.update(orders).where(orders.c.customer_id == late.customer)
        await connection.execute(mine.values(state=OrderState.SHIPPED.value))
    heard = await late.taps("确认取消", summary)
    assert "寄出" in heard.text
    assert not await late.new()
    assert (await late.orders())[0].state is OrderState.SHIPPED
