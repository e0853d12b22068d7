"""The parts of a message that may be needs of their own. Pure.

Few messages have two (改地址，另外发票怎么开). To read the parts takes as long as to read a
message, so only those that ask something, or say what is meant instead, are worth it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.nlu.classifier import Guess

_JOINS = r"另外|顺便|还有就?是?|对了|以及|再问一?下|再请问|同时"
_BREAK = re.compile(rf"(?:[，,、。；;!！?？~\s]|(?P<joins>{_JOINS}))+")
_ASKS = re.compile(
    r"[吗么呢没]$|没有$|不$|多少|多久|几[天个点号时升斤克米寸岁层瓶瓦折]|怎么|怎样|咋|什么|啥|哪|谁|为何|是否"
    r"|([能会可要是有行好])不\1|有没有|可不可以|[能可]以?.{1,6}[吗么]?$"
)
_WANTS = re.compile(
    r"^(?:我|那|就|还|也|并|先|再|请|麻烦|帮忙?|给)*(?:想|要|帮|给我|麻烦|申请|改|换(?!一?个?(?:问题|话题|事))|退|取消|催|查|开|补|推荐)"
    r"|^.{1,6}(?:要|想|帮我|给我|麻烦)(?:退|换|改|取消|催|查|开|补|修)"  # 裤子要退
    r"|^.{1,8}(?:退货|换货|退款|退[掉了]|[退换改修开补]一下|取消[掉了]?|(?:改|换)[成为].{1,6})$"
)
_DENIES = re.compile(
    r"^(?:我|那|都|也|这)*(?:不是(?!说)|不要(?![了的]|$)|不想(?!要|买|用|了)|没说|没有?要|没让|不用|别)"
    r"(?!.*[吗么]$)"
)
_IDLE = frozenset({"greet", "thanks", "goodbye", "affirm", "deny", "chitchat", "out_of_scope"})
_OPENING = frozenset({"greet", "chitchat"})
_UNSURE = 0.5
_SHORTEST = 2
_SAYS_SOMETHING = 5  # characters: 毛衣破了个洞, after a greeting
_MOST = 4


@dataclass(frozen=True)
class Part:
    """`text[start:end]`; `asks`: a question or a wish; `denies`: it says what is not meant."""

    text: str
    start: int
    end: int
    asks: bool
    denies: bool


def split(text: str) -> list[Part]:
    """The parts of a normalised message, in order; those of one character are left out."""
    found, start, joined = [], 0, False
    breaks = [(m.start(), m.end(), m["joins"] is not None) for m in _BREAK.finditer(text)]
    for end, following, joins in [*breaks, (len(text), len(text), False)]:
        words = text[start:end]
        if len(words) >= _SHORTEST:
            denies = _DENIES.match(words) is not None
            questioned = "?" in text[end:following] or "？" in text[end:following]
            asks = joined or questioned or bool(_ASKS.search(words) or _WANTS.match(words))
            found.append(Part(words, start, end, asks and not denies, denies))
        start, joined = following, joins
    return found


def worth_reading(parts: Sequence[Part], *, whole: Guess) -> list[Part]:
    """Those to be read by themselves: none, unless they may say more than the whole message.

    Args:
        parts: of one message.
        whole: how the message is understood as a whole.
    """
    if len(parts) < 2:
        return []
    if any(part.denies for part in parts):
        return list(parts[:_MOST])
    asking = [part for part in parts if part.asks]
    says_little = whole.intent in _IDLE or whole.confidence < _UNSURE
    if whole.intent in _OPENING:  # the need comes last, and may ask nothing
        return [p for p in parts if p.asks or len(p.text) >= _SAYS_SOMETHING][-_MOST:]
    return asking[:_MOST] if len(asking) > 1 or says_little else []


def read(
    text: str, *, whole: Guess, rank: Callable[..., Sequence[Sequence[Guess]]]
) -> list[dict[str, Any]]:
    """What is attached to a parsed message as `clauses`; empty for almost all messages.

    Args:
        text: the normalised message.
        whole: how it is understood as a whole.
        rank: `bot.nlu.classifier.IntentModel.rank_all`.
    """
    parts = worth_reading(split(text), whole=whole)
    ranked = rank([part.text for part in parts], limit=1) if parts else ()
    return [
        {
            "start": part.start,
            "end": part.end,
            "intent": best.intent,
            "confidence": best.confidence,
            "denied": part.denies,
        }
        for part, (best,) in zip(parts, ranked, strict=True)
    ]
