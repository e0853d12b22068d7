"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

_PACKAGES = ("rasa", "rasa-sdk", "sanic", "SQLAlchemy", "aiohttp", "tensorflow", "onnxruntime")


@dataclass(frozen=True)
class Machine:
    """The machine. `load`: how many processes wanted a CPU in the minute before the run."""

    cores: int
    memory_gb: float
    processor: str
    system: str
    python: str
    packages: dict[str, str]
    load: float


def this_machine() -> Machine:
    """The machine we run on, now."""
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        processor=_processor(),
        system=platform.platform(),
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
        load=round(os.getloadavg()[0], 2),
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
