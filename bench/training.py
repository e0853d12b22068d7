"""The models of the contest, each trained in a process and a folder of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import data
from bench.progress import say, ticking
from conversations.errors import ZhangguiError

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".cache/bench"
_KEPT = 4
_LOG_TAIL = 20


class BenchFailed(ZhangguiError):
    """The bench cannot go on; the text says why."""


@dataclass(frozen=True)
class Model:
    """A trained model. `seconds`: its training; `reused`: trained by an earlier run."""

    path: Path
    seconds: float
    reused: bool = False


def python_env(**more: str) -> dict[str, str]:
    """The environment of a Python program of the bench: ours to import, and quiet."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("ZHANGGUI_", "DATABASE_", "REDIS_"))
    }
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **more,
    }


@asynccontextmanager
async def child(
    *command: str, cwd: Path, env: Mapping[str, str], log: Path, pipes: bool = False
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that never outlives the block. stderr goes to `log`, so does stdout unless piped.

    It stays in our process group: a signal to the group ends it too.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE if pipes else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if pipes else output,
            stderr=output,
            limit=2**24,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 15)
            except asyncio.TimeoutError:
                process.kill()
                await process.wait()


def tail(log: Path) -> str:
    """The last lines of a log, for an error message."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in lines[-_LOG_TAIL:])


async def train(folder: Path, out: Path, *, title: str) -> Model:
    """Train in `folder`, from nothing, and show the stages.

    Raises:
        BenchFailed: no model came out.
    """
    env = python_env(
        LOG_LEVEL="ERROR",  # also hides Rasa's progress bars
        RASA_CACHE_DIRECTORY=str(folder / ".rasa/cache"),
    )
    log = folder / "train.log"
    command = (sys.executable, "-W", "ignore", "-m", "bench.train_worker", str(out))
    seconds = None
    async with (
        ticking(title) as ticker,
        child(*command, cwd=folder, env=env, log=log, pipes=True) as process,
    ):
        assert process.stdout is not None
        async for line in process.stdout:
            told = json.loads(line)
            ticker.note = told.get("stage", "")
            seconds = told.get("seconds")
        ticker.note = ""
        if await process.wait() != 0 or seconds is None:
            raise BenchFailed(f"{title}: 没有训练出模型，日志最后几行：\n{tail(log)}")
    return Model(path=out, seconds=seconds)


async def stock_model(folder: Path, *, quick: bool) -> Model:
    """The stock model of `folder`, from .cache/bench if it was trained there before."""
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / f"stock-{data.fingerprint(folder)}.tar.gz"
    record = path.with_name(path.name.removesuffix(".tar.gz") + ".json")
    if path.exists() and record.exists():
        seconds = json.loads(record.read_text(encoding="utf-8"))["seconds"]
        os.utime(path)
        say(f"  原版 Rasa：沿用 {path.relative_to(ROOT)}（当时训练用了 {seconds:.0f} 秒）")
        return Model(path=path, seconds=seconds, reused=True)
    if not quick:
        say(
            "  原版 Rasa 要训练 DIET 和 TED 各 100 轮，十几分钟到一小时，看机器有多忙；"
            "结果会存下来，下次直接用"
        )
    fresh = folder / path.name
    model = await train(folder, fresh, title="训练原版 Rasa")
    shutil.move(fresh, path)
    record.write_text(json.dumps({"seconds": model.seconds}), encoding="utf-8")
    _prune()
    return Model(path=path, seconds=model.seconds)


def _prune() -> None:
    models = sorted(CACHE.glob("stock-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for old in models[:-_KEPT]:
        old.unlink()
        old.with_name(old.name.removesuffix(".tar.gz") + ".json").unlink(missing_ok=True)


def as_json(model: Model) -> dict[str, object]:
    """For the results; without the path, which says nothing to others."""
    return {key: value for key, value in asdict(model).items() if key != "path"}
