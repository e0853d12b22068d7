"""The system that knows the parcels is away: said plainly, kept, answered when it is back."""

from __future__ import annotations

import time

from shop.fakes.faults import Fault
from tests.e2e.talks.stage import Person
from tests.e2e.talks.system_down.conftest import Outside

GONE = Fault(status=503)


async def waybill(person: Person, order: int = 0) -> str:
    scene = await person.scene()
    return scene.parcels[scene.orders[order].id][0].waybill


async def test_a_question_is_kept_and_answered_when_the_system_is_back(
    outside: Outside,
) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.parcels, GONE)
    heard = await lin.says("我昨天买的衬衫到哪里了呀")
    assert "系统" in heard.text
    assert "记下" in heard.text
    await outside.come_back()
    answer = await lin.kept_question_is_asked_again()
    assert "衬衫到哪里了呀" in answer.said[0].text
    assert await waybill(lin) in answer.text
    assert (await lin.kept_question_is_asked_again()).said == ()


async def test_what_needs_no_parcel_is_answered_meanwhile(outside: Outside) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.parcels, GONE)
    await lin.says("快递走到哪了")
    assert "59" in (await lin.says("对了满多少包邮")).text
    order, *_ = await lin.orders()
    assert order.id in (await lin.says("那我昨天那单是什么状态")).text


async def test_who_asks_twice_is_answered_once(outside: Outside) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.parcels, GONE)
    first = await lin.says("昨天那件衬衫物流到哪了")
    second = await lin.says("查到没有啊，那件衬衫物流到哪了")
    assert first.text != second.text
    await outside.come_back()
    await lin.kept_question_is_asked_again()
    await lin.kept_question_is_asked_again()
    number = await waybill(lin)
    cards = [one for one in lin.talk.heard if number in one.whole]
    assert len(cards) == 1


async def test_a_person_can_be_had_at_once_and_then_the_bot_is_silent(
    outside: Outside,
) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.parcels, GONE)
    heard = await lin.says("我昨天买的衬衫到哪里了")
    await lin.taps("人工", heard)
    assert len(await lin.handoffs()) == 1
    await outside.come_back()
    assert (await lin.kept_question_is_asked_again()).said == ()


async def test_a_system_that_does_not_answer_costs_seconds_not_minutes(
    outside: Outside,
) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.parcels, Fault(delay=30))
    began = time.monotonic()
    heard = await lin.says("我的衬衫走到哪了")
    assert time.monotonic() - began < 9
    assert "系统" in heard.text


async def test_an_answer_that_is_no_answer_counts_as_none(outside: Outside) -> None:
    lin = await outside.stage.person("c-lin")
    outside.break_down(outside.parcels, Fault(body='{"state": "3", "data": "???"'))
    heard = await lin.says("我的衬衫走到哪了")
    assert "系统" in heard.text
    assert "签收" not in heard.text
