"""The mood reader as `make train` would make it, for tests that need real moods."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from bot.nlu.lesson_files import read_moods
from bot.nlu.mood import MoodModel
from conversations.text import neutralize

LESSONS = Path(__file__).resolve().parents[1] / "data" / "knowledge" / "mood.yml"


@lru_cache(maxsize=1)
def mood_model() -> MoodModel:
    """Trained once for all tests of a process."""
    return MoodModel.train(read_moods(LESSONS))


def mood_of(text: str) -> int:
    """The mood of a message as the channels pass it on."""
    return mood_model().read(neutralize(text))
