"""Two needs in one message (改地址，另外发票怎么开): each is answered. Pure.

The NLU reads the clauses of such a message one by one (`bot.nlu.clauses`); here it is decided
which of them are needs of their own and which only explain another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from actions.turn import COURTESIES, FALLBACK_INTENT, Clause, Turn, blanked

SURE = 0.6
"""Below this confidence a clause is left to the reading of the whole message."""

_CLEAR = 0.85
"""From here on a clause is a need even in a message understood as idle talk."""

_MOST = 3
IDLE = frozenset(
    {"greet", "thanks", "goodbye", "affirm", "deny", "chitchat", "out_of_scope", FALLBACK_INTENT}
)
# 我下周出差 only tells why something is wished.
_DELIVERING = re.compile(r"[晚早推延改等约]|[发送寄派收到]|上门|先别|先不|暂|快递|时间")
_BUYER = re.compile(r"个人(?!工)")  # of an invoice; what else 我要个人的 may be taken for
_SHIPPING = re.compile(r"[运邮]费|快递费")
_BODY = frozenset({"height", "weight"})
_TAKEN_BACK = "undo_request"
STARTS_A_FORM = frozenset(
    {
        *("return_request", "exchange_request", "refund_request", "wrong_or_missing_item"),
        *("quality_complaint", "warranty_repair", "compensation", "invoice", "cancel_order"),
        *("change_order", "change_delivery_time", "change_address", "undo_request"),
        "urge_delivery",
    }
)
_COMPLAINTS = frozenset(
    {"quality_complaint", "wrong_or_missing_item", "logistics_complaint", "service_complaint"}
)
# Said together, one of these tells why the other is wanted: 怎么还没发货，我不要了.
_ONE_MATTER = tuple(
    frozenset(intents.split())
    for intents in (
        "order_status ask_delivery_time track_logistics urge_delivery logistics_complaint",
        "urge_delivery cancel_order refund_request compensation service_complaint ask_human",
        "quality_complaint wrong_or_missing_item logistics_complaint service_complaint"
        " return_request exchange_request refund_request cancel_order compensation usage_help"
        " warranty_repair undo_request after_sales_status refund_progress ask_human",
        "product_recommend product_compare product_attribute stock_check size_advice",
        "product_recommend price_query price_bargain",
        "change_order exchange_request stock_check size_advice",
        "payment_issue account_membership coupon_promotion",
        "account_membership product_recommend",
        "price_protection refund_request compensation",
    )
)
# In one matter as a rule, yet two questions when both are asked: 穿多大码，会缩水吗.
_APART = tuple(
    frozenset(intents.split())
    for intents in (
        "product_attribute stock_check size_advice",
        "product_compare stock_check",
    )
)


@dataclass(frozen=True)
class Need:
    """One thing wanted, and the action that answers it."""

    action: str
    turn: Turn


def needs_in(turn: Turn, rules: Mapping[str, str]) -> list[Need]:
    """The needs of a message, in their order, when its clauses say more than its whole.

    Empty for every other message. `rules` is the action of each intent.
    """
    asked = [clause for clause in turn.clauses if _is_need(clause, turn, rules)]
    if corrected := _corrected(turn, asked):
        return [Need(rules[corrected.intent], _only(turn, corrected))]
    little = turn.intent in COURTESIES or turn.confidence < SURE
    if turn.intent in IDLE and not little:
        asked = [clause for clause in asked if clause.confidence >= _CLEAR]
        little = bool(asked)
    found = asked if little or any(c.intent == turn.intent for c in asked) else []
    found = _apart(found, turn)[:_MOST]
    if len(found) < 2 and not little:
        return []
    denying = any(clause.denied for clause in turn.clauses)
    if [clause.intent for clause in found] == [turn.intent] and not denying:
        return [Need(rules[turn.intent], turn)]  # the clause makes sure of the whole
    parts = [turn.part(_from(one, turn), one.end, one.intent) for one in found]
    needs = [
        Need(rules[one.intent], replace(part, confidence=one.confidence))
        for one, part in zip(found, parts, strict=True)
    ]
    return sorted(needs, key=lambda need: need.turn.intent in STARTS_A_FORM)


def _is_need(clause: Clause, turn: Turn, rules: Mapping[str, str]) -> bool:
    known = clause.intent in rules and clause.intent not in IDLE
    if clause.intent == "ask_human" and turn.intent == "invoice":
        known = _BUYER.search(turn.text[clause.start : clause.end]) is None
    if clause.intent == "change_delivery_time":
        words = turn.text[clause.start : clause.end]
        known = known and _DELIVERING.search(words) is not None
    return known and not clause.denied and clause.confidence >= SURE


def _corrected(turn: Turn, asked: list[Clause]) -> Clause | None:
    """What is meant instead of what is denied (不是退货，是换货)."""
    denied = {clause.intent for clause in turn.clauses if clause.denied}
    meant = [clause for clause in asked if clause.intent not in denied]
    if turn.intent == _TAKEN_BACK:  # 不用退了 denies nothing: only another wish is meant instead
        meant = [clause for clause in meant if clause.intent in STARTS_A_FORM]
        # Nor does 帮我撤了 behind it mean the order.
        meant = [c for c in meant if c.intent != "cancel_order" or c.confidence >= _CLEAR]
    return meant[-1] if denied and meant and turn.intent != meant[-1].intent else None


def _only(turn: Turn, clause: Clause) -> Turn:
    """The whole message as that intent, without the words that are denied."""
    text = blanked(turn.text, [(one.start, one.end) for one in turn.clauses if one.denied])
    return replace(turn, text=text.strip(), intent=clause.intent, confidence=clause.confidence)


def _from(clause: Clause, turn: Turn) -> int:
    """Where a need begins: a size is asked for the body told before it (男朋友175 150斤 穿啥码)."""
    told = any(e.name in _BODY and 0 < e.end <= clause.start for e in turn.entities)
    if clause.intent != "size_advice" or not told:
        return clause.start
    return max((c.end for c in turn.clauses if c.end <= clause.start), default=0)


def _apart(clauses: list[Clause], turn: Turn) -> list[Clause]:
    """One clause of each matter: that of the whole message's intent, else the later one.

    Who pays for the way is a question of its own: 运费谁出，可以退吗.
    """
    kept: list[Clause] = []
    for clause in clauses:
        rival = next((one for one in reversed(kept) if _rivals(one, clause, turn)), None)
        if rival is None:
            kept.append(clause)
        elif rival.intent not in (turn.intent, clause.intent) and not _tells_why(clause, rival):
            kept[kept.index(rival)] = clause
    return kept


def _rivals(one: Clause, other: Clause, turn: Turn) -> bool:
    paying = [_SHIPPING.search(turn.text[c.start : c.end]) is not None for c in (one, other)]
    if one.intent == other.intent == "return_policy" and paying[0] != paying[1]:
        return False
    if one.intent != other.intent and {one.intent, other.intent} <= STARTS_A_FORM:
        things = [_things(clause, turn) for clause in (one, other)]
        if all(things) and not things[0] & things[1]:
            return False  # T恤退货，手机修一下
    return one_matter(one.intent, other.intent)


def _tells_why(clause: Clause, rival: Clause) -> bool:
    """Whether a complaint follows the wish that it explains: 手机给我修一下，开不了机."""
    return clause.intent in _COMPLAINTS and rival.intent in STARTS_A_FORM - _COMPLAINTS


def _things(clause: Clause, turn: Turn) -> frozenset[str]:
    """The goods that a clause names."""
    return frozenset(
        entity.value
        for entity in turn.entities
        if entity.name in ("product", "category") and clause.start <= entity.start < clause.end
    )


def one_matter(one: str, other: str) -> bool:
    """Whether two intents, said together, are about the same thing."""
    both = {one, other}
    if any(both <= pair for pair in _APART) and one != other:
        return False
    return one == other or any(both <= matter for matter in _ONE_MATTER)
