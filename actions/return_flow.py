"""What a message means while a return is being arranged. Pure.

The form asks three things in order: which line, why, and whether to go ahead. One message may
answer any of them, correct an earlier answer, give up, or be about something else altogether.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from actions.needs import IDLE
from actions.turn import DENIED_BEFORE, FALLBACK_INTENT, Entity, Turn
from shop.types import ReturnReason


class Heard(str, Enum):
    """What the message does to the return."""

    ANSWER = "answer"  # it fills or corrects something
    CONFIRM = "confirm"
    REFUSE = "refuse"  # no to the summary, without saying what to change
    CHANGE_LINE = "change_line"  # another thing, not said which
    CHANGE_REASON = "change_reason"  # another reason, not said which
    CANCEL = "cancel"
    ELSEWHERE = "elsewhere"  # a question or a wish of its own: answered, then we come back
    NOTHING = "nothing"  # neither


@dataclass(frozen=True)
class Meaning:
    """The reading of one message. `names_line`: it says something about which thing is meant."""

    heard: Heard
    reason: ReturnReason | None = None
    names_line: bool = False


# Intents that may well be an answer to one of our three questions.
ANSWERING = frozenset(
    {
        "return_request",
        "exchange_request",
        "refund_request",
        "quality_complaint",
        "wrong_or_missing_item",
        "logistics_complaint",
        "affirm",
        "deny",
        "cancel_order",
        "undo_request",
        "change_order",
        FALLBACK_INTENT,
    }
)
_SHORT = 8  # 免烫那件
_SURE = 0.7
_PERSON = frozenset({"ask_human", "service_complaint"})
_REFUSING = frozenset({"deny", "undo_request", "cancel_order"})
_UNCLEAR = frozenset({FALLBACK_INTENT, "affirm", "deny"})
_GIVING_UP = _REFUSING | IDLE
_CANCEL = re.compile(
    r"不退了|不想退|先不退|别退了|不用退|取消退|退货取消|不办了|算了|不弄了|留着吧|不用了|不申请了|^取消[吧了]?$"
)
_NOT_CANCEL = re.compile(r"不退.{0,2}[吗么]|能不能不退")
_SIGHS = re.compile(r"算了|不用了")  # give up this or that, not by themselves the return
_RETURNS = re.compile(r"(?<![不别没])(?<![不别没][用想要给再])退(?!出)")
_GO_AHEAD = re.compile(r"(?:就|还是|那就?|给我|帮我)(?:这样)?退|退了?吧")
_OTHER_LINE = re.compile(
    r"(?:不是|不对|错了|换|改).{0,6}(?:另|别的|那件|这件|那个|这个|其他|商品)|另(?:外)?一[件个双条]"
    r"|不是这[件个双条]|换一?[件个双条](?!.{0,4}原因)|退错|选错"
)
_OTHER_REASON = re.compile(r"(?:改|换|错).{0,4}(?:原因|理由)|(?:原因|理由).{0,4}(?:错|改|换|不对)")
_QUESTION = re.compile(
    r"[?？]|吗$|么$|呢$|多少|多久|几天|怎么|什么时候|谁出|哪里|能不能|可不可以|是不是"
)
_OTHER = re.compile(r"其[他它]|别的原因|都不是|说不清")
_LINE_ENTITIES = frozenset({"product", "category", "color", "size", "order_number", "order_line"})


def read(turn: Turn, *, asked: str, names_line: bool = False) -> Meaning:
    """What the message means for the return.

    Args:
        turn: the message.
        asked: the form's open question: return_line, return_reason or return_confirmed.
        names_line: the text names one of the shopper's lines by words that are no entity.
    """
    if turn.clicked:
        return _clicked(turn)
    if turn.intent in _PERSON:
        return Meaning(Heard.ELSEWHERE)
    if _gives_up(turn, names_line=names_line):
        return Meaning(Heard.CANCEL)
    reason = reason_in(turn.text, turn.entities)
    if reason is None and asked == "return_reason" and _OTHER.search(turn.text):
        reason = ReturnReason.OTHER
    short = names_line and len(turn.text) <= _SHORT and turn.confidence < _SURE
    names_line = names_line or any(entity.name in _LINE_ENTITIES for entity in turn.entities)
    if not short and _elsewhere(turn, reason, names_line=names_line):
        return Meaning(Heard.ELSEWHERE)
    if reason is not None or names_line:
        return Meaning(Heard.ANSWER, reason, names_line)
    if _OTHER_REASON.search(turn.text):
        return Meaning(Heard.CHANGE_REASON)
    if _OTHER_LINE.search(turn.text) and asked != "return_line":
        return Meaning(Heard.CHANGE_LINE)
    if asked == "return_confirmed" and (turn.intent == "affirm" or _goes_ahead(turn)):
        return Meaning(Heard.CONFIRM)
    if asked == "return_confirmed" and turn.intent in _REFUSING:
        return Meaning(Heard.REFUSE)
    return Meaning(Heard.NOTHING)


def _gives_up(turn: Turn, *, names_line: bool) -> bool:
    """Whether the return is given up, and nothing else is wanted instead."""
    if not _CANCEL.search(turn.text) or _NOT_CANCEL.search(turn.text):
        return False
    another = names_line or any(entity.name in _LINE_ENTITIES for entity in turn.entities)
    if turn.intent not in _GIVING_UP and (another or _QUESTION.search(turn.text)):
        return False
    rest = _SIGHS.sub(" ", turn.text)
    if rest == turn.text or _CANCEL.search(rest):
        return True
    return not _RETURNS.search(rest) and turn.intent in _GIVING_UP | {"return_request"}


def _goes_ahead(turn: Turn) -> bool:
    """算了 退吧, said to the summary."""
    wished = turn.intent == "return_request" and _GO_AHEAD.search(turn.text) is not None
    return wished and not _QUESTION.search(turn.text)


def _elsewhere(turn: Turn, reason: ReturnReason | None, *, names_line: bool) -> bool:
    """Whether the message asks or wants something of its own."""
    if _QUESTION.search(turn.text):
        told = turn.intent == "return_request" and (names_line or reason is not None)
        return not told and turn.intent not in _UNCLEAR
    if turn.intent == "exchange_request":
        return "换" in turn.text and not _OTHER_LINE.search(turn.text)
    if turn.intent in ANSWERING:
        return False
    return reason is None and not turn.only_details


def reason_in(text: str, entities: tuple[Entity, ...]) -> ReturnReason | None:
    """The reason a message gives, skipping those it denies (不是质量问题，是尺码不合适)."""
    for entity in entities:
        if entity.name == "reason" and not DENIED_BEFORE.search(text[: entity.start]):
            return _reason(entity.value)
    return None


def _clicked(turn: Turn) -> Meaning:
    reason = turn.first("reason")
    names_line = turn.first("order_line") is not None
    if turn.first("return_flow"):
        same = turn.first("return_flow") == turn.slot("return_flow")
        return Meaning(Heard.CONFIRM if same else Heard.NOTHING)
    if turn.first("return_change") == "line":
        return Meaning(Heard.CHANGE_LINE)
    if turn.first("return_change") == "reason":
        return Meaning(Heard.CHANGE_REASON)
    if turn.first("return_change") == "cancel":
        return Meaning(Heard.CANCEL)
    if reason is not None or names_line:
        return Meaning(Heard.ANSWER, _reason(reason or ""), names_line)
    return Meaning(Heard.NOTHING if turn.intent in ANSWERING else Heard.ELSEWHERE)


def _reason(value: str) -> ReturnReason | None:
    try:
        return ReturnReason(value)
    except ValueError:
        return None
