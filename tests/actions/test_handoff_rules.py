"""Who decides that a person must come: the rules of `data/knowledge/handoff.yml`.

`handoff_cases.tsv` says of each message whether it must; moods are read by the real reader, the
intent is given in the table (what the classifier makes of it is measured elsewhere).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from actions.handoff_rules import (
    Decision,
    HandoffRules,
    Outcome,
    Situation,
    parse_handoff_rules,
)
from actions.phrases import parse_phrases
from actions.turn import FALLBACK_INTENT, Line, Pending, Turn
from conversations.errors import ConfigurationError
from shop.livefile import LiveFile
from tests.actions.conftest import KNOWLEDGE
from tests.actions.turns import a_turn
from tests.moods import mood_of

RULES_FILE = KNOWLEDGE / "handoff.yml"
RECALL, PRECISION = 0.97, 0.92
WHO = {"顾": "shopper", "店": "bot", "客": "agent"}


def _data(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


RULES: HandoffRules = parse_handoff_rules(_data(RULES_FILE))


@dataclass(frozen=True)
class Case:
    """One row: `reasons` that are right (none: nobody is needed), what decides, what was said."""

    reasons: frozenset[str]
    path: str
    intent: str
    before: str
    text: str


def cases() -> list[Case]:
    """The table of this folder."""
    lines = Path(__file__).with_name("handoff_cases.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [
        Case(frozenset(verdict.split("|")) - {"-"}, path, intent, before, text)
        for verdict, path, intent, before, text in rows
    ]


CASES = cases()


def turn_of(case: Case) -> Turn:
    """The message in its talk; earlier messages of the shopper had the same intent."""
    lines = []
    for said in filter(None, case.before.split("/")):
        who, text = WHO[said[0]], said[2:]
        shopper = who == "shopper"
        lines.append(Line(who, text, case.intent if shopper else "", mood=mood_of(text) * shopper))
    lines.append(Line("shopper", case.text, case.intent, mood=mood_of(case.text)))
    return a_turn(text=case.text, intent=case.intent, transcript=tuple(lines))


def decide(case: Case) -> Decision:
    turn = turn_of(case)
    situation = RULES.situation(turn, repeats=turn.repeats)
    if case.intent == FALLBACK_INTENT:
        mine = [line for line in turn.transcript if line.who == "shopper"]
        situation = replace(situation, misses=len(mine))
    return RULES.decide(situation)


@dataclass(frozen=True)
class Score:
    """How a table of cases was decided."""

    recall: float
    precision: float
    told: str


def score(table: Sequence[Case]) -> Score:
    counts: Counter[tuple[bool, bool]] = Counter()
    told = []
    for case in table:
        decision = decide(case)
        wanted, got = bool(case.reasons), decision.outcome is Outcome.HAND_OVER
        counts[wanted, got] += 1
        if wanted != got:
            ids = [match.rule.id for match in decision.matches]
            told.append(f"{'missed' if wanted else 'for nothing'}: {case.text} {ids}")
    recall = counts[True, True] / (counts[True, True] + counts[True, False])
    precision = counts[True, True] / (counts[True, True] + counts[False, True])
    head = f"recall {recall:.3f}, precision {precision:.3f} of {len(table)}"
    return Score(recall, precision, "\n".join([head, *told]))


def test_the_table_tempts() -> None:
    nobody = [case for case in CASES if not case.reasons]
    assert len(CASES) >= 250
    assert len(nobody) / len(CASES) >= 0.4


def test_who_is_handed_over() -> None:
    found = score(CASES)
    assert found.recall >= RECALL, found.told
    assert found.precision >= PRECISION, found.told


def test_the_reason_is_the_right_one() -> None:
    wrong = [
        f"{case.text}: {decision.reason}"
        for case in CASES
        if (decision := decide(case)).outcome is Outcome.HAND_OVER
        and case.reasons
        and decision.reason not in case.reasons
    ]
    assert len(wrong) <= 5, wrong


def test_wishes_in_words_need_no_classifier() -> None:
    """Rows of the path `words`, understood as nothing at all, are decided the same."""
    table = [replace(case, intent="") for case in CASES if case.path == "words"]
    assert score(table).recall >= RECALL, score(table).told


QUIET = [case for case in CASES if not case.reasons and mood_of(case.text) >= 0]


@settings(deadline=None, max_examples=150)
@given(case=st.sampled_from(QUIET), mood=st.integers(0, 2), confidence=st.floats(0, 1))
def test_a_calm_message_without_danger_calls_nobody(
    case: Case, mood: int, confidence: float
) -> None:
    calm = Situation(text=case.text, intent="product_attribute", confidence=confidence, mood=mood)
    assert RULES.decide(calm).outcome is not Outcome.HAND_OVER


@settings(deadline=None, max_examples=200)
@given(
    case=st.sampled_from(CASES),
    noise=st.text(alphabet="!！😀😡🎉❤️👍🤬~", min_size=1, max_size=10),
    in_front=st.booleans(),
)
def test_emoji_and_exclamation_marks_decide_nothing(case: Case, noise: str, in_front: bool) -> None:
    noisy = replace(case, text=noise + case.text if in_front else case.text + noise)
    one, other = decide(case), decide(noisy)
    assert [match.rule.id for match in one.matches] == [match.rule.id for match in other.matches]


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=400))
def test_no_text_breaks_the_rules(text: str) -> None:
    RULES.decide(Situation(text=text))


@pytest.mark.parametrize(
    "text",
    ["投訴你們", "１２３１５见", "投诉！！你们", "  投诉 ", "🙂投🙂诉", "找你们《老板》了，投诉"],
)
def test_any_spelling_is_heard(text: str) -> None:
    assert RULES.decide(Situation(text=text)).outcome is Outcome.HAND_OVER


@pytest.mark.parametrize(
    "text", ["订单号123451234512345", "SF12315012315012", "《12315》这本书有吗"]
)
def test_numbers_inside_numbers_and_titles_are_no_words(text: str) -> None:
    assert RULES.decide(Situation(text=text)).outcome is Outcome.NOTHING


def test_how_sure_the_classifier_must_be() -> None:
    def outcome(intent: str, confidence: float) -> Outcome:
        return RULES.decide(Situation(text="嗯那个", intent=intent, confidence=confidence)).outcome

    assert outcome("ask_human", 0.9) is Outcome.HAND_OVER
    assert outcome("ask_human", 0.3) is Outcome.OFFER_ONLY
    assert outcome("service_complaint", 0.9) is Outcome.HAND_OVER
    assert outcome("service_complaint", 0.4) is Outcome.OFFER_ONLY


def test_a_broken_promise_needs_a_promise() -> None:
    reproach = Situation(text="说好今天发的呢")
    assert RULES.decide(reproach).outcome is Outcome.NOTHING
    assert RULES.decide(replace(reproach, promised=True)).reason == "promise_broken"
    assert RULES.decide(replace(reproach, overdue=True)).reason == "promise_broken"
    calm = replace(reproach, text="今天发吗", promised=True, overdue=True)
    assert RULES.decide(calm).outcome is Outcome.NOTHING


@pytest.mark.parametrize(
    ("text", "too_much"),
    [
        ("赔我五千", True),
        ("赔我三百五", True),
        ("赔2000元", True),
        ("补偿1.5万", True),
        ("要求赔偿3千", True),
        ("赔我20块", False),
        ("补偿五块就行", False),
        ("赔我一百五", False),
        ("订单4218860012340101001少了，赔吗", False),
        ("假一赔三 机子4999 你自己算", True),
        ("退一赔三，我这瓶酒1299，一分都不能少", True),
        ("4999的手机是假一赔三吗", False),
        ("假一赔十怎么算，手表两千", False),
        ("假一赔三，你们写着的", False),
    ],
)
def test_amounts_above_the_limit(text: str, too_much: bool) -> None:
    found = {match.rule.reason for match in RULES.decide(Situation(text=text)).matches}
    assert ("large_claim" in found) is too_much


def test_the_most_urgent_reason_decides_and_all_are_told() -> None:
    decision = RULES.decide(Situation(text="充电器冒烟了，我要投诉，打12315", mood=-2))
    assert decision.reason == "unsafe_goods"
    flags = {match.rule.flag for match in decision.matches}
    assert {"人身安全", "投诉", "监管投诉", "情绪激烈"} <= flags


def test_every_rule_says_a_sentence_that_exists_and_has_a_name_for_agents() -> None:
    phrases = parse_phrases(_data(KNOWLEDGE / "phrases.yml"))
    for rule in RULES.rules:
        assert rule.say in phrases.sentences, rule.id
        assert f"handoff_reason.{rule.reason}" in phrases.labels, rule.id


def outcome(text: str, **around: Any) -> Outcome:
    return RULES.decide(Situation(text=text, **around)).outcome


def test_what_was_read_calls_a_person_without_a_word() -> None:
    text = "火星子直往外蹦"
    assert outcome(text) is Outcome.NOTHING
    found = RULES.decide(Situation(text=text, calls={"danger": 0.9}))
    assert (found.reason, found.matches[0].chance) == ("unsafe_goods", 0.9)
    assert outcome(text, calls={"danger": 0.1, "none": 0.9}) is Outcome.NOTHING


def test_a_wish_for_a_person_is_no_trouble() -> None:
    found = RULES.decide(Situation(text="转人工转人工", intent="ask_human", calls={"human": 0.9}))
    assert (found.reason, found.say) == ("ask_human", "handoff")


def test_words_do_not_count_where_the_whole_is_harmless() -> None:
    text = "起诉书封皮一包几张"
    assert outcome(text) is Outcome.HAND_OVER
    assert outcome(text, calls={"none": 0.95}) is Outcome.NOTHING


def test_an_intent_understood_for_sure_casts_doubt() -> None:
    calls = {"threat": 0.6, "none": 0.4}
    assert outcome("单号查不到", intent="track_logistics", calls=calls, confidence=0.99) is (
        Outcome.NOTHING
    )
    assert outcome("单号查不到", intent="track_logistics", calls=calls, confidence=0.4) is (
        Outcome.HAND_OVER
    )


def test_a_yes_to_our_offer_of_a_person_brings_one() -> None:
    offer = Pending(action="action_handoff", intent="ask_human", awaits="yes").to_slot()
    other = Pending(action="action_refund_request", intent="refund_request", awaits="yes").to_slot()
    for pending, taken in ((offer, True), (other, False), (None, False)):
        turn = a_turn(text="ok快点", intent="urge_delivery", slots={"pending": pending})
        situation = RULES.situation(turn, repeats=1)
        assert RULES.decide(situation).accepts is taken


def test_whom_we_did_not_understand_twice_needs_a_person_unless_the_third_is_plain() -> None:
    vague, plain = "就上回那个", "什么时候发货"
    assert outcome(vague, missed=2, intent="usage_help", confidence=0.4) is Outcome.HAND_OVER
    assert outcome(vague, missed=1, intent="usage_help", confidence=0.4) is Outcome.NOTHING
    sure = {"intent": "ask_delivery_time", "confidence": 0.98}
    assert outcome(plain, missed=2, **sure) is Outcome.NOTHING
    assert outcome("不用了", missed=2, intent="deny", confidence=0.4) is Outcome.NOTHING
    read_as_calm = {"missed": 2, "calls": {"none": 0.99}, "intent": "invoice", "confidence": 0.8}
    assert outcome("那单不那个 单。。", **read_as_calm) is Outcome.HAND_OVER
    assert outcome("包裹显示签收了，我没拿到，麻烦查下", **read_as_calm) is Outcome.NOTHING


def test_a_time_that_has_passed_needs_one_that_we_named() -> None:
    late = {"late": 0.6, "none": 0.3}
    assert outcome("月亮都出来了", calls=late, named=True) is Outcome.HAND_OVER
    assert outcome("月亮都出来了", calls=late) is Outcome.NOTHING


@pytest.mark.parametrize("ours", ["12号送达", "周四前会打到您卡上", "两小时内解锁", "by Wednesday"])
def test_a_time_of_ours_is_known_whatever_is_done_then(ours: str) -> None:
    def talk(answer: str) -> Situation:
        case = Case(frozenset(), "context", "refund_progress", f"顾:多久/店:{answer}", "好")
        return RULES.situation(turn_of(case), repeats=1)

    assert talk(ours).named
    for stays in ("请提供照片", "更新于：11月14日 12:30", "已经 4 天没有更新了", "券 30 天内有效"):
        assert not talk(stays).named


def test_who_says_that_they_said_so_has_asked_before() -> None:
    assert outcome("说了三遍了，是左边那只", earlier=2) is Outcome.HAND_OVER
    assert outcome("说了三遍了，是左边那只") is Outcome.NOTHING


def test_a_question_in_other_words_is_the_same_question() -> None:
    def talk(*texts: str) -> Case:
        before = "/店:亲您好/".join(f"顾:{text}" for text in texts[:-1]) + "/店:亲您好"
        return Case(frozenset(), "context", "refund_progress", before, texts[-1])

    assert decide(talk("在吗退款进度", "退款到哪一步了", "……退款进度")).reason == "repeated"
    assert decide(talk("退款进度", "钱退到零钱还是卡", "审核要几天")).outcome is Outcome.NOTHING


@pytest.mark.parametrize(
    ("text", "late", "expected"),
    [
        ("你们说昨天一定退，今天一分没见", 0.95, Outcome.HAND_OVER),
        ("讲好礼拜三送，礼拜五还没影", 0.95, Outcome.HAND_OVER),
        ("昨天就该退了，今天一分没见", 0.95, Outcome.NOTHING),  # nobody promised
        ("快递员说好今天送，没来", 0.95, Outcome.NOTHING),  # none of ours did
        ("你们说昨天一定退，今天一分没见", 0.5, Outcome.NOTHING),  # it may be no reproach
    ],
)
def test_a_promise_that_only_the_shopper_tells_of_is_broken_too(
    text: str, late: float, expected: Outcome
) -> None:
    assert outcome(text, calls={"late": late}) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("我不跟机器说话", Outcome.HAND_OVER), ("我是在跟机器说话吗", Outcome.NOTHING)],
)
def test_who_will_not_talk_to_a_machine_wants_a_person(text: str, expected: Outcome) -> None:
    assert outcome(text, intent="ask_human", calls={"human": 0.9}) is expected


def test_a_promise_is_past_when_the_shopper_tells_how_late_it_is() -> None:
    assert outcome("五天过去了，一分钱没见着", promised=True) is Outcome.HAND_OVER
    assert outcome("五天过去了，一分钱没见着") is not Outcome.HAND_OVER
    assert outcome("好，那我后天再来看单号", promised=True) is Outcome.NOTHING


# ── the file ──


def edited(**changes: Any) -> dict[str, Any]:
    """A small good file, its only rule changed."""
    rule = {
        "id": "one",
        "reason": "complaint",
        "do": "hand_over",
        "say": "handoff",
        "when": {"words": ["投诉"]},
        **changes,
    }
    return {
        "groups": {"我们": ["你们"]},
        "harmless": ["不<词>"],
        "promises": ["最晚"],
        "insisting": ["我问的是"],
        "reasons": [{key: value for key, value in rule.items() if value is not None}],
        "priorities": {},
        "tier_priorities": {"vip": 8},
    }


def test_a_small_file_is_enough() -> None:
    rules = parse_handoff_rules(edited(priority=3))
    assert rules.decide(Situation(text="投诉")).reason == "complaint"
    assert rules.decide(Situation(text="不投诉")).outcome is Outcome.NOTHING
    assert rules.priority("complaint", "vip") == 11


def test_a_rule_can_be_switched_off() -> None:
    rules = parse_handoff_rules(edited(on=False))
    assert rules.decide(Situation(text="投诉")).outcome is Outcome.NOTHING


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("找…律师", "我去找个好律师", True),
        ("找…律师", "找不到，律师在哪", False),
        ("医院……挂水", "人在医院，正挂水呢", True),
        ("告<我们>", "告你们", True),
        ("=人呢", "人呢？？", True),
        ("=人呢", "人呢你们", False),
        ("sb", "SB", True),
        ("sb", "usb接口", False),
    ],
)
def test_the_language_of_words(word: str, text: str, found: bool) -> None:
    rules = parse_handoff_rules(edited(when={"words": [word]}))
    assert (rules.decide(Situation(text=text)).outcome is Outcome.HAND_OVER) is found


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"do": "call"}, "do: 'call' should be one of hand_over"),
        ({"when": {}}, "at least one condition"),
        ({"when": {"wrods": ["投诉"]}}, "'wrods' means nothing here"),
        ({"when": {"words": []}}, "condition|words"),
        ({"when": {"words": "投诉"}}, "words"),
        ({"when": {"words": ["告<他们>"]}}, "no group '他们'"),
        ({"when": {"words": ["告<我们"]}}, "open"),
        ({"when": {"mood": -3}}, "mood: -3 should be -1 or -2"),
        ({"when": {"repeats": 0}}, "repeats"),
        ({"when": {"trend": "down"}}, "trend"),
        ({"when": {"promise": ["kept"]}}, "promise"),
        ({"when": {"reads": ["joy"]}}, "reads: should be some of"),
        ({"when": {"reads": ["anger"], "likely": 3}}, "likely: 3.0 should be from 0 to 1"),
        ({"say": None}, "'say' is missing"),
        ({"pirority": 3}, "'pirority' means nothing here"),
        ({"on": "off"}, "on: 'off'"),
    ],
)
def test_a_bad_rule_is_told_with_its_line(
    tmp_path: Path, changes: dict[str, Any], complaint: str
) -> None:
    path = tmp_path / "handoff.yml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(edited(**changes), file)
    with pytest.raises(ConfigurationError, match=complaint) as error:
        LiveFile(path=path, parse=parse_handoff_rules).current()
    assert "handoff.yml:" in str(error.value)


def test_a_change_is_in_force_at_the_next_message_and_a_slip_keeps_the_old(tmp_path: Path) -> None:
    path = tmp_path / "handoff.yml"
    text = RULES_FILE.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    file = LiveFile(path=path, parse=parse_handoff_rules)
    message = Situation(text="我要上今日说法")
    assert file.current().decide(message).outcome is Outcome.NOTHING
    path.write_text(text.replace("电视台, 上电视", "电视台, 今日说法, 上电视"), encoding="utf-8")
    assert file.current().decide(message).reason == "legal_risk"
    path.write_text("reasons: nonsense", encoding="utf-8")
    assert file.current().decide(message).reason == "legal_risk"


def test_rasa_does_not_take_the_file_for_stories() -> None:
    """A top-level `rules`, `stories` or `nlu` would make `rasa train` read it."""
    assert not _data(RULES_FILE).keys() & {"rules", "stories", "nlu", "responses", "version"}


@pytest.mark.parametrize(("days", "held"), [(1, False), (4, True)])
def test_our_own_term_is_a_promise_once_it_is_over(days: int, held: bool) -> None:
    said = Line("bot", "取消好了，3 天内原路退款。", at=1.0)
    now = Line("shopper", "怎么还没退", "refund_progress", at=1.0 + days * 24 * 3600)
    turn = replace(turn_of(CASES[0]), transcript=(said, now))
    assert RULES.situation(turn, repeats=1).promised is held
