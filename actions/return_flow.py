"""What a message means while a return is being arranged. Pure.

The form asks three things in order: which line, why, and whether to go ahead. One message may
answer any of them, correct an earlier answer, give up, or be about something else altogether.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum

from actions.flows.reading import (
    ASSENT,
    LIKELY_YES,
    PUT_OFF,
    READ,
    RESUME,
    bare_words,
    for_a_person,
    hesitates,
    puts_off,
    says_yes,
)
from actions.needs import IDLE, SURE
from actions.parts import Parts, questioning
from actions.turn import DENIED_BEFORE, FALLBACK_INTENT, Entity, Offer, Turn
from actions.wishes import denies
from shop.types import ReturnReason


class Heard(str, Enum):
    """What the message does to the return."""

    ANSWER = "answer"  # it fills or corrects something
    CONFIRM = "confirm"
    REFUSE = "refuse"  # no to the summary, without saying what to change
    CHANGE_LINE = "change_line"  # another thing, not said which
    CHANGE_REASON = "change_reason"  # another reason, not said which
    CANCEL = "cancel"
    EXCHANGE = "exchange"  # no return, but another size or colour
    ALL = "all"  # several things at once
    LATER = "later"  # not now, and not given up
    RESUME = "resume"  # on with it, after a pause
    ACKNOWLEDGED = "acknowledged"  # the summary was read, or thanked for: no yes yet
    ELSEWHERE = "elsewhere"  # a question or a wish of its own: answered, then we come back
    NOTHING = "nothing"  # neither


@dataclass(frozen=True)
class Meaning:
    """The reading of one message. `names_line`: it says something about which thing is meant.

    `asking` are parts of it that ask something besides; `several`: more than one thing is meant.
    """

    heard: Heard
    reason: ReturnReason | None = None
    names_line: bool = False
    asking: tuple[str, ...] = ()
    several: bool = False


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
NOT_ASKED = ANSWERING - {"exchange_request", "refund_request"}
"""Intents of answers: a question beside an answer is none of these."""
_SHORT = 8  # 免烫那件
_SURE = 0.7
# Questions about a thing: named before one of them, the thing is what is asked about.
_OF_A_THING = frozenset(
    {
        "product_attribute",
        "product_compare",
        "product_recommend",
        "size_advice",
        "stock_check",
        "usage_help",
        "price_query",
        "order_status",
        "track_logistics",
        "ask_delivery_time",
        "urge_delivery",
        "logistics_complaint",
    }
)
_REFUSING = frozenset({"deny", "undo_request", "cancel_order"})
_UNCLEAR = frozenset({FALLBACK_INTENT, "affirm", "deny"})
_GIVING_UP = _REFUSING | IDLE
_CANCEL = re.compile(
    r"不退了|不想退|先不退|别退了|不用退|取消退|退货取消|不办了|算了|不弄了|留着吧|不用了|不申请了|^取消[吧了]?$"
)
_NOT_CANCEL = re.compile(r"不退.{0,2}[吗么]|能不能不退")
_SIGHS = re.compile(r"算了|不用了")  # give up this or that, not by themselves the return
_RETURNS = re.compile(r"(?<![不别没])(?<![不别没][用想要给再])退(?!出)")
_GO_AHEAD = re.compile(
    r"(?:就|还是|那就?|给我|帮我)(?:这样)?退|退了?吧|(?:行|好|可以)吧?[，,\s]*退[了吧。.\s]*$"
)
_MONEY_BACK = frozenset({"return_request", "refund_request"})
_OTHER_LINE = re.compile(
    r"(?:不是|不对|错了|换|改).{0,6}(?:另|别的|那件|这件|那个|这个|其他|商品)|另(?:外)?一[件个双条]"
    r"|不是这[件个双条]|换一?[件个双条](?!.{0,4}原因)|退错|选错"
)
_OTHER_REASON = re.compile(r"(?:改|换|错).{0,4}(?:原因|理由)|(?:原因|理由).{0,4}(?:错|改|换|不对)")
_NO_RETURN = re.compile(
    r"(?:不是要?|不要|不想要?|不用|别|不)退(?:货|款|钱)?了?(?=[，,。.、；;!！\s]|$|是|而|我|想|要|换|改|就)"
)
_LARGER = re.compile(r"(?:想要|要|来|拿)(?:个|件|条|双)?再?[大小长短][一两半]?点?[号码]")
_NOT_EXCHANGE = re.compile(r"(?:不是|不要|不想|不用|别|不)(?:要|想)?换|换.{0,3}(?:原因|理由)")
_ONLY_MONEY = re.compile(r"[只仅光](?:要|想|申请)?退[款钱]|不退货.{0,4}退[款钱]")
MAY_IT = re.compile(r"[能可]以?.{0,4}退|退.{0,3}[吗么不]|还[能可]|支持.{0,3}退")
"""Asks whether a thing may come back."""
_ALL = re.compile(
    r"(?:都|全部?|一起|一块|整单|所有的?)(?:要|想|给我|帮我)*(?:退|不要)|[两三四几]件都"
)
_YES = re.compile(
    r"(?<![不没未])(?:确认|提交|同意|没问题|没错|就这样|无误)(?!.{0,2}(?:什么|哪|一下))|(?:那就?|就|帮我|给我)退"
)
_IDLY_READ = IDLE - {FALLBACK_INTENT}  # 嗯, taken for small talk
_AGREEING = frozenset({"affirm", "thanks", "return_request", FALLBACK_INTENT})
_OTHER = re.compile(r"其[他它]|别的原因|都不是|说不清")
_ELSEWHERE_NAMED = frozenset({"waybill", "item_id"})
_LINE_ENTITIES = frozenset({"product", "category", "color", "size", "order_number", "order_line"})


def read(parts: Parts, turn: Turn, *, names_line: bool = False) -> Meaning:
    """What the message means for the return.

    Args:
        parts: the message taken apart.
        turn: the whole message; `turn.asked` is the form's open question.
        names_line: the text names one of the shopper's lines by words that are no entity.
    """
    if turn.clicked:
        return _clicked(turn)
    answers = names_line or reason_in(turn.text, turn.entities) is not None
    if for_a_person(turn, answers=answers) and parts.chosen is None:
        return Meaning(Heard.ELSEWHERE)
    if _exchanges(turn):
        return Meaning(Heard.EXCHANGE)
    if not parts.asking:
        return _told(parts.told, parts.chosen, names_line=names_line)
    told = _told(parts.told.as_intent(FALLBACK_INTENT), parts.chosen, names_line=names_line)
    if _answers(told, parts, turn):
        return replace(told, asking=parts.asking)
    return _told(turn, None, names_line=names_line)


def _told(turn: Turn, chosen: Offer | None, *, names_line: bool) -> Meaning:
    """What the message, or what it says beside its question, means."""
    asked = turn.asked
    if _gives_up(turn, names_line=names_line) or denies(turn):
        return Meaning(Heard.CANCEL)
    if puts_off(turn.text):
        return Meaning(Heard.LATER)
    if RESUME.fullmatch(bare_words(turn.text)):
        return Meaning(Heard.RESUME)
    named = any(entity.name in _LINE_ENTITIES for entity in turn.entities)
    if asked == "return_confirmed" and hesitates(turn.text) and not (named or names_line):
        return Meaning(Heard.LATER)
    reason = reason_in(turn.text, turn.entities)
    other = asked == "return_reason" or (asked == "return_confirmed" and "选" in turn.text)
    if reason is None and other and _OTHER.search(turn.text):
        reason = ReturnReason.OTHER
    short = names_line and len(turn.text) <= _SHORT and turn.confidence < _SURE
    if asked == "return_line" and not named and _ALL.search(turn.text):
        return Meaning(Heard.ALL)
    names_line = names_line or named
    if chosen is not None and not (reason or names_line):
        return _clicked(replace(turn, entities=chosen.entities))
    to_summary = asked == "return_confirmed" and not (reason or names_line)
    if to_summary and (heard := _to_the_summary(turn)) is not None:
        early = turn.early and heard is Heard.CONFIRM  # written before the summary was there
        return Meaning(Heard.ACKNOWLEDGED if early else heard)
    corrects = names_line and _OTHER_LINE.search(turn.text) and not questioning(turn.text)
    answers = short or chosen is not None or corrects
    if not answers and _elsewhere(turn, reason, names_line=names_line):
        return Meaning(Heard.ELSEWHERE)
    if reason is not None or names_line:
        several = names_line and _ALL.search(turn.text) is not None
        return Meaning(Heard.ANSWER, reason, names_line, several=several)
    if _OTHER_REASON.search(turn.text):
        return Meaning(Heard.CHANGE_REASON)
    if _OTHER_LINE.search(turn.text) and asked != "return_line":
        return Meaning(Heard.CHANGE_LINE)
    if asked == "return_confirmed" and turn.intent in _REFUSING:
        return Meaning(Heard.REFUSE)
    return Meaning(Heard.NOTHING)


def _answers(told: Meaning, parts: Parts, turn: Turn) -> bool:
    """Whether what is told beside a question answers us: 衬衫，到哪了 does not, nor does 算了.

    Said to the summary, a reason (质量问题，运费谁出) only supposes something.
    """
    if told.heard is Heard.CANCEL:
        return _CANCEL.search(_SIGHS.sub(" ", parts.told.text)) is not None
    if told.heard is not Heard.ANSWER:
        return told.heard in (Heard.CONFIRM, Heard.CHANGE_LINE, Heard.CHANGE_REASON)
    if told.reason is not None:
        return turn.asked != "return_confirmed" or parts.chosen is not None
    of_it = turn.intent in _OF_A_THING or any(MAY_IT.search(words) for words in parts.asking)
    return turn.asked == "return_line" and not of_it


def _exchanges(turn: Turn) -> bool:
    """Whether an exchange is wanted instead (不是退货，是换货; 想换个L码), not asked about."""
    if _NOT_EXCHANGE.search(turn.text):
        return False
    if "换" not in turn.text:
        return turn.intent == "exchange_request" and _LARGER.search(turn.text) is not None
    if _NO_RETURN.search(turn.text):
        return True
    wished = turn.intent == "exchange_request" and turn.confidence >= SURE
    choice = turn.first("color") or turn.first("size")  # 换个黑色M, unlike 换一件
    another = not choice and _OTHER_LINE.search(turn.text) is not None
    return wished and not questioning(turn.text) and not another


def _to_the_summary(turn: Turn) -> Heard | None:
    """Whether the summary is agreed to; what is as good as a yes to a plain question is none yet.

    好的谢谢 and 知道了 are said by who has read it; once we have asked 现在提交吗 (the note
    "direct"), 好的谢谢 is a yes.
    """
    if questioning(turn.text):
        return None
    words, note = bare_words(turn.text), turn.slot("return_note")
    direct = note == "direct"
    agreed = _YES.search(turn.text) and turn.intent in _AGREEING
    if agreed or _goes_ahead(turn) or says_yes(turn.text):
        return Heard.CONFIRM
    if READ.fullmatch(words):
        return Heard.ACKNOWLEDGED
    if turn.intent == "thanks" or (turn.intent == "affirm" and "谢" in words):
        if not ASSENT.match(words):
            return None
        return Heard.CONFIRM if direct else Heard.ACKNOWLEDGED
    assents = turn.intent in _IDLY_READ and ASSENT.fullmatch(words) is not None
    agrees = turn.intent == "affirm" and turn.confidence >= LIKELY_YES
    if not (agrees or assents):
        return None
    return Heard.ACKNOWLEDGED if note in PUT_OFF else Heard.CONFIRM


def _gives_up(turn: Turn, *, names_line: bool) -> bool:
    """Whether the return is given up, and nothing else is wanted instead."""
    if not _CANCEL.search(turn.text) or _NOT_CANCEL.search(turn.text):
        return False
    another = names_line or any(entity.name in _LINE_ENTITIES for entity in turn.entities)
    if turn.intent not in _GIVING_UP and (another or questioning(turn.text)):
        return False
    rest = _SIGHS.sub(" ", turn.text)
    if rest == turn.text or _CANCEL.search(rest):
        return True
    return not _RETURNS.search(rest) and turn.intent in _GIVING_UP | {"return_request"}


def _goes_ahead(turn: Turn) -> bool:
    """算了 退吧, said to the summary."""
    return turn.intent in _MONEY_BACK and _GO_AHEAD.search(turn.text) is not None


def _elsewhere(turn: Turn, reason: ReturnReason | None, *, names_line: bool) -> bool:
    """Whether the message asks or wants something of its own."""
    if questioning(turn.text):
        told = turn.intent == "return_request" and (names_line or reason is not None)
        return not told and (turn.intent not in _UNCLEAR or bool(turn.clauses))
    if turn.intent == "exchange_request":
        return "换" in turn.text and not _OTHER_LINE.search(turn.text)
    if _ONLY_MONEY.search(turn.text):
        return True
    if turn.intent in ANSWERING or ASSENT.fullmatch(bare_words(turn.text)):
        return False
    if any(entity.name in _ELSEWHERE_NAMED for entity in turn.entities) and not names_line:
        return True
    return reason is None and not turn.only_details


def reason_in(text: str, entities: tuple[Entity, ...]) -> ReturnReason | None:
    """The reason a message gives, skipping those it denies (不是质量问题，是尺码不合适).

    不要了 only tells what follows from another reason (洗缩水了，不要了).
    """
    given = [
        reason
        for entity in entities
        if entity.name == "reason" and not DENIED_BEFORE.search(text[: entity.start])
        if (reason := _reason(entity.value)) is not None
    ]
    telling = (reason for reason in given if reason is not ReturnReason.NO_LONGER_WANTED)
    return next(telling, given[0] if given else None)


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
