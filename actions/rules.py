"""Which action answers an intent: Rasa's own rules in `data/stories`, read once."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML


@functools.cache
def rules_in(stories: Path) -> Mapping[str, str]:
    """Intent → action, of all rules in that folder that begin with an intent.

    Raises:
        OSError, KeyError: a file cannot be read or is no file of rules.
    """
    found: dict[str, str] = {}
    for path in sorted(stories.glob("*.yml")):
        content: Any = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for rule in content["rules"]:
            first, *then = rule["steps"]
            if "intent" in first:
                found[first["intent"]] = then[0]["action"]
    return MappingProxyType(found)
