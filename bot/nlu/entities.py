"""What a message names: a spaCy pipeline built from the shop's words.

Two steps: spaCy's `EntityRuler` finds the words of the catalogue, `shop_patterns` adds what is
known by its form. Where they overlap the longer wins, then the catalogue. Every entity has one
canonical value:

    product       the catalogue's short name; the words themselves when several products share them
    category      the catalogue's category
    color         the catalogue's name of the colour, or a plain one (黑的 → 黑色)
    size          as on the label, without 码 (l码 → L, 42码 → 42)
    carrier       the name people know (顺丰速运 → 顺丰)
    order_number  upper case, no blanks          waybill, item_id   likewise
    phone_tail    the digits
    amount        yuan as a decimal number (三十五块 → 35)
    time          the words; `shop.when.parse` turns them into an interval
    reason        a value of `shop.types.ReturnReason`
    attribute     the catalogue's name of the attribute; the words when they name several
    height        cm (一米七 → 170)               weight             kg (130斤 → 65kg)
"""

# No postponed annotations here: spaCy reads those of its factories.
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.tokens import Span as DocSpan

import bot.nlu.tokens  # noqa: F401 - registers the tokenizer that a saved pipeline names
from bot.nlu import patterns
from bot.nlu.lexicon import NOTHING, Lexicon

NAMES = (
    "product",
    "category",
    "color",
    "size",
    "carrier",
    "order_number",
    "waybill",
    "item_id",
    "amount",
    "time",
    "phone_tail",
    "reason",
    "attribute",
    "height",
    "weight",
)
_COLORED = frozenset({"product", "category", "size"})


@dataclass(frozen=True)
class Entity:
    """`text[start:end]` names a thing of kind `name`; `value` is what it is called with us."""

    name: str
    value: str
    start: int
    end: int


class EntityReader:
    """Finds entities in normalised texts. Build with `build` or `load`."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp

    @classmethod
    def build(cls, lexicon: Lexicon) -> "EntityReader":
        """A reader that knows these words."""
        nlp = spacy.blank(
            "zh", config={"nlp": {"tokenizer": {"@tokenizers": "zhanggui.tokenizer.v1"}}}
        )
        ruler = nlp.add_pipe("entity_ruler", config={"phrase_matcher_attr": "LOWER"})
        ruler.add_patterns(  # type: ignore[attr-defined]  # add_pipe is typed as a bare function
            [
                {"label": phrase.label, "pattern": phrase.words, "id": phrase.value}
                for phrase in lexicon.phrases
            ]
        )
        nlp.add_pipe("shop_patterns", config={"colors": list(lexicon.colors)})
        return cls(nlp)

    def read(self, text: str) -> tuple[Entity, ...]:
        """The entities of a text in order; they never overlap."""
        return tuple(
            Entity(span.label_, span.ent_id_, span.start_char, span.end_char)
            for span in self._nlp(text).ents
            if span.label_ != NOTHING
        )

    def save(self, folder: Path) -> None:
        """Write the pipeline as `spacy.load` reads it."""
        self._nlp.to_disk(folder)

    @classmethod
    def load(cls, folder: Path) -> "EntityReader":
        """The reader that `save` wrote."""
        return cls(spacy.load(folder))


@Language.factory("shop_patterns")
def create_shop_patterns(nlp: Language, name: str, colors: list[str]) -> "_Patterns":
    """The second step of the pipeline; `colors`: single characters that can be a colour."""
    return _Patterns(colors)


class _Patterns:
    def __init__(self, colors: Sequence[str]) -> None:
        self._colors = frozenset(colors)

    def __call__(self, doc: Doc) -> Doc:
        found = [
            span
            for label, start, end, value in patterns.find(doc.text)
            if (span := doc.char_span(start, end, label=label, span_id=value)) is not None
        ]
        doc.ents = _longest([*doc.ents, *found])
        if colored := self._before_things(doc):
            doc.ents = sorted([*doc.ents, *colored])
        return doc

    def _before_things(self, doc: Doc) -> list[DocSpan]:
        """黑衬衫, 白L: a plain colour right before a thing or a size."""
        taken = {token.i for span in doc.ents for token in span}
        return [
            DocSpan(doc, span.start - 1, span.start, label="color", span_id=f"{before.text}色")
            for span in doc.ents
            if span.label_ in _COLORED
            and span.start > 0
            and (before := doc[span.start - 1]).text in self._colors
            and before.i not in taken
        ]


def _longest(spans: Sequence[DocSpan]) -> list[DocSpan]:
    """Spans without overlap: the longest first, among equals the one named first."""
    taken: set[int] = set()
    chosen = []
    for span in sorted(spans, key=lambda span: -(span.end - span.start)):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)
