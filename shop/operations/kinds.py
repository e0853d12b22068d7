"""All kinds of operations, in one explicit list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shop.operations.cancel import CancelHandler
from shop.operations.handler import Handler

HANDLERS: Mapping[str, Handler[Any]] = {handler.kind: handler for handler in (CancelHandler(),)}
