"""A process that dies in the middle of a talk takes nothing with it and does nothing twice."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_rasa_dies_between_summary_and_yes(person: People) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    await late.says("这单退了吧，还没发")
    await late.stage.restart("rasa")
    assert await late.untouched()
    await late.says("确认")
    (receipt,) = await late.new()
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)


async def test_the_action_server_dies_between_question_and_answer(person: People) -> None:
    late = await person("c-late")
    await late.says("我要改收货地址")
    await late.stage.restart("actions")
    summary = await late.says("江苏省苏州市姑苏区人民路388号")
    assert await late.untouched()
    await late.taps("确认修改", summary)
    assert await late.kinds() == ["change_address"]
    (order,) = await late.orders()
    assert order.address is not None
    assert order.address.city == "苏州市"


async def test_both_die_with_a_yes_under_way(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("牛仔裤退货，不喜欢")
    assert "确认退货" in summary.options
    await luo.sends("确认退货")
    await luo.stage.restart("rasa", "actions")
    heard = await luo.hears()
    (back,) = await luo.returns()
    assert back.number in heard.text
    assert await luo.kinds() == ["return"]
