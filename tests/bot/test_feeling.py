"""The mood reader inside Rasa."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_config_file

from bot.nlu.feeling import MOOD, ShopMoodReader
from tests.bot.test_components import Bench
from tests.moods import LESSONS

CONFIG = {"lessons": str(LESSONS)}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_moods_survive_saving_and_reach_the_output(bench: Bench) -> None:
    bench.create(ShopMoodReader, **CONFIG).train(TrainingData())
    reader = bench.load(ShopMoodReader, **CONFIG)
    angry, calm, click, empty = reader.process(
        [Message({TEXT: text}) for text in ("骗子，退钱", "什么时候发货", "/ask_human", "")]
    )
    assert angry.as_dict(only_output_properties=True)[MOOD] == -2
    assert calm.get(MOOD) == 0
    assert click.get(MOOD) is None
    assert empty.get(MOOD) == 0


def test_an_untrained_reader_says_so(bench: Bench) -> None:
    with pytest.raises(RuntimeError, match="trained or loaded"):
        bench.create(ShopMoodReader).process([Message({TEXT: "好"})])


def test_new_lessons_mean_a_new_training(tmp_path: Path) -> None:
    copy = tmp_path / "mood.yml"
    copy.write_bytes(LESSONS.read_bytes())
    before = ShopMoodReader.fingerprint_addon({"lessons": str(copy)})
    assert before == ShopMoodReader.fingerprint_addon(CONFIG)
    copy.write_bytes(LESSONS.read_bytes() + b"\n")
    assert before != ShopMoodReader.fingerprint_addon({"lessons": str(copy)})


def test_the_configuration_reads_moods() -> None:
    config = read_config_file("config.yml")
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, TrainingType.BOTH)
    uses = {node.uses.__name__ for node in graph.predict_schema.nodes.values()}
    assert "ShopMoodReader" in uses
