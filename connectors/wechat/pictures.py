"""The bytes of a picture that an answer shows: the shop's own file, or one on the web."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from conversations.errors import ZhangguiError
from shop.pictures import NoSuchPicture, ShopPictures

PICTURE_LIMIT = 10 * 1024 * 1024
"""WeChat's limit for a temporary picture."""

_TIMEOUT = aiohttp.ClientTimeout(total=3)  # leaves time for the upload within the ledger's lease
_TYPES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


class NoPicture(ZhangguiError):
    """There is nothing at this address that WeChat would show as a picture."""


@dataclass(frozen=True)
class Picture:
    """A PNG or JPEG, told by its first bytes."""

    data: bytes
    content_type: str


class Pictures:
    """Loads pictures.

    Args:
        own: the shop's own pictures; a path without a scheme is looked up there by its last
            part, so that `/shop/images/p001.png` and `p001.png` are the same file.
    """

    def __init__(self, *, own: ShopPictures) -> None:
        self._own = own

    async def load(self, address: str) -> Picture:
        """The picture at a URL or path.

        Raises:
            NoPicture: unreachable, too big, or neither PNG nor JPEG.
        """
        if is_url(address):
            data = await self._download(address)
        else:
            loop = asyncio.get_running_loop()
            data = await loop.run_in_executor(None, self._read, address)
        for magic, content_type in _TYPES:
            if data.startswith(magic):
                return Picture(data=data, content_type=content_type)
        raise NoPicture("the data is neither PNG nor JPEG")

    def _read(self, address: str) -> bytes:
        try:
            data = self._own.bitmap(Path(address).name).data
        except NoSuchPicture as error:
            raise NoPicture(str(error)) from error
        if len(data) > PICTURE_LIMIT:
            raise NoPicture(f"the picture is larger than {PICTURE_LIMIT} bytes")
        return data

    async def _download(self, address: str) -> bytes:
        data = bytearray()
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.get(address, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise NoPicture(f"the picture's server answered HTTP {response.status}")
                async for chunk in response.content.iter_chunked(64 * 1024):
                    data += chunk
                    if len(data) > PICTURE_LIMIT:
                        raise NoPicture(f"the picture is larger than {PICTURE_LIMIT} bytes")
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            raise NoPicture(f"the picture cannot be fetched ({type(error).__name__})") from None
        return bytes(data)


def is_url(address: str) -> bool:
    """Whether the address is on the web rather than in the shop's folder."""
    return address.startswith(("https://", "http://"))
