"""The recorded protocol vectors of `tests/vectors/wechat.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "wechat.json").read_text(encoding="utf-8")
)
