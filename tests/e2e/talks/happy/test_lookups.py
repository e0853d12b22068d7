"""What is only looked up: parcels, returns, levels and points. Nothing ever changes."""

from __future__ import annotations

from actions.formatting import money
from shop.types import Parcel
from tests.e2e.talks.conftest import People
from tests.e2e.talks.stage import Person


async def _latest_day(person: Person, parcel: Parcel) -> str:
    scene = await person.scene()
    latest = scene.etas[parcel.id].latest
    assert latest
    return f"周{'一二三四五六日'[latest.astimezone(scene.policy().zone).weekday()]}"


async def test_a_parcel_out_for_delivery_tells_carrier_waybill_and_day(person: People) -> None:
    shen = await person("c-vip")
    order, *_ = await shen.orders()
    (parcel,) = (await shen.scene()).parcels[order.id]
    heard = await shen.says("羊绒衫啥时候到，在派送了吗")
    assert "顺丰" in heard.text
    assert parcel.waybill in heard.text
    assert await _latest_day(shen, parcel) in heard.text
    assert await shen.untouched()


async def test_a_stuck_parcel_is_admitted_and_can_be_looked_for(person: People) -> None:
    zhao = await person("c-stuck")
    (order,) = await zhao.orders()
    (parcel,) = (await zhao.scene()).parcels[order.id]
    heard = await zhao.says("包裹怎么四天不动了")
    assert parcel.waybill in heard.text
    assert "郑州" in heard.text
    assert any("核实" in title for title in heard.options)
    assert await zhao.untouched()
    assert not await zhao.handoffs()


async def test_of_two_parcels_the_one_that_is_still_to_come_is_told(person: People) -> None:
    sun = await person("c-split")
    (order,) = await sun.orders()
    parcels = (await sun.scene()).parcels[order.id]
    (coming,) = [one for one in parcels if not one.signed]
    (here,) = [one for one in parcels if one.signed]
    heard = await sun.says("我那俩东西怎么只来了一个")
    assert "四件套" in heard.text
    assert coming.waybill in heard.text
    assert here.waybill not in heard.text
    assert await sun.untouched()


async def test_one_thing_of_a_split_order_has_its_own_parcel(person: People) -> None:
    sun = await person("c-split")
    (order,) = await sun.orders()
    parcels = (await sun.scene()).parcels[order.id]
    (coming,) = [one for one in parcels if not one.signed]
    heard = await sun.says("四件套到哪儿了，啥时候能送到")
    assert coming.waybill in heard.text
    assert await _latest_day(sun, coming) in heard.text
    assert await sun.untouched()


async def test_of_three_orders_the_one_with_the_jeans_is_meant(person: People) -> None:
    zheng = await person("c-shirts")
    order, *_ = await zheng.orders()
    (parcel,) = (await zheng.scene()).parcels[order.id]
    heard = await zheng.says("牛仔裤到哪了")
    assert parcel.waybill in heard.text
    assert "哪一笔" not in heard.text
    assert await zheng.untouched()


async def test_a_parcel_at_the_station_tells_where_and_how(person: People) -> None:
    feng = await person("c-pickup")
    heard = await feng.says("我的加湿器放哪个驿站了")
    assert "雁塔小寨妈妈驿站" in heard.text
    assert "取件码" in heard.text
    assert await feng.untouched()


async def test_refused_goods_are_on_their_way_back_and_then_paid(person: People) -> None:
    xu = await person("c-refused")
    heard = await xu.says("我拒收的枕头钱什么时候退")
    assert "乳胶枕" in heard.text
    assert "仓库" in heard.text
    assert not await xu.handoffs()
    assert await xu.untouched()


async def test_a_return_on_its_way_tells_number_and_amount(person: People) -> None:
    han = await person("c-return")
    (back,) = [one for one in await han.returns() if one.refund == 23900]
    heard = await han.says("裙子退回去几天了，钱啥时候给我")
    assert back.number in heard.last
    assert "¥239" in heard.last
    assert await han.untouched()


async def test_the_way_to_the_next_level_is_told_to_the_yuan(person: People) -> None:
    lin = await person("c-lin")
    spent = sum(order.paid for order in await lin.orders())
    heard = await lin.says("再买多少能升金卡")
    assert "银卡" in heard.text
    assert money(200000 - spent) in heard.text
    assert await lin.untouched()


async def test_the_highest_level_tells_what_it_is_good_for(person: People) -> None:
    shen = await person("c-vip")
    heard = await shen.says("我现在什么级别呀，都有啥好处")
    assert "VIP" in heard.text
    assert "95 折" in heard.text
    assert await shen.untouched()


async def test_points_are_counted(person: People) -> None:
    gao = await person("c-phone")
    heard = await gao.says("我账上攒了多少积分")
    assert "2088" in heard.text
    assert await gao.untouched()


async def test_without_any_order_there_is_nothing_to_look_up(person: People) -> None:
    zhou = await person("c-new")
    heard = await zhou.says("我买的东西呢")
    assert "没有订单" in heard.text
    assert await zhou.untouched()


async def test_where_is_the_air_fryer_is_no_question_of_how_to_use_it(person: People) -> None:
    zhao = await person("c-stuck")
    (order,) = await zhao.orders()
    (parcel,) = (await zhao.scene()).parcels[order.id]
    heard = await zhao.says("空气炸锅到哪啦")
    assert parcel.waybill in heard.text


async def test_a_waybill_asked_for_is_told(person: People) -> None:
    shen = await person("c-vip")
    order, *_ = await shen.orders()
    (parcel,) = (await shen.scene()).parcels[order.id]
    await shen.says("羊绒衫啥时候到，在派送了吗")
    heard = await shen.says("快递单号发我")
    assert parcel.waybill in heard.text


async def test_what_is_missing_to_vip_is_told(person: People) -> None:
    gao = await person("c-phone")
    spent = sum(order.paid for order in await gao.orders())
    heard = await gao.says("升到VIP还得花多少钱")
    assert money(500000 - spent) in heard.text
