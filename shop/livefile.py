"""Knowledge that trainers edit: YAML files and documents, read again when they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from conversations.errors import ConfigurationError

T = TypeVar("T")
Part = TypeVar("Part")
Stamp = tuple[int, int]

_log = structlog.get_logger(__name__)
_GONE: Stamp = (0, 0)


class Malformed(ValueError):
    """Something in a file makes no sense; `at` is the way to it, e.g. ("entries", 3)."""

    def __init__(self, message: str, *, at: Sequence[str | int]) -> None:
        super().__init__(message)
        self.at = tuple(at)


class LiveFile(Generic[T]):
    """The parsed content of a file, as new as the file itself.

    Each access compares the file's time and size (microseconds). A broken edit is logged and the
    last good content stays in use; only the first reading may fail.
    """

    def __init__(self, *, path: Path, parse: Callable[[Any], T]) -> None:
        self._path = path
        self._parse = parse
        self._stamp: Stamp | None = None
        self._content: T | None = None

    def current(self) -> T:
        """The content.

        Raises:
            ConfigurationError: the file cannot be used and never could since the start.
        """
        stamp = _look(self._path)
        if stamp != self._stamp or self._content is None:
            try:
                self._content = _parsed(_text(self._path), str(self._path), self._parse)
            except ConfigurationError as error:
                if self._content is None:
                    raise
                _log.error("knowledge.kept_old", error=str(error))
            self._stamp = stamp
        return self._content


class Documents(Protocol):
    """A place that holds YAML documents, each under a name such as `returns.yml`."""

    def stamps(self) -> Mapping[str, object]:
        """What is there now, by name; a stamp changes whenever its document does."""

    def text(self, name: str) -> str:
        """A document.

        Raises:
            ConfigurationError: it cannot be read.
        """

    def place(self, name: str) -> str:
        """Where that document is, for people."""


class Folder:
    """`Documents` that are the `*.yml` files of a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def stamps(self) -> Mapping[str, object]:
        """See `Documents.stamps`: the files' times and sizes."""
        return {path.name: _look(path) for path in self._path.glob("*.yml")}

    def text(self, name: str) -> str:
        """See `Documents.text`."""
        return _text(self._path / name)

    def place(self, name: str) -> str:
        """See `Documents.place`."""
        return str(self._path / name)


class LiveDocuments(Generic[Part, T]):
    """The content of all documents of one or more places, as new as the documents themselves.

    Each access compares stamps. Documents may come and go. A broken edit is logged and that
    document's last good content stays in use while the others go on, whether it cannot be read or
    contradicts the others. Only the first reading may fail. For one thread.

    Args:
        sources: where the documents are; of one name, that of the last source counts.
        parse: one document's content.
        join: the documents' contents by name, in the order of the names, to the whole; may raise
            `Malformed` whose way begins with a document's name.
    """

    def __init__(
        self,
        *,
        sources: Sequence[Documents],
        parse: Callable[[Any], Part],
        join: Callable[[Mapping[str, Part]], T],
    ) -> None:
        self._sources = tuple(sources)
        self._parse = parse
        self._join = join
        self._homes: dict[str, Documents] = {}
        self._stamps: dict[str, object] = {}
        self._parts: dict[str, Part] = {}  # as the documents are now
        self._good: dict[str, Part] = {}  # what the content is made of
        self._content: T | None = None

    def current(self) -> T:
        """The content; the same object as long as no document changes.

        Raises:
            ConfigurationError: the documents cannot be used and never could since the start.
        """
        stamps: dict[str, object] = {}
        homes: dict[str, Documents] = {}
        for source in self._sources:
            found = source.stamps()
            stamps.update(found)
            homes.update(dict.fromkeys(found, source))
        if self._content is None or stamps != self._stamps:
            self._homes = homes
            self._read_changed(stamps)
            self._content = self._joined()
            self._stamps = stamps
        return self._content

    def _read_changed(self, stamps: Mapping[str, object]) -> None:
        for name in self._parts.keys() - stamps.keys():
            del self._parts[name]
        for name in sorted(stamps):
            if stamps[name] == self._stamps.get(name):
                continue
            try:
                home = self._homes[name]
                self._parts[name] = _parsed(home.text(name), home.place(name), self._parse)
            except ConfigurationError as error:
                if self._content is None:
                    raise
                _log.error("knowledge.kept_old", error=str(error))
                self._parts.pop(name, None)
                if name in self._good:
                    self._parts[name] = self._good[name]

    def _joined(self) -> T:
        """All documents together, or as many of their changes as go together."""
        try:
            return self._accept(self._parts)
        except Malformed as error:
            if self._content is None:
                raise ConfigurationError(self._told(error)) from error
        content, refused = self._content, self._changes()
        while refused:
            left: dict[str, Malformed] = {}
            for name in refused:
                try:
                    content = self._accept(self._with(name))
                except Malformed as error:
                    left[name] = error
            if len(left) == len(refused):
                for cause in left.values():
                    _log.error("knowledge.kept_old", error=self._told(cause))
                break
            refused = list(left)
        return content

    def _accept(self, parts: Mapping[str, Part]) -> T:
        content = self._join({name: parts[name] for name in sorted(parts)})
        self._good = dict(parts)
        return content

    def _changes(self) -> list[str]:
        """The documents that say something else now than the content does, or are gone."""
        names = sorted(self._parts.keys() | self._good.keys())
        return [name for name in names if self._parts.get(name) is not self._good.get(name)]

    def _with(self, name: str) -> dict[str, Part]:
        """The good parts, but that document as it is now."""
        parts = {other: part for other, part in self._good.items() if other != name}
        if name in self._parts:
            parts[name] = self._parts[name]
        return parts

    def _told(self, error: Malformed) -> str:
        """The error with its place: document and line, as far as they are known."""
        name, *way = error.at
        home = self._homes.get(str(name))
        if home is None:  # others still need it
            return f"{name}: {error}"
        place = home.place(str(name))
        try:
            return f"{place}:{_line(home.text(str(name)), way)}: {error}"
        except (ConfigurationError, ValueError, YAMLError, LookupError, TypeError, AttributeError):
            return f"{place}: {error}"  # gone, or broken, since it was read


def _look(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return _GONE
    return (status.st_mtime_ns, status.st_size)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text; save it as UTF-8") from error


def _parsed(text: str, place: str, parse: Callable[[Any], T]) -> T:
    try:
        data = YAML(typ="safe").load(text)
        if data is None:
            raise ConfigurationError(f"{place}: the file is empty")
        return parse(data)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{place}:{mark.line + 1}" if mark else place
        raise ConfigurationError(f"{at}: {error.problem or error.context}") from error
    except Malformed as error:
        raise ConfigurationError(f"{place}:{_line(text, error.at)}: {error}") from error
    except KeyError as error:
        raise ConfigurationError(f"{place}: the key {error} is missing") from error
    except RecursionError as error:
        raise ConfigurationError(f"{place}: is nested too deeply") from error
    except (YAMLError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{place}: {error}") from error


def _line(text: str, at: Sequence[str | int]) -> int:
    """The line, counted from 1, where that part of a YAML text begins."""
    node = YAML(typ="rt").load(text)
    line = 0
    for step in at:
        line = (node.lc.item(step) if isinstance(step, int) else node.lc.key(step))[0]
        node = node[step]
    return line + 1
