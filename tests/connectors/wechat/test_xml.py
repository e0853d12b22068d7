"""Strict in, safe out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wechat import xml
from tests.connectors.wechat.vectors import VECTORS

REPLIES = {vector["name"]: vector for vector in VECTORS["wechat_passive_reply"]}
# What XML 1.0 can hold; a bare carriage return is read as a line feed, as the standard asks.
LEGAL = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "expat"),
        (b"", "expat"),
        ("<xml><a>1", "expat"),
        ("<xml></xml><xml></xml>", "expat"),
        ("<a><b>1</b></a>", "root"),
        ("<!DOCTYPE xml><xml><a>1</a></xml>", "DTD"),
        ('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><a>&a;</a></xml>', "DTD"),
        ("<xml><a>1</a><a>2</a></xml>", "twice"),
        ("<xml><a/><a>2</a></xml>", "twice"),
        ("<xml>" + "<a>" * 7 + "</a>" * 7 + "</xml>", "levels"),
        ("<xml>" + "".join(f"<a{n}/>" for n in range(400)) + "</xml>", "elements"),
        (b"<xml><a>\xff\xfe</a></xml>", "UTF-8"),
        ('<?xml version="1.0" encoding="utf-16"?><xml><a>1</a></xml>'.encode("utf-16"), "UTF-8"),
    ],
)
def test_what_wechat_never_sends_is_malformed(document: str | bytes, reason: str) -> None:
    with pytest.raises(xml.MalformedXml, match=reason):
        xml.parse(document)


def test_nested_fields_are_left_out() -> None:
    document = "<xml><a>1</a><b>x<c>2</c><c>3</c></b><d>4</d></xml>"
    assert xml.parse(document) == {"a": "1", "d": "4"}


def test_cdata_cannot_be_broken_out_of() -> None:
    hostile = "a]]><Evil>1</Evil><![CDATA[b"
    assert xml.parse(xml.render([("Content", hostile), ("CreateTime", 7)])) == {
        "Content": hostile,
        "CreateTime": "7",
    }


def test_characters_that_xml_cannot_hold_are_dropped() -> None:
    vector = REPLIES["control_chars"]
    document = xml.render([("Content", vector["content"])])
    assert xml.parse(document) == {"Content": vector["must_parse_to_content"]}


def test_a_reply_of_the_vectors_is_read_back() -> None:
    expected = REPLIES["text"]["must_parse_to"]
    assert xml.parse(xml.render(expected.items())) == expected


@settings(deadline=None)  # the machine may be busy
@given(LEGAL)
def test_every_text_survives(text: str) -> None:
    assert xml.parse(xml.render([("Content", text)])) == {"Content": text}


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_any_text_at_all_gives_a_readable_document(text: str) -> None:
    assert set(xml.parse(xml.render([("Content", text)]))) == {"Content"}
