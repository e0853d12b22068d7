"""Two needs in one message: both are seen to, or the second is kept for afterwards."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_a_parcel_and_a_return(person: People) -> None:
    zheng = await person("c-shirts")
    jeans, shirt, _ = await zheng.orders()
    (parcel,) = (await zheng.scene()).parcels[jeans.id]
    both = await zheng.says("前天的牛仔裤什么时候到，还有免烫衬衫我不要了想退")
    assert parcel.waybill in both.text
    assert shirt.id in both.text
    assert await zheng.untouched()
    await zheng.taps("确认退货", both)
    (back,) = await zheng.new()
    assert (back.kind, back.order_id) == ("return", shirt.id)


async def test_a_return_and_a_parcel(person: People) -> None:
    lin = await person("c-lin")
    shirt, sweater, _ = await lin.orders()
    (parcel,) = (await lin.scene()).parcels[shirt.id]
    both = await lin.says("毛衣退了，还有衬衫到哪了")
    assert parcel.waybill in both.text
    assert sweater.lines[0].short_name in both.text
    assert "质量问题" in both.options


async def test_the_difference_first_and_then_the_other_size(person: People) -> None:
    lin = await person("c-lin")
    _, sweater, _ = await lin.orders()
    summary = await lin.says("毛衣降价了没 顺便把毛衣换成黑色L")
    assert "¥30" in summary.text
    assert await lin.untouched()
    await lin.taps("确认退差价", summary)
    assert await lin.kinds() == ["price_protection"]
    summary = await lin.says("那再帮我换成黑色L码吧")
    await lin.taps("确认换货", summary)
    assert await lin.kinds() == ["exchange_request", "price_protection"]
    assert {one.order_id for one in await lin.new()} == {sweater.id}


async def test_a_remark_now_and_the_invoice_is_not_forgotten(person: People) -> None:
    ma = await person("c-late")
    first = await ma.says("先帮我备注放门口，再给我开个发票")
    assert "放门口" in first.text
    assert "发票" in first.text
    assert await ma.untouched()
    await ma.taps("确认修改", first)
    assert await ma.kinds() == ["change_order"]
    (order,) = await ma.orders()
    assert order.remark.endswith("放门口")


async def test_a_return_and_the_rule_for_invoices(person: People) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    both = await luo.says("牛仔裤要退，另外发票也开一下")
    assert "发票" in both.text
    summary = await luo.taps("不想要了", both)
    assert await luo.untouched()
    await luo.taps("确认退货", summary)
    (back,) = await luo.new()
    assert (back.kind, back.order_id) == ("return", order.id)


async def test_a_new_size_and_a_new_address(person: People) -> None:
    ma = await person("c-late")
    first = await ma.says("外套改成L码，地址也换一下")
    assert "收货信息" in first.text
    await ma.taps("确认修改", first)
    assert await ma.kinds() == ["change_order"]
    (order,) = await ma.orders()
    assert order.lines[0].size == "L"


async def test_a_return_and_a_repair_of_two_goods(person: People) -> None:
    gao = await person("c-phone")
    tee, _ = await gao.orders()
    first = await gao.says("T恤退货，手机给我修一下，开不了机")
    assert "要退哪一件" not in first.text
    assert tee.lines[0].short_name in first.text
    assert await gao.untouched()
