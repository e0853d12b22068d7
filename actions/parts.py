"""What a message says and what it asks besides: 第二个，运费谁出. Pure.

While we wait for an answer, a message may give it and ask something in one breath. It is taken
apart at its stops; a part may name an option of our last question by its number, place or title.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from actions.needs import IDLE, SURE, Need, needs_in
from actions.reply import payload
from actions.turn import Offer, Turn
from conversations import choices
from conversations.messages import Choice

_PART = re.compile(r"https?://\S+|[^，,、。；;！!？?~…\s]+")
_QUESTION = re.compile(
    r"[?？](?![A-Za-z0-9])|[吗么呢]$|(?<!没)(?<!没有)多少|多久|几[天号点个次年月周折级]|怎么|什么时候|谁[出付承掏]|算谁|哪[里家天]|[到往给在去]哪"
    r"|([能可会要是有])不\1|可不可以|[能可]以?.{1,6}[吗么不]$"
    r"|[是的].{0,6}还是(?![不算要想先别退换取等]).{1,8}$"
)
_LONGEST_REST = 12  # characters that may go with a place: 第二个运费谁出
_LIKELY = 0.08
_PERSON = "ask_human"


@dataclass(frozen=True)
class Parts:
    """`told` is the message without what it asks, with what its `chosen` option stands for;
    `asking` are the parts that ask. `several`: more than one option is named.
    """

    told: Turn
    asking: tuple[str, ...] = ()
    chosen: Offer | None = None
    several: bool = False


def questioning(text: str) -> bool:
    """Whether the message, or a part of it, asks something."""
    return _QUESTION.search(text) is not None


def parts_of(turn: Turn) -> Parts:
    """The parts of a typed message."""
    if turn.clicked:
        return Parts(turn)
    asking, spans, named = [], [], []
    for part in _PART.finditer(turn.text):
        options, rest = _options(part[0], turn)
        named += options
        if questioning(rest + turn.text[part.end() : part.end() + 1]):
            asking.append(rest)
            spans.append(part.span())
    told = turn.without(*spans)
    if not named:
        return Parts(told, tuple(asking))
    told = replace(told, entities=named[0].entities + told.entities)
    return Parts(told, tuple(asking), named[0], several=len(set(named)) > 1)


def questions(
    asking: Sequence[str],
    turn: Turn,
    rules: Mapping[str, str],
    *,
    never: Collection[str],
    idle: str,
) -> list[Need]:
    """What those parts of a message ask, in their order.

    Args:
        asking: the parts.
        turn: the whole message.
        rules: the action of each intent.
        never: intents of what is told, not asked.
        idle: the intent of a question that nothing is known of.
    """
    if not asking:
        return []
    heard = [turn.text[clause.start : clause.end] for clause in turn.clauses]
    clauses = [c for c, words in zip(turn.clauses, heard, strict=True) if words in asking]
    found = needs_in(replace(turn, clauses=tuple(clauses)), rules) if len(clauses) > 1 else []
    if found := [need for need in found if need.turn.intent not in never]:
        return found
    ranked = [
        *(clause.intent for clause in clauses if clause.confidence >= SURE),
        turn.intent,
        *(name for name, confidence in turn.ranking if confidence >= _LIKELY),
    ]
    fitting = (name for name in ranked if name in rules and name not in IDLE | set(never))
    intent = next(fitting, idle)
    return [Need(rules[intent], replace(turn, text="，".join(asking), intent=intent))]


def _options(words: str, turn: Turn) -> tuple[list[Offer], str]:
    """The options that a part names, and what else the part says.

    They are those of our last question; 第二件 is counted among the things shown last.
    """
    for options in turn.questions:
        shown = [_choice(one) for one in options]
        if not choices.fits(words, shown):
            continue
        if (picked := choices.pick(shown, words)) is not None:
            option = options[shown.index(picked)]
            return ([], words) if option.intent == _PERSON else ([option], "")
        things = [one for one in options if one.intent != _PERSON]
        places = choices.places(words)
        found = [things[at] for one in places if (at := one.of(len(things))) is not None]
        if len(things) < 2 or not found or len(places[0].rest) > _LONGEST_REST:
            break
        return found, places[0].rest
    return [], words


def _choice(option: Offer) -> Choice:
    entities = {entity.name: entity.value for entity in option.entities}
    return Choice(option.title, payload(option.intent, **entities))
