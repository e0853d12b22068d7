"""A shopper's upload: what is kept of it, and what is refused."""

from __future__ import annotations

import io
import struct
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from conversations import uploads
from conversations.uploads import NotAPicture, TooManyPixels, prepare


def picture(format: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    mode = more.pop("mode", "RGB")
    Image.new(str(mode), size, more.pop("colour", "red")).save(out, format, **more)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(prepare(data)))


def png(width: int, height: int, *, depth: int = 8) -> bytes:
    """A PNG that says it is that large, and holds nothing."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_four_formats_become_jpeg(format: str) -> None:
    kept = opened(picture(format))
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (60, 40))
    red, green, blue = kept.getpixel((30, 20))
    assert red > 240
    assert green < 15
    assert blue < 15


def test_the_longest_side_is_reduced_and_the_shape_stays() -> None:
    assert opened(picture(size=(4000, 2000))).size == (1600, 800)
    assert opened(picture("PNG", size=(500, 3200))).size == (250, 1600)
    assert opened(picture("WEBP", size=(1600, 9))).size == (1600, 9)


def test_where_and_with_what_it_was_taken_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (30.0, 15.0, 7.0)
    for data in (
        picture(exif=exif.tobytes(), comment=b"Secret Camera"),
        picture("PNG", exif=exif.tobytes()),
        picture("WEBP", exif=exif.tobytes()),
    ):
        assert b"Secret Camera" in data
        kept = prepare(data)
        assert b"Secret Camera" not in kept
        assert b"Exif" not in kept
        assert not Image.open(io.BytesIO(kept)).getexif()


def test_a_turned_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (60, 40), "blue")
    image.paste("red", (0, 0, 20, 40))
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif.tobytes(), quality=95)
    kept = opened(out.getvalue())
    assert kept.size == (40, 60)
    assert kept.getpixel((20, 5))[0] > 200
    assert kept.getpixel((20, 55))[2] > 200


@pytest.mark.parametrize("format", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_is_white(format: str) -> None:
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    out = io.BytesIO()
    image.save(out, format)
    assert opened(out.getvalue()).getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["L", "CMYK", "1", "P", "I;16", "LA"])
def test_other_colours_than_red_green_blue_are_turned_into_them(mode: str) -> None:
    format = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(picture(format, mode=mode, colour=0)).mode == "RGB"


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "green")]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    assert opened(out.getvalue()).getpixel((20, 20))[0] > 240


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script>",
        b"%PDF-1.7",
        b"MZ\x90\x00",
        picture("BMP"),
        picture("TIFF"),
        picture("ICO"),
        picture()[:-30],
        picture("PNG")[:60],
    ],
)
def test_other_kinds_of_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        prepare(data)


def test_a_script_behind_a_picture_does_not_survive() -> None:
    kept = prepare(picture("GIF") + b"<script>alert(1)</script>")
    assert b"script" not in kept


@pytest.mark.parametrize("size", [(5001, 5000), (20_000, 20_000), (65_000, 65_000)])
def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused_at_once(
    size: tuple[int, int],
) -> None:
    began = time.monotonic()
    with pytest.raises(TooManyPixels):
        prepare(png(*size))
    assert time.monotonic() - began < 0.5


def test_a_huge_jpeg_is_refused_and_a_camera_s_is_not() -> None:
    data = picture(size=(9000, 6000))
    with pytest.raises(TooManyPixels):
        prepare(data)
    assert opened(picture(size=(8000, 6000))).size == (1600, 1200)


def test_a_jpeg_of_endless_scans_is_refused_at_once() -> None:
    data = picture(size=(4000, 4000), progressive=True)
    scan = data.rindex(b"\xff\xda")
    with pytest.raises(NotAPicture):
        prepare(data[:-2] + data[scan:-2] * 3000 + data[-2:])


@given(st.data())
def test_whatever_happens_to_the_bytes_it_is_a_picture_or_refused(data: st.DataObject) -> None:
    whole = bytearray(picture(data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        kept = prepare(bytes(whole))
    except (NotAPicture, TooManyPixels):
        return
    assert max(Image.open(io.BytesIO(kept)).size) <= uploads.LONGEST_SIDE
