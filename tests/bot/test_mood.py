"""The mood of a message: on held-out messages, against noise, and what a bad file is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.nlu.lesson_files import read_moods
from bot.nlu.mood import (
    LEVELS,
    MoodModel,
    UnusableLessons,
    UnusableMoodModel,
    parse_lessons,
)
from conversations.text import neutralize
from tests.moods import LESSONS, mood_model, mood_of

HELD_OUT = Path(__file__).with_name("mood_heldout.tsv")
EXACT, NEAR = 0.88, 0.95
# Rage calls a person at once: calm messages read as rage are counted on their own.
CALM_READ_AS_RAGE = 0.01


def held_out() -> list[tuple[int, str]]:
    lines = HELD_OUT.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(int(level), text) for level, text in rows]


def test_held_out_messages_are_none_of_the_lessons() -> None:
    learned = {text for text, _ in read_moods(LESSONS).examples}
    messages = [neutralize(text) for _, text in held_out()]
    assert len(messages) >= 150
    assert not learned & set(messages)


def test_moods_of_held_out_messages() -> None:
    read = [(level, mood_of(text), text) for level, text in held_out()]
    wrong = [f"{text}: {got}, should be {level}" for level, got, text in read if got != level]
    exact = sum(got == level for level, got, _ in read) / len(read)
    near = sum(abs(got - level) <= 1 for level, got, _ in read) / len(read)
    assert (exact >= EXACT, near >= NEAR) == (True, True), "\n".join(
        [f"exact {exact:.3f}, within one {near:.3f}", *wrong]
    )


def test_calm_messages_are_not_read_as_rage() -> None:
    calm = [text for level, text in held_out() if level >= 0]
    raging = [text for text in calm if mood_of(text) == -2]
    assert len(raging) / len(calm) <= CALM_READ_AS_RAGE, raging


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("呵呵，你们真行", -1),
        ("可真快啊，等了半个月", -1),
        ("不错", 1),
        ("错了", 0),
        ("这鬼天气真烦", 0),
        ("快递员太混蛋了，乱扔", 0),
        ("我真是个傻子，又买错了", 0),
        ("垃圾袋多少钱一卷", 0),
        ("滚筒洗衣机", 0),
        ("", 0),
        ("？？？", 0),
        ("😡😡😡😡", -1),
        ("👍👍", 1),
        ("垃圾店，退錢", -2),
    ],
)
def test_what_is_aimed_at_us_counts(text: str, mood: int) -> None:
    assert mood_of(text) == mood


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    row=st.sampled_from(held_out()),
    noise=st.text(alphabet="!！😀😡🎉❤️👍🤬", max_size=12),
    in_front=st.booleans(),
)
def test_floods_of_signs_change_no_mood(row: tuple[int, str], noise: str, in_front: bool) -> None:
    text = row[1] + " "
    if not any(char.isalnum() for char in text):
        return
    assert mood_of(noise + text if in_front else text + noise) == mood_of(text)


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=300))
def test_any_text_has_a_mood(text: str) -> None:
    assert mood_of(text) in LEVELS


def test_the_same_lessons_give_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        MoodModel.train(read_moods(LESSONS)).save(tmp_path / name)
    for file in ("mood.json", "mood.npz"):
        one, other = (tmp_path / name / file for name in ("one", "other"))
        if file.endswith("json"):
            assert one.read_bytes() == other.read_bytes()
    first, second = (MoodModel.load(tmp_path / name) for name in ("one", "other"))
    texts = [text for _, text in held_out()]
    assert [first.read(text) for text in texts] == [second.read(text) for text in texts]


def test_a_saved_model_reads_the_same(tmp_path: Path) -> None:
    mood_model().save(tmp_path)
    loaded = MoodModel.load(tmp_path)
    for _, text in held_out():
        assert loaded.read(text) == mood_model().read(text)


def test_a_damaged_model_says_so(tmp_path: Path) -> None:
    mood_model().save(tmp_path)
    (tmp_path / "mood.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnusableMoodModel, match="mood model"):
        MoodModel.load(tmp_path)


def lessons(**changes: Any) -> dict[str, Any]:
    words = read_moods(LESSONS).words
    data: dict[str, Any] = {
        "words": {group: list(some) for group, some in words.items()},
        "emoji": {1: "😀", -1: "😡"},
        "examples": {-2: "滚", -1: "失望", 0: "多少钱", 1: "谢谢", 2: "太棒了"},
    }
    return {**data, **changes}


def test_good_lessons_are_taken() -> None:
    assert len(parse_lessons(lessons()).examples) == 5


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"words": {"insult": ["滚"]}}, "groups"),
        ({"emoji": {2: "😀"}}, "emoji"),
        ({"examples": {0: "多少钱"}}, "one block for each"),
        (
            {"examples": {-2: "滚", -1: "滚！", 0: "滚", 1: "谢谢", 2: "太棒了"}},
            "stands twice",
        ),
    ],
)
def test_bad_lessons_are_told_why(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(UnusableLessons, match=complaint):
        parse_lessons(lessons(**changes))


def test_a_missing_or_broken_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mood.yml"
    with pytest.raises(UnusableLessons, match=r"mood\.yml"):
        read_moods(path)
    path.write_text("words: [", encoding="utf-8")
    with pytest.raises(UnusableLessons, match=r"mood\.yml"):
        read_moods(path)
