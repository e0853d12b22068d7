"""The simulated shoppers' sentences: enough of them, of their own, and all of them usable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from bench.simulate.bank import Bank, places
from bench.simulate.manners import MANNERS
from bench.simulate.plan import AIMS

ROOT = Path(__file__).parents[2]
BANK = Bank.load()

_ANNOTATED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


def _bare(text: str) -> str:
    return re.sub(r"\{[^}]*\}|[\W_]", "", text).casefold()


def _known() -> Iterator[str]:
    for path in sorted((ROOT / "data/nlu").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in entry.get("examples", "").splitlines():
                yield _ANNOTATED.sub(r"\1", line.removeprefix("- "))
    for path in sorted((ROOT / "tests/nlu").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield line.split("\t")[-1] if not line.startswith("#") else ""


def test_there_are_a_thousand_sentences_and_no_two_alike() -> None:
    sentences = list(BANK.sentences())
    assert len(sentences) >= 1000
    assert len(set(sentences)) == len(sentences)


def test_none_of_them_is_an_example_to_train_or_test_with() -> None:
    known = {_bare(text) for text in _known()}
    own = [sentence for sentence in _openings() if len(_bare(sentence)) > 3]
    assert [sentence for sentence in own if _bare(sentence) in known] == []


def test_every_aim_can_be_opened_in_every_manner() -> None:
    assert {aim.name for aim in AIMS} == BANK.openings.keys()
    for name, ways in BANK.openings.items():
        assert ways["open"], name
        assert not ways.keys() - {"open", "short", "dialect"}, name


def test_what_the_manners_name_exists() -> None:
    for manner in MANNERS:
        assert not manner.swaps or manner.swaps in BANK.swaps
        if manner.around:
            assert f"{manner.around}_before" in BANK.manners
            assert f"{manner.around}_after" in BANK.manners


def test_places_have_plain_names() -> None:
    for sentence in BANK.sentences():
        assert all(re.fullmatch("[a-z_]+", name) for name in places(sentence)), sentence


def _openings() -> Iterator[str]:
    for ways in BANK.openings.values():
        for sentences in ways.values():
            yield from sentences
    yield from (side.text for side in BANK.sides)
