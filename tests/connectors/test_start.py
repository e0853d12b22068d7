"""A Rasa that could not answer anybody does not start: the real process ends and says why."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conversations.database import Database
from deploy.database import upgrade
from tests.servers import free_port

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]


def test_a_model_that_cannot_be_loaded_ends_the_process_with_the_way_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/zhanggui.db"
    asyncio.run(_tables(url))
    (tmp_path / "broken.tar.gz").write_bytes(b"no model at all")
    credentials = tmp_path / "credentials.yml"
    credentials.write_text("connectors.web.channel.WebInput:\n  account: shop\n", encoding="utf-8")
    ended = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "rasa", "run", "--interface", "127.0.0.1",
            "--port", str(free_port()), "--model", str(tmp_path),
            "--credentials", str(credentials), "--endpoints", "endpoints.yml",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": url,
            "RASA_TELEMETRY_ENABLED": "false",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "ZHANGGUI_SECRET": "a-secret-for-tests-only",
            "ZHANGGUI_ACTIONS_URL": "http://127.0.0.1:1/webhook",
            "ZHANGGUI_ACTIONS_SECRET": "another-secret-for-tests",
        },
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )  # fmt: skip
    assert ended.returncode != 0
    assert "no model could be loaded" in ended.stderr.rstrip().splitlines()[-1]
    assert "make train" in ended.stderr


async def _tables(url: str) -> None:
    database = Database.from_url(url)
    await upgrade(database)
    await database.close()
