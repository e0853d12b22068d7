"""Reading screenshots: the real models on pages drawn here, as a telephone's JPEG."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence

import pytest
from PIL import Image, ImageDraw, ImageFont

from actions.ocr import TextReader, serve
from shop.pictures import chinese_font
from shop.waybills import NumberKind, find_numbers

WIDTH = 738  # what is kept of a telephone's page of 1600 pixels


def page(rows: Sequence[str], *, size: int = 26, ink: str = "#333", paper: str = "#fff") -> bytes:
    """A page of these rows, saved as a messenger saves it."""
    font = chinese_font()
    assert font is not None, "install fonts-noto-cjk"
    image = Image.new("RGB", (WIDTH, 60 + 70 * len(rows)), paper)
    draw = ImageDraw.Draw(image)
    for at, row in enumerate(rows):
        draw.text((28, 30 + 70 * at), row, fill=ink, font=ImageFont.truetype(str(font), size))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70)
    return out.getvalue()


@pytest.fixture(scope="module")
def reader() -> Iterator[TextReader]:
    yield TextReader()


@pytest.mark.parametrize(
    ("size", "ink", "paper"),
    [(22, "#888", "#fff"), (26, "#333", "#fff"), (32, "#ddd", "#111")],
)
def test_numbers_are_read_to_the_last_digit(
    reader: TextReader, size: int, ink: str, paper: str
) -> None:
    digits = random.Random(size)
    order = "42188" + "".join(digits.choices("0123456789", k=13))
    waybill = "YT" + "".join(digits.choices("0123456789", k=13))
    rows = ["卖家已发货", f"订单编号 {order} 复制", "实付款 ￥159.00", f"运单编号 {waybill}"]
    read = reader.lines(page(rows, size=size, ink=ink, paper=paper))
    found = {n.value: n.kinds[0] for n in find_numbers("\n".join(read))}
    assert found.get(order) is NumberKind.ORDER
    assert found.get(waybill) is NumberKind.WAYBILL


def test_lines_come_from_the_top_down(reader: TextReader) -> None:
    assert reader.lines(page(["第一行字", "第二行字", "第三行字"])) == [
        "第一行字",
        "第二行字",
        "第三行字",
    ]


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (640, 480)])
def test_a_picture_without_words_has_no_lines(reader: TextReader, size: tuple[int, int]) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, "#777").save(out, "PNG")
    assert reader.lines(out.getvalue()) == []


def test_the_process_answers_each_picture_with_one_line_of_json() -> None:
    class Reader(TextReader):
        def lines(self, data: bytes) -> list[str]:
            return super().lines(data) if data[:1] != b"1" else ["订单", "a\nb"]

    asked = b"".join(len(one).to_bytes(4, "big") + one for one in (b"1", b"no picture", b"", b"1"))
    answers = io.BytesIO()
    serve(io.BytesIO(asked), answers, Reader())
    lines = answers.getvalue().decode().splitlines()
    assert lines == ['["订单", "a\\nb"]', "[]", "[]", '["订单", "a\\nb"]']
