"""A shopper's picture made harmless: decoded, turned upright, reduced, written anew as JPEG."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

from PIL import Image, ImageOps

from conversations.errors import ZhangguiError

LIMIT = 8 * 1024 * 1024
"""Bytes of an upload."""
READ_SECONDS = 30.0
"""How long one may take; a telephone sends 8 MiB in a bad net no faster."""
LONGEST_SIDE = 1600
"""Pixels of what is kept."""
JPEG_PIXELS = 50_000_000
"""A telephone's camera. JPEG is decoded reduced, so that this does not cost its memory."""
PIXELS = 25_000_000
"""A long screenshot; the other formats are decoded whole."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY = 85
_MOST_SCANS = 64  # cameras write 1 to 12; each one more costs a pass over the whole picture
_SCAN = b"\xff\xda"


class NotAPicture(ZhangguiError):
    """The bytes are no JPEG, PNG, WebP or GIF, or a broken one."""


class TooManyPixels(ZhangguiError):
    """Unpacked it would be larger than any telephone's picture."""


class Uploads:
    """Prepares uploads one after the other in a thread of its own.

    One at a time bounds the memory: a picture of PIXELS is 100 MB while it is unpacked.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="uploads")

    async def prepare(self, data: bytes) -> bytes:
        """The JPEG to keep.

        Raises:
            NotAPicture, TooManyPixels: see `prepare`.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, prepare, data)


def prepare(data: bytes) -> bytes:
    """The picture as `decoded` gives it, as a JPEG without EXIF, comments or profile.

    Raises:
        NotAPicture, TooManyPixels: see `decoded`.
    """
    out = io.BytesIO()
    decoded(data).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def decoded(data: bytes) -> Image.Image:
    """The picture upright, in red, green and blue, its longest side LONGEST_SIDE at most.

    The format is told by the bytes. Of moving pictures the first frame is kept; what is
    transparent becomes white.

    Raises:
        NotAPicture: not one of the formats, or it cannot be decoded.
        TooManyPixels: more than JPEG_PIXELS or PIXELS.
    """
    if data.count(_SCAN) > _MOST_SCANS and data.startswith(b"\xff\xd8"):
        raise NotAPicture("a JPEG of so many scans is meant to keep the decoder busy")
    try:
        return _decoded(data)
    except TooManyPixels:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels("far more pixels than a telephone's picture has") from None
    except Exception as error:  # decoders raise whatever broken bytes lead them to
        raise NotAPicture(f"the bytes cannot be decoded ({type(error).__name__})") from None


def _decoded(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        limit = JPEG_PIXELS if image.format == "JPEG" else PIXELS
        if image.width * image.height > limit:
            raise TooManyPixels(f"{image.width} × {image.height} pixels; at most {limit}")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # of effect on JPEG only
        upright = ImageOps.exif_transpose(image)
        transparent = "A" in upright.getbands() or "transparency" in upright.info
        upright = upright.convert("RGBA" if transparent else "RGB")
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        if transparent:
            white = Image.new("RGB", upright.size, "white")
            white.paste(upright, mask=upright.getchannel("A"))
            return white
        upright.info.clear()  # a comment would be written again
        return upright
