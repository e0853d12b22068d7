"""What a talk has led to: the shop's books before and after, and what was said. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bench.simulate.books import Rows, Snapshot
from bench.simulate.goals import Effect, Goal, Person
from bench.simulate.shopper import Course
from bench.simulate.talk import Handoff, Said
from conversations.messages import Kind, Sender
from shop.schema import DEAD_OPERATION_STATES, DEAD_RETURN_STATES

RETURN = "return"


class Outcome(str, Enum):
    """How a conversation came out."""

    REACHED = "reached"  # without a person
    WITH_PERSON = "with_person"  # by a handoff that was wanted or needed
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """The judgement of one conversation.

    `wrong` are effects that nobody asked for, `doubled` those that happened twice, in words.
    `why` says why it failed. `asked_twice` names what was asked again after it was told,
    `said_twice` holds texts that came twice in a row. `handoff_right` is None without a handoff.
    """

    outcome: Outcome
    why: str = ""
    wrong: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    asked_twice: tuple[str, ...] = ()
    said_twice: tuple[str, ...] = ()
    handoff_right: bool | None = None
    refusal_right: bool | None = None
    side_missed: bool = False


@dataclass(frozen=True)
class Done:
    """Something that was agreed to during the talk."""

    number: str
    kind: str
    order_id: str
    line_id: str
    refund: int
    live: bool
    text: str


def judge(
    goal: Goal,
    course: Course,
    before: Snapshot,
    after: Snapshot,
    heard: Sequence[Said],
    handoffs: Sequence[Handoff],
) -> Verdict:
    """The verdict on one conversation."""
    done = tuple(new_records(before, after))
    changed = tuple(changes(before, after))
    wanted = None if course.dropped else goal.effect
    asked = [one for one in (wanted, goal.welcome) if one is not None]
    wrong = [*_unasked(asked, done, changed), *_money(before, after)]
    if done and not (wrong or course.confirmed or course.dropped):
        wrong.append("她还没有确认就办了")
    if course.leaked:
        wrong.append(f"说出了别人的订单信息：{course.leaked}")
    reached, why = _reached(goal, course, wanted, done, changed)
    right = bool(handoffs) and (goal.person is not Person.UNNEEDED or (reached and bool(done)))
    doubled = tuple(_doubled(done))
    if handoffs and reached and wanted is None and goal.person is Person.UNNEEDED:
        reached, why = False, "不需要转人工却转了"
    if wrong or doubled:
        reached, why = False, "做了没有要求的事" if wrong else "同一件事做了两次"
    if reached:
        outcome = Outcome.WITH_PERSON if handoffs else Outcome.REACHED
    else:
        outcome = Outcome.WITH_PERSON if right and not (wrong or doubled) else Outcome.FAILED
    return Verdict(
        outcome=outcome,
        why="" if outcome is not Outcome.FAILED else why,
        wrong=tuple(wrong),
        doubled=doubled,
        asked_twice=tuple(course.asked_twice),
        said_twice=tuple(_said_twice(heard)),
        handoff_right=right if handoffs else None,
        refusal_right=reached if goal.refusal else None,
        side_missed=course.side is not None and not course.side_at_once,
    )


def _reached(
    goal: Goal,
    course: Course,
    wanted: Effect | None,
    done: Sequence[Done],
    changed: Sequence[tuple[str, str, str]],
) -> tuple[bool, str]:
    if course.dropped:
        return not done and not changed, "改了主意，事情还是办了"
    if wanted is not None:
        undone = "return_state" in wanted.kinds and bool(changed)
        if not undone and not any(_fits(one, wanted) for one in done):
            return False, "该办的没有办成"
        text = "\n".join([*(one.text for one in done), *(new for _, _, new in changed)])
        missing = [value for value in wanted.values if not any(one in text for one in value)]
        if missing:
            return False, f"办的内容不对，没有：{'、'.join(one[0] for one in missing)}"
        return True, ""
    if goal.welcome is not None and any(_fits(one, goal.welcome) for one in done):
        return True, ""
    if goal.refusal is not None:
        return course.refused, "该说明不能办，没有说清"
    if goal.person is Person.WANTED:
        return False, "要找人工，没有转"
    if goal.person is Person.NEEDED:
        return course.told, "没有说清，也没有转人工"
    return course.told, "没有得到要的回答"


def _fits(one: Done, wanted: Effect) -> bool:
    line = not wanted.lines or not one.line_id or one.line_id in wanted.lines
    return one.kind in wanted.kinds and one.order_id == wanted.order_id and line


def _unasked(
    asked: Sequence[Effect], done: Sequence[Done], changed: Sequence[tuple[str, str, str]]
) -> Iterator[str]:
    for one in done:
        if not any(_fits(one, effect) for effect in asked):
            yield f"{one.kind} {one.number}（订单 {one.order_id} {one.line_id}）没有人要求"
    for order_id, field, new in changed:
        if not any(one.order_id == order_id and field in one.fields for one in asked):
            yield f"订单 {order_id} 的 {field} 变成了 {new}，没有人要求"


def _doubled(done: Sequence[Done]) -> Iterator[str]:
    for (kind, order, line), count in Counter(
        (one.kind, one.order_id, one.line_id) for one in done if one.live
    ).items():
        if count > 1:
            yield f"{kind} 做了 {count} 次（订单 {order} {line}）"


def _money(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Nothing may promise back more than was paid, for an order or a line of it."""
    for order_id, order in after.orders.items():
        live = [one for one in _all(after) if one.order_id == order_id and one.live]
        if sum(one.refund for one in live) > order["paid"]:
            yield f"订单 {order_id} 答应退的比付的多"
        for line_id in {one.line_id for one in live if one.line_id}:
            promised = sum(one.refund for one in live if one.line_id == line_id)
            paid = max(one.lines[line_id]["paid"] for one in (before, after))
            if promised > paid + order["shipping_fee"]:
                yield f"订单 {order_id} 的 {line_id} 答应退的比付的多"


def _all(snapshot: Snapshot) -> Iterator[Done]:
    for number, row in snapshot.returns.items():
        live = row["state"] not in DEAD_RETURN_STATES
        yield _of(number, RETURN, row, live)
    for number, row in snapshot.operations.items():
        yield _of(number, row["kind"], row, row["state"] not in DEAD_OPERATION_STATES)


def _of(number: str, kind: str, row: Mapping[str, Any], live: bool) -> Done:
    text = " ".join(str(value) for value in row.values())
    return Done(number, kind, row["order_id"], row["line_id"], row["refund"], live, text)


def new_records(before: Snapshot, after: Snapshot) -> Iterator[Done]:
    """Returns and receipts that were not there before."""
    known = before.returns.keys() | before.operations.keys()
    return (one for one in _all(after) if one.number not in known)


def changes(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Order number, field and new value of whatever is no longer what it was."""
    for old, new in (
        (before.orders, after.orders),
        (before.lines, after.lines),
        (before.parcels, after.parcels),
        (before.returns, after.returns),
        (before.operations, after.operations),
    ):
        yield from _changed(old, new)


def _changed(old: Rows, new: Rows) -> Iterator[tuple[str, str, str]]:
    for key, row in old.items():
        now = new.get(key)
        order_id = row.get("order_id", key)
        if now is None:
            yield order_id, "row", "gone"
            continue
        for field, value in row.items():
            if now[field] != value:
                yield order_id, field, str(now[field])


def _said_twice(heard: Sequence[Said]) -> Iterator[str]:
    """Texts of the bot that came twice with nothing else of it in between."""
    last = ""
    for one in heard:
        if one.sender != Sender.BOT.value or one.kind not in (Kind.TEXT.value, Kind.CHOICES.value):
            continue
        if one.text == last:
            yield one.text
        last = one.text


def untouched(before: Snapshot, after: Snapshot, played: set[str]) -> Iterator[str]:
    """What has changed of customers who never spoke."""
    orders = {id_ for id_, row in after.orders.items() if row["customer_id"] in played}
    for one in new_records(before, after):
        if one.order_id not in orders:
            yield f"{one.kind} {one.number}：这位顾客没有说过话"
    for order_id, field, new in changes(before, after):
        if order_id not in orders:
            yield f"订单 {order_id} 的 {field} 变成了 {new}：这位顾客没有说过话"
