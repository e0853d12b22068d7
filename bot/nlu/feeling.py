"""The mood of a message as Rasa sees it: a thin component over `bot.nlu.mood`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import features, mood
from bot.nlu.commands import is_command
from bot.nlu.lesson_files import MOODS, read_moods
from bot.nlu.mood import MoodModel
from bot.nlu.trained import Trained
from conversations import text as shopper_text

MOOD = "mood"
"""Where a parsed message keeps its mood, -2 to 2; a button's click has none."""

_LESSONS_FILE = "lessons"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ShopMoodReader(Trained[MoodModel]):
    """Adds `mood` to each message.

    Configuration: `lessons`, the file with words and examples (data/knowledge/mood.yml), read at
    training time. The trained model carries all it needs.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {_LESSONS_FILE: str(MOODS)}

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent.required_packages`."""
        return ["scipy", "sklearn"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Changes with the lessons and with the code that learns from them."""
        lessons = Path({**cls.get_default_config(), **config}[_LESSONS_FILE])
        code = [Path(str(module.__file__)) for module in (mood, features, shopper_text)]
        read = [path.read_bytes() for path in (lessons, *code) if path.exists()]
        return hashlib.sha256(b"\0".join(read)).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the lessons; the intents' examples are not used."""
        return self.keep(MoodModel.train(read_moods(Path(self._config[_LESSONS_FILE]))))

    @staticmethod
    def restore(folder: Path) -> MoodModel:
        """See `Trained.restore`."""
        return MoodModel.load(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each typed message's mood."""
        model = self.learnt
        for message in messages:
            if not is_command(message):
                mood_now = model.read(message.get(TEXT) or "")
                message.set(MOOD, mood_now, add_to_output=True)
        return messages
