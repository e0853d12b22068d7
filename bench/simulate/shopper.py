"""A shopper: says what she wants, reads what she is told, answers, and knows when she is done.

She knows words only: whatever the bot is made of inside, she sees texts, cards and options.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from bench.simulate.asked import SUMMARIES
from bench.simulate.bank import Side
from bench.simulate.goals import Answer, Goal, Person
from bench.simulate.manners import Habit, Voice
from bench.simulate.talk import Said, Talk

MOST_TURNS = 14
_ASKS_AGAIN = 2
_BETWEEN_LINES = 0.25

_CONFIRM = re.compile(r"^(?:确认|确定|提交|同意|就这么办|办理)")
_CHANGE = re.compile("^[改换不]")
_DONE = re.compile(
    r"(?<![A-Z0-9])(?:OP|RT)\d{6}[A-Z0-9]{6}|办好了|取消好了|改好了|已经?(?:提交|登记|撤销|催)"
)
_ASKING = re.compile(r"[？?]|(?<!申)请(?:告诉|提供|选|发|说)|告诉我|发给我|点一(?:下|个)|麻烦")
_WHICH = re.compile(
    r"哪一?[笔单件款]|哪一个|是其中|是下面哪|什么商品|哪件商品|选一下|商品名|说的是"
)
_LISTED = re.compile("（.+）$")  # goods with the day they were ordered
_QUOTED = re.compile("「([^」]+)」")
_HUMAN = re.compile("人工|同事")
_OFFERS_PERSON = re.compile("请(?:同事|他)|转(?:人工|过去|接)|同事来")
_NUMBER = re.compile(r"(?<!\d)\d{18,19}(?!\d)")
_SAY = re.compile("(?:说|回复|回一个)「([^」]{2,8})」")
_BACK_OUT = re.compile("不退了|不办了|不换了|不是这|换一件|改原因|不取消")


class Ending(str, Enum):
    """How her talk ended, as she sees it."""

    DONE = "done"
    REFUSED = "refused"
    HANDED_OVER = "handed_over"
    DROPPED = "dropped"  # she changed her mind
    GAVE_UP = "gave_up"


@dataclass
class Course:
    """What happened in her talk, for the oracle.

    `accepted_person`: she said yes to a person who was offered. `asked_twice` names what she was
    asked for again after she had told it. `side` is a question she had besides, and whether it
    was answered. `confirmed`: she agreed to something being done.
    """

    ending: Ending = Ending.GAVE_UP
    turns: int = 0
    told: bool = False
    refused: bool = False
    confirmed: bool = False
    dropped: bool = False
    accepted_person: bool = False
    asked_twice: list[str] = field(default_factory=list)
    side: Side | None = None
    side_answered: bool = False
    side_at_once: bool = False
    leaked: str = ""


@dataclass(frozen=True)
class Move:
    """Her next line. `tap`: it is an option. `tells` is what it answers."""

    text: str
    tap: bool = False
    tells: str = ""


class Shopper:
    """One shopper with one goal in one talk. `names` are the goods that she would recognise."""

    def __init__(self, *, goal: Goal, voice: Voice, talk: Talk, names: frozenset[str]) -> None:
        self._names = names
        self._goal = goal
        self._voice = voice
        self._talk = talk
        self._told: dict[str, bool] = {}  # what she has answered; True: in a way that settles it
        self._slip = ""  # the list with what corrects what she has got wrong
        self._after: list[str] = []  # what she says next, whatever is answered
        self._leaving = False
        self._habit_due = voice.manner.habit is not None
        self._rephrased = 0
        self._corrected = 0
        self._named = 0
        self._declined_person = False
        self._pushed = 0
        self.course = Course()

    async def run(self) -> Course:
        """Talk until the goal is reached, refused, handed over or given up."""
        move: Move | None = self._open()
        while move is not None and self.course.turns < MOST_TURNS:
            await self._say(move)
            answers = await self._talk.answers()
            if not (await self._talk.state()).bot_serves:
                self.course.ending = Ending.HANDED_OVER
                break
            move = self._next(answers)
        return self.course

    # Speaking

    def _open(self) -> Move:
        goal, voice = self._goal, self._voice
        habit = voice.manner.habit
        facts = goal.facts
        if habit is Habit.SLIPS and goal.other and not any(a.otherwise for a in goal.answers):
            facts = {**goal.facts, **goal.other}
            self._slip = "slip_thing"
            self._habit_due = False
        text = voice.opening(goal.aim, facts)
        if habit is Habit.ASKS_BESIDES:
            self.course.side = voice.side()
            text += voice.remark("joins") + self.course.side.text
        return Move(text)

    async def _say(self, move: Move) -> None:
        self.course.turns += 1
        habit = self._voice.manner.habit
        lines: Sequence[str] = [move.text] if move.tap else self._voice.lines(move.text)
        for place, line in enumerate(lines):
            if place:
                await asyncio.sleep(_BETWEEN_LINES)
            sent = await self._talk.send(line)
        if move.tap and habit is Habit.TAPS_TWICE:
            await self._talk.send(move.text)  # a second tap
            await self._talk.send(move.text, id=sent)  # and the app sends the first once more

    # Reading

    def _next(self, answers: Sequence[Said]) -> Move | None:
        """Her next move after these answers, None when she leaves."""
        goal, course = self._goal, self.course
        text = "\n".join(one.whole for one in answers)
        options = next((one.options for one in reversed(answers) if one.options), ())
        if goal.secret and (leak := goal.secret.search(text)):
            course.leaked = leak[0]
        self._hear_side(text)
        if goal.told and all(part.search(text) for part in goal.told):
            course.told = True
        if self._leaving:
            return None
        if self._finished(text, options):
            return self._leave(Ending.DONE)
        if goal.refusal and goal.refusal.search(text) and not self._is_another(answers):
            course.refused = True
        if self._slip:
            slip, self._slip = self._slip, ""
            before = "" if slip == "slip_thing" else self._voice.remark("slip_before")
            return Move(before + self._voice.answer(slip))
        if (line := self._after.pop()) if self._after else "":
            return Move(line)
        return self._respond(answers, text, options)

    def _respond(self, answers: Sequence[Said], text: str, options: Sequence[str]) -> Move | None:
        goal, course = self._goal, self.course
        if course.dropped:
            return Move(next(option for option in options if _BACK_OUT.search(option)), tap=True)
        if confirm := _confirming(options):
            return self._confirm(confirm, text)
        if self._interrupting(text, options):
            self._habit_due = False
            return self._interrupt()
        if self._is_another(answers):
            return self._correct()
        if course.refused:
            return self._leave(Ending.REFUSED)
        if (move := self._by_option(options)) is not None:
            return move
        if (move := self._by_words(answers[-1].text if answers else "")) is not None:
            return move
        if (move := self._as_advised(text)) is not None:
            return move
        if course.confirmed and any(_BACK_OUT.search(option) for option in options):
            return Move(self._voice.answer("confirm"))
        if goal.leads:
            lead = next((option for option in options if goal.leads.search(option)), None)
            if lead is not None and not self._told.get(f"lead {lead}"):
                self._told[f"lead {lead}"] = True
                return Move(lead, tap=True)
        offered = _OFFERS_PERSON.search(text) or any(_HUMAN.search(one) for one in options)
        if offered and (move := self._person(options)) is not None:
            return move
        return self._again()

    def _finished(self, text: str, options: Sequence[str]) -> bool:
        goal, course = self._goal, self.course
        if course.dropped:
            return not any(_BACK_OUT.search(option) for option in options)
        if goal.effect is not None or course.confirmed:
            return course.confirmed and not _confirming(options) and bool(_DONE.search(text))
        return course.told and not self._slip and goal.person is Person.UNNEEDED

    def _leave(self, ending: Ending) -> Move | None:
        """Go, after the question that is still open, if there is one."""
        course = self.course
        course.ending = Ending.DROPPED if course.dropped else ending
        side = course.side
        self._leaving = True
        if side is not None and not course.side_answered:
            return Move(self._voice.remark("side_before") + side.text)
        if ending is Ending.DONE and self._voice.chance():
            return Move(self._voice.answer("thanks"))
        return None

    def _hear_side(self, text: str) -> None:
        side, course = self.course.side, self.course
        if side is not None and not course.side_answered and side.answered.search(text):
            course.side_answered = True
            course.side_at_once = not self._leaving

    # Answering

    def _confirm(self, option: str, text: str) -> Move | None:
        goal, course = self._goal, self.course
        if self._is_wrong(text):
            return self._correct()
        if not self._wanted(text + option):
            return self._again()
        for answer in goal.answers:
            if not _shows(answer, text, goal.facts):
                return self._set_right(answer)
        if goal.effect is None and goal.welcome is None:
            return self._back_out()
        if self._habit_due and self._voice.manner.habit is Habit.DROPS:
            self._habit_due = False
            self._told.clear()
            if self._voice.chance():
                course.dropped = True
            else:
                after_all = self._voice.remark("again") + "，"
                self._after.append(after_all + self._voice.opening(goal.aim))
            return Move(self._voice.remark("drop"))
        if self._interrupting(text, [option]):
            self._habit_due = False
            return self._interrupt()
        if not self._count("confirm"):
            return self._leave(Ending.GAVE_UP)
        again = "confirm" in self._told
        self._told["confirm"] = course.confirmed = True
        if self._taps() or again or self._voice.chance():
            return Move(option, tap=True, tells="confirm")
        return Move(self._voice.answer("confirm"), tells="confirm")

    def _wanted(self, text: str) -> bool:
        """Whether what the summary is headed with is what she came for."""
        wanted = self._goal.effect or self._goal.welcome
        headed = {kind for words, kind in SUMMARIES.items() if words in text}
        return wanted is None or not headed or bool(headed & wanted.kinds)

    def _is_wrong(self, text: str) -> bool:
        """Whether the summary shows another order than hers, or other goods."""
        order, line = self._goal.target.order, self._goal.target.line
        if order is None or line is None:
            return False
        numbers = set(_NUMBER.findall(text))
        mine = {number for number in numbers if number == order.id}
        if numbers and not mine:
            return True
        return not numbers and line.short_name not in text

    def _set_right(self, answer: Answer) -> Move | None:
        """The summary says something else than she wants."""
        self._corrected += 1
        if self._corrected > _ASKS_AGAIN:
            return self._leave(Ending.GAVE_UP)
        return Move(self._voice.remark("slip_before") + self._voice.answer(answer.words))

    def _is_another(self, answers: Sequence[Said]) -> bool:
        """Whether the talk has come to goods that she did not mean."""
        line = self._goal.target.line
        if line is None or any(line.short_name in "".join(_all(one)) for one in answers):
            return False
        quoted = "".join(_QUOTED.findall("".join(one.text for one in answers)))
        return any(name in quoted for name in self._names)

    def _correct(self) -> Move | None:
        self._corrected += 1
        if self._corrected > _ASKS_AGAIN:
            return self._leave(Ending.GAVE_UP)
        return Move(self._voice.answer("not_this" if self._corrected == 1 else "thing_again"))

    def _back_out(self) -> Move | None:
        """Something shall be done that she never wanted."""
        if self._pushed:
            return self._leave(Ending.GAVE_UP)
        self._pushed += 1
        return Move(self._voice.answer("no_other_way"))

    def _by_option(self, options: Sequence[str]) -> Move | None:
        """The option that says what she means: a detail, or her order among others."""
        things = _details(options)
        listed = any(_LISTED.search(one) for one in things)
        for answer in self._goal.answers:
            if answer.option is None or listed:
                continue
            fitting = [one for one in _details(options) if answer.option.search(one)]
            if fitting:
                return self._tell(answer, fitting[0])
        if self._goal.target.line is None and self._goal.target.product is None:
            return None
        if mine := self._mine_among(things):
            self._count("thing")
            return self._tapped_or(mine, "thing")
        return None

    def _mine_among(self, options: Sequence[str]) -> str:
        """The option that is her thing, by its label and its day; empty: none surely is."""
        target, facts = self._goal.target, self._goal.facts
        if target.line is None:
            name = target.product.short_name if target.product else None
            return next((one for one in options if name and name in one), "")
        label = target.line.label
        fitting = [one for one in options if _label(one) == label]
        when = facts["when"].replace("号", "日")
        on_the_day = [one for one in fitting if f"（{when}）" in one]
        if len(on_the_day) == 1 or len(fitting) == 1:
            return (on_the_day or fitting)[0]
        return on_the_day[0] if on_the_day else ""

    def _tapped_or(self, option: str, words: str) -> Move:
        """A tap, or the same in words; words that left it open are followed by a tap."""
        if self._taps() or words in self._told or self._voice.chance():
            self._told[words] = True
            return Move(option, tap=True, tells=words)
        self._told[words] = False
        return Move(self._voice.answer("thing"), tells=words)

    def _tell(self, answer: Answer, option: str | None) -> Move | None:
        """Answer a question for a detail; wrongly at first, for who slips."""
        if not self._count(answer.name):
            return self._leave(Ending.GAVE_UP)
        slips = self._habit_due and self._voice.manner.habit is Habit.SLIPS and answer.otherwise
        if slips:
            self._habit_due = False
            self._told[answer.name] = True
            self._slip = answer.words
            return Move(self._voice.answer(answer.otherwise))
        again = answer.name in self._told
        self._told[answer.name] = True
        if option is not None and (self._taps() or again or self._voice.chance()):
            return Move(option, tap=True, tells=answer.name)
        return Move(self._voice.answer(answer.words), tells=answer.name)

    def _by_words(self, question: str) -> Move | None:
        """An answer to a question that is put in words only."""
        if not _ASKING.search(question):
            return None
        for answer in self._goal.answers:
            if answer.asked.search(question):
                return self._tell(answer, None)
        if _WHICH.search(question) and self._goal.facts.get("goods"):
            return self._thing()
        return None

    def _thing(self) -> Move | None:
        """Name her thing, a few times at most."""
        self._named += 1
        if self._named > _ASKS_AGAIN:
            return self._again()
        again = "thing" in self._told
        self._told["thing"] = False
        if self._goal.target.order is None:
            return Move(self._goal.facts["goods"])
        return Move(self._voice.answer("thing_again" if again else "thing"))

    def _count(self, name: str) -> bool:
        """Note that she is asked again for what she has clearly told; False: too often."""
        if self._told.get(name):
            self.course.asked_twice.append(name)
        return self.course.asked_twice.count(name) <= _ASKS_AGAIN

    # Habits

    def _interrupting(self, text: str, options: Sequence[str]) -> bool:
        habit = self._voice.manner.habit
        due = self._habit_due and habit in (Habit.INTERRUPTS, Habit.LEAVES)
        return bool(due and (options or _ASKING.search(text)))

    def _interrupt(self) -> Move:
        if self._voice.manner.habit is Habit.LEAVES:
            self._after.append(self._voice.remark("back"))
            return Move(self._voice.remark("later"))
        self.course.side = self._voice.side()
        return Move(self._voice.remark("side_before") + self.course.side.text)

    def _taps(self) -> bool:
        return self._voice.manner.habit in (Habit.TAPS, Habit.TAPS_TWICE)

    # When nothing fits

    def _as_advised(self, text: str) -> Move | None:
        """What she is told to say in order to have it done."""
        leads, advised = self._goal.leads, _SAY.search(text)
        if advised is None or leads is None or not leads.search(advised[1]):
            return None
        if self._told.get(advised[0]):
            return None
        self._told[advised[0]] = True
        return Move(advised[1])

    def _person(self, options: Sequence[str]) -> Move | None:
        """A person is offered: taken when it takes one, else turned down once."""
        goal, course = self._goal, self.course
        human = next((option for option in options if _HUMAN.search(option)), None)
        if goal.person is Person.UNNEEDED and not self._declined_person:
            self._declined_person = True
            return None
        if goal.person is Person.UNNEEDED and self._rephrased < _ASKS_AGAIN:
            return None
        course.accepted_person = True
        if human and (self._taps() or self._voice.chance()):
            return Move(human, tap=True)
        return Move(self._voice.answer("person_yes"))

    def _again(self) -> Move | None:
        """Say it once more in other words, or go."""
        self._told.pop("thing", None)
        self._rephrased += 1
        if self._rephrased > _ASKS_AGAIN:
            return self._leave(Ending.GAVE_UP)
        before = self._voice.remark("rephrase_before")
        return Move(before + self._voice.opening(self._goal.aim))


def _all(one: Said) -> Sequence[str]:
    return [one.whole, *one.options]


def _shows(answer: Answer, text: str, facts: Mapping[str, str]) -> bool:
    """Whether a summary says what she has to say there, as far as it says it at all."""
    row = answer.shown.search(text) if answer.shown else None
    if row is None:
        return True
    if answer.fact:
        return row[1].rstrip("*")[-3:] in facts[answer.fact]
    return answer.option is None or answer.option.search(row[1]) is not None


def _confirming(options: Sequence[str]) -> str:
    """The option that has it done: it says so, or comes first where another one backs out."""
    for option in options:
        if _CONFIRM.search(option):
            return option
    backing_out = any(_BACK_OUT.search(option) for option in options)
    return options[0] if backing_out and not _CHANGE.search(options[0]) else ""


def _label(option: str) -> str:
    """The goods in an option, without their number and their day."""
    return re.sub(r"（[^）]*）$|\s*×\d+", "", option)


def _details(options: Sequence[str]) -> list[str]:
    """The options that tell something, instead of leading away."""
    return [one for one in options if not _HUMAN.search(one) and not _BACK_OUT.search(one)]
