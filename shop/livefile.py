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
    logged and that file's last good content stays in use while the other files go on; the same
    holds for all of them when `join` refuses what they say together. Only the first reading may
    fail.

    Args:
        path: the folder.
        parse: one file's content.
        join: the files' contents by file name, in the order of the names, to the whole.
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
        self._parts: dict[str, Part] = {}
        self._content: T | None = None

    def current(self) -> T:
        """The content; the same object as long as no file changes.

        Raises:
            ConfigurationError: the files cannot be used and never could since the start.
        """
        stamps = {path.name: _look(path) for path in sorted(self._path.glob("*.yml"))}
        if self._content is None or stamps != self._stamps:
            self._read_changed(stamps)
            try:
                self._content = self._join(
                    {name: self._parts[name] for name in sorted(self._parts)}
                )
            except ValueError as error:
                told = ConfigurationError(f"{self._path}: {error}")
                if self._content is None:
                    raise told from error
                _log.error("knowledge.kept_old", error=str(told))
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
        return parse(YAML(typ="safe").load(text))
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
