"""The files that teach moods and calls, read without loading Rasa."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.nlu.calls import Examples, UnusableExamples, parse_examples
from bot.nlu.mood import Lessons, UnusableLessons, parse_lessons

MOODS = Path("data/knowledge/mood.yml")
CALLS = Path("data/knowledge/handoff_examples.yml")

_Content = TypeVar("_Content")


def read_moods(path: Path) -> Lessons:
    """The lessons of a file.

    Raises:
        UnusableLessons: the file is missing, is no YAML, or says something senseless.
    """
    return _read(path, parse_lessons, UnusableLessons)


def read_calls(path: Path) -> Examples:
    """The examples of a file.

    Raises:
        UnusableExamples: the file is missing, is no YAML, or says something senseless.
    """
    return _read(path, parse_examples, UnusableExamples)


def _read(path: Path, parse: Callable[[Any], _Content], unusable: type[ValueError]) -> _Content:
    try:
        return parse(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError, unusable) as error:
        raise unusable(f"{path}: {error}") from error
