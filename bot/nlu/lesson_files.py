"""The files that teach moods and calls, read without loading Rasa."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.nlu.calls import Examples, UnusableExamples, parse_examples
from bot.nlu.mood import Lessons, UnusableLessons, parse_lessons

MOODS = Path("data/knowledge/mood.yml")
CALLS = Path("data/knowledge/handoff_examples.yml")

_UNREADABLE = (OSError, UnicodeDecodeError, YAMLError)


def read_moods(path: Path) -> Lessons:
    """The lessons of a file.

    Raises:
        UnusableLessons: the file is missing, is no YAML, or says something senseless.
    """
    try:
        return parse_lessons(_content(path))
    except (*_UNREADABLE, UnusableLessons) as error:
        raise UnusableLessons(f"{path}: {error}") from error


def read_calls(path: Path) -> Examples:
    """The examples of a file.

    Raises:
        UnusableExamples: the file is missing, is no YAML, or says something senseless.
    """
    try:
        return parse_examples(_content(path))
    except (*_UNREADABLE, UnusableExamples) as error:
        raise UnusableExamples(f"{path}: {error}") from error


def _content(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))
