"""What an agent may reply first: three texts made of the matter and this person's data. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions.formatting import clip, day_and_time, money, short_number
from actions.lookup import OPEN, UNSHIPPED
from actions.phrases import Phrases
from actions.promises import is_late
from shop.detour import detour_of
from shop.operations.types import Receipt
from shop.solutions import Proposal, Way
from shop.types import Customer, Eta, Order, Parcel, Return

_MOST = 3
_GOODS = 60
_LATE = frozenset({"promise_broken", "urge_delivery", "ask_delivery_time"})
_FACT = ""  # in a plan: what the shop's data say of the matter
# By what the shopper was told, else by the reason; a person's safety comes before any parcel.
_PLANS = {
    "unsafe_goods": ("suggest_unsafe", "suggest_unsafe_keep", "suggest_unsafe_callback"),
    "handoff_unsafe_power": ("suggest_unsafe", "suggest_unsafe_power", "suggest_unsafe_callback"),
    "privacy": ("suggest_fraud", "suggest_fraud_paid", "suggest_fraud_check"),
    "legal_risk": ("suggest_complaint", _FACT, "suggest_legal_step"),
    "complaint": ("suggest_complaint", _FACT, "suggest_complaint_step"),
    "service_complaint": ("suggest_complaint", _FACT, "suggest_complaint_step"),
    "anger": ("suggest_complaint", _FACT, "suggest_complaint_step"),
    "promise_broken": ("suggest_broken", _FACT, "suggest_promise"),
    "large_claim": ("suggest_opening", "suggest_claim", "suggest_claim_proof"),
    "repeated": ("suggest_again", _FACT, _FACT),
    "misses": ("suggest_again", _FACT, _FACT),
}
_USUAL = ("suggest_opening", _FACT, _FACT)


@dataclass(frozen=True)
class Case:
    """What the shop knows of the person who asks; empty for an unknown one.

    `orders`: the likeliest subject first. `known`: the talk says that it is about that one.
    `receipts` are what else was agreed, `proposals` what would settle the matter, best first.
    """

    customer: Customer | None = None
    orders: tuple[Order, ...] = ()
    parcels: tuple[tuple[Parcel, Eta], ...] = ()
    returns: tuple[Return, ...] = ()
    known: bool = False
    receipts: tuple[Receipt, ...] = ()
    proposals: tuple[Proposal, ...] = ()

    @property
    def order(self) -> Order | None:
        """The order the talk is most likely about."""
        return self.orders[0] if self.orders else None


def suggestions(
    reason: str, said: str, case: Case, phrases: Phrases, now: datetime, *, told: bool
) -> list[str]:
    """Three replies an agent can send as they are.

    Args:
        reason: of the handover.
        said: the name of the sentence that the shopper was told.
        case: the person.
        phrases: the texts.
        now: the moment of asking.
        told: the shopper has said what it is about, so that nobody asks again.
    """
    name = case.customer.nickname if case.customer else phrases.label("handoff.dear")
    facts = _facts(case, phrases, now)
    if not told and not case.known:
        facts.append(phrases.sentence("suggest_ask", ()))
    texts: list[str] = []
    for step in _plan(reason, said, case, now):
        if step != _FACT:
            texts.append(_filled(step, name, case, phrases, now))
        elif facts:
            texts.append(facts.pop(0))
    texts.append(phrases.sentence("suggest_promise", ()))
    texts += facts
    return list(dict.fromkeys(texts))[:_MOST]


def _plan(reason: str, said: str, case: Case, now: datetime) -> tuple[str, ...]:
    order = case.order
    if reason == "minor_purchase":
        unsent = order is not None and order.state in UNSHIPPED
        return ("suggest_minor", "suggest_minor_unsent" if unsent else "suggest_minor_sent", _FACT)
    if reason in _LATE and order is not None and is_late(order, now):
        return (_FACT, _FACT, "suggest_late_cancel")
    return _PLANS.get(said) or _PLANS.get(reason, _USUAL)


def _filled(step: str, name: str, case: Case, phrases: Phrases, now: datetime) -> str:
    if case.order is None:
        return phrases.sentence(step, (), name=name)
    return phrases.sentence(step, (), name=name, **_order_places(case.order, now))


def _order_places(order: Order, now: datetime) -> dict[str, str]:
    places = {
        "number": short_number(order.id),
        "goods": clip("、".join(line.label for line in order.lines), _GOODS),
        "paid": money(order.paid),
    }
    return places if order.ship_by is None else {**places, "due": day_and_time(order.ship_by, now)}


def _facts(case: Case, phrases: Phrases, now: datetime) -> list[str]:
    """What the shop's data say, the most pressing first."""
    order = case.order
    facts: list[str] = []
    if ways := [solution(one, phrases) for one in case.proposals if one.way is not Way.PERSON]:
        others = phrases.label("handoff.or").join(title for title, _ in ways[1:])
        sentence = "suggest_solution" if others else "suggest_one_solution"
        first, why = ways[0]
        facts.append(phrases.sentence(sentence, (), first=first, why=why, others=others))
    if order is not None and is_late(order, now):
        facts.append(phrases.sentence("suggest_late", (), **_order_places(order, now)))
        facts.append(phrases.sentence("suggest_late_step", ()))
    for parcel, eta in case.parcels:
        if parcel.newest is not None and not parcel.signed:
            detour = detour_of(parcel)
            facts.append(
                phrases.sentence(
                    "suggest_stuck"
                    if eta.stuck_hours
                    else "suggest_detour"
                    if detour
                    else "suggest_parcel",
                    (),
                    carrier=parcel.carrier,
                    node=parcel.newest.text,
                    at=day_and_time(parcel.newest.at, now),
                    city=detour.city if detour else "",
                )
            )
            break
    if case.returns:
        back = case.returns[0]
        facts.append(
            phrases.sentence(
                "suggest_return",
                (),
                number=back.number,
                state=phrases.label(f"return_state.{back.state.value}"),
                refund=money(back.refund),
            )
        )
    if order is not None and not (facts and is_late(order, now)):
        state = phrases.label(f"order_state.{order.state.value}")
        facts.append(
            phrases.sentence(
                "suggest_order_known" if case.known else "suggest_order",
                (),
                state=state,
                **_order_places(order, now),
            )
        )
    return facts


def solution(proposal: Proposal, phrases: Phrases) -> tuple[str, str]:
    """A way to settle it and why, in words for people."""
    title = phrases.label(f"solution.{proposal.way.value}").format(amount=money(proposal.amount))
    until = f"{proposal.until:%Y-%m-%d}" if proposal.until else ""
    return title, phrases.label(f"solution_why.{proposal.reason}").format(until=until)


def mark_of(case: Case, now: datetime) -> str:
    """How sure it is that the first order is the subject, and what is wrong with it.

    Args:
        case: the person.
        now: the moment of asking.

    Returns:
        "late", "newest" or "open" for a guess, "" for the order in talk or the only one.
    """
    order = case.order
    if order is None:
        return ""
    if is_late(order, now):
        return "late"
    if case.known or len(case.orders) == 1:
        return ""
    latest = max(other.created_at for other in case.orders)
    return "newest" if order.created_at == latest or order.state not in OPEN else "open"
