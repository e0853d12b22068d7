"""What a message calls for: learnt from examples and groups of words, and inside Rasa."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from actions.handoff_rules import READ
from bot.importer import ShopImporter
from bot.nlu.ahead import learn_once, read_messages
from bot.nlu.calling import CALLS, ShopCallReader
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
from bot.nlu.components import ShopNormalizer
from bot.nlu.lesson_files import read_calls, read_moods
from tests.bot.test_components import Bench
from tests.moods import LESSONS

EXAMPLES = LESSONS.with_name("handoff_examples.yml")
CONFIG = {"examples": str(EXAMPLES), "moods": str(LESSONS)}


@pytest.fixture(scope="module")
def examples() -> Examples:
    return read_calls(EXAMPLES)


@pytest.fixture(scope="module")
def model(examples: Examples) -> CallModel:
    learnt = lessons(examples, read_moods(LESSONS), [])
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
    learnt = lessons(examples, read_moods(LESSONS), [(text, "chitchat"), ("叫人来", "ask_human")])
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
        read_calls(tmp_path / "nowhere.yml")


def test_calls_survive_saving_and_reach_the_output(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    config = {**CONFIG, "learnt": str(tmp_path / "learnt")}
    bench.create(ShopCallReader, **config).train(TrainingData())
    reader = bench.load(ShopCallReader, **CONFIG)
    fire, click = reader.process([Message({TEXT: text}) for text in ("着火了", "/ask_human")])
    assert fire.as_dict(only_output_properties=True)[CALLS]["danger"] > 0.2
    assert click.get(CALLS) is None


def test_what_was_learnt_ahead_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few, words = {"着火了": "danger", "你好": NONE}, {"body": ["手"]}
    learnt = learn_once(few, words=words, folder=tmp_path / "learnt").read("着火了")
    monkeypatch.setattr(CallModel, "learn", None)
    again = learn_once(few, words=words, folder=tmp_path / "learnt").read("着火了")
    assert again == pytest.approx(learnt, abs=0.01)


@pytest.mark.parametrize("damaged", ["mark", "words.json", "weights.npz", "model.json"])
def test_other_lessons_or_a_damaged_folder_mean_learning(tmp_path: Path, damaged: str) -> None:
    few, words, folder = {"着火了": "danger", "你好": NONE}, {"body": ["手"]}, tmp_path / "learnt"
    more = {**few, "叫人来": "human"}
    learn_once(few, words=words, folder=folder)
    assert "human" in learn_once(more, words=words, folder=folder).read("叫人来")
    (folder / damaged).write_bytes(b"")
    assert "human" in learn_once(more, words=words, folder=folder).read("叫人来")


def test_messages_read_ahead_are_those_that_rasa_gives(tmp_path: Path) -> None:
    for name in ("smalltalk.yml", "handoff.yml"):
        shutil.copy(EXAMPLES.parents[1] / "nlu" / name, tmp_path)
    files = [str(path) for path in tmp_path.iterdir()]
    data = (
        Bench(tmp_path)
        .create(ShopNormalizer)
        .process_training_data(ShopImporter(training_data_paths=files).get_nlu_data())
    )
    given = [(each.get(TEXT), each.get(INTENT)) for each in data.intent_examples]
    assert read_messages(tmp_path) == given


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
