"""The arithmetic behind `make evaluate`, and the files it reads."""

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.turn import Topic, Turn
from bench.data import Example
from bench.understanding import context, gold, measures
from bench.understanding.context import ContextWorth
from bench.understanding.disturb import DISTURBANCES, misheard
from bench.understanding.gold import Mention, Message, Named
from bench.understanding.measures import Judged
from bench.understanding.variety import survey
from conversations.errors import ConfigurationError
from conversations.text import neutralize


def _judged(intent: str, guess: str, confidence: float = 0.9, also: str = "") -> Judged:
    return Judged(Message(f"{intent}?", intent, frozenset(also.split())), guess, confidence)


def test_an_intent_that_is_as_good_counts_as_right() -> None:
    judged = [_judged("a", "b", also="b c"), _judged("a", "a"), _judged("b", "a")]
    assert measures.accuracy(judged) == pytest.approx(2 / 3)
    assert measures.exact_accuracy(judged) == pytest.approx(1 / 3)
    assert [(c.wanted, c.given, c.count) for c in measures.confusions(judged)] == [("b", "a", 1)]


def test_macro_f1_counts_each_intent_the_same() -> None:
    judged = [_judged("a", "a")] * 8 + [_judged("b", "a")] * 2
    rows = {row.intent: row for row in measures.by_intent(judged)}
    assert rows["a"].precision == pytest.approx(0.8) and rows["a"].recall == 1
    assert rows["b"].f1 == 0
    assert measures.macro_f1(judged) == pytest.approx((8 / 9) / 2)


def test_a_perfectly_calibrated_model_has_no_calibration_error() -> None:
    judged = [_judged("a", "a", 0.75)] * 3 + [_judged("a", "b", 0.75)]
    bands = measures.reliability(judged)
    assert [(band.low, band.messages) for band in bands] == [(0.7, 4)]
    assert measures.calibration_error(bands) == pytest.approx(0)


def test_full_confidence_is_in_the_last_band() -> None:
    assert [band.high for band in measures.reliability([_judged("a", "a", 1.0)])] == [1.0]


def test_the_threshold_refuses_what_is_mostly_wrong() -> None:
    judged = [_judged("a", "b", 0.31)] * 9 + [_judged("a", "a", 0.31)] + [_judged("a", "a")] * 90
    best = measures.best_threshold(measures.thresholds(judged))
    assert best.value == 0.35
    assert best.refused == pytest.approx(0.1) and best.right_among_kept == 1


def test_entities_need_kind_place_and_value() -> None:
    named = [
        Named("170的穿L吗", (Mention("height", "170", "170"), Mention("size", "L"))),
        Named("一直没发", ()),
    ]
    found = [
        [Mention("height", "170", "170"), Mention("size", "l", "L")],
        [Mention("amount", "一", "1")],
    ]
    scores, wrong = measures.entity_scores(named, found)
    assert {s.name: (s.right, s.given, s.wanted) for s in scores} == {
        "amount": (0, 1, 0),
        "height": (1, 1, 1),
        "size": (1, 1, 1),
        "total": (2, 3, 2),
    }
    assert wrong == [("一直没发", "+amount:一=1")]
    assert math.isnan(measures.EntityScore("none", 0, 0, 0).f1)


@pytest.mark.parametrize("line", ["greet", "\t你好", "greet\t", "greet\ta\tb\tc"])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "messages.tsv"
    path.write_text(f"# head\ngreet\t你好\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"messages\.tsv:3"):
        gold.read_messages(path)


def test_a_mention_must_be_in_its_message(tmp_path: Path) -> None:
    path = tmp_path / "entities.tsv"
    path.write_text("黑色L\tsize=L; color=黑色\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"entities\.tsv:1.*order"):
        gold.read_named(path)


@given(st.text(alphabet="什么时候发货到哪了退款,。?A1 ", min_size=1, max_size=40))
def test_disturbing_is_repeatable_and_leaves_something_to_read(text: str) -> None:
    for disturb in DISTURBANCES.values():
        assert disturb(text) == disturb(text)
        assert bool(disturb(text).strip()) >= bool(text.strip())


@pytest.mark.parametrize("name", ["全角", "繁体", "叹号问号"])
def test_what_the_normaliser_undoes_is_undone(name: str) -> None:
    text = "请问iPhone 15什么时候发货,到了没"
    disturbed = neutralize(DISTURBANCES[name](text)).replace("~", ",").replace(",,", ",")
    assert disturbed.rstrip("!?") == neutralize(text)


def test_misheard_sounds_the_same() -> None:
    assert misheard("什么时候发货") != "什么时候发货"
    assert len(misheard("什么时候发货")) == 6


def test_near_copies_and_templates_are_found() -> None:
    texts = [
        "红的有货吗",
        "蓝的有货吗",
        "白的有货吗",
        "黑的有货吗",
        "快递到哪里了呢",
        "快递到哪里了呢啊",
    ]
    found = survey(
        [Example(text, "stock_check") for text in texts],
        blanked=lambda text: "<color>" + text[1:] if text[0] in "红蓝白黑" else text,
    )
    assert [(a.text, b.text) for a, b in found.near] == [("快递到哪里了呢", "快递到哪里了呢啊")]
    assert [(skeleton, len(family)) for skeleton, family in found.templates] == [
        ("<color>的有货吗", 4)
    ]
    assert found.template_share == pytest.approx(4 / 6)


def test_without_context_every_message_is_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    topic = Topic("action_refund", "refund_progress").to_slot()
    said = [{"event": "user", "text": text, "timestamp": at} for at, text in enumerate("甲乙")]
    tracker = SimpleNamespace(
        sender_id="web:demo:c-lin",
        latest_message={"text": "乙"},
        slots={"topic": topic, "flow_name": "return_form"},
        active_loop_name=None,
        events=said,
    )
    assert Turn.from_tracker(tracker).topic is not None
    context.forget(monkeypatch)
    turn = Turn.from_tracker(tracker)
    assert turn.topic is None
    assert turn.slots["flow_name"] == "return_form"
    assert [line.text for line in turn.transcript] == ["乙"]


def test_the_worth_of_the_context_is_a_share_of_the_talks() -> None:
    assert "200 段对话测试" in str(ContextWorth(200, 88))
    assert "88 段（44%）答错" in str(ContextWorth(200, 88))
