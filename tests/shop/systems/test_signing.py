"""TOP's signature, against the official class's own results."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.taobao.signing import SignMethod, sign
from tests.shop.systems.support import TOP_VECTORS


@pytest.mark.parametrize("vector", TOP_VECTORS["top_sign"], ids=lambda vector: vector["name"])
def test_signatures_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    method = SignMethod(vector["sign_method"])
    found = sign(
        vector["params"], secret=vector["secret"], method=method, body=vector["body"] or ""
    )
    assert found == vector["expected_sign"]


@given(
    st.dictionaries(st.sampled_from(["a", "b_c", "bc"]), st.text(max_size=5)),
    st.sampled_from(list(SignMethod)),
)
def test_blank_values_and_the_signature_itself_do_not_count(
    params: dict[str, str], method: SignMethod
) -> None:
    expected = sign(params, secret="s", method=method)
    noisy = {**params, "empty": "", "blank": " \t", "sign": "X"}
    assert sign(noisy, secret="s", method=method) == expected


def test_every_value_counts() -> None:
    one = sign({"tid": "1"}, secret="s", method=SignMethod.MD5)
    assert sign({"tid": "2"}, secret="s", method=SignMethod.MD5) != one
    assert sign({"tid": "1"}, secret="t", method=SignMethod.MD5) != one
