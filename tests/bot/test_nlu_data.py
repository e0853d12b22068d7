"""The examples in data/nlu: one meaning for each text, and no intent the design does not know."""

import re
from collections import defaultdict
from pathlib import Path

import yaml

from conversations.text import neutralize

FOLDER = Path("data/nlu")
LEAST_EXAMPLES = 30


def _examples() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(FOLDER.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            assert block["intent"] not in found, f"{path}: {block['intent']} has two blocks"
            found[block["intent"]] = [
                line.removeprefix("- ") for line in block["examples"].splitlines()
            ]
    return found


def test_a_text_has_one_intent() -> None:
    meanings: dict[str, list[str]] = defaultdict(list)
    for intent, texts in _examples().items():
        for text in texts:
            meanings[re.sub(r"[\s,。?!~]+", "", neutralize(text).lower()) or text].append(intent)
    assert {text: intents for text, intents in meanings.items() if len(intents) > 1} == {}


def test_every_intent_has_enough_examples() -> None:
    assert {i: len(t) for i, t in _examples().items() if len(t) < LEAST_EXAMPLES} == {}


def test_examples_hold_no_markup() -> None:
    # Entities come from the catalogue; a bracket here would be read as one.
    marked = [t for texts in _examples().values() for t in texts if re.search(r"\[.*\]\(", t)]
    assert marked == []
