"""When a person must take over: the rules of `data/knowledge/handoff.yml`, and their verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from typing import Any

from actions import wording
from actions.handoff_words import Groups, any_of, groups_of, heard, whole
from actions.insisting import means_another, passed_by
from actions.promises import outlasted, without_open_terms
from actions.turn import ASKS_NOTHING, FALLBACK_INTENT, Turn
from shop import numerals
from shop.livefile import Malformed


class Outcome(Enum):
    """What a rule asks for, the most urgent first."""

    HAND_OVER = "hand_over"
    OFFER_ONLY = "offer_only"  # offer a person instead of an answer
    OFFER = "offer"  # answer, and offer a person
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A shopper's message and all that the rules may know around it.

    `mood` and `mood_before` (-2 to 2) are of this and of the shopper's message before it, `trend`
    (rising, steady, falling) is of all. `repeats` counts how often this was asked in a row, this
    time included; `misses` how many messages in a row were not understood, this one included, and
    `missed` those before it. `answered`: we have spoken before. `promised`: we said in this talk
    by when something is done, `named`: we named a time for something, `outlasted`: more time than
    that has gone by, as they say. `overdue`: an order of theirs is past the time promised for it.
    `earlier` counts their questions before this message. `passed_by` is how likely this is the
    third asking of what our answers did not touch. `accepted`: it takes our offer of a person.
    `calls` is what it was read as (`Turn.calls`).
    """

    text: str
    intent: str = ""
    confidence: float = 1.0
    mood: int = 0
    mood_before: int = 0
    trend: str = "steady"
    repeats: int = 1
    misses: int = 0
    answered: bool = False
    promised: bool = False
    named: bool = False
    outlasted: bool = False
    overdue: bool = False
    earlier: int = 0
    missed: int = 0
    passed_by: float = 0.0
    accepted: bool = False
    calls: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class When:
    """What must hold, all of it, for a rule to apply; what is None does not matter.

    `words` are searched in the message after `harmless`, in which they mean something else, is
    taken out; `all_words` must be the message. `unless` are words beside which the rule never
    applies. `reads` are kinds that the message must have been read as, together with a chance of
    at least `likely`; when it was read as nothing with a chance of `calm`, the rule is silent. So
    it is when an intent that calls for nobody was understood with a confidence of `doubt`. `up_to`
    is the length of the message in characters.
    """

    words: re.Pattern[str] | None = None
    all_words: re.Pattern[str] | None = None
    harmless: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    intents: frozenset[str] | None = None
    other_than: frozenset[str] | None = None
    confidence: float = 0.0
    mood: int | None = None
    mood_before: int | None = None
    trend: str | None = None
    repeats: int | None = None
    misses: int | None = None
    answered: bool | None = None
    promise: frozenset[str] | None = None
    amount_over: Decimal | None = None
    earlier: int | None = None
    missed: int | None = None
    passed_by: float | None = None
    accepted: bool | None = None
    up_to: int | None = None
    reads: frozenset[str] | None = None
    likely: float = 0.5
    calm: float | None = None
    doubt: float | None = None

    def chance(self, calls: Mapping[str, float]) -> float:
        """How likely the message is of the kinds that the rule asks for."""
        return sum(calls.get(kind, 0.0) for kind in self.reads or ())


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One entry of the file; `flag` is what the agent sees as a risk, `say` a sentence's name."""

    id: str
    reason: str
    outcome: Outcome
    priority: int
    say: str
    flag: str
    when: When


@dataclass(frozen=True)
class Match:
    """A rule that applies, and what made it: words, or how likely the message is of its kind."""

    rule: Rule
    words: str
    chance: float = 0.0


@dataclass(frozen=True)
class Decision:
    """The verdict: all rules that apply, the one that decides first."""

    matches: tuple[Match, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """What to do."""
        return self.matches[0].rule.outcome if self.matches else Outcome.NOTHING

    @property
    def reason(self) -> str:
        """The deciding rule's reason code, empty when nothing applies."""
        return self.matches[0].rule.reason if self.matches else ""

    @property
    def accepts(self) -> bool:
        """Whether the message is but a yes to our offer of a person."""
        return bool(self.matches) and self.matches[0].rule.when.accepted is True

    @property
    def say(self) -> str:
        """The name of what the shopper is told, empty when nothing applies."""
        return self.matches[0].rule.say if self.matches else ""


@dataclass(frozen=True, kw_only=True)
class HandoffRules:
    """The rules in force, how urgent each reason is, what counts as a promise of ours, and how
    shoppers say that they have asked already."""

    rules: tuple[Rule, ...]
    promises: re.Pattern[str]
    insisting: re.Pattern[str]
    priorities: Mapping[str, int] = field(default_factory=dict)
    tier_priorities: Mapping[str, int] = field(default_factory=dict)

    def decide(self, situation: Situation) -> Decision:
        """Which rules apply, by outcome, then priority, then place in the file.

        Signs without a word have no mood that calls for anybody, and repeat nothing.
        """
        text = heard(situation.text)
        if not any(map(str.isalnum, text)):
            situation = replace(situation, mood=0, repeats=1, calls={})
        found = [m for rule in self.rules if (m := _match(rule, situation, text)) is not None]
        order = list(Outcome)
        found.sort(key=lambda m: (order.index(m.rule.outcome), -m.rule.priority))
        return Decision(tuple(found))

    def situation(
        self, turn: Turn, *, repeats: int, overdue: bool = False, answers: bool = False
    ) -> Situation:
        """The situation in which a typed message was sent; `answers`: it answers our question.

        A form counts for itself how often its question was not answered, and what it has just
        announced (3 天内退款) is no promise to be broken yet; nor is the bot's own 3 天内 before
        the three days are over.
        """
        before, mood = (0, *turn.moods)[-2:]
        if turn.form and mood == _DISPLEASED:
            mood = 0  # what is wrong with the goods is what the form asks for
        around = Situation(
            text=turn.text,
            intent=turn.intent,
            confidence=turn.confidence,
            mood=mood,
            mood_before=before,
            trend=turn.mood_trend,
            repeats=repeats,
            answered=any(line.who != "shopper" for line in turn.transcript),
            overdue=overdue,
            calls=_calls(turn, answers=answers),
        )
        if turn.form:
            return around
        ours = tuple(_ours(turn))
        offered = turn.pending is not None and turn.pending.action == "action_handoff"
        asked = () if means_another(turn) else turn.asked_lately
        return replace(
            around,
            promised=any(map(self.promises.search, ours)),
            named=any(map(_BY_THEN.search, ours)),
            outlasted=outlasted(ours, heard(turn.text)),
            earlier=sum(line.intent not in ASKS_NOTHING for line in asked),
            missed=turn.misses,
            passed_by=passed_by(turn, self.insisting) if asked and not answers else 0.0,
            accepted=offered and wording.accepts(turn.text),
        )

    def heard_in(
        self, text: str, *, mood: int = 0, calls: Mapping[str, float] | None = None
    ) -> tuple[Match, ...]:
        """The rules that apply to a message by its words, its mood and what it was read as."""
        return self.decide(Situation(text=text, mood=mood, calls=calls or {})).matches

    def after_misses(self, count: int) -> Outcome:
        """What is due when so many messages in a row were not understood."""
        return self.decide(Situation(text="", misses=count)).outcome

    def reproaches(self, text: str) -> bool:
        """Whether a promise is held against us: then it matters what was promised."""
        plain = heard(text)
        return any(
            rule.when.promise and _words(rule.when, plain) is not None for rule in self.rules
        )

    def flag(self, reason: str) -> str:
        """What the agent sees as a risk of a handover for that reason; empty for none."""
        return next((r.flag for r in self.rules if r.reason == reason), "")

    def say(self, reason: str, text: str = "") -> str:
        """What a shopper is told who is handed over for that reason, said in those words."""
        heard_now = [match.rule for match in self.heard_in(text)] if text else []
        rules = (r for r in [*heard_now, *self.rules] if r.reason == reason)
        return next((r.say for r in rules if r.outcome is Outcome.HAND_OVER), "handoff")

    def priority(self, reason: str, tier: str) -> int:
        """How far ahead in the queue; 0 is normal."""
        own = next((r.priority for r in self.rules if r.reason == reason), 0)
        return self.priorities.get(reason, own) + self.tier_priorities.get(tier, 0)


def _ours(turn: Turn) -> Iterator[str]:
    """What we said in this talk, without the terms that are not over yet."""
    now = turn.transcript[-1].at if turn.transcript else 0.0
    for line in turn.transcript:
        if line.who != "shopper":
            text = line.text
            if line.who == "bot" and line.at:
                text = without_open_terms(text, said=line.at, now=now)
            yield heard(text)


def _match(rule: Rule, situation: Situation, text: str) -> Match | None:
    when = rule.when
    if not all(_conditions(when, situation)):
        return None
    words = _words(when, text)
    if words is None or (when.unless and when.unless.search(text)):
        return None
    if when.amount_over is not None and _largest_amount(text) <= when.amount_over:
        return None
    return Match(rule, words, when.chance(situation.calls))


def _conditions(when: When, now: Situation) -> Iterator[bool]:
    """Those that need no look at the words; the cheap ones."""
    yield when.intents is None or now.intent in when.intents
    yield when.other_than is None or now.intent not in when.other_than
    yield now.confidence >= when.confidence
    yield when.mood is None or now.mood <= when.mood
    yield when.mood_before is None or now.mood_before <= when.mood_before
    yield when.trend is None or now.trend == when.trend
    yield when.repeats is None or now.repeats >= when.repeats
    yield when.misses is None or now.misses >= when.misses
    yield when.answered is None or now.answered == when.answered
    kept = {
        "made": now.promised,
        "named": now.named,
        "outlasted": now.outlasted,
        "overdue": now.overdue,
    }
    yield when.promise is None or any(kept[kind] for kind in when.promise)
    yield when.earlier is None or now.earlier >= when.earlier
    yield when.missed is None or now.missed >= when.missed
    yield when.passed_by is None or now.passed_by >= when.passed_by
    yield when.accepted is None or now.accepted == when.accepted
    yield when.up_to is None or len(now.text) <= when.up_to
    yield when.reads is None or when.chance(now.calls) >= when.likely
    sure_of_other = 0.0 if now.intent in _CALLS else now.confidence
    yield when.doubt is None or sure_of_other < when.doubt
    yield when.calm is None or now.calls.get(_NOTHING, 0.0) < when.calm


def _words(when: When, text: str) -> str | None:
    """The words found, empty when none are asked for, None when they are missing."""
    if when.words is None and when.all_words is None:
        return ""
    if when.all_words and (match := when.all_words.fullmatch(whole(text))):
        return match[0]
    match = when.words.search(text) if when.words else None
    if match and when.words and when.harmless:
        match = when.words.search(when.harmless.sub(" ", text))
    return match[0] if match else None


_DISPLEASED = -1
_SHORT_ANSWER = 6  # characters
_OF_FORMS = frozenset({"again", "human", "late"})


def _calls(turn: Turn, *, answers: bool) -> Mapping[str, float]:
    """What the message was read as, as far as it can mean that here.

    个人的 or 我电话, as an answer, calls for nobody, whatever its letters recall; and who fills in
    a form says things again, and names people and phones, because the form asks. Code, and orders
    to a language model, call for nobody whatever they hold.
    """
    if wording.oddness(turn.text) == "code":
        return {}
    if answers and len(turn.text) <= _SHORT_ANSWER:
        return {}
    asked_for = _OF_FORMS if turn.form else frozenset()
    return {kind: chance for kind, chance in turn.calls.items() if kind not in asked_for}


_COUNT = r"(?:\d+|[半几两一二三四五六七八九十]+)"
# 12号送达, 两小时内解锁: what will be done by then. 已经 4 天没有更新, 30 天内有效 are none.
_BY_THEN = re.compile(
    rf"(?:{_COUNT}\s*(?:个|多)?(?:分钟|钟|刻|小时|钟头|天|日|号|点|工作日|周|礼拜|星期|月)|\d[:,]\d\d"
    r"|[今明后当次][天晚早日]|[早晚]上|[上中下]午|傍晚|(?:周|礼拜|星期)[一二三四五六日天末]|月[底初中]|[节年]前"
    r"|之前|以前|下班前|[本这下]周)[^,。]{0,12}?[到达送发寄退返来装修补给为回打联上办理解开激通出结取换完恢转调贴派]"
    r"|(?:尽快|马上)|(?:by|within|before|until) .{0,12}(?:day|tomorrow|tonight|week|hour|minute)"
)


_AMOUNT = re.compile(
    r"(?P<n>\d+(?:\.\d+)?|[一二两三四五六七八九十百千]+)(?P<unit>[万千百kw])?多?(?P<yuan>元|块|钱|rmb)?"
)
_ORDER_NUMBER = 7  # digits
_UNITS = {"百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000}


def _largest_amount(text: str) -> Decimal:
    """The largest sum of money named, in yuan; 0 without any.

    A bare number below 100 is hardly ever money, one of seven digits or more is an order number.
    """
    sums = [Decimal(0)]
    for match in _AMOUNT.finditer(text):
        number, unit = match["n"], match["unit"]
        value = numerals.value(number)
        spoken = not number[0].isdigit()
        if value is None or (len(number) >= _ORDER_NUMBER and not spoken):
            continue
        money = bool(match["yuan"] or unit) or (spoken and len(number) > 1)
        value *= _UNITS.get(unit or "", 1)
        if money or value >= 100:
            sums.append(value)
    return max(sums)


_PARTS = frozenset(
    {"groups", "harmless", "promises", "insisting", "reasons", "priorities", "tier_priorities"}
)
_KEYS = frozenset({"id", "reason", "on", "do", "priority", "say", "flag", "when"})
_CONDITIONS = frozenset(When.__dataclass_fields__) - {"intents", "all_words"} | {"intent"}
_TRENDS = frozenset({"rising", "steady", "falling"})
_PROMISES = frozenset({"made", "named", "outlasted", "overdue"})
_NOTHING = "none"
_CALLS = frozenset({"ask_human", "service_complaint", FALLBACK_INTENT})
READ = frozenset(
    {
        "danger",
        "despair",
        "privacy",
        "minor",
        "legal",
        "threat",
        "anger",
        "human",
        "money",
        "late",
        "again",
    }
)
"""The kinds of messages that a rule may ask for (`bot.nlu.calls.KINDS`)."""
_ANY_WORD = "词"


def parse_handoff_rules(data: Any) -> HandoffRules:
    """The content of `handoff.yml`.

    Raises:
        Malformed, KeyError, ValueError, TypeError, AttributeError: something is missing or makes
            no sense; the text says what.
    """
    for unknown in data.keys() - _PARTS:
        raise Malformed(f"there is no part {unknown!r} here", at=(unknown,))
    try:
        groups = groups_of(data["groups"])
    except ValueError as error:
        raise Malformed(str(error), at=("groups",)) from error
    rules: list[Rule] = []
    for at, entry in enumerate(data["reasons"]):
        try:
            rule = _rule(entry, groups, data["harmless"])
        except KeyError as error:
            raise Malformed(f"the key {error} is missing", at=("reasons", at)) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise Malformed(str(error), at=("reasons", at)) from error
        if any(rule.id == other.id for other in rules):
            raise Malformed(f"the id {rule.id} stands twice", at=("reasons", at))
        if _is_on(entry):
            rules.append(rule)
    return HandoffRules(
        rules=tuple(rules),
        promises=re.compile(any_of(data["promises"], groups)),
        insisting=re.compile(any_of(data["insisting"], groups)),
        priorities={reason: int(value) for reason, value in data["priorities"].items()},
        tier_priorities={tier: int(value) for tier, value in data["tier_priorities"].items()},
    )


def _rule(entry: Mapping[str, Any], groups: Groups, harmless: Sequence[str]) -> Rule:
    _only(entry, _KEYS)
    return Rule(
        id=str(entry["id"]),
        reason=str(entry["reason"]),
        outcome=_outcome(entry["do"]),
        priority=int(entry.get("priority", 0)),
        say=str(entry["say"]),
        flag=str(entry.get("flag", "")),
        when=_when(entry["when"], groups, harmless),
    )


def _is_on(entry: Mapping[str, Any]) -> bool:
    on = entry.get("on", True)
    if not isinstance(on, bool):
        raise Malformed(f"on: {on!r} should be true or false", at=("reasons",))
    return on


def _outcome(name: object) -> Outcome:
    possible = [outcome.value for outcome in Outcome if outcome is not Outcome.NOTHING]
    if name not in possible:
        raise ValueError(f"do: {name!r} should be one of {', '.join(possible)}")
    return Outcome(name)


def _when(data: Mapping[str, Any], groups: Groups, shared: Sequence[str]) -> When:
    _only(data, _CONDITIONS)
    if not data:
        raise ValueError("when: at least one condition is needed")
    wanted = data.get("words", ())
    if isinstance(wanted, str) or ("words" in data and not wanted):
        raise ValueError("words: a list of words is needed")
    wanted = [str(word) for word in wanted]
    entire = [word[1:] for word in wanted if word.startswith("=")]
    within = [word for word in wanted if not word.startswith("=")]
    words = _expression({"words": within}, "words", groups) if within else ""
    harmless = [_expression(data, "harmless", groups)]
    if words:
        harmless.append(any_of(shared, {**groups, _ANY_WORD: words}))
    trend, amount = data.get("trend"), data.get("amount_over")
    if trend is not None and trend not in _TRENDS:
        raise ValueError(f"trend: {trend!r} should be one of {', '.join(sorted(_TRENDS))}")
    promise = data.get("promise")
    if promise is not None and not set(promise) <= _PROMISES:
        raise ValueError(f"promise: should be some of {', '.join(sorted(_PROMISES))}")
    return When(
        words=_compiled(words),
        all_words=_compiled(_expression({"words": entire}, "words", groups) if entire else ""),
        harmless=_compiled("|".join(part for part in harmless if part)),
        unless=_compiled(_expression(data, "unless", groups)),
        intents=frozenset(data["intent"]) if "intent" in data else None,
        other_than=frozenset(data["other_than"]) if "other_than" in data else None,
        confidence=float(data.get("confidence", 0.0)),
        mood=_level(data, "mood"),
        mood_before=_level(data, "mood_before"),
        trend=trend,
        repeats=_count(data, "repeats"),
        misses=_count(data, "misses"),
        answered=data.get("answered"),
        promise=frozenset(promise) if promise is not None else None,
        amount_over=None if amount is None else Decimal(str(amount)),
        earlier=_count(data, "earlier"),
        missed=_count(data, "missed"),
        passed_by=_share(data, "passed_by", 0.0) if "passed_by" in data else None,
        accepted=data.get("accepted"),
        up_to=_count(data, "up_to"),
        reads=_kinds(data),
        likely=_share(data, "likely", When.likely),
        calm=_share(data, "calm", 0.0) if "calm" in data else None,
        doubt=_share(data, "doubt", 0.0) if "doubt" in data else None,
    )


def _only(data: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for unknown in data.keys() - allowed:
        raise ValueError(f"{unknown!r} means nothing here; known: {', '.join(sorted(allowed))}")


def _expression(data: Mapping[str, Any], key: str, groups: Groups) -> str:
    try:
        return any_of(data[key], groups) if key in data else ""
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from error


def _compiled(expression: str) -> re.Pattern[str] | None:
    return re.compile(expression) if expression else None


def _level(data: Mapping[str, Any], key: str) -> int | None:
    level = data.get(key)
    if level is not None and level not in (-2, -1):
        raise ValueError(f"{key}: {level!r} should be -1 or -2")
    return level


def _count(data: Mapping[str, Any], key: str) -> int | None:
    count = data.get(key)
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError(f"{key}: {count!r} should be a number from 1 on")
    return count


def _kinds(data: Mapping[str, Any]) -> frozenset[str] | None:
    kinds = data.get("reads")
    if kinds is not None and not (set(kinds) and set(kinds) <= READ):
        raise ValueError(f"reads: should be some of {', '.join(sorted(READ))}")
    return None if kinds is None else frozenset(kinds)


def _share(data: Mapping[str, Any], key: str, default: float) -> float:
    share = float(data.get(key, default))
    if not 0 <= share <= 1:
        raise ValueError(f"{key}: {share} should be from 0 to 1")
    return share
