"""The shop's words: what its catalogue calls things, and what else people call them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conversations.errors import ConfigurationError
from shop.types import ReturnReason
from shop.waybills import CARRIERS

NOTHING = "nothing"
"""The label of words that hold a thing's name but mean something else: 手机号."""

WORDS = Path(__file__).with_name("words.yml")
CATALOGUE = "products.yml"

# When the same word could be several things, the first of these. A word that several products
# share comes after the category it may also be.
_PRECEDENCE = (
    NOTHING,
    "item_id",
    "product",
    "category",
    "products",
    "color",
    "carrier",
    "size",
    "attribute",
    "reason",
)


@dataclass(frozen=True, order=True)
class Phrase:
    """Words people type, what kind of entity they are, and the one name of the thing."""

    words: str
    label: str
    value: str


@dataclass(frozen=True)
class Lexicon:
    """All phrases, each of its words once, and the plain colours (黑, 白)."""

    phrases: tuple[Phrase, ...]
    colors: tuple[str, ...]


def fingerprint(folder: Path) -> str:
    """Changes whenever `read(folder)` might."""
    digest = hashlib.sha256()
    for path in (folder / CATALOGUE, WORDS):
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def read(folder: Path) -> Lexicon:
    """The words of the catalogue in `folder` (data/shop) and of `words.yml`.

    Raises:
        ConfigurationError: the catalogue is missing or is not as `data/shop/products.yml`.
    """
    catalogue, words = _yaml(folder / CATALOGUE), _yaml(WORDS)
    try:
        phrases = [*_of_catalogue(catalogue), *_of_trade(words)]
        categories = {str(product["category"]) for product in catalogue["products"]}
        for category, others in words["categories"].items():
            if category in categories:
                phrases += [Phrase(other, "category", category) for other in others]
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{folder / CATALOGUE}: not a catalogue: {type(error).__name__}: {error}"
        ) from error
    ignored = frozenset(words["ignored"])
    return Lexicon(tuple(_unambiguous(phrases, ignored)), tuple(words["colors"]))


def _of_catalogue(catalogue: Mapping[str, Any]) -> Iterable[Phrase]:
    aliases = catalogue.get("attribute_aliases") or {}
    for product in catalogue["products"]:
        name = str(product["name"])
        for words in (name, product["title"], *product.get("aliases", ())):
            yield Phrase(str(words), "product", name)
        yield Phrase(str(product["category"]), "category", str(product["category"]))
        yield Phrase(str(product["item_id"]), "item_id", str(product["item_id"]))
        for color in product.get("colors", ()):
            for words in {str(color), str(color).removesuffix("色") + "色"}:
                yield Phrase(words, "color", str(color))
        for size in product.get("sizes", ()):
            yield Phrase(str(size), "size", str(size))
        for attribute in product.get("attributes", ()):
            for words in (attribute, *aliases.get(attribute, ())):
                yield Phrase(str(words), "attribute", str(attribute))


def _of_trade(words: Mapping[str, Any]) -> Iterable[Phrase]:
    for color in words["colors"]:
        for ending in "色的":
            yield Phrase(color + ending, "color", f"{color}色")
    for said, color in words["color_words"].items():
        yield Phrase(said, "color", color)
    for name in CARRIERS.values():
        yield Phrase(name, "carrier", name)
    for name, others in words["carriers"].items():
        for other in (name, *others):
            yield Phrase(other, "carrier", name)
    for reason, others in words["reasons"].items():
        value = ReturnReason(reason).value
        for other in others:
            yield Phrase(other, "reason", value)
    for other in words["nothing"]:
        yield Phrase(other, NOTHING, "")
    for attribute in words["attributes"]:
        yield Phrase(attribute, "attribute", attribute)


def _unambiguous(phrases: Iterable[Phrase], ignored: frozenset[str]) -> list[Phrase]:
    """Each words once: one label by precedence; several values are none, the words stand.

    Single characters and single letters say too little; bare numbers mean too much, unless they
    are item ids.
    """
    meanings: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for phrase in phrases:
        words = phrase.words.strip().lower()
        if len(words) < 2 or words in ignored:
            continue
        if words.isdigit() and phrase.label != "item_id":
            continue
        meanings[words][phrase.label].add(phrase.value)
    found = []
    for words, labels in sorted(meanings.items()):
        if len(labels.get("product", ())) > 1:
            labels["products"] = labels.pop("product")
        label = min(labels, key=_PRECEDENCE.index)
        values = labels[label]
        label = "product" if label == "products" else label
        own = next((value for value in values if value.lower() == words), None)
        value = own or (next(iter(values)) if len(values) == 1 else words)
        found.append(Phrase(words, label, value))
    return found


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
