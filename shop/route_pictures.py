"""A parcel's way as a picture: where it has been, where it is, when it should arrive. Pure.

The picture's name says all that is on it, signed, so that every process that serves pictures can
draw it, without a folder or a table in common. Nothing personal is on it: cities and times.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PREFIX = "route-"
LONGEST_NAME = 1_500
MOST_STOPS = 6
_MAC = 9  # bytes
_WIDTH, _MARGIN, _ROW, _HEAD, _FOOT = 640, 36, 64, 84, 56  # pixels
_INK, _MUTED, _LINE, _DONE, _NOW = "#1f2733", "#7a8594", "#d5dbe3", "#2f6fde", "#e0662f"
_SCALE = 2  # a phone's screen has two dots for a pixel


@dataclass(frozen=True)
class Stop:
    """One place on the way. `at` and `note` are ready to be read; `reached`: it has been there."""

    place: str
    at: str
    note: str
    reached: bool


@dataclass(frozen=True)
class RoutePicture:
    """What is drawn: a head line, the stops from the first to the last, a line below them."""

    title: str
    stops: tuple[Stop, ...]
    footer: str = ""

    @property
    def height(self) -> int:
        """In pixels."""
        return _HEAD + _ROW * len(self.stops) + (_FOOT if self.footer else _MARGIN // 2)

    @property
    def here(self) -> int:
        """Which stop was reached last, -1 for none."""
        return sum(stop.reached for stop in self.stops) - 1


class NoRoute(ValueError):
    """The name is none of a route picture that we have drawn."""


def shortened(stops: Sequence[Stop], *, most: int = MOST_STOPS) -> tuple[Stop, ...]:
    """At most so many: the first, and the last ones."""
    return tuple(stops) if len(stops) <= most else (stops[0], *stops[-(most - 1) :])


def name_of(picture: RoutePicture, secret: str) -> str:
    """The picture's file name, e.g. `route-eJy…-x7Qd….svg`."""
    described: list[object] = [picture.title, picture.footer]
    described += [[s.place, s.at, s.note, int(s.reached)] for s in picture.stops]
    packed = zlib.compress(json.dumps(described, ensure_ascii=False).encode(), 9)
    body = _text(packed)
    return f"{PREFIX}{body}.{_text(_mac(body, secret))}.svg"


def picture_of(name: str, secret: str) -> RoutePicture:
    """The inverse of `name_of`; the suffix may be any.

    Raises:
        NoRoute: it is no such name, or was signed with another secret.
    """
    try:
        body, mac, _ = name.removeprefix(PREFIX).split(".")
        if len(name) > LONGEST_NAME or not name.startswith(PREFIX):
            raise NoRoute("not the name of a route picture")
        if not hmac.compare_digest(_bytes(mac), _mac(body, secret)):
            raise NoRoute("not signed by us")
        title, footer, *stops = json.loads(zlib.decompress(_bytes(body)))
        found = tuple(Stop(place, at, note, bool(reached)) for place, at, note, reached in stops)
    except (ValueError, binascii.Error, zlib.error) as error:
        raise NoRoute(str(error)) from error
    return RoutePicture(title, found, footer)


def svg(picture: RoutePicture) -> str:
    """For browsers."""
    rows = [
        f'<text x="{_MARGIN}" y="46" font-size="24" font-weight="600" fill="{_INK}">'
        f"{escape(picture.title)}</text>"
    ]
    for number, stop in enumerate(picture.stops):
        y = _y(number)
        if number:
            colour = _DONE if stop.reached else _LINE
            rows.append(
                f'<line x1="{_MARGIN + 8}" y1="{y - _ROW}" x2="{_MARGIN + 8}" y2="{y}" '
                f'stroke="{colour}" stroke-width="4"/>'
            )
    for number, stop in enumerate(picture.stops):
        y, colour = _y(number), _colour(picture, number)
        fill = colour if stop.reached else "#ffffff"
        rows.append(
            f'<circle cx="{_MARGIN + 8}" cy="{y}" r="{11 if number == picture.here else 8}" '
            f'fill="{fill}" stroke="{colour}" stroke-width="3"/>'
            f'<text x="{_MARGIN + 36}" y="{y - 2}" font-size="21" fill="{_INK}">'
            f"{escape(stop.place)}</text>"
            f'<text x="{_MARGIN + 36}" y="{y + 22}" font-size="16" fill="{_MUTED}">'
            f"{escape(_small(stop))}</text>"
        )
    if picture.footer:
        rows.append(
            f'<text x="{_MARGIN}" y="{picture.height - 20}" font-size="19" fill="{_NOW}">'
            f"{escape(picture.footer)}</text>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {picture.height}" '
        f'width="{_WIDTH}" height="{picture.height}" role="img" '
        f'aria-label="{escape(picture.title)}" '
        "font-family=\"'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\">"
        f'<rect width="100%" height="100%" rx="14" fill="#ffffff"/>{"".join(rows)}</svg>'
    )


def png(picture: RoutePicture, font: Path) -> bytes:
    """For channels that show no SVG.

    Args:
        picture: what to draw.
        font: a font that has Chinese characters.

    Raises:
        OSError: the font cannot be read.
    """
    size = (_WIDTH * _SCALE, picture.height * _SCALE)
    image = Image.new("RGB", size, "#ffffff")
    draw = ImageDraw.Draw(image)

    def write(x: int, y: int, text: str, pixels: int, colour: str) -> None:
        letters = ImageFont.truetype(str(font), pixels * _SCALE)
        draw.text((x * _SCALE, y * _SCALE), text, fill=colour, font=letters, anchor="ls")

    write(_MARGIN, 46, picture.title, 24, _INK)
    x = _MARGIN + 8
    for number, stop in enumerate(picture.stops):
        if number:
            line = [(x * _SCALE, _y(number - 1) * _SCALE), (x * _SCALE, _y(number) * _SCALE)]
            draw.line(line, fill=_DONE if stop.reached else _LINE, width=4 * _SCALE)
    for number, stop in enumerate(picture.stops):
        y, colour = _y(number), _colour(picture, number)
        r = 11 if number == picture.here else 8
        box = [(x - r) * _SCALE, (y - r) * _SCALE, (x + r) * _SCALE, (y + r) * _SCALE]
        fill = colour if stop.reached else "#ffffff"
        draw.ellipse(box, fill=fill, outline=colour, width=3 * _SCALE)
        write(_MARGIN + 36, y - 2, stop.place, 21, _INK)
        write(_MARGIN + 36, y + 22, _small(stop), 16, _MUTED)
    if picture.footer:
        write(_MARGIN, picture.height - 20, picture.footer, 19, _NOW)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def _y(number: int) -> int:
    return _HEAD + _ROW * number + 16


def _colour(picture: RoutePicture, number: int) -> str:
    if number == picture.here:
        return _NOW
    return _DONE if picture.stops[number].reached else _LINE


def _small(stop: Stop) -> str:
    return "　".join(part for part in (stop.at, stop.note) if part)


def _mac(body: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), f"route:{body}".encode(), hashlib.sha256).digest()[:_MAC]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
