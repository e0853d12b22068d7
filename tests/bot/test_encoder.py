"""Vectors are computed once."""

from pathlib import Path

import numpy as np

from bot.nlu.encoder import CachedEncoder, RememberingEncoder
from tests.bot.fakes import HashEncoder


def test_the_cache_encodes_each_text_once() -> None:
    inner = HashEncoder()
    encoder = CachedEncoder(inner, capacity=2)
    first = encoder.encode(["甲", "乙", "甲"])
    assert inner.encoded == ["甲", "乙"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(encoder.encode(["乙"])[0], first[1])
    assert inner.encoded == ["甲", "乙"]


def test_the_cache_forgets_what_was_used_longest_ago() -> None:
    inner = HashEncoder()
    encoder = CachedEncoder(inner, capacity=2)
    for text in ("甲", "乙", "甲", "丙", "甲", "乙"):
        encoder.encode([text])
    assert inner.encoded == ["甲", "乙", "丙", "乙"]


def test_the_file_saves_work_between_trainings(tmp_path: Path) -> None:
    path, first, second = tmp_path / "deep" / "vectors.npz", HashEncoder(), HashEncoder()
    before = RememberingEncoder(first, path).encode(["甲", "乙"])
    after = RememberingEncoder(second, path).encode(["乙", "丙", "甲"])
    assert second.encoded == ["丙"]
    assert np.array_equal(after[[2, 0]], before)


def test_a_damaged_file_is_ignored(tmp_path: Path) -> None:
    path, encoder = tmp_path / "vectors.npz", HashEncoder()
    path.write_bytes(b"PK\x03\x04 not really")
    assert RememberingEncoder(encoder, path).encode(["甲"]).shape == (1, 16)
    assert RememberingEncoder(encoder, path).encode(["甲"]).shape == (1, 16)
    assert encoder.encoded == ["甲"]
