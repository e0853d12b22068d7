"""Which option a shopper means: by click, by its words, or by its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from conversations.messages import Choice
from shop.numerals import digit

_ORDINALS = "一二三四五六七八九"
_KIND = "[个项条号件单款种双台本家笔样箱套张瓶盒只支包]"
_PLACE = re.compile(
    rf"第(?P<nth>[1-9]|[{_ORDINALS}]){_KIND}(?!半价|[打0-9]|免|问题)"
    rf"|倒数第(?P<from_end>[1-9]|[{_ORDINALS}]){_KIND}"
    rf"|(?P<last>最后的?(?:那|这)?一?{_KIND}|(?:最下面|最下边|最底下)的?(?:那|这)?一?{_KIND}?)"
    rf"|(?P<first>(?:最上面|最上边|最前面|头一)的?(?:那|这)?一?{_KIND}?)"
    rf"|(?P<upper>(?:上面|上边|前面|前边)的?(?:那|这)一?{_KIND}|前一{_KIND}|前者)"
    rf"|(?P<lower>(?:下面|下边|后面|后边)的?(?:那|这)一?{_KIND}|后一{_KIND}|后者)"
)
_FEW = re.compile(rf"(?P<end>[前后])(?P<count>[2-5两二三四五]){_KIND}(?!月|小时|半价)")
_NUMBER = re.compile(rf"就?选?([1-9]|[{_ORDINALS}])[个项条号]?[吧呢啊.。、]*")
_POINTED = re.compile(
    rf"(?:[就要选是]|我要|我说的是?|应该是)*(?:(?P<before>.{{2,10}}?)的?[那这]一?{_KIND}"
    rf"|[那这]一?{_KIND}(?P<after>.{{2,10}}?)的?)[吧呢啊哈。.]*"
)
# Words around a place that ask nothing: 我就要第二个吧.
_AROUND = re.compile(
    r"^(?:[那我就要选买看点是退换说的嗯好帮给]|应该|可能)+|[的吧呢啊呀哈了。.、,，!！?？~]+$"
)
_WAY_OUT = "/ask_human"
_OF_GOODS = re.compile("[件双]")
_NAMES_GOODS = re.compile(r'"(?:order_line|order_number|item_id|product|waybill)"')


@dataclass(frozen=True)
class Place:
    """A place among what was shown, as words say it.

    `index` counts from 0, or back from -1; `of_two` is a place only two things have (前者,
    下面那个). `rest` is what else the message says.
    """

    index: int
    rest: str
    of_two: bool = False

    def of(self, count: int) -> int | None:
        """The index from 0 among `count` things, None when there is no such place."""
        index = self.index if self.index >= 0 else count + self.index
        if self.of_two and count != 2:
            return None
        return index if 0 <= index < count else None


def place(text: str) -> Place | None:
    """The place that a message names (第二个, 最后一个, 上面那个多少钱), or None."""
    found = _PLACE.search(text)
    return None if found is None else _place(found, text)


def places(text: str) -> tuple[Place, ...]:
    """All places that a message names (第一个和第二个哪个好, 前两个), in its order."""
    if (few := _FEW.search(text)) is not None:
        rest = _AROUND.sub("", text[: few.start()] + text[few.end() :])
        count = 2 if few["count"] == "两" else digit(few["count"])
        first = 0 if few["end"] == "前" else -count
        return tuple(Place(first + n, rest) for n in range(count))
    return tuple(_place(found, text) for found in _PLACE.finditer(text))


def _place(found: re.Match[str], text: str) -> Place:
    rest = _AROUND.sub("", text[: found.start()] + text[found.end() :])
    if found["nth"]:
        return Place(digit(found["nth"]) - 1, rest)
    if found["from_end"]:
        return Place(-digit(found["from_end"]), rest)
    if found["last"] or found["first"]:
        return Place(-1 if found["last"] else 0, rest)
    return Place(0 if found["upper"] else 1, rest, of_two=True)


def pick(choices: Sequence[Choice], text: str) -> Choice | None:
    """The option that `text` names, or None.

    A title matches whatever the spacing, width or case; a bare number or place (1, 第2个, 选三,
    最后一个) matches by position. The way to a person is an option by its number only: it is not
    the last of the things shown, and one thing alone has no place. Goods and orders are named by
    any words of their title that no other has (免烫那件, 那个白色的).
    """
    wanted = _fold(text)
    if not wanted:
        return None
    for choice in choices:
        if _fold(choice.title) == wanted:
            return choice
    if number := _NUMBER.fullmatch(wanted):
        position = digit(number[1])
        return choices[position - 1] if position <= len(choices) else None
    named = place(wanted)
    things = [choice for choice in choices if not choice.payload.startswith(_WAY_OUT)]
    if named is None:
        return _pointed(things, wanted)
    if named.rest or len(things) < 2:
        return None
    index = named.of(len(things))
    return things[index] if index is not None and fits(wanted, things) else None


def _pointed(things: Sequence[Choice], wanted: str) -> Choice | None:
    """The only one whose title has the words that the text points with."""
    found = _POINTED.fullmatch(wanted)
    if found is None:
        return None
    words = found["before"] or found["after"]
    having = [
        one for one in things if words in _fold(one.title) and _NAMES_GOODS.search(one.payload)
    ]
    return having[0] if len(having) == 1 and len(things) > 1 else None


def fits(text: str, choices: Sequence[Choice]) -> bool:
    """Whether a place that is counted in goods (第二件) can be meant among these options."""
    named = _PLACE.search(text)
    counted = named is not None and _OF_GOODS.search(named[0]) is not None
    return not counted or any(_NAMES_GOODS.search(choice.payload) for choice in choices)


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
