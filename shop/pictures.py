"""The shop's own pictures by name: files of a folder, and drawings that are told by their name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from conversations.errors import ZhangguiError
from shop import route_pictures

ADDRESS = "/shop/images/"
"""How answers name the shop's own pictures, whatever the channel."""
FOLDER = Path("data/shop/images")

_NAME = re.compile(r"\w[\w-]*(\.[\w-]+)*\.(svg|png|jpg|jpeg)")
_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
_FONTS = ("NotoSansCJK-Regular*", "NotoSansSC*", "SourceHanSans*", "wqy-*", "DroidSansFallback*")
_DRAWN = 512  # drawings remembered; shoppers look at a parcel again and again


class NoSuchPicture(ZhangguiError):
    """There is no picture of that name that can be shown that way."""


@dataclass(frozen=True)
class Picture:
    """Its bytes and what they are."""

    data: bytes
    content_type: str


class ShopPictures:
    """Loads pictures; blocking, for a thread.

    Args:
        root: the folder of the files.
        secret: what the names of drawings are signed with (`ZHANGGUI_SECRET`); without one there
            are no drawings.
    """

    def __init__(self, *, root: Path = FOLDER, secret: str = "") -> None:
        self._root = root
        self._secret = secret

    def load(self, name: str) -> Picture:
        """The picture of that name.

        Raises:
            NoSuchPicture: there is none, or the name is none of a picture.
        """
        if not _NAME.fullmatch(name):
            raise NoSuchPicture(f"{name[:80]!r} is not the name of a picture")
        if name.startswith(route_pictures.PREFIX):
            return Picture(route_pictures.svg(self._route(name)).encode(), _TYPES[".svg"])
        path = self._root / name
        try:
            return Picture(path.read_bytes(), _TYPES[path.suffix])
        except OSError as error:
            raise NoSuchPicture(f"{path} cannot be read ({type(error).__name__})") from None

    def bitmap(self, name: str) -> Picture:
        """The same for channels that show no SVG: of a file the PNG of the same name beside it.

        Raises:
            NoSuchPicture: there is none, or no font with Chinese characters to draw it.
        """
        if name.startswith(route_pictures.PREFIX):
            return Picture(_bitmap(self._route(name)), _TYPES[".png"])
        path = Path(name)
        return self.load(path.with_suffix(".png").name if path.suffix == ".svg" else path.name)

    def _route(self, name: str) -> route_pictures.RoutePicture:
        if not self._secret:
            raise NoSuchPicture("ZHANGGUI_SECRET is not set: no route is drawn")
        try:
            return route_pictures.picture_of(name, self._secret)
        except route_pictures.NoRoute as error:
            raise NoSuchPicture(str(error)) from error


@lru_cache(maxsize=_DRAWN)
def _bitmap(picture: route_pictures.RoutePicture) -> bytes:
    font = chinese_font()
    if font is None:
        raise NoSuchPicture(
            "no font with Chinese characters: install fonts-noto-cjk, or name one in ZHANGGUI_FONT"
        )
    return route_pictures.png(picture, font)


@lru_cache(maxsize=1)
def chinese_font() -> Path | None:
    """A font of this machine that has Chinese characters: `ZHANGGUI_FONT`, or one well known."""
    if named := os.environ.get("ZHANGGUI_FONT"):
        return Path(named)
    folders = [Path(folder).expanduser() for folder in _FONT_FOLDERS]
    found = (
        path
        for pattern in _FONTS
        for folder in folders
        for path in sorted(folder.rglob(pattern))
        if path.suffix.lower() in (".ttc", ".ttf", ".otf")
    )
    return next(found, None)
