"""The four components inside Rasa: trained, saved, loaded and run as `rasa train` would."""

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.io import read_config_file

from bot.nlu import components
from bot.nlu.components import (
    ORIGINAL_TEXT,
    ShopEntityExtractor,
    ShopIntentClassifier,
    ShopNormalizer,
    ShopTokenizer,
)
from tests.bot.fakes import HashEncoder
from tests.bot.test_classifier import LABELS, TEXTS

CATALOGUE = {"catalogue": str(Path(__file__).parent / "catalogue")}


class Bench:
    """Where components live while they are tried out."""

    def __init__(self, folder: Path) -> None:
        self._place = (
            LocalModelStorage(folder),
            Resource("test"),
            ExecutionContext(GraphSchema({}), node_name="test"),
        )

    def create(self, component: Any, **config: Any) -> Any:
        return component.create({**component.get_default_config(), **config}, *self._place)

    def load(self, component: Any, **config: Any) -> Any:
        return component.load({**component.get_default_config(), **config}, *self._place)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_the_normalizer_keeps_what_was_typed(bench: Bench) -> None:
    normalizer = bench.create(ShopNormalizer)
    changed, same = normalizer.process([Message({TEXT: "訂單 ！"}), Message({TEXT: "订单"})])
    assert changed.get(TEXT) == "订单 !"
    assert changed.as_dict(only_output_properties=True)[ORIGINAL_TEXT] == "訂單 !".replace(
        "!", "！"
    )
    assert same.get(ORIGINAL_TEXT) is None


@pytest.mark.parametrize("text", ['/return_request{"reason": "１"}', " /restart", ""])
def test_the_normalizer_leaves_commands_alone(bench: Bench, text: str) -> None:
    (message,) = bench.create(ShopNormalizer).process([Message({TEXT: text})])
    assert message.get(TEXT) == text


def test_the_normalizer_makes_no_command(bench: Bench) -> None:
    (message,) = bench.create(ShopNormalizer).process([Message({TEXT: "／restart"})])
    assert message.get(TEXT) == "restart"


def test_training_sees_the_same_text(bench: Bench) -> None:
    marked = Message({TEXT: "ＳＦ", ENTITIES: [{"entity": "carrier", "start": 0, "end": 2}]})
    data = TrainingData([Message({TEXT: "訂單"}), marked])
    bench.create(ShopNormalizer).process_training_data(data)
    assert [m.get(TEXT) for m in data.training_examples] == ["订单", "ＳＦ"]


def test_the_tokenizer_gives_rasa_tokens(bench: Bench) -> None:
    (message,) = bench.create(ShopTokenizer).process([Message({TEXT: "黑色 L码"})])
    assert [t.text for t in message.get("text_tokens")] == ["黑", "色", "L", "码"]


def test_entities_survive_saving(bench: Bench) -> None:
    bench.create(ShopEntityExtractor, **CATALOGUE).train(TrainingData([]))
    extractor = bench.load(ShopEntityExtractor, catalogue="/nowhere")
    (message,) = extractor.process([Message({TEXT: "黑色衬衫"})])
    assert message.get(ENTITIES)[0] == {
        "entity": "color",
        "start": 0,
        "end": 2,
        "value": "黑色",
        "extractor": "ShopEntityExtractor",
    }


def test_intents_survive_saving(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(components, "default_encoder", HashEncoder)
    examples = [Message({TEXT: t, INTENT: i}) for t, i in zip(TEXTS, LABELS, strict=True)]
    bench.create(ShopIntentClassifier, vectors="").train(TrainingData(examples))
    classifier = bench.load(ShopIntentClassifier)
    message, command, empty = classifier.process(
        [Message({TEXT: text}) for text in ("退货", "/greet", "")]
    )
    assert message.get(INTENT)["name"] == "return_request"
    assert message.get(INTENT_RANKING_KEY)[0] == message.get(INTENT)
    assert command.get(INTENT) == {"name": None, "confidence": 0.0}
    assert empty.get(INTENT)["confidence"] == pytest.approx(1 / 3)


def test_a_message_with_two_questions_is_read_in_parts_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(components, "default_encoder", HashEncoder)
    examples = [Message({TEXT: t, INTENT: i}) for t, i in zip(TEXTS, LABELS, strict=True)]
    bench.create(ShopIntentClassifier, vectors="").train(TrainingData(examples))
    classifier = bench.load(ShopIntentClassifier)
    one, two = classifier.process(
        [Message({TEXT: "我要退货"}), Message({TEXT: "我要退货，快递到哪了"})]
    )
    assert "clauses" not in one.as_dict(only_output_properties=True)
    parts = two.as_dict(only_output_properties=True)["clauses"]
    assert [(part["start"], part["end"]) for part in parts] == [(0, 4), (5, 10)]
    assert parts[0]["intent"] == "return_request"


@pytest.mark.parametrize("component", [ShopEntityExtractor, ShopIntentClassifier])
def test_an_untrained_component_says_so(bench: Bench, component: Any) -> None:
    with pytest.raises(RuntimeError, match="trained or loaded"):
        bench.create(component).process([Message({TEXT: "好"})])


def test_a_new_catalogue_means_a_new_training() -> None:
    here = ShopEntityExtractor.fingerprint_addon(CATALOGUE)
    assert here != ShopEntityExtractor.fingerprint_addon({"catalogue": "/nowhere"})
    assert here == ShopEntityExtractor.fingerprint_addon(CATALOGUE)


def test_the_configuration_makes_a_graph() -> None:
    config = read_config_file("config.yml")
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, TrainingType.BOTH)
    uses = {node.uses.__name__ for node in graph.predict_schema.nodes.values()}
    assert {"ShopNormalizer", "ShopIntentClassifier", "FallbackClassifier", "RulePolicy"} <= uses
