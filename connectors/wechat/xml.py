"""WeChat's flat XML, read strictly and written safely."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

from conversations.errors import ZhangguiError

MAX_DEPTH = 6
MAX_NODES = 400
"""Bounds of a document, far above what WeChat sends (its deepest event has four levels)."""

# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class MalformedXml(ZhangguiError):
    """The document is not the XML that WeChat sends."""


def parse(document: str | bytes) -> dict[str, str]:
    """The fields under the root `<xml>`, each with its text.

    Fields that hold elements instead of text (menus, photo lists) are left out: nothing we read
    is nested.

    Raises:
        MalformedXml: not well-formed, a DTD, another root, a repeated field, too deep or too big.
    """
    reader = _Reader()
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(document if isinstance(document, str) else document.decode(), True)
    except UnicodeDecodeError:
        raise MalformedXml("not UTF-8") from None
    except expat.ExpatError as error:
        raise MalformedXml(f"not well-formed XML (expat code {error.code})") from None
    return reader.fields


def render(fields: Iterable[tuple[str, str | int]]) -> str:
    """A document with these fields: numbers bare, texts in CDATA that cannot be broken out of."""
    return "<xml>" + "".join(_element(name, value) for name, value in fields) + "</xml>"


def _element(name: str, value: str | int) -> str:
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = _ILLEGAL.sub("", value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._seen: set[str] = set()
        self._depth = 0
        self._nodes = 0
        self._buffer: list[str] = []
        self._nested = False

    def doctype(self, *_: object) -> None:
        raise MalformedXml("a DTD is not allowed")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise MalformedXml(f"more than {MAX_DEPTH} levels or {MAX_NODES} elements")
        if self._depth == 1 and name != "xml":
            raise MalformedXml("the root element is not <xml>")
        if self._depth == 2:
            if name in self._seen:
                raise MalformedXml("a field appears twice")
            self._seen.add(name)
            self._buffer = []
            self._nested = False
        elif self._depth > 2:
            self._nested = True

    def end(self, name: str) -> None:
        if self._depth == 2 and not self._nested:
            self.fields[name] = "".join(self._buffer)
        self._depth -= 1

    def text(self, data: str) -> None:
        if self._depth == 2:
            self._buffer.append(data)
