"""The examples in data/nlu: one meaning for each text, and no intent the design does not know."""

import re
from collections import defaultdict
from functools import cache, lru_cache
from pathlib import Path

import yaml

from bench.understanding import gold
from bot.nlu.features import characters
from conversations.text import neutralize

FOLDER = Path("data/nlu")
HELD_BACK = [
    gold.FOLDER / name for name in (gold.MESSAGES, gold.CONFUSABLES, gold.NOISY, gold.LATER)
]
FREQUENT = frozenset(
    {
        "track_logistics",
        "ask_delivery_time",
        "urge_delivery",
        "return_policy",
        "return_request",
        "exchange_request",
        "refund_request",
        "refund_progress",
        "after_sales_status",
        "product_attribute",
        "product_compare",
        "product_recommend",
        "size_advice",
        "stock_check",
        "usage_help",
        "price_query",
        "price_bargain",
        "price_protection",
        "coupon_promotion",
        "change_address",
        "change_order",
        "change_delivery_time",
        "cancel_order",
        "invoice",
        "quality_complaint",
        "wrong_or_missing_item",
        "logistics_complaint",
        "service_complaint",
        "ask_human",
        "out_of_scope",
    }
)
LEAST_EXAMPLES = 60
LEAST_EXAMPLES_OF_FREQUENT = 120


@lru_cache(maxsize=1)
def _examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(FOLDER.glob("*.yml")):
        for block in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
            assert block["intent"] not in found, f"{path}: {block['intent']} has two blocks"
            found[block["intent"]] = [
                line.removeprefix("- ") for line in block["examples"].splitlines()
            ]
    return found


@cache
def _plain(text: str) -> str:
    """What the classifier sees of it: 嗯…… is 嗯."""
    return "".join(characters(neutralize(text).lower())[1:-1]) or text


def test_a_text_has_one_intent() -> None:
    meanings: dict[str, list[str]] = defaultdict(list)
    for intent, texts in _examples().items():
        for text in texts:
            meanings[_plain(text)].append(intent)
    assert {text: intents for text, intents in meanings.items() if len(intents) > 1} == {}


def test_every_intent_has_enough_examples() -> None:
    few = {}
    for intent, texts in _examples().items():
        least = LEAST_EXAMPLES_OF_FREQUENT if intent in FREQUENT else LEAST_EXAMPLES
        if len(texts) < least:
            few[intent] = len(texts)
    assert few == {}


def test_nothing_held_back_is_trained_on() -> None:
    trained = {_plain(text) for texts in _examples().values() for text in texts}
    held = {m.text for path in HELD_BACK for m in gold.read_messages(path)}
    assert {text for text in held if _plain(text) in trained} == set()


def test_what_is_held_back_is_enough_and_of_every_intent() -> None:
    messages = gold.read_messages(gold.FOLDER / gold.MESSAGES)
    assert len(messages) >= 600
    assert {message.intent for message in messages} == set(_examples())


def test_examples_hold_no_markup() -> None:
    # Entities come from the catalogue; a bracket here would be read as one.
    marked = [t for texts in _examples().values() for t in texts if re.search(r"\[.*\]\(", t)]
    assert marked == []
