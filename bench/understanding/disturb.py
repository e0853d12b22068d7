"""The same message as another keyboard, another script or a hasty thumb would have written it."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from pypinyin import lazy_pinyin

_EMOJI = "😂😭🙏😡👍🤔😅❤️🌹😊"
_COMMON = (
    "的了是我不在有这个人们到说去你会着没看好自己那里么要来他就时可以没发货退换快递钱几天什怎为吗呢吧"
    "啊给买卖单订收件号码大小色质量问题客服谢请帮查下再还都已经能得做用两三多少送寄价格优惠券票税地址电"
    "话改取消投诉坏破漏错补偿赔安装修保旧新款式尺身高重推荐比哪种含成分材料棉毛产品说明书开关机充热冷"
    "飞非费肥分份奋粉元园员原圆缘远院期其齐起气器汽七式事试市室世适十石实食时拾丈帐账张章掌仗占战站展"
    "宽款快块筷火货伙活获或和河合何喝贺核课客可科刻克颗弟地低底抵帝第递"
)


def full_width(text: str) -> str:
    """ASCII as full-width characters."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def traditional(text: str) -> str:
    """Traditional characters as in Taiwan."""
    converted: str = _converter().convert(text)
    return converted


def spaced(text: str) -> str:
    """A blank in every other gap."""
    chance = _chance(text)
    return "".join(c + (" " if chance.random() < 0.5 else "") for c in text).strip()


def with_emoji(text: str) -> str:
    """Two emoji, one of them in the middle."""
    chance = _chance(text)
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(_EMOJI) + text[at:] + chance.choice(_EMOJI)


def excited(text: str) -> str:
    """Marks that say nothing: !!! and ~~~ in the place of commas and at the end."""
    return text.replace(",", "~~~").replace("，", "~~~").rstrip("。？?!！") + "！！！？？"


def unpunctuated(text: str) -> str:
    """Without any marks."""
    return "".join(c for c in text if c not in "，。？！、；：,.?!;:~～…").strip() or text


def misheard(text: str) -> str:
    """One character in eight, at least one, replaced by another of the same sound."""
    chance = _chance(text)
    places = [at for at, char in enumerate(text) if _homophones(char)]
    chance.shuffle(places)
    chars = list(text)
    for at in places[: max(1, len(text) // 8)]:
        chars[at] = chance.choice(_homophones(chars[at]))
    return "".join(chars)


def hasty(text: str) -> str:
    """One character left out, in a message of at least six."""
    if len(text) < 6:
        return text
    at = _chance(text).randrange(len(text))
    return text[:at] + text[at + 1 :]


DISTURBANCES: Mapping[str, Callable[[str], str]] = {
    "全角": full_width,
    "繁体": traditional,
    "夹空格": spaced,
    "夹表情": with_emoji,
    "叹号问号": excited,
    "没有标点": unpunctuated,
    "同音错字": misheard,
    "漏一个字": hasty,
}


def _chance(text: str) -> random.Random:
    """The same text is always disturbed in the same way."""
    return random.Random(zlib.crc32(text.encode()))


def _homophones(char: str) -> Sequence[str]:
    if not "\u4e00" <= char <= "\u9fff":
        return ()
    return [other for other in _by_sound().get(lazy_pinyin(char)[0], ()) if other != char]


@lru_cache(maxsize=1)
def _by_sound() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for char in dict.fromkeys(_COMMON):
        found.setdefault(lazy_pinyin(char)[0], []).append(char)
    return found


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("s2twp")
