"""What did not come, came short or came bad, and something for the trouble."""

from __future__ import annotations

from shop.types import ReturnReason
from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import bought, receipts


async def test_a_stuck_parcel_is_looked_for_before_money_comes_back(person: People) -> None:
    zhao = await person("c-stuck")
    (order,) = await zhao.orders()
    summary = await zhao.says("炸锅卡在郑州四五天了都，我不等了给我退钱")
    assert "韵达" in summary.text
    assert await zhao.untouched()
    done = await zhao.taps("确认提交", summary)
    (receipt,) = await receipts(zhao)
    assert (receipt.kind, receipt.order_id, receipt.refund) == ("refund_request", order.id, 0)
    assert receipt.details["cause"] == "lost"
    assert receipt.number in done.text
    assert await zhao.kinds() == ["refund_request"]
    assert not await zhao.handoffs()


async def test_signed_for_by_somebody_else_is_looked_into(person: People) -> None:
    wu = await person("c-contested")
    told = await wu.says("我没收到保温杯，签收的不是我")
    summary = await wu.taps("去核实", told)
    assert "圆通" in summary.text
    assert await wu.untouched()
    await wu.taps("确认提交", summary)
    (receipt,) = await receipts(wu)
    assert (receipt.kind, receipt.refund) == ("refund_request", 0)
    assert receipt.details["cause"] == "not_received"
    assert await wu.kinds() == ["refund_request"]


async def test_a_missing_cup_is_sent(person: People) -> None:
    wu = await person("c-contested")
    _, line = await bought(wu, "p-thermos")
    ways = await wu.says("保温杯少寄了一只")
    assert "¥89" in ways.text
    summary = await wu.says("补一个给我就行")
    assert await wu.untouched()
    done = await wu.taps("确认提交", summary)
    (receipt,) = await receipts(wu)
    assert (receipt.kind, receipt.line_id) == ("wrong_or_missing_item", line.id)
    assert (receipt.details["solution"], receipt.details["count"]) == ("reship", "1")
    assert receipt.number in done.text
    assert await wu.kinds() == ["wrong_or_missing_item"]


async def test_the_money_for_a_missing_cup_is_only_confirmed(person: People) -> None:
    wu = await person("c-contested")
    summary = await wu.says("保温杯漏发了一个，少的那个退钱就行")
    assert "¥89" in summary.text
    assert await wu.untouched()
    await wu.taps("确认提交", summary)
    (new,) = await wu.new()
    assert (new.kind, new.refund) == ("wrong_or_missing_item", 8900)


async def test_a_shirt_is_kept_for_a_part_of_the_money(person: People) -> None:
    gao = await person("c-phone")
    _, line = await bought(gao, "p-heavy-tee")
    photo = await gao.says("T恤才穿两回袖口就脱线了")
    ways = await gao.taps("没有照片", photo)
    summary = await gao.taps("留着用", ways)
    assert "¥17.80" in summary.text
    assert await gao.untouched()
    await gao.taps("确认提交", summary)
    (new,) = await gao.new()
    assert (new.kind, new.line_id, new.refund) == ("quality_complaint", line.id, line.paid // 5)


async def test_a_badly_sewn_skirt_goes_back(person: People) -> None:
    han = await person("c-return")
    _, line = await bought(han, "p-knit-skirt")
    await han.says("裙子线头全开了，质量太差")
    ways = await han.says("没有")
    assert any("退货退款" in title for title in ways.options)
    summary = await han.says("退货吧")
    assert await han.untouched()
    await han.taps("确认退货", summary)
    (new,) = await han.new()
    assert (new.kind, new.line_id, new.refund) == ("return", line.id, line.paid)
    (back,) = [one for one in await han.returns() if one.number == new.number]
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.QUALITY, "shop")


async def test_a_cup_with_a_name_on_it_that_came_broken_goes_back(person: People) -> None:
    tian = await person("c-fresh")
    _, line = await bought(tian, "p-engraved-cup")
    photo = await tian.says("刻字杯收到就是裂的")
    ways = await tian.taps("没有照片", photo)
    summary = await tian.taps("退货退款", ways)
    assert await tian.untouched()
    await tian.taps("确认退货", summary)
    (back,) = await tian.returns()
    assert (back.line_id, back.refund) == (line.id, line.paid)
    assert (back.reason, back.shipping_paid_by) == (ReturnReason.DAMAGED, "shop")
    assert await tian.kinds() == ["return"]


async def test_a_broken_promise_is_worth_a_coupon_after_a_yes(person: People) -> None:
    ma = await person("c-late")
    summary = await ma.says("都超时这么久了不给点补偿吗")
    assert "¥5" in summary.text
    assert await ma.untouched()
    done = await ma.taps("领取", summary)
    (receipt,) = await receipts(ma)
    assert (receipt.kind, receipt.refund) == ("compensation", 0)
    assert (receipt.details["case"], receipt.details["amount"]) == ("late_shipping", "500")
    assert receipt.number in done.text


async def test_waiting_for_a_stuck_parcel_is_worth_more_to_a_gold_member(person: People) -> None:
    zhao = await person("c-stuck")
    summary = await zhao.says("快递慢成这样有没有补偿")
    assert "¥10" in summary.text
    assert await zhao.untouched()
    await zhao.taps("领取", summary)
    (receipt,) = await receipts(zhao)
    assert (receipt.details["case"], receipt.details["amount"]) == ("stuck", "1000")
    assert await zhao.kinds() == ["compensation"]


async def test_what_happened_is_not_asked_when_it_was_told(person: People) -> None:
    wu = await person("c-contested")
    summary = await wu.says("杯子根本没到我手里，物流却写签收了，把钱退我")
    assert any(title in summary.options for title in ("确认提交", "去核实，找不到就退款"))
    assert "坏了一部分" not in summary.options


async def test_one_of_two_is_missing_and_not_wrong(person: People) -> None:
    wu = await person("c-contested")
    summary = await wu.says("两个杯子我只拿到一个，少的那个给我补过来呗")
    assert "发错了" not in summary.options
    assert "确认提交" in summary.options
