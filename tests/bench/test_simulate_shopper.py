"""How a simulated shopper reads what she is told, against a talk that is scripted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from random import Random
from typing import Any, cast

import pytest

from bench.simulate import asked
from bench.simulate.bank import Bank
from bench.simulate.goals import Effect, Goal, Person, Target
from bench.simulate.manners import MANNERS, Voice
from bench.simulate.shopper import Course, Ending, Shopper
from bench.simulate.talk import Said, Talk
from conversations.state import State
from shop.types import Order, OrderLine, OrderState, ReturnReason

BANK = Bank.load()
LINE = OrderLine(
    id="l1",
    product_id="p",
    sku_id="s",
    title="保温杯",
    short_name="保温杯",
    category="家居",
    color="黑色",
    size="500ml",
    quantity=1,
    paid=8900,
)
ORDER = Order(
    id="428000000000000001",
    customer_id="c",
    state=OrderState.PAID,
    lines=(LINE,),
    paid=8900,
    shipping_fee=0,
    created_at=datetime(2026, 11, 27, tzinfo=timezone.utc),
)
FACTS = {"goods": "保温杯", "exact": "黑色 保温杯 500ml", "number": ORDER.id, "tail": "0001"}
FACTS |= {"when": "昨天", "plain_goods": "保温杯"}
CARD = f"订单号：{ORDER.id}\n商品：保温杯 黑色 500ml"
NAMES = frozenset({"保温杯", "电饭煲"})
DONE = ("取消好了，凭据号 OP261128ABCDEF。", ())

Turn = tuple[str, Sequence[str]]


class Scripted:
    """Answers one turn of the script to each line; hands over when the script says so."""

    def __init__(self, *script: Turn) -> None:
        self._script = list(script)
        self.sent: list[str] = []
        self._queued = False

    async def send(self, text: str, *, id: str = "") -> str:
        self.sent.append(text)
        return "id"

    async def answers(self) -> tuple[Said, ...]:
        text, options = self._script.pop(0) if self._script else ("好的。", ())
        self._queued = text == "排队"
        return (Said(1, "bot", "choices" if options else "text", text, tuple(options)),)

    async def state(self) -> State:
        return State.QUEUED if self._queued else State.BOT


def wish(**other: Any) -> Goal:
    effect = Effect(frozenset({"cancel_order"}), ORDER.id)
    target = Target(order=ORDER, line=LINE)
    fields: dict[str, Any] = {
        "aim": "cancel",
        "target": target,
        "facts": FACTS,
        "effect": effect,
        **other,
    }
    return Goal(**fields)


async def course(goal: Goal, talk: Scripted, *, manner: str = "tapping", seed: int = 1) -> Course:
    (own,) = (one for one in MANNERS if one.name == manner)
    voice = Voice(bank=BANK, manner=own, facts=goal.facts, random=Random(seed))
    return await Shopper(goal=goal, voice=voice, talk=cast(Talk, talk), names=NAMES).run()


async def test_she_confirms_what_is_hers_and_is_done() -> None:
    talk = Scripted((f"{CARD}\n确认取消吗？", ["确认取消", "不办了"]), DONE)
    found = await course(wish(), talk)
    assert talk.sent[1] == "确认取消"
    assert (found.ending, found.confirmed, found.asked_twice) == (Ending.DONE, True, [])


async def test_she_confirms_no_order_of_another_number() -> None:
    other = CARD.replace("0001", "0002")
    talk = Scripted((f"{other}\n确认取消吗？", ["确认取消"]), (f"{CARD}\n？", ["确认取消"]), DONE)
    await course(wish(), talk)
    assert talk.sent[1] != "确认取消"
    assert talk.sent[2] == "确认取消"


async def test_among_orders_she_takes_her_own() -> None:
    orders = ["保温杯 粉色 500ml（今天）", "保温杯 黑色 500ml（昨天）", "转人工"]
    talk = Scripted(("是哪一笔？", orders), (CARD, ["确认取消"]), DONE)
    await course(wish(), talk)
    assert talk.sent[1] == orders[1]


async def test_a_question_that_she_has_answered_counts_when_it_comes_again() -> None:
    answers = (asked.reason(ReturnReason.QUALITY),)
    question = ("退货的原因是？", ["不想要了", "质量问题"])
    talk = Scripted(question, question, (CARD, ["确认退货"]), DONE)
    found = await course(wish(answers=answers), talk)
    assert talk.sent[1] == "质量问题"
    assert found.asked_twice == ["reason"]


async def test_a_refusal_ends_the_talk_of_who_must_be_refused() -> None:
    talk = Scripted(("包裹已经寄出，没法直接取消了。", ["看物流", "转人工"]))
    found = await course(wish(effect=None, refusal=re.compile("没法")), talk)
    assert (found.ending, found.turns) == (Ending.REFUSED, 1)


async def test_who_needs_nobody_turns_a_person_down_at_first() -> None:
    offer = ("要请同事来吗？", ["转人工"])
    talk = Scripted(offer, offer, offer, ("排队", ()))
    found = await course(wish(), talk)
    assert talk.sent[-1] == "转人工"
    assert (found.ending, found.turns) == (Ending.HANDED_OVER, 4)


async def test_who_wants_a_person_takes_one_at_once() -> None:
    talk = Scripted(("要请同事来吗？", ["转人工"]), ("排队", ()))
    found = await course(wish(effect=None, aim="person", person=Person.WANTED), talk)
    assert found.turns == 2


async def test_who_taps_twice_sends_the_same_option_three_times() -> None:
    talk = Scripted((CARD, ["确认取消"]), DONE)
    await course(wish(), talk, manner="double_tapping")
    assert talk.sent.count("确认取消") == 3


@pytest.mark.parametrize("seed", range(4))
async def test_who_changes_her_mind_drops_it_or_comes_back(seed: int) -> None:
    summary = (CARD, ["确认取消", "不办了"])
    talk = Scripted(summary, ("好的，没有取消。", ()), summary, DONE)
    found = await course(wish(), talk, manner="wavering", seed=seed)
    assert found.ending is (Ending.DROPPED if found.dropped else Ending.DONE)
    assert found.confirmed is not found.dropped


async def test_the_question_besides_is_asked_again_when_nobody_answered_it() -> None:
    talk = Scripted((CARD, ["确认取消"]), DONE)
    found = await course(wish(), talk, manner="two_needs")
    assert found.side is not None
    assert found.side.text in talk.sent[0]
    assert found.side.text in talk.sent[-1]


async def test_nobody_talks_for_ever() -> None:
    found = await course(wish(), Scripted())
    assert found.ending is Ending.GAVE_UP
    assert found.turns < 6
