"""Two needs in one message (改地址，另外发票怎么开): each is answered. Pure.

The classifier gives one intent per message; here the clauses are read by words that leave no
doubt. A message in which only one clause is clear stays with the classifier.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.turn import Turn

_CLAUSE = re.compile(r"(?:(?!另外|顺便|还有就?是?|对了|以及)[^，,。；;!！?？\s])+")


@dataclass(frozen=True)
class Need:
    """One thing wanted, and the action that answers it."""

    action: str
    turn: Turn


# Words of a clause → intent and action; the first that fits. What starts a form comes last of all.
_CLEAR = tuple(
    (re.compile(words), intent, action)
    for words, intent, action in (
        (r"[要想]退货?$|申请退货|给我退了?$", "return_request", "action_return_start"),
        (r"[能可]以?.{0,2}退(?!款)|退.{0,2}[吗么]$", "return_policy", "action_return_policy"),
        (r"[改换].{0,3}地址|地址.{0,4}[改换错]", "change_address", "action_order_change"),
        (r"发票", "invoice", "action_answer"),
        (r"(?:什么|啥)时候发|几天发|多久发", "ask_delivery_time", "action_delivery_time"),
        (r"到哪|到了哪|(?:什么|啥)时候[能会]?到$", "track_logistics", "action_track_logistics"),
        (r"优惠券|有券|满减|有.{0,2}优惠", "coupon_promotion", "action_answer"),
        (r"穿多大|[什哪]么?个?码|选.{0,2}码", "size_advice", "action_size_advice"),
        (r"有货|现货", "stock_check", "action_stock_check"),
        (r"多少钱|什么价", "price_query", "action_price_query"),
        (r"缩水|起球|掉色|怎么洗", "product_attribute", "action_product_attribute"),
        (r"保修", "warranty_repair", "action_answer"),
    )
)


def needs_in(turn: Turn) -> list[Need]:
    """The needs of a message that has two or more; empty for every other message."""
    found: dict[str, Need] = {}
    for clause in _CLAUSE.finditer(turn.text):
        for words, intent, action in _CLEAR:
            if words.search(clause[0]):
                found.setdefault(intent, Need(action, turn.part(*clause.span(), intent)))
                break
    if len(found) < 2:
        return []
    return sorted(found.values(), key=lambda need: need.action == "action_return_start")
