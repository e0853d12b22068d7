"""What a message calls for as Rasa sees it: a thin component over `bot.nlu.calls`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import ahead, lesson_files
from bot.nlu.calls import CallModel, lessons
from bot.nlu.commands import is_command
from bot.nlu.trained import Trained

CALLS = "calls"
"""Where a parsed message keeps how likely each kind of trouble is; a button's click has none."""

_EXAMPLES, _MOODS, _LEARNT = "examples", "moods", "learnt"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ShopCallReader(Trained[CallModel]):
    """Adds `calls` to each message.

    Configuration: `examples`, what calls for a person and what does not; `moods`, the lessons of
    moods, of which it learns too. Both are read at training time: the trained model carries all
    it needs. `learnt`, a folder that keeps what was learnt last (only speed depends on it).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {
            _EXAMPLES: str(lesson_files.CALLS),
            _MOODS: str(lesson_files.MOODS),
            _LEARNT: str(ahead.LEARNT),
        }

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent.required_packages`."""
        return ["pypinyin", "scipy"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Changes with the examples and with the code that learns from them."""
        files = {**cls.get_default_config(), **config}
        read = [Path(files[_EXAMPLES]), Path(files[_MOODS])]
        content = [path.read_bytes() for path in read if path.exists()]
        return hashlib.sha256(b"\0".join(content)).hexdigest() + ahead.code_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the files, and from the intents' examples, which are normalised already."""
        messages = [
            (example.get(TEXT), example.get(INTENT))
            for example in training_data.intent_examples
            if example.get(TEXT)
        ]
        examples = lesson_files.read_calls(Path(self._config[_EXAMPLES]))
        moods = lesson_files.read_moods(Path(self._config[_MOODS]))
        learnt = lessons(examples, moods, messages)
        folder = Path(self._config[_LEARNT])
        return self.keep(ahead.learn_once(learnt, words=examples.words, folder=folder))

    @staticmethod
    def restore(folder: Path) -> CallModel:
        """See `Trained.restore`."""
        return CallModel.restore(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set what each typed message calls for."""
        model = self.learnt
        for message in messages:
            if not is_command(message):
                message.set(CALLS, model.read(message.get(TEXT) or ""), add_to_output=True)
        return messages
