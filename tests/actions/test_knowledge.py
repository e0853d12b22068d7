"""The knowledge files: what trainers may write, and that the shop's own files are whole."""

from __future__ import annotations

import ast
import os
import re
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from actions.knowledge import Knowledge, parse_knowledge
from actions.livefile import LiveFile
from actions.phrases import Phrases, parse_phrases
from actions.skills import answers_in, handoff_rules_in, phrases_in
from conversations.errors import ConfigurationError
from shop.types import OrderState, ParcelState, ReturnReason, ReturnState
from tests.actions.conftest import KNOWLEDGE
from tests.actions.talk import ROOT, RULES

TODAY = date(2026, 11, 18)


def knowledge(*answers: dict[str, Any]) -> Knowledge:
    return parse_knowledge(
        {
            "choices": {"human": {"title": "转人工", "payload": "/ask_human"}},
            "topics": {"fee": list(answers)},
        }
    )


def said(found: Knowledge, text: str, **where: Any) -> str | None:
    answer = found.find("fee", text=text, today=TODAY, **where)
    return answer.say[0] if answer else None


def test_the_answer_whose_words_are_asked_wins_over_the_general_one() -> None:
    found = knowledge({"say": "general"}, {"asks": ["新疆"], "say": "far"})
    assert said(found, "到新疆多少") == "far"
    assert said(found, "多少") == "general"


def test_an_answer_holds_only_on_its_days() -> None:
    over = {"asks": ["满减"], "until": date(2026, 11, 12), "say": "sale"}
    running = {"asks": ["满减"], "since": date(2026, 11, 18), "say": "now"}
    assert said(knowledge({"say": "none"}, over), "满减") == "none"
    assert said(knowledge({"say": "none"}, running), "满减") == "now"


def test_an_answer_for_a_product_beats_the_general_one() -> None:
    found = knowledge({"say": "general"}, {"products": ["手机"], "say": "phones"})
    assert said(found, "", products=("p-1", "手机")) == "phones"
    assert said(found, "", products=("p-2", "毛衣")) == "general"


@pytest.mark.parametrize(
    "answer",
    [
        {"say": []},
        {"say": ""},
        {"asks": ["x"]},
        {"say": "x", "choices": ["nobody"]},
        {"say": "x", "since": "tomorrow"},
        {"say": "x", "sya": "x"},
    ],
)
def test_a_malformed_answer_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        knowledge(answer)


def test_an_edit_is_live_at_once_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "phrases.yml"

    def write(text: str, age: int) -> None:
        path.write_text(f"labels: {{}}\ntitles: {{}}\nsentences: {text}", encoding="utf-8")
        os.utime(path, (age, age))

    write("{hello: 您好}", 1)
    file = LiveFile(path=path, parse=parse_phrases)
    assert file.current().sentence("hello", ()) == "您好"
    write("{hello: 早}", 2)
    assert file.current().sentence("hello", ()) == "早"
    write("{hello: [", 3)
    assert file.current().sentence("hello", ()) == "早"
    path.unlink()
    assert file.current().sentence("hello", ()) == "早"


def test_a_variant_with_a_place_that_nobody_fills_is_passed_over() -> None:
    data = {"labels": {}, "titles": {}, "sentences": {"hi": ["{nmae}好", "{name}您好"]}}
    assert parse_phrases(data).sentence("hi", (), name="小满") == "小满您好"


@pytest.mark.parametrize("text", ["{", "{}好", "{0}好", "{a b}好"])
def test_a_malformed_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"sentences\.hi"):
        parse_phrases({"labels": {}, "titles": {}, "sentences": {"hi": text}})


def test_a_file_that_never_was_right_is_an_error_with_its_name(tmp_path: Path) -> None:
    for content in (None, "sentences: [", "titles: {}"):
        path = tmp_path / "phrases.yml"
        if content is not None:
            path.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=r"phrases\.yml"):
            LiveFile(path=path, parse=parse_phrases).current()


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return phrases_in(KNOWLEDGE).current()


def test_every_topic_that_a_rule_sends_to_the_knowledge_has_a_general_answer() -> None:
    found = answers_in(KNOWLEDGE).current()
    topics = [intent for intent, action in RULES.items() if action == "action_answer"]
    topics += ["return_steps", "return_policy", "ask_delivery_time", "ask_carrier"]
    for topic in topics:
        assert found.find(topic, text="", today=TODAY), topic


def test_every_answer_leads_only_to_intents_that_have_a_rule() -> None:
    for answers in answers_in(KNOWLEDGE).current().topics.values():
        for answer in answers:
            for choice in answer.choices:
                assert choice.payload[1:] in RULES


def test_every_sentence_that_the_code_says_is_written_down(phrases: Phrases) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "actions").glob("*.py"))
    names = set(re.findall(r'\.say\(\s*"(\w+)"', code))
    names |= {f"order_{state.value}" for state in OrderState if state is not OrderState.PAID}
    names |= {f"return_state_{state.value}" for state in ReturnState}
    names |= {f"parcel_{state.value}" for state in ParcelState}
    assert names - set(phrases.sentences) == set()


# Sentences whose names the code puts together, and what it fills in.
COMPOSED = (
    (r"order_(?!change)\w+", {"label"}),
    (r"parcel_(?!stuck|signed|contested|damaged)\w+", {"label", "carrier", "eta"}),
    (r"(cancel_order|change_\w+|undo_request|order_change)_\w+", {"label", "number", "paid"}),
    (r"return_state_\w+", {"number", "refund"}),
    (r"ask_return_reason\w*", {"label"}),
    (r"ask_return_confirm\w*", {"label", "refund"}),
    (r"unshipped_\w+|urge_unshipped", {"label", "due"}),
    (r"(parcel|urge)_\w+", {"label", "carrier", "eta", "hours", "at"}),
    (r"ask_return_fault\w*", {"label", "rule"}),
    (r"exchange_late\w*", {"rule"}),
    (r"payer_\w+", {"label", "payer", "reason"}),
    (r"stock_(yes|few)|sold_out\w*", {"product", "choice", "count", "price", "restock", "others"}),
    (r"suggest_(parcel|stuck)", {"carrier", "node", "at"}),
    (r"goods_(bad|wrong)", {"label"}),
    (r"goods_\w+", {"rule"}),
)


def test_every_place_in_a_sentence_is_filled_by_the_code(phrases: Phrases) -> None:
    filled: dict[str, set[str]] = {}
    for path in (ROOT / "actions").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("say", "sentence"):
                for constant in ast.walk(node.args[0]):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        given = {word.arg for word in node.keywords if word.arg}
                        filled.setdefault(constant.value, set()).update(given)
    for name, variants in phrases.sentences.items():
        known = set(filled.get(name, ()))
        for pattern, places in COMPOSED:
            if re.fullmatch(pattern, name):
                known |= places
        for text in variants:
            places = {place for _, place, _, _ in Formatter().parse(text) if place}
            assert places <= known, (name, places - known)


def test_every_label_that_the_code_shows_is_written_down(phrases: Phrases) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "actions").glob("*.py"))
    names = set(re.findall(r'label\(\s*"([\w.]+)"', code))
    for group, states in (
        ("order_state", OrderState),
        ("parcel_state", ParcelState),
        ("return_state", ReturnState),
        ("reason", ReturnReason),
    ):
        names |= {f"{group}.{state.value}" for state in states}
    assert names - set(phrases.labels) == set()


def test_variants_of_a_sentence_differ(phrases: Phrases) -> None:
    for name, variants in phrases.sentences.items():
        assert len(set(variants)) == len(variants), name


def test_every_title_is_an_intent_with_a_rule(phrases: Phrases) -> None:
    assert set(phrases.titles) <= set(RULES)


def test_no_text_of_ours_is_an_empty_courtesy() -> None:
    for path in sorted(KNOWLEDGE.glob("*.yml")):
        text = path.read_text("utf-8")
        for phrase in ("亲，", "亲亲", "在的哦", "已反馈", "您的问题已记录"):
            assert phrase not in text, path.name


def test_the_handoff_rules_are_readable() -> None:
    assert handoff_rules_in(KNOWLEDGE).current().dangers
