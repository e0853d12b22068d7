"""One message of ours as the messages WeChat knows. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.wechat.pictures import is_url
from connectors.wechat.splitting import split_text
from conversations.messages import Card, Choice, Content, Kind

MENU_OPTIONS = 10
MENU_HEAD_BYTES = 1024
MENU_TITLE_BYTES = 128
"""What a msgmenu may hold; the figures of WeCom, WeChat publishes none for official accounts."""

_MENU_HEAD = "请选择："
_TELLING = 4  # characters from which a value found in a text is not there by chance
_PLACEHOLDERS = frozenset({"", "[图片]"})


@dataclass(frozen=True)
class TextPart:
    """A text within the limit."""

    text: str


@dataclass(frozen=True)
class MenuPart:
    """A question with options to tap."""

    head: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class NewsPart:
    """A card with picture and link."""

    title: str
    description: str
    image: str
    link: str


@dataclass(frozen=True)
class ImagePart:
    """A picture still to be loaded and uploaded."""

    address: str


Part = TextPart | MenuPart | NewsPart | ImagePart


def parts_of(content: Content, *, menus: bool, text_limit: int, public_url: str = "") -> list[Part]:
    """The messages to send, in order; empty when there is nothing to show.

    Args:
        content: what to say.
        menus: whether this account may send menus; without, options become numbered text.
        text_limit: bytes of one text message.
        public_url: completes the paths of the shop's own pictures for WeChat; empty: impossible.
    """
    if content.kind is Kind.CHOICES and content.choices:
        return _question(content.text, content.choices, menus=menus, text_limit=text_limit)
    if content.kind is Kind.CARD and content.card is not None:
        return _card(content.text, content.card, text_limit=text_limit, public_url=public_url)
    parts: list[Part] = []
    if content.kind is Kind.IMAGE and content.image:
        if content.text not in _PLACEHOLDERS:
            parts += texts(content.text, text_limit)
        parts.append(ImagePart(address=content.image))
        return parts
    return texts(content.text, text_limit)


def texts(text: str, limit: int) -> list[Part]:
    """The text as text messages; none for a blank one."""
    return [TextPart(text=piece) for piece in split_text(text, limit) if piece.strip()]


def numbered(menu: MenuPart) -> str:
    """The menu for accounts that have none: the shopper answers with a number."""
    lines = [f"{number}. {choice.title}" for number, choice in enumerate(menu.choices, start=1)]
    numbers = "/".join(str(number) for number in range(1, len(lines) + 1))
    return "\n".join([menu.head, *lines, f"（回复 {numbers} 选择）"])


def request(part: TextPart | MenuPart | NewsPart, openid: str) -> dict[str, Any]:
    """The body of `message/custom/send` for a part."""
    if isinstance(part, TextPart):
        return {"touser": openid, "msgtype": "text", "text": {"content": part.text}}
    if isinstance(part, MenuPart):
        return {
            "touser": openid,
            "msgtype": "msgmenu",
            "msgmenu": {
                "head_content": part.head,
                "list": [{"id": choice.id, "content": choice.title} for choice in part.choices],
                "tail_content": "",
            },
        }
    article = {
        "title": part.title,
        "description": part.description,
        "url": part.link,
        "picurl": part.image,
    }
    return {"touser": openid, "msgtype": "news", "news": {"articles": [article]}}


def image_request(media_id: str, openid: str) -> dict[str, Any]:
    """The body of `message/custom/send` for an uploaded picture."""
    return {"touser": openid, "msgtype": "image", "image": {"media_id": media_id}}


def _question(text: str, choices: Sequence[Choice], *, menus: bool, text_limit: int) -> list[Part]:
    head = text.strip() or _MENU_HEAD
    menu = MenuPart(head=head, choices=tuple(choices))
    fits = len(choices) <= MENU_OPTIONS and all(
        0 < len(choice.title.encode()) <= MENU_TITLE_BYTES for choice in choices
    )
    if not menus or not fits:
        return texts(numbered(menu), text_limit)
    if len(head.encode("utf-8", "replace")) > MENU_HEAD_BYTES:
        return [*texts(head, text_limit), MenuPart(head=_MENU_HEAD, choices=menu.choices)]
    return [menu]


def _card(text: str, card: Card, *, text_limit: int, public_url: str) -> list[Part]:
    # `text` may introduce the card or already spell it out: each fact is told once.
    lines = [text] if text.strip() else []
    image = _absolute(card.image, public_url)
    if image and is_url(card.link):
        lines += _facts(card, text)
        return [
            NewsPart(title=card.title, description="\n".join(lines), image=image, link=card.link)
        ]
    if card.title not in text:
        lines.append(f"【{card.title}】")
    lines += _facts(card, text)
    if card.link and card.link not in text:
        lines.append(card.link)
    return texts("\n".join(lines), text_limit)


def _facts(card: Card, text: str) -> list[str]:
    facts = [card.subtitle] if card.subtitle and card.subtitle not in text else []
    return facts + [
        f"{label}：{value}"
        for label, value in card.rows
        if value not in text or (label not in text and len(value) < _TELLING)
    ]


def _absolute(address: str, public_url: str) -> str:
    """Where WeChat finds a picture; empty when it cannot, or cannot draw it."""
    if address.endswith(".svg"):
        return ""
    if not address or is_url(address):
        return address
    return f"{public_url}/{address.lstrip('/')}" if public_url else ""
