from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench import data
from bench.data import Example
from conversations.errors import ConfigurationError

ROOT = Path(__file__).parents[2]


def examples(**counts: int) -> list[Example]:
    return [
        Example(f"{intent}{n}", intent) for intent, count in counts.items() for n in range(count)
    ]


def test_each_intent_gives_its_share() -> None:
    parts = data.split(examples(greet=50, thanks=20, invoice=10), share=0.2, seed=1)
    assert Counter(e.intent for e in parts.test) == {"greet": 10, "thanks": 4, "invoice": 2}
    assert len(parts.train) == 64
    assert not set(parts.train) & set(parts.test)


def test_the_same_seed_gives_the_same_split() -> None:
    everything = examples(greet=30, thanks=30)
    assert data.split(everything, share=0.2, seed=7) == data.split(everything, share=0.2, seed=7)
    assert data.split(everything, share=0.2, seed=7) != data.split(everything, share=0.2, seed=8)


def test_a_rare_intent_stays_on_both_sides() -> None:
    parts = data.split(examples(greet=2, thanks=40), share=0.01, seed=1)
    assert Counter(e.intent for e in parts.test)["greet"] == 1
    assert Counter(e.intent for e in parts.train)["greet"] == 1


def test_examples_survive_being_written_and_read(tmp_path: Path) -> None:
    written = (Example("有货吗", "stock_check"), Example("/ 'x': \"y\" #z", "out_of_scope"))
    data.write_nlu(tmp_path / "nlu.yml", written)
    assert data.read_examples(tmp_path) == written


def test_a_repeated_text_counts_once(tmp_path: Path) -> None:
    again = [Example("在吗", "greet"), Example("在吗", "chitchat")]
    data.write_nlu(tmp_path / "nlu.yml", again)
    assert data.read_examples(tmp_path) == (Example("在吗", "greet"),)


def test_marked_entities_are_typed_without_their_marks() -> None:
    marked = Example('[黑色](color)的[L]{"entity": "size"}码有吗', "stock_check")
    assert marked.plain == "黑色的L码有吗"


def test_a_folder_without_examples_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no examples"):
        data.read_examples(tmp_path)


def test_both_sides_learn_the_same_examples_and_rules(tmp_path: Path) -> None:
    learnt = data.read_examples(ROOT / "data/nlu")[::20]
    data.write_ours(tmp_path / "ours", root=ROOT, examples=learnt)
    data.write_stock(tmp_path / "stock", root=ROOT, examples=learnt, epochs=None)
    for path in ("data/nlu/examples.yml", "data/stories/orders.yml", "domain/orders.yml"):
        assert (tmp_path / "ours" / path).read_bytes() == (tmp_path / "stock" / path).read_bytes()
    ours = YAML(typ="safe").load(tmp_path / "ours/config.yml")
    assert any("ShopIntentClassifier" in part["name"] for part in ours["pipeline"])
    settings = [value for part in ours["pipeline"] for value in part.values()]
    needed = [one for one in settings if str(one).startswith("data/")]
    assert len(needed) > 3
    assert all((tmp_path / "ours" / path).exists() for path in needed)


def test_stock_is_the_published_pipeline(tmp_path: Path) -> None:
    learnt = data.read_examples(ROOT / "data/nlu")[::20]
    data.write_stock(tmp_path / "stock", root=ROOT, examples=learnt, epochs=None)
    config = YAML(typ="safe").load(tmp_path / "stock/config.yml")
    epochs = {part["name"]: part.get("epochs") for part in config["pipeline"] + config["policies"]}
    assert epochs["DIETClassifier"] == epochs["TEDPolicy"] == 100
    assert not any(name.startswith("bot.") for name in epochs)


def test_a_trial_trains_fewer_epochs_and_has_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    learnt = data.read_examples(ROOT / "data/nlu")[::20]
    marks = set()
    for name, epochs in (("full", None), ("again", None), ("trial", 2)):
        data.write_stock(tmp_path / name, root=ROOT, examples=learnt, epochs=epochs)
        marks.add(data.fingerprint(tmp_path / name))
    assert len(marks) == 2


def test_conditional_rules_are_not_told_as_stories(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(
        "rules:\n"
        "- rule: greeting\n  steps: [{intent: greet}, {action: action_answer}]\n"
        "- rule: end\n  condition: [{active_loop: f}]\n  steps: [{action: f}]\n",
        encoding="utf-8",
    )
    told = data.rules_as_stories([tmp_path / "rules.yml"])
    assert [story["story"] for story in told["stories"]] == ["greeting"]
