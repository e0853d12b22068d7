"""Somebody comes and installs it, takes the old one along, or repairs it."""

from __future__ import annotations

from shop.operations.types import ReceiptState
from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import bought, bought_instead, day, receipts


async def test_a_visit_is_booked_step_by_step_and_moved(person: People) -> None:
    luo = await person("c-insured")
    line = await bought_instead(luo, "p-vacuum")
    await luo.says("预约上门装吸尘器")
    time = await luo.says("后天吧")
    assert len(time.options) >= 3
    await luo.says("下午")
    assert await luo.untouched()
    await luo.says("可以")
    (first,) = await receipts(luo)
    assert (first.kind, first.line_id) == ("installation", line.id)
    assert (first.details["day"], first.details["slot"]) == (await day(luo, 2), "afternoon")
    summary = await luo.says("安装改到大后天下午")
    assert len(await receipts(luo)) == 1
    await luo.taps("确认", summary)
    old, new = await receipts(luo)
    assert (old.number, old.state) == (first.number, ReceiptState.WITHDRAWN)
    assert (new.details["day"], new.details["slot"]) == (await day(luo, 3), "afternoon")


async def test_a_visit_told_at_once_is_confirmed_and_called_off(person: People) -> None:
    luo = await person("c-insured")
    await bought_instead(luo, "p-office-chair")
    await luo.says("给人体工学椅约个安装，大后天晚上")
    assert await luo.untouched()
    await luo.says("嗯可以")
    (visit,) = await receipts(luo)
    assert (visit.details["day"], visit.details["slot"]) == (await day(luo, 3), "evening")
    summary = await luo.says("不用师傅来了，我自己装好了")
    (visit,) = await receipts(luo)
    assert visit.state is ReceiptState.UNDER_WAY
    await luo.taps("确认", summary)
    visit, off = await receipts(luo)
    assert visit.state is ReceiptState.WITHDRAWN
    assert (off.details["wish"], off.details["replaces"]) == ("cancel", visit.number)


async def test_an_old_one_is_estimated_and_taken_along(person: People) -> None:
    zhao = await person("c-stuck")
    (order,) = await zhao.orders()
    kind = await zhao.says("想以旧换新")
    assert "小家电" in kind.options
    await zhao.says("小家电")
    await zhao.says("九阳豆浆机")
    await zhao.says("用了三年吧")
    summary = await zhao.says("能用就是有点旧")
    assert "¥10–¥40" in summary.text
    assert await zhao.untouched()
    done = await zhao.says("登记吧")
    (receipt,) = await receipts(zhao)
    assert (receipt.kind, receipt.order_id, receipt.refund) == ("trade_in", order.id, 0)
    assert receipt.details["model"] == "九阳豆浆机"
    assert receipt.number in done.text


async def test_a_phone_is_fetched_and_repaired_for_nothing(person: People) -> None:
    gao = await person("c-phone")
    order, line = await bought(gao, "p-phone-x20")
    way = await gao.says("手机充不进去电，帮我报个修")
    assert "免费" in way.text
    await gao.says("上门来取吧")
    assert await gao.untouched()
    done = await gao.says("确认报修")
    (receipt,) = await receipts(gao)
    assert (receipt.kind, receipt.order_id, receipt.line_id) == (
        *("warranty_repair", order.id, line.id),
    )
    assert receipt.details["transport"] == "pickup"
    assert receipt.number in done.text


async def test_headphones_are_sent_in_to_the_address_that_is_told(person: People) -> None:
    lin = await person("c-lin")
    _, line = await bought(lin, "p-headphones-pro")
    way = await lin.says("头戴耳机左边没声音了，报修一下")
    summary = await lin.taps("我自己寄", way)
    assert await lin.untouched()
    done = await lin.taps("确认报修", summary)
    (receipt,) = await receipts(lin)
    assert (receipt.kind, receipt.line_id) == ("warranty_repair", line.id)
    assert receipt.details["transport"] == "send_in"
    assert "余杭区" in done.text


async def test_a_mechanic_wished_for_a_day_is_booked_and_not_explained(person: People) -> None:
    luo = await person("c-insured")
    await bought_instead(luo, "p-vacuum")
    summary = await luo.says("想约师傅大后天下午上门装吸尘器挂架")
    assert "确认" in summary.options
    assert await luo.untouched()


async def test_another_day_is_for_the_visit_that_was_just_booked(person: People) -> None:
    luo = await person("c-insured")
    await bought_instead(luo, "p-office-chair")
    await luo.says("给人体工学椅约个安装，大后天晚上")
    await luo.says("嗯可以")
    summary = await luo.says("改约到后天上午行吗")
    assert "人体工学椅" in summary.text
    await luo.taps("确认", summary)
    _, visit = await receipts(luo)
    assert (visit.kind, visit.details["day"]) == ("installation", await day(luo, 2))


async def test_an_old_one_described_at_once_is_estimated_at_once(person: People) -> None:
    zhao = await person("c-stuck")
    summary = await zhao.says("我要以旧换新，家里旧的美的空气炸锅用了两年半还能用")
    assert "确认" in summary.options
    assert await zhao.untouched()
