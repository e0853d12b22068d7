"""Knowledge that trainers edit: YAML files, read again when they change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

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
                self._content = _read(self._path, self._parse)
            except ConfigurationError as error:
                if self._content is None:
                    raise
                _log.error("knowledge.kept_old", error=str(error))
            self._stamp = stamp
        return self._content


class LiveFolder(Generic[Part, T]):
    """The content of all `*.yml` of a folder, as new as the files themselves.

    Each access compares the files' times and sizes. Files may come and go. A broken edit is
    logged and that file's last good content stays in use while the other files go on, whether the
    file cannot be read or contradicts the others. Only the first reading may fail.

    Args:
        path: the folder.
        parse: one file's content.
        join: the files' contents by file name, in the order of the names, to the whole; may
            raise ValueError, or `Malformed` whose way begins with a file's name.
    """

    def __init__(
        self,
        *,
        path: Path,
        parse: Callable[[Any], Part],
        join: Callable[[Mapping[str, Part]], T],
    ) -> None:
        self._path = path
        self._parse = parse
        self._join = join
        self._stamps: dict[str, Stamp] = {}
        self._parts: dict[str, Part] = {}  # as the files are now
        self._good: dict[str, Part] = {}  # what the content is made of
        self._content: T | None = None

    def current(self) -> T:
        """The content; the same object as long as no file changes.

        Raises:
            ConfigurationError: the files cannot be used and never could since the start.
        """
        stamps = {path.name: _look(path) for path in sorted(self._path.glob("*.yml"))}
        if self._content is None or stamps != self._stamps:
            self._read_changed(stamps)
            self._content = self._joined()
            self._stamps = stamps
        return self._content

    def _read_changed(self, stamps: Mapping[str, Stamp]) -> None:
        for name in self._parts.keys() - stamps.keys():
            del self._parts[name]
        for name, stamp in stamps.items():
            if stamp == self._stamps.get(name):
                continue
            try:
                self._parts[name] = _read(self._path / name, self._parse)
            except ConfigurationError as error:
                if self._content is None:
                    raise
                _log.error("knowledge.kept_old", error=str(error))
                self._parts.pop(name, None)
                if name in self._good:
                    self._parts[name] = self._good[name]

    def _joined(self) -> T:
        """All files together, or as many of their changes as go together."""
        try:
            return self._accept(self._parts)
        except ValueError as error:
            if self._content is None:
                raise ConfigurationError(self._told(error)) from error
        content, refused = self._content, self._changes()
        while refused:
            left: dict[str, ValueError] = {}
            for name in refused:
                try:
                    content = self._accept(self._with(name))
                except ValueError as error:
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
        """The files that say something else now than the content does, or are gone."""
        names = sorted(self._parts.keys() | self._good.keys())
        return [name for name in names if self._parts.get(name) is not self._good.get(name)]

    def _with(self, name: str) -> dict[str, Part]:
        """The good parts, but that file as it is now."""
        parts = {other: part for other, part in self._good.items() if other != name}
        if name in self._parts:
            parts[name] = self._parts[name]
        return parts

    def _told(self, error: ValueError) -> str:
        """The error with its place: file and line when `join` named them, else the folder."""
        if not isinstance(error, Malformed):
            return f"{self._path}: {error}"
        name, *way = error.at
        path = self._path / str(name)
        try:
            return f"{path}:{_line(path.read_text(encoding='utf-8'), way)}: {error}"
        except (OSError, ValueError, YAMLError, KeyError, IndexError, TypeError, AttributeError):
            return f"{path}: {error}"  # gone, or broken, since it was read


def _look(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return _GONE
    return (status.st_mtime_ns, status.st_size)


def _read(path: Path, parse: Callable[[Any], T]) -> T:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text; save it as UTF-8") from error
    try:
        data = YAML(typ="safe").load(text)
        if data is None:
            raise ConfigurationError(f"{path}: the file is empty")
        return parse(data)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise ConfigurationError(f"{place}: {error.problem or error.context}") from error
    except Malformed as error:
        raise ConfigurationError(f"{path}:{_line(text, error.at)}: {error}") from error
    except KeyError as error:
        raise ConfigurationError(f"{path}: the key {error} is missing") from error
    except (YAMLError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _line(text: str, at: Sequence[str | int]) -> int:
    """The line, counted from 1, where that part of a YAML text begins."""
    node = YAML(typ="rt").load(text)
    line = 0
    for step in at:
        line = (node.lc.item(step) if isinstance(step, int) else node.lc.key(step))[0]
        node = node[step]
    return line + 1
