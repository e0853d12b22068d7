"""`python -m bench.handoff FILE`: who is handed over, from the words as typed to the answer.

A trained model reads the message and the shopper's earlier ones; what it makes of them goes
through the house of actions over the demo shop, as on the action server. Handed over is who would
experience it: by a rule of `handoff.yml`, by an intent, or by an offer that was accepted.

FILE has lines of `verdict <tab> before <tab> text <tab> why`: yes or no (a person must take over),
the talk so far (顾: the shopper, 店: the bot, 客: an agent, separated by ` / `), the message, and
the kind of case. An offer of a person in our last line stands open, as if the bot had made it, and
a message that it said it did not understand was not understood.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Tracker

from actions.base import House
from actions.server import services_of
from actions.skills import build_house
from actions.turn import FALLBACK_INTENT, Pending
from bench.accuracy import Parser, parser
from bench.progress import say, ticking
from bench.systems import prepare_shop
from bench.table import table
from bench.understanding.__main__ import newest_model
from bench.understanding.gold import read_messages
from conversations import privacy
from conversations.database import Database
from conversations.errors import ConfigurationError, ZhangguiError
from conversations.replies import read_reply
from conversations.text import neutralize

CUSTOMER = "web:demo:c-lin"
"""Who is talking: a known customer whose orders are all in time."""

WHO = {"顾": "user", "店": "bot", "客": "agent"}
CHUNK = 50
_OFFERS_A_PERSON = re.compile(
    r"(?:需要|要不要|是否|愿意|要|可以|如需|帮您|为您|给您|安排|请|想|让|由|叫|换|转|接|有|交给).{0,8}"
    r"(?:人工|真人|人类|同事|伙伴|客服|店员|药师|专员|专人|主管|店长|顾问|坐席|转过去|转接|回电|[程师配]师|师傅|老师|小姐姐"
    r"|负责人|组长|经理)"
    r".{0,16}(?:[吗么嘛？?呀呢哈]|[好行]不|同意|回复|还是|不需要|来处理|(?:服务|帮助)$)"
    r"|回复?.{1,3}转接?人工|如需人工.{0,6}回复"
    r"|(?:would you like|shall i|do you want|need me to)"
    r".{0,40}(?:staff|agent|human|person|colleague)",
    re.IGNORECASE,
)
_UNDERSTOOD_NOTHING = re.compile(
    r"(?:没有?|不|未|无法|还是不|仍不?)太?能?(?:完全)?(?:理解|听懂|看懂|明白|弄懂|搞懂|懂|看明白|听明白|识别|领会"
    r"|清楚您的意思|知道您想|捕捉到|匹配到|找到.{0,4}答案)|听不懂|看不懂|识别不了|理解不了|理解失败|不懂这句|还在学习"
    r"|换(?:个|种|一种)(?:说法|方式)|再(?:描述|说)一[下遍次]|超出.{0,8}范围|我还不会|还没学会"
    r"|(?:don't|do not|didn't|couldn't|can't) (?:get|understand|catch)|not understand"
)
_HALVES = {"all": (0, 1), "even": (0,), "odd": (1,)}

Parsed = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One row; `before` are the lines so far as (who, text), who as Rasa's events name them."""

    wanted: bool
    before: tuple[tuple[str, str], ...]
    text: str
    why: str

    @property
    def said(self) -> tuple[str, ...]:
        """All that the shopper typed, this message last."""
        return (*(text for who, text in self.before if who == "user"), self.text)


@dataclass(frozen=True)
class Verdict:
    """What became of a case.

    `intent`, `confidence` and `mood` are what the model read; `reason` is that of the handover or
    of the offer of a person, empty without any.
    """

    case: Case
    handed_over: bool
    reason: str
    intent: str
    confidence: float
    mood: int

    @property
    def right(self) -> bool:
        """Whether it is as wanted."""
        return self.handed_over is self.case.wanted


@dataclass(frozen=True)
class Score:
    """How all cases went."""

    verdicts: tuple[Verdict, ...]

    @property
    def recall(self) -> float:
        """Of those who need a person, the share that gets one."""
        wanted = [one for one in self.verdicts if one.case.wanted]
        return sum(one.handed_over for one in wanted) / max(1, len(wanted))

    @property
    def precision(self) -> float:
        """Of those handed over, the share that needs it."""
        handed = [one for one in self.verdicts if one.handed_over]
        return sum(one.case.wanted for one in handed) / max(1, len(handed))

    @property
    def wrong(self) -> tuple[Verdict, ...]:
        """Those missed, then those handed over for nothing."""
        missed = [one for one in self.verdicts if not one.right]
        return tuple(sorted(missed, key=lambda one: not one.case.wanted))

    def __str__(self) -> str:
        wanted = sum(one.case.wanted for one in self.verdicts)
        return (
            f"召回 {self.recall:.3f}，精确 {self.precision:.3f}"
            f"（{len(self.verdicts)} 条，{wanted} 条该转，错 {len(self.wrong)} 条）"
        )


def read_cases(path: Path) -> tuple[Case, ...]:
    """The rows of a file; lines that begin with `#` are comments.

    Raises:
        ConfigurationError: the file cannot be read or a line is not of that form.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    cases = []
    for number, line in enumerate(lines, start=1):
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        lines_before = [part.strip() for part in cells[1].split(" / ")] if len(cells) > 1 else []
        said = [line.partition(":") for line in lines_before if line]
        if (
            len(cells) != 4
            or cells[0] not in ("yes", "no")
            or any(w not in WHO for w, _, _ in said)
        ):
            raise ConfigurationError(f"{path}:{number}: expected yes or no, before, text and why")
        before = tuple((WHO[who], text.strip()) for who, _, text in said)
        cases.append(Case(cells[0] == "yes", before, cells[2], cells[3]))
    return tuple(cases)


async def measure(cases: Sequence[Case], *, model: Path, work: Path) -> Score:
    """Have a model and the house decide all cases.

    Args:
        cases: what is asked.
        model: a model of `rasa train`.
        work: a folder for a database and logs.

    Raises:
        BenchFailed: the model cannot be loaded.
    """
    typed = sorted({_heard(text) for case in cases for text in case.said})
    async with parser(model, work / "model.log", whole=True) as reader:
        parsed = dict(zip(typed, await _parse(reader, typed), strict=True))
    shop = await prepare_shop(work / "shop")
    database = Database.from_url(f"sqlite:///{shop.database}")
    try:
        house = build_house(services_of(database))
        return Score(tuple([await _decide(house, case, parsed) for case in cases]))
    finally:
        await database.close()


def by_why(score: Score) -> str:
    """A table of the kinds of cases, the worst first."""
    total = Counter((one.case.wanted, one.case.why) for one in score.verdicts)
    wrong = Counter((one.case.wanted, one.case.why) for one in score.wrong)
    rows = sorted(total, key=lambda kind: (-wrong[kind], not kind[0], kind[1]))
    return table(
        ("哪一类", "该转", "条数", "错"),
        [
            (why, "是" if wanted else "否", str(total[wanted, why]), str(wrong[wanted, why] or ""))
            for wanted, why in rows
        ],
    )


def told(verdict: Verdict) -> str:
    """One case in a line."""
    kind = "漏" if verdict.case.wanted else "误"
    read = f"{verdict.intent} {verdict.confidence:.2f}，情绪 {verdict.mood}"
    before = " / ".join(text for _, text in verdict.case.before)
    text = f"{before} / {verdict.case.text}" if before else verdict.case.text
    return f"{kind} [{verdict.case.why}] {text}  （{read}，{verdict.reason or '照常'}）"


async def _parse(reader: Parser, texts: Sequence[str]) -> list[dict[str, Any]]:
    parsed: list[dict[str, Any]] = []
    async with ticking(f"读 {len(texts)} 条消息") as ticker:
        for start in range(0, len(texts), CHUNK):
            ticker.note = f"{start}/{len(texts)}"
            parsed += await reader.parse(texts[start : start + CHUNK])
        ticker.note = ""
    return parsed


async def _decide(house: House, case: Case, parsed: Mapping[str, Parsed]) -> Verdict:
    """The turn of the last message, as the action server serves it."""
    latest = parsed[_heard(case.text)]
    personal = sorted(kind.value for kind in privacy.find(case.text).kinds)
    intent = latest["intent"]["name"]
    tracker = Tracker(
        sender_id=CUSTOMER,
        slots=_slots(case, parsed),
        latest_message={**latest, "metadata": {"personal": personal}},
        events=[_event(who, text, parsed) for who, text in (*case.before, ("user", case.text))],
        paused=False,
        followup_action=None,
        active_loop={},
        latest_action_name=None,
    )
    dispatcher = CollectingDispatcher()
    events = await house.skills[house.rules[intent]].run(dispatcher, tracker, {})
    handoff = read_reply(dispatcher.messages).handoff
    slots = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    pending = Pending.from_slot(slots.get("pending"))
    offered = pending is not None and pending.action == "action_handoff"
    reason = f"问要不要人工：{pending.intent}" if offered and pending is not None else ""
    return Verdict(
        case=case,
        handed_over=handoff is not None,
        reason=handoff.reason if handoff is not None else reason,
        intent=intent,
        confidence=latest["intent"]["confidence"],
        mood=latest.get("mood") or 0,
    )


def _heard(text: str) -> str:
    """What the model gets of a typed message (`connectors.rasa_bot`)."""
    return neutralize(privacy.find(text).text)


def _event(who: str, text: str, parsed: Mapping[str, Parsed]) -> dict[str, Any]:
    if who != "user":
        return {"event": who, "text": text, "data": {}}
    heard = _heard(text)
    return {"event": who, "text": heard, "parse_data": parsed[heard]}


def _slots(case: Case, parsed: Mapping[str, Parsed]) -> dict[str, Any]:
    """What the bot would remember: an offer of a person in its last line, and misses in a row."""
    misses, answered = 0, False
    for who, text in reversed(case.before):
        if who != "user":
            answered = _UNDERSTOOD_NOTHING.search(text) is not None
        elif answered or parsed[_heard(text)]["intent"]["name"] == FALLBACK_INTENT:
            misses, answered = misses + 1, False
        else:
            break
    who, last = case.before[-1] if case.before else ("", "")
    offer = Pending(action="action_handoff", intent="ask_human", awaits="yes")
    offered = who == "bot" and _OFFERS_A_PERSON.search(_heard(last))
    return {"misses": misses, "pending": offer.to_slot() if offered else None}


async def _ordinary(path: Path, *, model: Path, work: Path) -> None:
    """How many messages of `tests/nlu` hand over, by the intent an experienced agent gives them."""
    messages = read_messages(path)
    cases = [Case(False, (), message.text, message.intent) for message in messages]
    score = await measure(cases, model=model, work=work)
    calls = [one for one in score.verdicts if one.handed_over]
    say(f"转人工 {len(calls)}/{len(cases)} 条")
    total, handed = (Counter(one.case.why for one in some) for some in (score.verdicts, calls))
    rows = [(why, str(total[why]), str(count)) for why, count in handed.most_common()]
    say(table(("意图", "条数", "转人工"), rows))
    for one in sorted(calls, key=lambda one: one.case.why):
        say(told(one))


async def _run(options: argparse.Namespace) -> None:
    model = options.model or newest_model()
    say(f"▸ 模型 {model.name}")
    with tempfile.TemporaryDirectory(prefix="zhanggui-handoff-") as folder:
        if options.ordinary:
            await _ordinary(options.file, model=model, work=Path(folder))
            return
        rows = enumerate(read_cases(options.file), start=1)
        cases = [case for number, case in rows if number % 2 in _HALVES[options.rows]]
        score = await measure(cases, model=model, work=Path(folder))
    if not options.brief:
        say(by_why(score))
        for verdict in score.wrong:
            say(told(verdict))
    say(str(score))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m bench.handoff",
        description="用训练好的模型，从原话到回答，量一量该转人工的转了多少、不该转的转了多少。",
    )
    options.add_argument("file", type=Path, help="判断、之前的对话、消息、类别，制表符隔开")
    options.add_argument("--model", type=Path, help="哪个模型（默认：models/ 里最新的）")
    options.add_argument("--rows", choices=_HALVES, default="all", help="只看偶数行或奇数行")
    options.add_argument("--brief", action="store_true", help="只说总数，不看是哪几条")
    options.add_argument(
        "--ordinary", action="store_true", help="FILE 是 tests/nlu 那样的普通消息：看哪些转了"
    )
    try:
        asyncio.run(_run(options.parse_args(arguments)))
    except ZhangguiError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
