"""What a message names: a spaCy pipeline built from the shop's words.

Two steps: spaCy's `SpanRuler` finds the words of the catalogue and of the trade (`words.yml`),
`shop_patterns` adds what is known by its form. Where they overlap the longer wins, then the words.
Names of one product side by side become one, and what is only asked about or supposed is no reason.
Every entity has one canonical value:

    product       the catalogue's short name; the words themselves when several products share them
    category      the catalogue's category; the word itself for a thing this shop has no category of
    color         the catalogue's name of the colour, or a plain one (黑的 → 黑色)
    size          as on the label, without 码 (l码 → L, 42码 → 42)
    carrier       the name people know (顺丰速运 → 顺丰)
    order_number  upper case, no blanks          waybill, item_id   likewise
    phone_tail    the digits
    amount        yuan as a decimal number (三十五块 → 35)
    time          the words; `shop.when.parse` turns them into an interval
    reason        a value of `shop.types.ReturnReason`, of what is said to be so
    attribute     the catalogue's name of the attribute; the words when they name several
    height        cm (一米七 → 170)               weight             kg (130斤 → 65kg)
"""

# No postponed annotations here: spaCy reads those of its factories.
import re
from collections.abc import Mapping, Sequence
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
        ruler = nlp.add_pipe("future_entity_ruler", config={"phrase_matcher_attr": "LOWER"})
        ruler.add_patterns(  # type: ignore[attr-defined]  # add_pipe is typed as a bare function
            [
                {"label": phrase.label, "pattern": phrase.words, "id": phrase.value}
                for phrase in lexicon.phrases
            ]
        )
        config = {
            "colors": list(lexicon.colors),
            "products": {name: list(words) for name, words in lexicon.products.items()},
            "forms": {kind: list(words) for kind, words in lexicon.forms.items()},
        }
        nlp.add_pipe("shop_patterns", config=config)
        return cls(nlp)

    def read(self, text: str) -> tuple[Entity, ...]:
        """The entities of a text in order; they never overlap."""
        return tuple(
            Entity(span.label_, span.ent_id_, span.start_char, span.end_char)
            for span in self._nlp(text).ents
            if span.label_ != NOTHING
        )

    def blanked(self, text: str) -> str:
        """The text with `<name>` in the place of each entity: what is left is its wording."""
        for entity in reversed(self.read(text)):
            text = f"{text[: entity.start]}<{entity.name}>{text[entity.end :]}"
        return text

    def save(self, folder: Path) -> None:
        """Write the pipeline as `spacy.load` reads it."""
        self._nlp.to_disk(folder)

    @classmethod
    def load(cls, folder: Path) -> "EntityReader":
        """The reader that `save` wrote."""
        return cls(spacy.load(folder))


@Language.factory("shop_patterns")
def create_shop_patterns(
    nlp: Language,
    name: str,
    colors: list[str],
    products: dict[str, list[str]],
    forms: dict[str, list[str]],
) -> "_Patterns":
    """The second step of the pipeline.

    Args:
        nlp: the pipeline.
        name: of this step in it.
        colors: single characters that can be a colour.
        products: `Lexicon.products`.
        forms: `Lexicon.forms`.
    """
    return _Patterns(colors, products, patterns.TradeForms(**forms))


# What is asked about, denied, feared or supposed is nobody's reason.
_ASKED = re.compile(
    r"(?:了|的)?(?:吗|么(?!大|小)|嘛|不(?=$|[\s,。?])|没(?=$|[\s,。?])|正常|包[退换赔]|是正常|是不是正常|怎么洗|怎么保养)"
)
_SUPPOSED = re.compile(
    r"(?:会不会|会|容易|易|怕|担心|有没有|是不是|是否|不是|没有?|未|别|不|防|抗|避免|(?:如果|要是|万一|假如|假设).{0,8})$"
)
_OF_YOURS = re.compile(r"[你他她]|道歉|解释|赔偿|补偿|听")
_BETWEEN_REASONS = re.compile(r"[了的,、\s又还也且而]*")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_AFTER_PRODUCT = re.compile(
    r"\s?(?!(?:128|256|512|1024)(?!\d))(?P<yuan>\d{3,5}(?:\.\d{1,2})?)(?=$|[\s,、。?]|[跟和与有的吧吗])"
)


class _Patterns:
    def __init__(
        self,
        colors: Sequence[str],
        products: Mapping[str, Sequence[str]],
        forms: patterns.TradeForms,
    ) -> None:
        self._colors = frozenset(colors)
        self._forms = forms
        self._products = {
            name: (category, tuple(_plain(one) for one in names))
            for name, (category, *names) in products.items()
        }
        one = f"[{''.join(colors)}]"
        self._rows = (
            # 黑白灰三个颜色, 黑白都有
            re.compile(
                rf"(?<![明表坦空今天]){one}{{2,}}"
                r"(?=(?:[一二两三四五几][个种款条件双])?(?:颜色|都|各|选|哪))"
            ),
            # 黑/白/灰, 黑或白
            re.compile(
                rf"(?<![\u4e00-\u9fff]){one}(?:\s?[/、,或和跟]\s?{one})+(?=$|[^\u4e00-\u9fff]|[的都各选哪])"
            ),
            # 来的黑, 换黑, /黑/
            re.compile(rf"(?:(?<=[来发拍寄]的)|(?<=[换选成/])|(?<=的是)){one}(?=$|[\s,。/!?])"),
        )

    def __call__(self, doc: Doc) -> Doc:
        text = doc.text
        found = [
            span
            for label, start, end, value in (
                *patterns.find(text),
                *self._forms.find(text),
                *self._colors_in(text),
            )
            if (span := doc.char_span(start, end, label=label, span_id=value)) is not None
        ]
        spans = self._of_makers(doc, self._joined(doc, _longest([*doc.ents, *found])))
        spans = _given_reasons(doc, spans)
        more = [*self._beside_things(doc, spans), *_prices(doc, spans)]
        doc.ents = sorted([*spans, *more]) if more else spans
        return doc

    def _colors_in(self, text: str) -> list[patterns.Span]:
        if not self._colors & set(text):
            return []
        return [
            patterns.Span("color", at, at + 1, f"{text[at]}色")
            for row in self._rows
            for match in row.finditer(text)
            for at in range(*match.span())
            if text[at] in self._colors
        ]

    def _joined(self, doc: Doc, spans: list[DocSpan]) -> list[DocSpan]:
        """Two names of one product side by side are one: 头戴耳机H5, 半高领毛衣, X20手机壳."""
        joined: list[DocSpan] = []
        for span in spans:
            before = joined[-1] if joined else None
            if before is not None and before.end == span.start:
                product = self._of_both(before, span)
                if product is not None:
                    joined[-1] = DocSpan(
                        doc, before.start, span.end, label="product", span_id=product
                    )
                    continue
            joined.append(span)
        return joined

    def _of_both(self, first: DocSpan, second: DocSpan) -> str | None:
        labels = {first.label_, second.label_}
        if "product" not in labels or not labels <= {"product", "category"}:
            return None
        together = _plain(first.text + second.text)
        for span, other in ((second, first), (first, second)):
            if span.label_ != "product" or span.id_ not in self._products:
                continue
            category, names = self._products[span.id_]
            if other.id_ in (span.id_, category):
                return str(span.id_)
            if any(_within(together, name) for name in names):
                return str(span.id_)
        return None

    def _of_makers(self, doc: Doc, spans: Sequence[DocSpan]) -> list[DocSpan]:
        """华为手机, 索尼的耳机: a product that is none of ours, under all its words."""
        made: list[DocSpan] = []
        for span in spans:
            start = None
            if span.label_ in ("product", "category"):
                start = self._forms.maker_before(doc.text[: span.start_char])
            whole = None
            if start is not None:
                words = doc.text[start : span.end_char]
                whole = doc.char_span(start, span.end_char, label="product", span_id=words)
            if whole is not None:
                made = [one for one in made if one.end <= whole.start]
            made.append(span if whole is None else whole)
        return made

    def _beside_things(self, doc: Doc, spans: Sequence[DocSpan]) -> list[DocSpan]:
        """黑衬衫, 白L: a plain colour right before a thing or a size; M黑: right after a size."""
        taken = {token.i for span in spans for token in span}
        found = []
        for span in spans:
            if span.label_ not in _COLORED:
                continue
            places = [span.start - 1]
            if span.end < len(doc) and (
                span.end + 1 == len(doc)
                or doc[span.end].whitespace_
                or not _HAN.match(doc[span.end + 1].text)
            ):
                places.append(span.end)
            for at in places:
                if at >= 0 and at not in taken and doc[at].text in self._colors:
                    taken.add(at)
                    color = f"{doc[at].text}色"
                    found.append(DocSpan(doc, at, at + 1, label="color", span_id=color))
        return found


def _given_reasons(doc: Doc, spans: list[DocSpan]) -> list[DocSpan]:
    """The spans without reasons that nobody gives; what says the same twice is one reason."""
    kept: list[DocSpan] = []
    text = doc.text
    for span in spans:
        if span.label_ == "reason":
            after = text[span.end_char : span.end_char + 8]
            if (
                _ASKED.match(after)
                or after.startswith(f"不{span.text[-1]}")  # 味道大不大
                or text[: span.start_char].endswith(_yes_before(span.text))
                or _SUPPOSED.search(text[max(0, span.start_char - 12) : span.start_char])
                or (span.text == "不想要" and _OF_YOURS.match(after))
            ):
                continue
            before = kept[-1] if kept else None
            if (
                before is not None
                and before.label_ == "reason"
                and before.id_ == span.id_
                and _BETWEEN_REASONS.fullmatch(text[before.end_char : span.start_char])
            ):
                kept[-1] = DocSpan(doc, before.start, span.end, label="reason", span_id=span.id_)
                continue
        kept.append(span)
    return kept


def _yes_before(words: str) -> tuple[str, ...]:
    """What asks for them when it stands before: 能 before 不能用."""
    return (words[1],) if words.startswith("不") and len(words) > 1 else ()


def _prices(doc: Doc, spans: Sequence[DocSpan]) -> list[DocSpan]:
    """修护霜189跟水凝霜139: a number right after a product."""
    taken = {token.i for span in spans for token in span}
    found = []
    for span in spans:
        if span.label_ in ("product", "item_id"):
            match = _AFTER_PRODUCT.match(doc.text, span.end_char)
            yuan = match and doc.char_span(
                *match.span("yuan"), label="amount", span_id=match["yuan"]
            )
            if yuan is not None and yuan and taken.isdisjoint(range(yuan.start, yuan.end)):
                found.append(yuan)
    return found


def _plain(words: str) -> str:
    return "".join(words.lower().split())


def _within(words: str, name: str) -> bool:
    """Whether the characters of `words` occur in `name` in that order."""
    rest = iter(name)
    return all(char in rest for char in words)


def _longest(spans: Sequence[DocSpan]) -> list[DocSpan]:
    """Spans without overlap: the longest first, among equals the one named first."""
    taken: set[int] = set()
    chosen = []
    for span in sorted(spans, key=lambda span: -(span.end - span.start)):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)
