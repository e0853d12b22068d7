"""写错了: a reason, a colour, an address, a name is told anew, and the last word counts."""

from __future__ import annotations

from shop.types import ReturnReason
from tests.e2e.talks.conftest import People


async def test_a_fault_instead_of_taste_makes_the_shop_pay_the_postage(person: People) -> None:
    lin = await person("c-lin")
    await lin.says("燕麦色毛衣退一下，不喜欢")
    summary = await lin.says("原因写错了，是起球严重")
    assert await lin.untouched()
    await lin.taps("确认退货", summary)
    (back,) = await lin.returns()
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.QUALITY, "shop")


async def test_a_size_instead_of_taste(person: People) -> None:
    lin = await person("c-lin")
    await lin.says("燕麦色毛衣退一下，不喜欢")
    summary = await lin.says("说错了，其实是穿着太小")
    assert await lin.untouched()
    await lin.taps("确认退货", summary)
    (back,) = await lin.returns()
    assert back.reason is ReturnReason.WRONG_SIZE


async def test_grey_and_smaller_after_all_instead_of_blue(person: People) -> None:
    ma = await person("c-late")
    await ma.says("帮我改成湖蓝的")
    summary = await ma.says("啊不，还是要灰的，换个L码")
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    assert await ma.kinds() == ["change_order"]
    (order,) = await ma.orders()
    assert (order.lines[0].color, order.lines[0].size) == ("深空灰", "L")


async def test_a_still_larger_size_at_the_summary_of_an_exchange(person: People) -> None:
    zheng = await person("c-shirts")
    _, shirt, _ = await zheng.orders()
    await zheng.says("衬衫想换大一码")
    summary = await zheng.says("第2个")
    assert "黑色 XL" in summary.text
    summary = await zheng.says("啊不 要XXL")
    assert await zheng.untouched()
    await zheng.taps("确认换货", summary)
    (exchange,) = await zheng.new()
    assert (exchange.kind, exchange.order_id) == ("exchange_request", shirt.id)
    (receipt,) = (await zheng.scene()).receipts
    assert receipt.details["wanted"] == "黑色 XXL"


async def test_the_second_phone_number_is_the_one_that_stays(person: People) -> None:
    ma = await person("c-late")
    await ma.says("收货电话换成13911112222")
    summary = await ma.says("不好意思发错了，是13911113333")
    assert await ma.untouched()
    await ma.taps("确认修改", summary)
    assert await ma.kinds() == ["change_address"]
    assert await ma.changed() == {"phone"}
    (order,) = await ma.orders()
    assert order.address is not None
    assert order.address.phone == "13911113333"


async def test_a_corrected_house_number_is_all_that_stands_in_the_street(person: People) -> None:
    ma = await person("c-late")
    await ma.says("帮我把地址改成 河南省郑州市中原区建设路12号2栋 马超 13800001234")
    summary = await ma.says("门牌写错了，是建设路21号2栋")
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert order.address is not None
    assert (order.address.district, order.address.street) == ("中原区", "建设路21号2栋")


async def test_a_corrected_receiver_is_the_name_that_was_told(person: People) -> None:
    ma = await person("c-late")
    await ma.says("地址改成河南省洛阳市西工区中州路66号1栋201，王强，13700001111")
    summary = await ma.says("收货人写错了，叫王刚")
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert order.address is not None
    assert order.address.name == "王刚"


async def test_a_corrected_remark_holds_only_what_the_warehouse_is_to_read(person: People) -> None:
    ma = await person("c-late")
    (before,) = await ma.orders()
    await ma.says("麻烦备注一下 放楼下超市")
    summary = await ma.says("备注错了，应该是放楼下快递柜")
    await ma.taps("确认修改", summary)
    (order,) = await ma.orders()
    assert "超市" not in order.remark
    assert order.remark.removeprefix(before.remark).strip("；") == "放楼下快递柜"


async def test_a_person_instead_of_the_company_on_the_invoice(person: People) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    await luo.says("帮我开票 公司抬头 北京听云科技有限公司")
    email = await luo.says("不开公司的了，就开个人的，写罗琳")
    summary = await luo.taps("不用发邮箱", email)
    assert await luo.untouched()
    await luo.taps("确认开票", summary)
    (invoice,) = await luo.new()
    assert (invoice.kind, invoice.order_id) == ("invoice", order.id)
    (receipt,) = (await luo.scene()).receipts
    assert (receipt.details["buyer"], receipt.details["title"]) == ("personal", "罗琳")


async def test_a_misspelt_name_on_the_invoice_is_put_right(person: People) -> None:
    luo = await person("c-insured")
    buyer = await luo.says("开发票")
    await luo.taps("个人", buyer)
    email = await luo.says("罗林")
    summary = await luo.taps("不用发邮箱", email)
    right = await luo.says("抬头不对，应该是罗琳")
    assert "罗林" in summary.text
    await luo.taps("确认开票", right)
    (receipt,) = (await luo.scene()).receipts
    assert receipt.details["title"] == "罗琳"


async def test_sending_it_in_instead_of_being_called_on(person: People) -> None:
    gao = await person("c-phone")
    way = await gao.says("手机突然开不了机 要报修")
    await gao.taps("上门取件", way)
    summary = await gao.says("不用上门了 我自己寄过去")
    assert await gao.untouched()
    await gao.taps("确认报修", summary)
    (receipt,) = (await gao.scene()).receipts
    assert receipt.details["transport"] == "send_in"
