"""One for another: what is told is not asked, and the new one is held."""

from __future__ import annotations

from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import bought, receipts


async def test_another_size_told_at_once_is_only_confirmed(person: People) -> None:
    lin = await person("c-lin")
    order, line = await bought(lin, "p-wool-sweater")
    summary = await lin.says("毛衣大了一圈，想换个S的")
    assert "燕麦色 S" in summary.text
    assert await lin.untouched()
    done = await lin.taps("确认换货", summary)
    (new,) = await lin.new()
    assert (new.kind, new.order_id, new.line_id) == ("exchange_request", order.id, line.id)
    assert new.refund == 0
    (receipt,) = await receipts(lin)
    assert (receipt.details["wanted"], receipt.details["reason"]) == ("燕麦色 S", "wrong_size")
    assert receipt.number in done.text


async def test_why_and_for_which_are_asked_one_after_the_other(person: People) -> None:
    luo = await person("c-insured")
    why = await luo.says("裤子想换货")
    assert "尺码不合适" in why.options
    which = await luo.says("买小了")
    assert "浅蓝 L" in which.options
    summary = await luo.says("浅蓝L")
    assert "运费险" in summary.text
    assert await luo.untouched()
    await luo.taps("确认换货", summary)
    (receipt,) = await receipts(luo)
    assert receipt.kind == "exchange_request"
    assert (receipt.details["wanted"], receipt.details["reason"]) == ("浅蓝 L", "wrong_size")


async def test_noisy_earphones_are_exchanged_for_new_ones_at_our_cost(person: People) -> None:
    sun = await person("c-split")
    _, line = await bought(sun, "p-earbuds-s9")
    summary = await sun.says("耳机有杂音，想换个新的")
    assert await sun.untouched()
    await sun.taps("确认换货", summary)
    (receipt,) = await receipts(sun)
    assert (receipt.kind, receipt.line_id) == ("exchange_request", line.id)
    assert (receipt.details["wanted"], receipt.details["reason"]) == ("白色", "quality")
    assert await sun.kinds() == ["exchange_request"]


async def test_a_complaint_becomes_an_exchange_with_what_was_told(person: People) -> None:
    gao = await person("c-phone")
    _, line = await bought(gao, "p-heavy-tee")
    await gao.says("上回买的T恤起球了，看着闹心")
    ways = await gao.says("没拍照")
    assert "换一件新的" in ways.options
    summary = await gao.says("给我换件新的")
    assert await gao.untouched()
    await gao.taps("确认换货", summary)
    (receipt,) = await receipts(gao)
    assert (receipt.kind, receipt.line_id) == ("exchange_request", line.id)
    assert (receipt.details["wanted"], receipt.details["reason"]) == ("黑色 XL", "quality")
    assert await gao.kinds() == ["exchange_request"]


async def test_too_large_is_a_reason_and_no_complaint(person: People) -> None:
    luo = await person("c-insured")
    await luo.says("我要换货")
    which = await luo.says("大了")
    assert not await luo.handoffs()
    assert "浅蓝 M" in which.options
