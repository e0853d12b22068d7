"""Real PostgreSQL and Redis for contract tests: the running ones, or our own for this session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

_RUNNING_POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
_RUNNING_REDIS = "redis://127.0.0.1:6379/0"
_START_SECONDS = 30


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server whose user may create databases."""
    url = os.environ.get("ZHANGGUI_TEST_POSTGRES", _RUNNING_POSTGRES)
    if _postgres_answers(url):
        yield url
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = shutil.which("initdb") or (str(programs[-1] / "initdb") if programs else None)
    if initdb is None:
        _missing("PostgreSQL", "apt-get install postgresql")
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhanggui-pg-")))
        as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(home, "postgres")
            as_user = ["runuser", "-u", "postgres", "--"]
        port = free_port()
        data = home / "data"
        subprocess.run(
            [*as_user, initdb, "-D", data, "-U", "postgres", "-A", "trust"],
            check=True,
            capture_output=True,
            cwd=home,
        )
        server = subprocess.Popen(
            [
                *as_user,
                Path(initdb).with_name("postgres"),
                "-D",
                data,
                "-p",
                str(port),
                "-k",
                home,
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "fsync=off",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=home,
        )
        stack.callback(_stop, server)
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        _wait_for(lambda: _postgres_answers(url), "PostgreSQL")
        yield url


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis server."""
    url = os.environ.get("ZHANGGUI_TEST_REDIS", _RUNNING_REDIS)
    if _redis_answers(url):
        yield url
        return
    program = shutil.which("redis-server")
    if program is None:
        _missing("Redis", "apt-get install redis-server")
    port = free_port()
    server = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"redis://127.0.0.1:{port}/0"
        _wait_for(lambda: _redis_answers(url), "Redis")
        yield url
    finally:
        _stop(server)


def _missing(name: str, command: str) -> None:
    text = f"{name} is neither running nor installed; install it with: {command}"
    if os.environ.get("CI"):
        pytest.fail(text)
    pytest.skip(text)


def _postgres_answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=3).close()
    except psycopg2.OperationalError:
        return False
    return True


def _redis_answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _wait_for(answers: object, name: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answers():  # type: ignore[operator]
        if time.monotonic() > deadline:
            pytest.fail(f"{name} did not start within {_START_SECONDS} s")
        time.sleep(0.1)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
