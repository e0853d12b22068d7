"""A small crowd of simulated shoppers against the real processes: no effect is wrong or doubled."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def test_simulated_shoppers_leave_no_effect_that_nobody_wanted(tmp_path: Path) -> None:
    page = tmp_path / "simulate.html"
    run = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-m", "bench.simulate"),
            *("--count", "25", "--seed", "7", "--workers", "3", "--out", str(page)),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert page.exists(), run.stdout + run.stderr
    assert "25 段对话" in run.stdout
    assert "办错或办重 0 处" in run.stdout, run.stdout
    (reached,) = re.findall(r"\| 全部 +\| +25 \| +(\d+)", run.stdout)
    assert int(reached) >= 12, run.stdout
    assert "</html>" in page.read_text(encoding="utf-8")
