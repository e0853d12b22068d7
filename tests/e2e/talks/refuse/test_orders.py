"""What cannot be changed about an order any more, and what can be done instead."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_a_shirt_on_the_way_is_not_cancelled(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("昨天那件衬衫我不想要了，取消")
    assert "拒收" in heard.text
    assert "确认取消" not in heard.options
    await lin.says("确认")
    assert await lin.untouched()


async def test_an_address_is_too_late_when_the_courier_is_at_the_door(person: People) -> None:
    shen = await person("c-vip")
    heard = await shen.says("羊绒衫改送到上海市静安区南京西路1266号")
    assert "派送" in heard.text
    assert "确认修改" not in heard.options
    await shen.says("那好吧")
    assert await shen.untouched()


async def test_a_parcel_is_sent_elsewhere_once(person: People) -> None:
    lin = await person("c-lin")
    summary = await lin.says("黑衬衫改寄到浙江省杭州市滨江区江南大道588号")
    assert "¥10" in summary.text
    await lin.taps("确认修改", summary)
    (receipt,) = await lin.new()
    again = await lin.says("衬衫再改一次地址，改成浙江省宁波市海曙区中山西路1号")
    assert receipt.number in again.text
    await lin.says("好")
    assert await lin.kinds() == ["change_address"]


async def test_the_colour_of_a_shipped_shirt_stays(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("路上那件黑衬衫能换成白的发吗，帮我换")
    assert "签收" in heard.text or "寄出" in heard.text
    assert not {"确认换货", "确认修改"} & set(heard.options)
    assert await lin.untouched()


async def test_a_colour_that_is_not_made_is_not_promised(person: People) -> None:
    late = await person("c-late")
    heard = await late.says("冲锋衣改成紫色的")
    assert "没有" in heard.text
    assert "湖蓝" in heard.text
    await late.says("好")
    assert await late.untouched()


async def test_an_unpaid_order_is_not_hurried(person: People) -> None:
    he = await person("c-unpaid")
    heard = await he.says("吹风机快点给我发出来，催催")
    assert "付款" in heard.text
    assert "催一下" not in heard.options
    assert await he.untouched()


async def test_money_back_before_shipping_is_shown_as_a_cancel(person: People) -> None:
    late = await person("c-late")
    heard = await late.says("衣服还没发呢，我要退货退款")
    assert "取消" in heard.text + "".join(heard.options)
    assert await late.untouched()
