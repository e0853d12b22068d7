"""A question in the middle of something about goods that have come: answered, nothing lost."""

from __future__ import annotations

import pytest

from shop.types import ReturnReason
from tests.e2e.talks.conftest import People


async def test_two_questions_leave_a_return_where_it_was(person: People) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    await luo.says("这裤子腰太大 想退了")
    hours = await luo.says("问下你们人工到几点啊")
    assert "22:00" in hours.text
    money = await luo.says("退的钱几天能到")
    assert "工作日" in money.text
    assert await luo.untouched()
    await luo.taps("确认退货", money)
    (back,) = await luo.new()
    assert (back.kind, back.order_id, back.refund) == ("return", order.id, order.paid)
    (ours,) = await luo.returns()
    assert ours.reason is ReturnReason.WRONG_SIZE


async def test_another_parcel_is_looked_up_between_the_goods_and_the_reason(
    person: People,
) -> None:
    lin = await person("c-lin")
    shirt, sweater, _ = await lin.orders()
    (parcel,) = (await lin.scene()).parcels[shirt.id]
    await lin.says("燕麦色那件毛衣想退")
    looked_up = await lin.says("诶对了 昨天拍的衬衫走到哪儿了")
    assert parcel.waybill in looked_up.text
    assert "质量问题" in looked_up.options
    summary = await lin.says("颜色跟我不搭 不喜欢")
    assert await lin.untouched()
    await lin.taps("确认退货", summary)
    (back,) = await lin.new()
    assert (back.order_id, back.line_id) == (sweater.id, sweater.lines[0].id)


@pytest.mark.parametrize("words", ["哈哈你是机器人吗", "你是机器人还是真人啊"])
async def test_whether_this_is_a_robot_does_not_lose_the_size_for_an_exchange(
    person: People, words: str
) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    await luo.says("牛仔裤穿着紧，给我换条黑色M的")
    who = await luo.says(words)
    assert "不是真人" in who.text
    assert await luo.untouched()
    await luo.says("行 换吧")
    (exchange,) = await luo.new()
    assert (exchange.kind, exchange.order_id) == ("exchange_request", order.id)
    (receipt,) = (await luo.scene()).receipts
    assert receipt.details["wanted"] == "黑色 M"


async def test_what_a_repair_costs_is_told_before_the_way_of_sending_is_chosen(
    person: People,
) -> None:
    gao = await person("c-phone")
    _, phone = await gao.orders()
    await gao.says("手机老是充不上电 给我修修")
    price = await gao.says("修要花钱不")
    assert "免费" in price.text
    summary = await gao.taps("我自己寄", price)
    assert await gao.untouched()
    await gao.taps("确认报修", summary)
    (repair,) = await gao.new()
    assert (repair.kind, repair.order_id) == ("warranty_repair", phone.id)


async def test_the_carrier_is_named_between_a_missing_item_and_how_it_is_settled(
    person: People,
) -> None:
    tian = await person("c-fresh")
    (order,) = await tian.orders()
    nuts, *_ = order.lines
    (parcel,) = (await tian.scene()).parcels[order.id]
    await tian.says("坚果少发了")
    carrier = await tian.says("你们发的什么快递")
    assert parcel.carrier in carrier.text
    assert parcel.waybill in carrier.text
    summary = await tian.taps("补发", carrier)
    assert await tian.untouched()
    await tian.taps("确认提交", summary)
    (reship,) = await tian.new()
    assert (reship.kind, reship.line_id, reship.refund) == ("wrong_or_missing_item", nuts.id, 0)


@pytest.mark.parametrize("words", ["问一下杯子能保温多久", "这杯子能保温几个小时"])
async def test_a_question_about_the_cup_leaves_its_refund_waiting(
    person: People, words: str
) -> None:
    wu = await person("c-contested")
    (order,) = await wu.orders()
    await wu.says("说签收了可我没收到杯子啊，退款")
    cup = await wu.says(words)
    assert "12小时" in cup.text
    assert await wu.untouched()
    await wu.taps("确认提交", cup)
    (refund,) = await wu.new()
    assert (refund.kind, refund.order_id) == ("refund_request", order.id)


async def test_the_price_of_today_is_told_and_the_difference_still_comes_back(
    person: People,
) -> None:
    lin = await person("c-lin")
    _, sweater, _ = await lin.orders()
    await lin.says("毛衣降价了吧 差价退我")
    today = await lin.says("现在买到手多少")
    assert "294" in today.text
    assert await lin.untouched()
    await lin.says("退吧")
    (difference,) = await lin.new()
    assert (difference.kind, difference.order_id) == ("price_protection", sweater.id)
    assert difference.refund == 3000


async def test_paper_or_electronic_is_answered_while_an_invoice_is_filled_in(
    person: People,
) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    buyer = await luo.says("帮我开张发票")
    await luo.taps("个人", buyer)
    kind = await luo.says("电子的还是纸质的啊")
    assert "电子" in kind.text
    email = await luo.says("罗琳")
    summary = await luo.taps("不用发邮箱", email)
    await luo.taps("确认开票", summary)
    (invoice,) = await luo.new()
    assert (invoice.kind, invoice.order_id) == ("invoice", order.id)


@pytest.mark.parametrize("words", ["来回运费谁出", "运费要我出吗"])
async def test_who_pays_the_postage_of_an_exchange_is_answered(person: People, words: str) -> None:
    luo = await person("c-insured")
    await luo.says("牛仔裤小了 换浅蓝XL")
    postage = await luo.says(words)
    assert "运费险赔" in postage.text
    assert await luo.untouched()
