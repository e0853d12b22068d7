"""Examples that are cheap to copy, and the importer that reads them once."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.importer import Example, ShopImporter


def example(text: str = "到哪了", **more: object) -> Example:
    return Example.of(Message({TEXT: text, INTENT: "track_logistics", **more}))


def test_a_copy_says_the_same_and_changes_alone() -> None:
    first = example()
    second = copy.deepcopy(first)
    assert second == first
    second.set(TEXT, "到哪里了")
    second.output_properties.add("other")
    assert first.get(TEXT) == "到哪了"
    assert second != first
    assert "other" not in first.output_properties


def test_what_is_no_text_is_copied_deeply() -> None:
    first = example(**{ENTITIES: [{"entity": "carrier"}]})
    copy.deepcopy(first).get(ENTITIES).append({"entity": "size"})
    assert len(first.get(ENTITIES)) == 1


@pytest.mark.parametrize("other", [example("到哪"), example(**{ENTITIES: []})])
def test_other_examples_have_other_fingerprints(other: Example) -> None:
    assert example().fingerprint() == example().fingerprint()
    assert other.fingerprint() != example().fingerprint()


def test_writing_back_what_is_there_keeps_the_fingerprint_and_a_change_does_not() -> None:
    message = example()
    before = message.fingerprint()
    message.set(INTENT, "track_logistics")
    assert message.fingerprint() == before
    message.set(INTENT, "urge_delivery")
    assert message.fingerprint() != before


def test_files_are_read_whole_and_once(tmp_path: Path) -> None:
    for name, intent in (("a", "greet"), ("b", "thanks")):
        text = f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n    - 一\n    - 二\n'
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    importer = ShopImporter(training_data_paths=[str(tmp_path)])
    found = importer.get_nlu_data()
    assert [(m.get(INTENT), m.get(TEXT)) for m in found.training_examples] == [
        (intent, text) for intent in ("greet", "thanks") for text in "一二"
    ]
    assert importer.get_nlu_data() is found
