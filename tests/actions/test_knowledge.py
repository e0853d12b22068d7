"""The knowledge files: what trainers may write, and that the shop's own files are whole."""

from __future__ import annotations

import ast
import itertools
import os
import re
from pathlib import Path
from string import Formatter

import pytest
from ruamel.yaml import YAML

from actions.knowledge import OPEN_ENTRY
from actions.phrases import Phrases, parse_phrases
from actions.reply import MAX_CHOICES
from actions.skills import handoff_rules_in, phrases_in
from conversations.errors import ConfigurationError
from shop.knowledge import Knowledge, entries_in
from shop.livefile import LiveFile
from shop.types import OrderState, ParcelState, ReturnReason, ReturnState
from tests.actions.conftest import KNOWLEDGE
from tests.actions.talk import ROOT, RULES


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


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return entries_in(KNOWLEDGE).current()


def test_every_topic_that_a_rule_sends_to_the_knowledge_has_a_general_answer(
    knowledge: Knowledge,
) -> None:
    general = {entry.topic for entry in knowledge.entries.values() if entry.general}
    topics = {intent for intent, action in RULES.items() if action == "action_answer"}
    topics |= {"return_steps", "return_policy", "ask_delivery_time", "ask_carrier"}
    assert topics - {OPEN_ENTRY} - general == set()


def test_entries_are_about_what_shoppers_may_want(knowledge: Knowledge) -> None:
    # return_steps: asked while a return is being filled in
    unknown = {entry.topic for entry in knowledge.entries.values()} - set(RULES)
    assert unknown == {"return_steps"}


def test_every_entry_can_be_reached_and_has_an_owner(knowledge: Knowledge) -> None:
    opened = {option.entry for entry in knowledge.entries.values() for option in entry.choices}
    for entry in knowledge.entries.values():
        assert entry.questions or entry.keywords or entry.general or entry.id in opened, entry.id
        assert not entry.questions or 3 <= len(entry.questions) <= 10, entry.id
        assert entry.owner, entry.id


def test_there_is_enough_to_know(knowledge: Knowledge) -> None:
    assert len(knowledge.entries) >= 150
    trees = [e for e in knowledge.entries.values() if e.questions and _steps(knowledge, e.id) > 2]
    assert len(trees) >= 4


def _steps(knowledge: Knowledge, root: str) -> int:
    """How many entries options lead to from there."""
    seen, ahead = set[str](), [root]
    while ahead:
        here = ahead.pop()
        if here not in seen:
            seen.add(here)
            ahead += [o.entry for o in knowledge.entries[here].choices if o.entry]
    return len(seen) - 1


def test_every_option_leads_on(knowledge: Knowledge) -> None:
    for entry in knowledge.entries.values():
        assert len(entry.choices) <= MAX_CHOICES, entry.id
        assert len({option.title for option in entry.choices}) == len(entry.choices), entry.id
        for option in entry.choices:
            assert option.entry or option.payload[1:] in RULES, (entry.id, option.title)


def test_every_picture_of_ours_exists_also_as_wechat_shows_it(knowledge: Knowledge) -> None:
    own = {one.image for one in knowledge.entries.values() if one.image.startswith("/")}
    assert len(own) >= 4
    for image in own:
        path = ROOT / "data" / image.removeprefix("/")
        assert path.is_file(), image
        shown = path.with_suffix(".png") if path.suffix == ".svg" else path
        assert shown.read_bytes()[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0"), image


def test_entries_are_limited_to_what_exists(knowledge: Knowledge) -> None:
    products = YAML(typ="safe").load((ROOT / "data/shop/products.yml").read_text("utf-8"))
    ids = {product["id"] for product in products["products"]}
    kinds = {product["category"] for product in products["products"]}
    for entry in knowledge.entries.values():
        assert entry.scope.products <= ids, entry.id
        assert entry.scope.categories <= kinds, entry.id
        assert entry.scope.tags <= {"normal", "silver", "gold", "vip"}, entry.id


def test_days_are_in_order(knowledge: Knowledge) -> None:
    for entry in knowledge.entries.values():
        assert not entry.since or not entry.until or entry.since <= entry.until, entry.id
    for name, campaign in knowledge.campaigns.items():
        assert campaign.since <= campaign.until, name


def test_no_two_entries_in_the_same_scope_ask_alike(knowledge: Knowledge) -> None:
    asked = [
        (entry, frozenset(itertools.pairwise(text)), text)
        for entry in knowledge.entries.values()
        for text in entry.questions
    ]
    for at, (one, grams, text) in enumerate(asked):
        for other, more, again in asked[at + 1 :]:
            if one.id != other.id and one.scope == other.scope:
                alike = len(grams & more) / len(grams | more)
                assert alike < 0.7, (one.id, text, other.id, again)


def test_answers_are_short_and_never_loud(knowledge: Knowledge) -> None:
    for entry in knowledge.entries.values():
        for text in entry.answer:
            assert len(text) <= 110, (entry.id, len(text))
            assert "！" not in text and "!" not in text, entry.id
            assert "亲" not in text.replace("亲启", ""), entry.id


def test_every_sentence_that_the_code_says_is_written_down(phrases: Phrases) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "actions").rglob("*.py"))
    names = set(re.findall(r'\.say\(\s*"(\w+)"', code))
    names |= {f"order_{state.value}" for state in OrderState if state is not OrderState.PAID}
    names |= {f"return_state_{state.value}" for state in ReturnState}
    names |= {f"parcel_{state.value}" for state in ParcelState}
    assert names - set(phrases.sentences) == set()


# Sentences whose names the code puts together, and what it fills in.
COMPOSED = (
    (r"order_\w+", {"label"}),
    (r"parcel_(?!stuck|signed|contested|damaged)\w+", {"label", "carrier", "eta"}),
    (r"return_state_\w+", {"number", "refund"}),
    (r"ask_return_reason\w*", {"label"}),
    (r"ask_return_confirm\w*", {"label", "refund"}),
    (r"unshipped_\w+|urge_unshipped", {"label", "due"}),
    (r"(parcel|urge)_\w+", {"label", "carrier", "eta", "hours", "at"}),
    (r"ask_return_fault\w*", {"label", "rule"}),
    (r"suggest_(one_)?solution", {"first", "others", "why"}),
    (r"receipt_\w+", {"what", "number", "due", "address", "reason"}),
    (r"payer_\w+", {"label", "payer", "reason"}),
    (r"stock_(yes|few)|sold_out\w*", {"what", "count", "price", "restock", "others"}),
    (r"stock_some\w*", {"product", "here", "gone", "restock"}),
    (r"care\w*", {"product", "care"}),
    (r"price|price_sum|deal", {"what", "price", "total", "shipping"}),
    (r"recommend\w*", {"listed"}),
    (r"compare_\w+", {"product"}),
    (r"size_(too_small|too_large)", {"product", "body", "size", "limits", "sits"}),
    (
        r"size_(one|one_up|exact|split|several\w*)",
        {"product", "body", "size", "stock", "take", "smaller", "larger", "sizes"},
    ),
    (r"size_(one|one_up|exact)", {"fits", "limits", "measures"}),
    (r"suggest_(parcel|stuck)", {"carrier", "node", "at"}),
    (r"suggest_order\w*", {"number", "goods", "state"}),
    (r"suggest_minor_unsent|suggest_late\w*", {"number", "goods", "paid", "due"}),
    (r"suggest_\w+", {"name"}),
)


def test_every_place_in_a_sentence_is_filled_by_the_code(phrases: Phrases) -> None:
    filled: dict[str, set[str]] = {}
    of_flows = {"label", "number", "refund", "due", "rule", "what"}  # by actions.flows.engine
    for path in (ROOT / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Dict) and path.parent.name == "flows":
                of_flows |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.func.attr in ("say", "sentence"):
                for constant in ast.walk(node.args[0]):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        given = {word.arg for word in node.keywords if word.arg}
                        filled.setdefault(constant.value, set()).update(given)
    for name, variants in phrases.sentences.items():
        known = filled.get(name, set()) | (of_flows if name.startswith("flow_") else set())
        for pattern, places in COMPOSED:
            if re.fullmatch(pattern, name):
                known |= places
        for text in variants:
            places = {place for _, place, _, _ in Formatter().parse(text) if place}
            assert places <= known, (name, places - known)


def test_every_label_that_the_code_shows_is_written_down(phrases: Phrases) -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "actions").rglob("*.py"))
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
    ours = [KNOWLEDGE / "phrases.yml", KNOWLEDGE / "policies.yml"]
    for path in [*ours, *sorted((KNOWLEDGE / "entries").glob("*.yml"))]:
        text = path.read_text("utf-8")
        for phrase in ("亲，", "亲亲", "在的哦", "已反馈", "您的问题已记录"):
            assert phrase not in text, path.name


def test_the_handoff_rules_are_readable() -> None:
    assert handoff_rules_in(KNOWLEDGE).current().rules
