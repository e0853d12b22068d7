"""What can still be changed, hurried up or called off, and calling that off."""

from __future__ import annotations

from shop.operations.types import ReceiptState
from shop.types import OrderState
from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import receipts


async def test_a_whole_new_address_told_at_once_is_only_confirmed(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says(
        "寄到新地址吧，李四 13912345678 浙江省杭州市西湖区文三路 88 号 2 栋 301"
    )
    assert "西湖区" in summary.text
    assert "13912345678" not in summary.text
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert order.address
    assert (order.address.name, order.address.phone) == ("李四", "13912345678")
    assert (order.address.city, order.address.district) == ("杭州市", "西湖区")
    assert "文三路" in order.address.street
    assert "301" in order.address.street
    assert await ma.kinds() == ["change_address"]


async def test_only_name_and_number_change_when_only_they_are_told(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("收货人改成王芳，电话13800002222")
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert order.address
    assert (order.address.name, order.address.phone) == ("王芳", "13800002222")
    assert await ma.changed() == {"receiver", "phone"}
    assert await ma.kinds() == ["change_address"]


async def test_a_parcel_on_its_way_is_sent_elsewhere_for_a_fee(person: People) -> None:
    lin = await person("c-lin")
    order, *_ = await lin.orders()
    await lin.says("衬衫还在路上吧，地址写错了，想改到公司")
    summary = await lin.says("北京市朝阳区建国路88号SOHO现代城A座1201")
    assert "¥10" in summary.text
    assert "中通" in summary.text
    assert await lin.untouched()
    done = await lin.taps("确认修改", summary)
    (receipt,) = await receipts(lin)
    assert (receipt.kind, receipt.order_id) == ("change_address", order.id)
    assert (receipt.state, receipt.details["how"]) == (ReceiptState.UNDER_WAY, "intercept")
    assert receipt.number in done.text
    assert await lin.kinds() == ["change_address"]


async def test_another_colour_before_shipping(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("我想把衣服换成蓝色的")
    assert "湖蓝 XL" in summary.text
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    ((line,),) = [order.lines for order in await ma.orders()]
    assert (line.color, line.size) == ("湖蓝", "XL")
    (new,) = await ma.new()
    assert (new.kind, new.refund) == ("change_order", 0)


async def test_a_remark_is_added_to_what_stands_there(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("备注一下，放门口就行别敲门")
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert "出差要用" in order.remark
    assert "放门口就行别敲门" in order.remark
    assert await ma.kinds() == ["change_order"]
    assert await ma.changed() == {"remark"}


async def test_an_unpaid_order_is_closed_without_any_refund(person: People) -> None:
    he = await person("c-unpaid")
    summary = await he.says("吹风机不想要了，那单取消掉")
    assert await he.untouched()
    await he.taps("确认取消", summary)
    (new,) = await he.new()
    assert (new.kind, new.refund) == ("cancel_order", 0)
    (order,) = await he.orders()
    assert order.state is OrderState.CLOSED


async def test_money_back_before_shipping_cancels_the_order(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("退款吧，不想等了")
    assert "¥429" in summary.text
    assert await ma.untouched()
    await ma.taps("确认取消", summary)
    (new,) = await ma.new()
    assert (new.kind, new.refund) == ("cancel_order", 42900)
    (order,) = await ma.orders()
    assert order.state is OrderState.CLOSED


async def test_a_cancelled_order_is_restored(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("那单取消吧不等了")
    await ma.taps("确认取消", summary)
    undo = await ma.says("哎我还是想要，刚取消那单给我恢复一下")
    (order,) = await ma.orders()
    assert order.state is OrderState.CLOSED
    await ma.taps("确认撤销", undo)
    (order,) = await ma.orders()
    assert (order.state, order.refunded) == (OrderState.PAID, 0)
    cancelling, undoing = await receipts(ma)
    assert (cancelling.kind, cancelling.state) == ("cancel_order", ReceiptState.WITHDRAWN)
    assert undoing.kind == "undo_request"
    assert not await ma.changed()


async def test_the_warehouse_is_urged_after_a_yes(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("催一下仓库吧急着穿")
    assert await ma.untouched()
    done = await ma.taps("催一下", summary)
    (receipt,) = await receipts(ma)
    assert (receipt.kind, receipt.details["asked"]) == ("urge_delivery", "warehouse")
    assert receipt.number in done.text
    assert await ma.changed() == {"remark"}
    (order,) = await ma.orders()
    assert "催发" in order.remark


async def test_the_carrier_is_urged_for_the_parcel_on_its_way(person: People) -> None:
    lin = await person("c-lin")
    order, *_ = await lin.orders()
    (parcel,) = (await lin.scene()).parcels[order.id]
    summary = await lin.says("快递走得太慢了 帮我催催中通")
    assert parcel.waybill in summary.text
    assert await lin.untouched()
    await lin.taps("催一下", summary)
    (receipt,) = await receipts(lin)
    assert (receipt.kind, receipt.order_id) == ("urge_delivery", order.id)
    assert (receipt.details["asked"], receipt.details["waybill"]) == ("中通", parcel.waybill)
    assert not await lin.changed()


async def test_a_new_number_is_not_taken_for_a_new_name(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("收件人电话换一下，打13800001111")
    await ma.taps("确认修改", summary)
    assert await ma.changed() == {"phone"}
    (order,) = await ma.orders()
    assert order.address
    assert order.address.phone == "13800001111"


async def test_my_wife_is_no_name(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("把收件人换成我老婆 王芳 13800002222")
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert order.address
    assert order.address.name == "王芳"


async def test_a_call_before_delivery_is_a_remark_and_no_call_for_a_person(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("送我单位前给我打个电话，帮忙备注上")
    assert not await ma.handoffs()
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert "打个电话" in order.remark


async def test_not_wanted_and_the_money_back_is_no_wish_to_undo(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("不要了退款")
    assert "确认取消" in summary.options
    assert await ma.untouched()


async def test_to_urge_the_warehouse_for_days_of_waiting_is_to_urge(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("好几天了仓库能不能赶紧的，帮我催催")
    assert "催一下" in summary.options
    assert await ma.untouched()


async def test_a_wrong_name_is_replaced_by_the_right_one(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("收货人名字写错了，应该是马朝")
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert order.address
    assert order.address.name == "马朝"
