"""Training, keeping and using the intent classifier."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.classifier import NEVER_SURE, IntentModel, UnusableModel
from bot.nlu.encoder import Matrix
from bot.nlu.features import NgramSpace, masked, readable, sounds
from tests.bot.fakes import HashEncoder

EXAMPLES = {
    "track_logistics": [
        "到哪了",
        "快递到哪了",
        "我的快递到哪里了",
        "查物流",
        "包裹到哪了",
        "SF1234567890123",
    ],
    "return_request": ["我要退货", "怎么退货", "申请退货", "退货地址", "想退货", "帮我退货"],
    "affirm": ["好的", "可以", "嗯嗯", "👌", "对的", "好"],
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [intent for intent, texts in EXAMPLES.items() for _ in texts]


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return IntentModel.train(TEXTS, LABELS, encoder=HashEncoder())[0]


@pytest.mark.parametrize(("text", "intent"), [*zip(TEXTS, LABELS, strict=True)])
def test_knows_its_examples(model: IntentModel, text: str, intent: str) -> None:
    assert model.rank(text)[0].intent == intent


def test_any_waybill_is_a_waybill(model: IntentModel) -> None:
    assert model.rank("YT8830027719465")[0].intent == "track_logistics"


def test_confidences_are_chances(model: IntentModel) -> None:
    ranking = model.rank("快递退货")
    assert sum(guess.confidence for guess in ranking) == pytest.approx(1, abs=1e-5)
    assert [g.confidence for g in ranking] == sorted((g.confidence for g in ranking), reverse=True)
    assert len(model.rank("快递退货", limit=2)) == 2


def test_messages_ranked_together_are_ranked_as_alone(model: IntentModel) -> None:
    texts = ["快递退货", "", "👌🏻", "退货", "快递退货", "?!", "好"]
    together = model.rank_all(texts, limit=2)
    assert together == [model.rank(text, limit=2) for text in texts]
    assert model.rank_all([]) == []


class CountingEncoder(HashEncoder):
    """Keeps what it is asked for, each time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.asked.append(list(texts))
        return super().encode(texts)


def test_the_sentence_vectors_of_messages_ranked_together_are_made_at_once() -> None:
    encoder = CountingEncoder()
    model, _ = IntentModel.train(TEXTS, LABELS, encoder=encoder, sure=NEVER_SURE)
    encoder.asked.clear()
    model.rank_all(["快递退货", "", "好"])
    assert encoder.asked == [["快递退货", "好"]]


@pytest.mark.parametrize("text", ["", "?!", "😡😡", "。。", "…", "~"])
def test_what_says_nothing_means_nothing(model: IntentModel, text: str) -> None:
    assert model.rank(text)[0].confidence == pytest.approx(1 / len(EXAMPLES))


@pytest.mark.parametrize("text", ["👌", "👌👌👌", "👌🏻", "👌🏽👌🏽"])
def test_a_sign_from_the_examples_is_known(model: IntentModel, text: str) -> None:
    assert model.rank(text) == model.rank("👌")
    assert model.rank(text)[0].intent == "affirm"


@pytest.mark.parametrize("text", ["退" * 5000, "x" * 5000, "\x00", "👌好", "%s{}\\"])
def test_strange_texts_are_survived(model: IntentModel, text: str) -> None:
    assert 0 < model.rank(text)[0].confidence <= 1


def test_the_same_examples_give_the_same_model(model: IntentModel) -> None:
    again, _ = IntentModel.train(TEXTS, LABELS, encoder=HashEncoder())
    assert again.rank("快递要退") == model.rank("快递要退")


def test_a_loaded_model_is_the_saved_one(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = IntentModel.load(tmp_path, encoder=HashEncoder())
    for text in (*TEXTS, "快递要退", "👌", ""):
        assert loaded.rank(text) == model.rank(text)


def test_another_encoder_is_refused(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    other = HashEncoder()
    other.name = "hash-2"
    with pytest.raises(UnusableModel, match="train again"):
        IntentModel.load(tmp_path, encoder=other)


def test_a_damaged_model_is_refused(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    (tmp_path / "model.json").write_text("{", encoding="utf-8")
    with pytest.raises(UnusableModel, match="cannot read"):
        IntentModel.load(tmp_path, encoder=HashEncoder())


def test_one_intent_cannot_be_trained() -> None:
    with pytest.raises(ValueError, match="at least two intents"):
        IntentModel.train(["好"], ["affirm"], encoder=HashEncoder())


def test_numbers_are_masked_by_kind() -> None:
    assert masked("查下SF1234567890123") == "查下快递单号"
    assert masked("1234567890123456789") == "订单号"
    assert masked("电话13900007788") == "电话手机号"
    assert masked("https://item.taobao.com/item.htm?id=680012340101") == "商品链接"
    assert masked("48小时 618 12315") == "48小时 618 12315"


def test_sounds_forgive_what_ears_forgive() -> None:
    assert sounds("什么时侯发货") == sounds("什么时候发货")
    assert sounds("zenme发")[1:4] == ["zenme", "fa", "$"]
    assert sounds("真") == sounds("增")


def test_rare_grams_have_no_column() -> None:
    space, _ = NgramSpace.learn([["^", "a", "b", "$"], ["^", "a", "$"]], longest=2)
    assert set(space.columns) == {"a", "^ a"}
    columns, values = space.vector(["^", "z", "$"])
    assert len(columns) == len(values) == 0


def test_a_space_sees_what_it_learnt_from_as_it_sees_any_other_message() -> None:
    sequences = [sounds(text) for text in ("什么时候发货", "发货发货", "到哪了", "")]
    space, rows = NgramSpace.learn(sequences, longest=2, least=1)
    for number, sequence in enumerate(sequences):
        expected = np.zeros(len(space.columns), dtype=np.float32)
        columns, values = space.vector(sequence)
        expected[columns] = values
        np.testing.assert_allclose(rows[number].toarray()[0], expected, rtol=1e-6)


def test_readable() -> None:
    assert readable("1") and readable("好") and readable("a")
    assert not readable("") and not readable("😡。")
