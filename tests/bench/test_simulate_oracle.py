"""What the oracle makes of the shop's books before and after a talk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from bench.simulate.books import Snapshot
from bench.simulate.goals import Effect, Goal, Person, Target
from bench.simulate.oracle import Outcome, Verdict, judge, untouched
from bench.simulate.shopper import Course
from bench.simulate.talk import Handoff, Said

CANCEL = Effect(frozenset({"cancel_order"}), "1", fields=frozenset({"state"}))
Row = Mapping[str, Any]


def books(
    *receipts: Row, returns: Mapping[str, Row] | None = None, order: Row | None = None
) -> Snapshot:
    own = {"customer_id": "c-1", "state": "paid", "paid": 9900, "shipping_fee": 0, "receiver": ""}
    own |= order or {}
    return Snapshot(
        orders={"1": own},
        lines={"1-1": {"order_id": "1", "paid": 9900, "sku_id": "s1"}},
        parcels={},
        returns=returns or {},
        operations={row["number"]: row for row in receipts},
    )


def receipt(number: str = "OP1", **other: Any) -> Row:
    row = {"number": number, "kind": "cancel_order", "order_id": "1", "line_id": ""}
    return {**row, "refund": 0, "state": "under_way", "details": {}, **other}


def verdict(
    after: Snapshot,
    *,
    goal: Goal | None = None,
    course: Course | None = None,
    heard: tuple[Said, ...] = (),
    handoffs: tuple[Handoff, ...] = (),
) -> Verdict:
    wish = goal or Goal(target=Target(), facts={}, effect=CANCEL)
    return judge(wish, course or Course(confirmed=True), books(), after, heard, handoffs)


def test_the_effect_that_was_wanted_reaches_the_goal() -> None:
    found = verdict(books(receipt(refund=9900), order={"state": "closed"}))
    assert (found.outcome, found.wrong, found.doubled) == (Outcome.REACHED, (), ())


def test_what_was_done_before_she_agreed_is_wrong() -> None:
    assert len(verdict(books(receipt()), course=Course()).wrong) == 1


def test_no_effect_is_a_failure() -> None:
    assert verdict(books()).outcome is Outcome.FAILED


def test_an_effect_on_another_order_is_wrong() -> None:
    found = verdict(books(receipt(order_id="2")))
    assert found.outcome is Outcome.FAILED
    assert len(found.wrong) == 1


def test_an_effect_of_another_kind_is_wrong() -> None:
    assert len(verdict(books(receipt(), receipt("OP2", kind="invoice"))).wrong) == 1


def test_a_field_that_nobody_asked_to_change_is_wrong() -> None:
    changed = {"state": "closed", "receiver": "somebody"}
    assert len(verdict(books(receipt(), order=changed)).wrong) == 1


def test_the_same_thing_twice_is_doubled_unless_one_was_taken_back() -> None:
    assert len(verdict(books(receipt(), receipt("OP2"))).doubled) == 1
    assert verdict(books(receipt(), receipt("OP2", state="withdrawn"))).doubled == ()


def test_more_promised_back_than_paid_is_wrong() -> None:
    assert len(verdict(books(receipt(refund=9901))).wrong) == 1


def test_who_changed_her_mind_wants_no_effect() -> None:
    course = Course(dropped=True)
    assert verdict(books(), course=course).outcome is Outcome.REACHED
    assert verdict(books(receipt()), course=course).wrong != ()


def test_what_is_done_must_say_what_was_asked() -> None:
    effect = Effect(frozenset({"cancel_order"}), "1", values=(("blue", "s2"),))
    goal = Goal(target=Target(), facts={}, effect=effect)
    assert verdict(books(receipt(details={"sku": "s2"})), goal=goal).outcome is Outcome.REACHED
    assert verdict(books(receipt(details={"sku": "s3"})), goal=goal).outcome is Outcome.FAILED


def test_a_handoff_is_right_only_when_it_was_wanted_or_needed() -> None:
    handoffs = (Handoff("ask_human", ""),)
    for person, outcome in (
        (Person.WANTED, Outcome.WITH_PERSON),
        (Person.NEEDED, Outcome.WITH_PERSON),
        (Person.UNNEEDED, Outcome.FAILED),
    ):
        goal = Goal(target=Target(), facts={}, person=person, told=(re.compile("x"),))
        assert verdict(books(), goal=goal, handoffs=handoffs).outcome is outcome


def test_a_refusal_is_right_when_it_was_said_and_nothing_was_done() -> None:
    goal = Goal(target=Target(), facts={}, refusal=re.compile("no"))
    assert verdict(books(), goal=goal, course=Course(refused=True)).refusal_right is True
    assert verdict(books(), goal=goal).refusal_right is False
    assert verdict(books(receipt()), goal=goal, course=Course(refused=True)).wrong != ()


def test_what_leaks_of_others_is_wrong() -> None:
    goal = Goal(target=Target(), facts={}, told=(re.compile("x"),))
    course = Course(told=True, leaked="示例路 1 号")
    assert verdict(books(), goal=goal, course=course).outcome is Outcome.FAILED


def test_a_text_is_said_twice_whatever_the_shopper_says_in_between() -> None:
    heard = (
        Said(1, "bot", "text", "一样"),
        Said(2, "shopper", "text", "？"),
        Said(3, "bot", "choices", "一样"),
        Said(4, "bot", "card", "卡片"),
        Said(5, "bot", "card", "卡片"),
    )
    assert verdict(books(), heard=heard).said_twice == ("一样",)


@pytest.mark.parametrize(("played", "strange"), [({"c-1"}, 0), (set(), 2)])
def test_changes_of_who_never_spoke_are_found(played: set[str], strange: int) -> None:
    after = books(receipt(), order={"state": "closed"})
    assert len(list(untouched(books(), after, played))) == strange
