"""Knowledge that trainers edit: a YAML file, read again when it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from conversations.errors import ConfigurationError

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class LiveFile(Generic[T]):
    """The parsed content of a file, as new as the file itself.

    Each access compares the file's time and size (microseconds). A broken edit is logged and the
    last good content stays in use; only the first reading may fail.
    """

    def __init__(self, *, path: Path, parse: Callable[[Any], T]) -> None:
        self._path = path
        self._parse = parse
        self._stamp: tuple[int, int] | None = None
        self._content: T | None = None

    def current(self) -> T:
        """The content.

        Raises:
            ConfigurationError: the file cannot be used and never could since the start.
        """
        stamp = self._look()
        if stamp != self._stamp or self._content is None:
            try:
                self._content = self._read()
            except ConfigurationError as error:
                if self._content is None:
                    raise
                _log.error("knowledge.kept_old", error=str(error))
            self._stamp = stamp
        return self._content

    def _look(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)

    def _read(self) -> T:
        try:
            return self._parse(YAML(typ="safe").load(self._path.read_text(encoding="utf-8")))
        except OSError as error:
            raise ConfigurationError(f"{self._path}: cannot be read: {error.strerror}") from error
        except KeyError as error:
            raise ConfigurationError(f"{self._path}: the key {error} is missing") from error
        except (YAMLError, ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"{self._path}: {error}") from error
