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
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.nlu import calls, classifier, features
from bot.nlu.calls import CallModel, Examples, UnusableExamples, lessons, parse_examples
from bot.nlu.commands import is_command
from bot.nlu.feeling import read_lessons
from bot.nlu.trained import Trained
from conversations import text as shopper_text

CALLS = "calls"
"""Where a parsed message keeps how likely each kind of trouble is; a button's click has none."""

_EXAMPLES, _MOODS = "examples", "moods"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ShopCallReader(Trained[CallModel]):
    """Adds `calls` to each message.

    Configuration: `examples`, what calls for a person and what does not; `moods`, the lessons of
    moods, of which it learns too. Both are read at training time: the trained model carries all
    it needs.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {
            _EXAMPLES: "data/knowledge/handoff_examples.yml",
            _MOODS: "data/knowledge/mood.yml",
        }

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent.required_packages`."""
        return ["pypinyin", "scipy"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Changes with the examples and with the code that learns from them."""
        files = {**cls.get_default_config(), **config}
        code = [
            Path(str(module.__file__)) for module in (calls, classifier, features, shopper_text)
        ]
        read = [Path(files[_EXAMPLES]), Path(files[_MOODS]), *code]
        content = [path.read_bytes() for path in read if path.exists()]
        return hashlib.sha256(b"\0".join(content)).hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the files, and from the intents' examples, which are normalised already."""
        messages = [
            (example.get(TEXT), example.get(INTENT))
            for example in training_data.intent_examples
            if example.get(TEXT)
        ]
        examples = read_examples(Path(self._config[_EXAMPLES]))
        learnt = lessons(examples, read_lessons(Path(self._config[_MOODS])), messages)
        return self.keep(CallModel.learn(learnt, words=examples.words))

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


def read_examples(path: Path) -> Examples:
    """The examples of a file.

    Raises:
        UnusableExamples: the file is missing, is no YAML, or says something senseless.
    """
    try:
        return parse_examples(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError, UnusableExamples) as error:
        raise UnusableExamples(f"{path}: {error}") from error
