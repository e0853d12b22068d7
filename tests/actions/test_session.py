"""A new session of Rasa: what is unfinished goes on for three days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import Services
from actions.session import SessionStartAction
from conversations.database import Database
from shop.schema import orders
from shop.types import OrderState
from tests.actions.conftest import Talks
from tests.actions.talk import Talk

LATE, JEANS = "c-late", "c-insured"
THEN = datetime(2026, 11, 18, 8, tzinfo=timezone.utc)


async def pause(talk: Talk, hours: float) -> list[Mapping[str, Any]]:
    """What Rasa does when the shopper is silent for that long: the action's events begin anew."""
    talk.now = lambda: THEN.timestamp()
    if talk.events:
        talk.events[-1]["timestamp"] = THEN.timestamp()
    for event in talk.events:
        event["timestamp"] = THEN.timestamp()
    tracker = Tracker(
        sender_id=talk.sender,
        slots=dict(talk.slots),
        latest_message={},
        events=list(talk.events),
        paused=False,
        followup_action=None,
        active_loop={"name": talk.form} if talk.form else {},
        latest_action_name=None,
    )
    later = THEN + timedelta(hours=hours)
    action = SessionStartAction(clock=lambda: later)
    events = await action.run(CollectingDispatcher(), tracker, {})
    assert events[0]["event"] == "session_started"
    assert (events[-1]["event"], events[-1]["name"]) == ("action", "action_listen")
    talk.slots = {e["name"]: e["value"] for e in events if e["event"] == "slot"}
    talk.form = next((e["name"] for e in events if e["event"] == "active_loop"), None)
    talk.events = []
    talk.now = lambda: later.timestamp()
    return list(events)


async def state(services: Services) -> OrderState:
    return (await services.shop.orders.recent(LATE))[0].state


async def test_the_first_session_begins_with_nothing(talk_as: Talks) -> None:
    assert len(await pause(talk_as(LATE), 0)) == 2


async def test_a_talk_without_a_flow_is_forgotten(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    await talk.say("到哪了", "track_logistics")
    assert len(await pause(talk, 2)) == 2


@pytest.mark.parametrize("hours", [2, 71])
async def test_a_yes_after_hours_gets_the_summary_before_it_counts(
    talk_as: Talks, services: Services, hours: float
) -> None:
    talk = talk_as(LATE)
    await talk.say("取消订单", "cancel_order")
    await pause(talk, hours)
    heard = await talk.say("好的", "affirm")
    assert "取消订单" in heard.texts[0]
    assert "上次" in heard.texts[0]
    assert "请核对要取消的订单" in heard.text
    assert await state(services) is OrderState.PAID
    await talk.say("好的", "affirm")
    assert await state(services) is OrderState.CLOSED


async def test_the_button_under_the_old_summary_still_counts(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("取消订单", "cancel_order")
    await pause(talk, 5)
    await talk.click("确认取消", summary)
    assert await state(services) is OrderState.CLOSED


async def test_a_question_is_answered_and_the_flow_is_named(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await talk.say("取消订单", "cancel_order")
    await pause(talk, 5)
    heard = await talk.say("什么时候发货", "ask_delivery_time")
    assert "发" in heard.texts[0]
    assert "上次" in heard.text
    assert "确认取消" in heard.titles
    assert talk.form == "cancel_order_form"


async def test_an_open_question_takes_its_answer_at_once(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    await talk.say("换个颜色", "change_order")
    await pause(talk, 5)
    summary = await talk.say("湖蓝", "nlu_fallback", color="湖蓝")
    assert "改成：湖蓝 XL" in summary.text


async def test_an_open_question_is_asked_again_with_what_it_is_about(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    await talk.say("换个颜色", "change_order")
    await pause(talk, 5)
    heard = await talk.say("继续", "nlu_fallback")
    assert "改订单" in heard.texts[0]
    assert "湖蓝 XL" in heard.titles


async def test_what_was_sent_meanwhile_is_not_offered_any_more(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    talk = talk_as(LATE)
    await talk.say("取消订单", "cancel_order")
    await pause(talk, 5)
    async with shop_tables.write() as connection:
        shipped = sa.update(orders).where(orders.c.customer_id == LATE)
        await connection.execute(shipped.values(state=OrderState.SHIPPED.value))
    heard = await talk.say("好的", "affirm")
    assert "已经寄出" in heard.text
    assert "确认取消" not in heard.titles
    assert talk.form is None


async def test_after_three_days_it_is_over(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("取消订单", "cancel_order")
    assert len(await pause(talk, 73)) == 2
    heard = await talk.click("确认取消", summary)
    assert "失效" in heard.text
    assert await state(services) is OrderState.PAID


async def test_the_return_form_waits_too(talk_as: Talks, services: Services) -> None:
    talk = talk_as(JEANS)
    await talk.say(
        "牛仔裤不想要了，退货", "return_request", reason=("不想要了", "no_longer_wanted")
    )
    await pause(talk, 5)
    heard = await talk.say("好的", "affirm")
    assert "退货" in heard.text
    assert await services.shop.after_sales.returns(JEANS) == ()
    await talk.say("好的", "affirm")
    assert len(await services.shop.after_sales.returns(JEANS)) == 1


async def test_what_a_system_kept_from_being_done_can_be_tried_again(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    await talk.say("取消订单", "cancel_order")
    talk.slots |= {"flow_confirmed": "yes", "flow_outcome": None}
    talk.form = None
    events = await pause(talk, 5)
    kept = {e["name"]: e["value"] for e in events if e["event"] == "slot"}
    assert kept["flow_confirmed"] == "yes"
    assert kept["flow_id"]
    assert talk.form is None
