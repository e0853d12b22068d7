"""What goes back: the rules, the reason, who pays the way, and thinking better of it."""

from __future__ import annotations

from shop.types import ReturnReason, ReturnState
from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import bought, receipts


async def test_a_return_with_product_and_reason_told_is_only_confirmed(person: People) -> None:
    lin = await person("c-lin")
    order, line = await bought(lin, "p-wool-sweater")
    summary = await lin.says("前阵子那件羊毛衫买小了，退了吧")
    assert "¥329" in summary.text
    assert await lin.untouched()
    done = await lin.taps("确认退货", summary)
    (new,) = await lin.new()
    assert (new.kind, new.order_id, new.line_id) == ("return", order.id, line.id)
    assert new.refund == line.paid
    (back,) = await lin.returns()
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.WRONG_SIZE, "shopper")
    assert back.number in done.text


async def test_which_and_why_are_asked_one_after_the_other(person: People) -> None:
    lin = await person("c-lin")
    _, line = await bought(lin, "p-wool-sweater")
    which = await lin.says("申请退货")
    assert any("羊毛圆领毛衣" in title for title in which.options)
    why = await lin.says("羊毛衫")
    assert "尺码不合适" in why.options
    summary = await lin.says("大了点")
    assert await lin.untouched()
    await lin.taps("确认退货", summary)
    (back,) = await lin.returns()
    assert (back.line_id, back.reason) == (line.id, ReturnReason.WRONG_SIZE)
    assert await lin.kinds() == ["return"]


async def test_freight_insurance_pays_the_way_back(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("牛仔裤颜色跟想的不一样，不想要了 退货")
    assert "运费险" in summary.text
    await luo.taps("确认退货", summary)
    (back,) = await luo.returns()
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.NO_LONGER_WANTED, "insurance")
    assert await luo.kinds() == ["return"]


async def test_a_faulty_phone_goes_back_at_our_cost_after_three_weeks(person: People) -> None:
    gao = await person("c-phone")
    order, line = await bought(gao, "p-phone-x20")
    summary = await gao.says("手机才用二十天总自动关机，属于质量问题吧，退货")
    assert "¥1999" in summary.text
    assert await gao.untouched()
    await gao.taps("确认退货", summary)
    (back,) = await gao.returns()
    assert (back.order_id, back.line_id) == (order.id, line.id)
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.QUALITY, "shop")
    assert await gao.kinds() == ["return"]


async def test_of_four_things_the_unopened_cream_goes_back(person: People) -> None:
    tian = await person("c-fresh")
    _, line = await bought(tian, "p-repair-cream")
    told = await tian.says("面霜没拆封，不想要了能退吗")
    assert "¥189" in told.text
    summary = await tian.says("退")
    assert await tian.untouched()
    await tian.taps("确认退货", summary)
    (new,) = await tian.new()
    assert (new.kind, new.line_id, new.refund) == ("return", line.id, line.paid)


async def test_for_a_wrong_colour_something_comes_on_top(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("收到的牛仔裤发错颜色了，我要退货")
    done = await luo.taps("确认退货", summary)
    assert "¥5" in done.text
    assert await luo.kinds() == ["return"]
    offer = await luo.taps("领补偿", done)
    assert await luo.kinds() == ["return"]
    await luo.taps("领取", offer)
    assert await luo.kinds() == ["compensation", "return"]
    (back,) = await luo.returns()
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.WRONG_ITEM, "shop")
    (extra,) = await receipts(luo)
    assert (extra.details["case"], extra.details["amount"]) == ("wrong_item", "500")


async def test_a_return_that_is_not_sent_yet_is_taken_back(person: People) -> None:
    lin = await person("c-lin")
    summary = await lin.says("羊毛衫我要退，买错尺码了")
    await lin.taps("确认退货", summary)
    undo = await lin.says("刚申请的退货撤掉，我自己改改穿")
    (back,) = await lin.returns()
    assert back.state is ReturnState.AWAITING_PARCEL
    assert back.number in undo.text
    await lin.taps("确认撤销", undo)
    (back,) = await lin.returns()
    assert back.state is ReturnState.CANCELLED
    assert await lin.kinds() == ["return", "undo_request"]
    assert not await lin.changed()


async def test_no_longer_quite_wanted_is_a_reason(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("裤子不太想要了，帮我退一下呗")
    assert "确认退货" in summary.options
    assert await luo.untouched()


async def test_a_phone_that_restarts_by_itself_is_faulty(person: People) -> None:
    gao = await person("c-phone")
    summary = await gao.says("手机用了半个多月老是自己重启，我要退货")
    assert "确认退货" in summary.options
    assert "质量问题" in summary.text
    assert await gao.untouched()


async def test_a_hole_in_the_underwear_is_a_fault_and_no_change_of_mind(person: People) -> None:
    tian = await person("c-fresh")
    summary = await tian.says("保暖内衣寄来就有个洞，想退")
    assert "确认退货" in summary.options
    assert await tian.untouched()
