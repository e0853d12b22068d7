"""The one exception root: every error of ours says what to do about it."""

from __future__ import annotations

import traceback


class ZhangguiError(Exception):
    """Root of all errors raised by this project.

    `str(error)` is a sentence for the operator who reads the log: what was seen, what was
    expected, what to do. It never holds a secret or a shopper's personal data.
    """


class ConfigurationError(ZhangguiError):
    """A setting is missing or wrong; the text names the setting and gives an example."""


class StateConflict(ZhangguiError):
    """Somebody else changed the conversation first (HTTP 409 at the desk)."""


class NotFound(ZhangguiError):
    """The thing asked for does not exist, or is not the asker's to see."""


def where(error: BaseException) -> str:
    """The last steps to a failure, for the log: files, lines, functions.

    Never the error's text or the values around it: they may hold passwords, tokens, or what a
    shopper said.
    """
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
