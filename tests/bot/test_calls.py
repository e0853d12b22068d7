"""What a message calls for: learnt from examples and groups of words, and inside Rasa."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.handoff_rules import READ
from bot.nlu.calling import CALLS, ShopCallReader, read_examples
from bot.nlu.calls import (
    KINDS,
    NONE,
    CallModel,
    Examples,
    UnusableExamples,
    lessons,
    parse_examples,
)
from bot.nlu.classifier import UnusableModel
from bot.nlu.feeling import read_lessons
from tests.bot.test_components import Bench
from tests.moods import LESSONS

EXAMPLES = LESSONS.with_name("handoff_examples.yml")
CONFIG = {"examples": str(EXAMPLES), "moods": str(LESSONS)}


@pytest.fixture(scope="module")
def examples() -> Examples:
    return read_examples(EXAMPLES)


@pytest.fixture(scope="module")
def model(examples: Examples) -> CallModel:
    learnt = lessons(examples, read_lessons(LESSONS), [])
    return CallModel.learn(learnt, words=examples.words)


def edited(**changes: Any) -> dict[str, Any]:
    blocks: dict[str, Any] = {kind: f"{kind} 的例句" for kind in (NONE, *KINDS)}
    return {"words": {"body": ["手"]}, "examples": {**blocks, **changes}}


def test_rules_may_ask_for_every_kind() -> None:
    assert set(KINDS) == READ


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("凳子腿断了，爷爷摔得站不起来，已经叫了救护车", "danger"),
        ("有人拿着我的订单信息冒充你们骗我转账", "privacy"),
        ("我女儿才七岁，偷偷拿我手机付的钱", "minor"),
        ("材料已经交给市场监管局，咱们法院见", "legal"),
        ("打了三遍人工都没反应，给我接个能说话的", "human"),
    ],
)
def test_new_wordings_are_read(model: CallModel, text: str, kind: str) -> None:
    read = model.read(text)
    assert max(read, key=lambda one: read[one]) == kind, read


@pytest.mark.parametrize(
    "text", ["人工草坪一平米多少钱", "会不会漏电", "小孩能用吗", "律师袍有加大码吗", "什么时候发货"]
)
def test_what_only_looks_like_it_is_nothing(model: CallModel, text: str) -> None:
    assert model.read(text)[NONE] > 0.5


@pytest.mark.parametrize("text", ["", "！！！", "😡😡"])
def test_signs_call_for_nothing(model: CallModel, text: str) -> None:
    assert model.read(text) == {}


def test_a_model_survives_saving(model: CallModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    text = "充电宝着火了"
    assert CallModel.restore(tmp_path).read(text) == model.read(text)
    (tmp_path / "words.json").unlink()
    with pytest.raises(UnusableModel, match="words"):
        CallModel.restore(tmp_path)


def test_what_the_file_says_wins(examples: Examples) -> None:
    text, kind = next(iter(examples.messages.items()))
    learnt = lessons(examples, read_lessons(LESSONS), [(text, "chitchat"), ("叫人来", "ask_human")])
    assert learnt[text] == kind != NONE
    assert learnt["叫人来"] == "human"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ([], "words and examples"),
        ({"examples": {}}, "words and examples"),
        (edited(fire="着火了"), "unknown kinds: fire"),
        (edited(danger="一句\n一句"), "stands twice"),
        (edited(danger="一句", none="一句"), "stands twice"),
    ],
)
def test_a_bad_file_is_told(data: Any, complaint: str) -> None:
    with pytest.raises(UnusableExamples, match=complaint):
        parse_examples(data)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableExamples, match="nowhere"):
        read_examples(tmp_path / "nowhere.yml")


def test_calls_survive_saving_and_reach_the_output(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.create(ShopCallReader, **CONFIG).train(TrainingData())
    reader = bench.load(ShopCallReader, **CONFIG)
    fire, click = reader.process([Message({TEXT: text}) for text in ("着火了", "/ask_human")])
    assert fire.as_dict(only_output_properties=True)[CALLS]["danger"] > 0.2
    assert click.get(CALLS) is None


def test_an_untrained_reader_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="trained or loaded"):
        Bench(tmp_path).create(ShopCallReader).process([Message({TEXT: "好"})])


def test_new_examples_mean_a_new_training(tmp_path: Path) -> None:
    copy = tmp_path / "examples.yml"
    copy.write_bytes(EXAMPLES.read_bytes())
    before = ShopCallReader.fingerprint_addon({"examples": str(copy), "moods": str(LESSONS)})
    assert before == ShopCallReader.fingerprint_addon(CONFIG)
    copy.write_bytes(EXAMPLES.read_bytes() + b"\n")
    assert before != ShopCallReader.fingerprint_addon({"examples": str(copy)})
