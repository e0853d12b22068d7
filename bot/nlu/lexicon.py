"""The shop's words: what its catalogue calls things, and what else people call them."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pypinyin import lazy_pinyin

from conversations.errors import ConfigurationError
from shop.types import ReturnReason
from shop.waybills import CARRIERS

NOTHING = "nothing"
"""The label of words that hold a thing's name but mean something else: 手机号."""

_THING = "thing"


WORDS = Path(__file__).with_name("words.yml")
CATALOGUE = "products.yml"

# When the same word could be several things, the first of these. A word that several products
# share comes after the category it may also be, a thing of the trade after all of the shop's.
_PRECEDENCE = (
    NOTHING,
    "item_id",
    "product",
    "category",
    "products",
    _THING,
    "color",
    "carrier",
    "size",
    "attribute",
    "reason",
)

_CHOICES = frozenset({"color", "size"})
_COUNT = re.compile(r"[\d一二三四五六七八九十]+[包双条片只件瓶盒支袋]装?$")


@dataclass(frozen=True, order=True)
class Phrase:
    """Words people type, what kind of entity they are, and the one name of the thing."""

    words: str
    label: str
    value: str


@dataclass(frozen=True)
class Lexicon:
    """All phrases, each of its words once, the plain colours (黑, 白), and the shop's products.

    `products`: name of each product → its category, then all that it is called.
    `forms`: the words of `bot.nlu.patterns.TradeForms` by its arguments.
    """

    phrases: tuple[Phrase, ...]
    colors: tuple[str, ...]
    products: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, tuple[str, ...]]


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
            label = "category" if category in categories else _THING
            phrases += [Phrase(said, label, category) for said in (category, *others)]
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{folder / CATALOGUE}: not a catalogue: {type(error).__name__}: {error}"
        ) from error
    ignored = frozenset(words["ignored"])
    return Lexicon(
        phrases=tuple(_unambiguous(phrases, ignored)),
        colors=tuple(words["colors"]),
        products={
            str(product["name"]): (str(product["category"]), *_names(product))
            for product in catalogue["products"]
        },
        forms={
            "flavors": tuple(words["flavors"]),
            **{kind: tuple(names) for kind, names in words["models"].items()},
        },
    )


def _names(product: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(product["name"]), str(product["title"]), *map(str, product.get("aliases", ())))


def _shortened(product: Mapping[str, Any]) -> Iterable[str]:
    """The name without the word for its kind or its count, or from another name in it on.

    云岚X30 Pro(手机), 每日坚果(30包), (男士)半高领毛衣.
    """
    name, category = str(product["name"]), str(product["category"])
    for alias in _names(product)[2:]:
        if (at := name.find(alias)) > 0 and not alias.isascii():
            yield name[at:]
    for short in (name.removesuffix(category).strip(), _COUNT.sub("", name)):
        if short != name and len(short) > 2:
            yield short


def _of_catalogue(catalogue: Mapping[str, Any]) -> Iterable[Phrase]:
    aliases = catalogue.get("attribute_aliases") or {}
    for product in catalogue["products"]:
        name = str(product["name"])
        for words in (*_names(product), *_shortened(product)):
            yield Phrase(words, "product", name)
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
        yield Phrase("".join(lazy_pinyin(color)) + "色", "color", f"{color}色")
    for said, color in words["color_words"].items():
        yield Phrase(said, "color", color)
    for shade in words["shades"]:
        for said in {shade, shade.removesuffix("色") + "色"}:
            yield Phrase(said, "color", shade)
        # Typed without choosing characters: kaqi色.
        yield Phrase("".join(lazy_pinyin(shade.removesuffix("色"))) + "色", "color", shade)
    for kinds in words["things"].values():
        for thing in kinds:
            yield Phrase(thing, _THING, thing)
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
    are item ids, and 13号 is a day more often than a size.
    """
    meanings: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for phrase in phrases:
        words = phrase.words.strip().lower()
        if len(words) < 2:
            continue
        if words in ignored:
            if phrase.label in _CHOICES:
                for ending in "的款":
                    meanings[words + ending][phrase.label].add(phrase.value)
            continue
        if words.removesuffix("号").isdigit() and phrase.label != "item_id":
            continue
        meanings[words][phrase.label].add(phrase.value)
    found = []
    for words, labels in sorted(meanings.items()):
        if len(labels.get("product", ())) > 1:
            labels["products"] = labels.pop("product")
        label = min(labels, key=_PRECEDENCE.index)
        values = labels[label]
        label = {"products": "product", _THING: "category"}.get(label, label)
        own = next((value for value in values if value.lower() == words), None)
        value = own or (next(iter(values)) if len(values) == 1 else words)
        found.append(Phrase(words, label, value))
    return found


def _yaml(path: Path) -> Any:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path}: cannot be read: {error}") from error
