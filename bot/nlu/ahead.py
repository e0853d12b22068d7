"""`python -m bot.nlu.ahead`: learns what messages call for while Rasa is still loading.

`bot.train` runs it beside itself. What it learns it leaves in a folder, where `ShopCallReader`
finds it: a third of a training passes on the second core.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from rasa.shared.nlu.constants import INTENT, TEXT

from bot.importer import read_nlu
from bot.nlu import calls, classifier, features
from bot.nlu.calls import CallModel, lessons
from bot.nlu.classifier import UnusableModel
from bot.nlu.lesson_files import CALLS, MOODS, read_calls, read_moods
from conversations import text as shopper_text
from shop import waybills

LEARNT = Path(".rasa/calls")
_NLU = Path("data/nlu")
_MARK = "mark"


def code_fingerprint() -> str:
    """Changes with the code that learns and reads."""
    modules = (calls, classifier, features, shopper_text, waybills)
    content = [Path(str(module.__file__)).read_bytes() for module in modules]
    return hashlib.sha256(b"\0".join(content)).hexdigest()


def learn_once(
    lessons: Mapping[str, str], *, words: Mapping[str, Sequence[str]], folder: Path
) -> CallModel:
    """What `CallModel.learn` gives, of which `folder` keeps the last.

    Of two processes that ask for the same at a time one learns and the other waits for it.
    """
    asked = json.dumps([code_fingerprint(), list(lessons.items()), list(words.items())])
    mark = hashlib.sha256(asked.encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (model := _remembered(folder, mark)):
            model = CallModel.learn(lessons, words=words)
            shutil.rmtree(folder)
            folder.mkdir()
            model.save(folder)
            (folder / _MARK).write_text(mark, encoding="utf-8")  # last: only then it is whole
    return model


def _remembered(folder: Path, mark: str) -> CallModel | None:
    try:
        known = (folder / _MARK).read_text(encoding="utf-8") == mark
        return CallModel.restore(folder) if known else None
    except (OSError, UnusableModel):
        return None


def read_messages(folder: Path) -> list[tuple[str, str]]:
    """The messages under `folder` and their intents, as Rasa's reading and `ShopNormalizer` give
    them to a component."""
    examples = read_nlu(map(str, folder.rglob("*.yml"))).intent_examples
    return [(shopper_text.neutralize(each.get(TEXT)), each.get(INTENT)) for each in examples]


def main() -> None:
    """Learn from the files of the working folder."""
    gc.disable()
    examples, moods = read_calls(CALLS), read_moods(MOODS)
    learnt = lessons(examples, moods, read_messages(_NLU))
    learn_once(learnt, words=examples.words, folder=LEARNT)


if __name__ == "__main__":
    main()
