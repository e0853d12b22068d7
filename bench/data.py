"""The same data for both sides: examples split in two, one folder to train each side in."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from conversations.errors import ConfigurationError

_MARKED = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


@dataclass(frozen=True)
class Example:
    """One line of data/nlu: as it is written there, and the intent it stands under."""

    text: str
    intent: str

    @property
    def plain(self) -> str:
        """The text without entity marks, as a shopper would type it."""
        return _MARKED.sub(r"\1", self.text)


@dataclass(frozen=True)
class Split:
    """Examples to learn from, and examples nobody has seen."""

    train: tuple[Example, ...]
    test: tuple[Example, ...]


def read_examples(folder: Path) -> tuple[Example, ...]:
    """All examples below `folder`, in the order of files and lines; a repeated text once.

    Raises:
        ConfigurationError: a file holds no list of `nlu`.
    """
    found: dict[str, Example] = {}
    for path in sorted(folder.glob("*.yml")):
        for item in _read(path).get("nlu") or ():
            if "intent" not in item:
                raise ConfigurationError(f"{path}: bench knows only intents under nlu")
            for line in str(item["examples"]).splitlines():
                text = line.removeprefix("- ").strip()
                if text:
                    found.setdefault(text, Example(text=text, intent=item["intent"]))
    if not found:
        raise ConfigurationError(f"{folder}: no examples found")
    return tuple(found.values())


def split(examples: Sequence[Example], *, share: float, seed: int) -> Split:
    """Hold `share` of each intent's examples back; the same seed gives the same split.

    Every intent keeps at least one example on each side, if it has two.
    """
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(example)
    random_ = random.Random(seed)
    held: set[Example] = set()
    for intent in sorted(by_intent):
        group = by_intent[intent]
        count = min(max(1, round(len(group) * share)), len(group) - 1)
        held.update(random_.sample(group, count))
    return Split(
        train=tuple(e for e in examples if e not in held),
        test=tuple(e for e in examples if e in held),
    )


def rules_as_stories(files: Iterable[Path]) -> dict[str, Any]:
    """Each unconditional rule told as a story: TED learns from stories only, not from rules."""
    stories = []
    for path in files:
        for rule in _read(path).get("rules") or ():
            if "condition" not in rule:
                stories.append({"story": rule["rule"], "steps": rule["steps"]})
    return {"version": "3.1", "stories": stories}


def write_ours(folder: Path, *, root: Path, examples: Sequence[Example]) -> None:
    """A folder to train our model in: everything of `root`, but these examples only."""
    _write_shared(folder, root=root, examples=examples)
    shutil.copy(root / "config.yml", folder / "config.yml")
    shutil.copytree(root / "data/shop", folder / "data/shop")
    (folder / "data/knowledge").mkdir()
    for name in ("mood.yml", "handoff_examples.yml"):
        shutil.copy(root / "data/knowledge" / name, folder / "data/knowledge" / name)


def write_stock(
    folder: Path, *, root: Path, examples: Sequence[Example], epochs: int | None
) -> None:
    """A folder to train stock Rasa in, from the same examples, rules and domain.

    Args:
        folder: to be made.
        root: the checkout.
        examples: what to learn from.
        epochs: instead of those of bench/stock/config.yml, for a trial.
    """
    _write_shared(folder, root=root, examples=examples)
    config = _read(root / "bench/stock/config.yml")
    for component in [*config["pipeline"], *config["policies"]]:
        if epochs is not None and "epochs" in component:
            component["epochs"] = epochs
    _write(folder / "config.yml", config)
    stories = rules_as_stories(sorted((root / "data/stories").glob("*.yml")))
    _write(folder / "data/stories/as_stories.yml", stories)


def fingerprint(folder: Path) -> str:
    """Changes with every file below `folder`."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def write_nlu(path: Path, examples: Sequence[Example]) -> None:
    """The examples as a file of Rasa's."""
    by_intent: dict[str, list[str]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(f"- {example.text}\n")
    nlu = [
        {"intent": intent, "examples": LiteralScalarString("".join(lines))}
        for intent, lines in by_intent.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, {"version": "3.1", "nlu": nlu})


def _write_shared(folder: Path, *, root: Path, examples: Sequence[Example]) -> None:
    shutil.copytree(root / "domain", folder / "domain")
    shutil.copytree(root / "data/stories", folder / "data/stories")
    write_nlu(folder / "data/nlu/examples.yml", examples)


def _read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def _write(path: Path, content: Mapping[str, Any]) -> None:
    yaml = YAML()
    yaml.width = 4096  # type: ignore[assignment]  # its stub says None
    yaml.dump(content, path)
