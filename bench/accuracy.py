"""Who understands messages nobody trained on, and how long a parse takes."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.data import Example
from bench.progress import ticking
from bench.stats import accuracy, macro_f1, percentile
from bench.systems import Side
from bench.training import ROOT, BenchFailed, child, python_env, tail

CHUNK = 50
"""Messages parsed on one side before it is the other side's turn."""


@dataclass(frozen=True)
class Understanding:
    """How one side did on the examples held back.

    Attributes:
        messages: how many there were.
        accuracy: the share whose best guess is right, whatever the threshold.
        macro_f1: of the best guesses; each intent counts the same.
        acted: the share understood rightly and surely enough to be acted on.
        refused: the share the side would not act on (`nlu_fallback`).
        p50: milliseconds of a parse.
        p95: see there.
    """

    messages: int
    accuracy: float
    macro_f1: float
    acted: float
    refused: float
    p50: float
    p95: float


class Parser:
    """A model in a process of its own."""

    def __init__(self, send: Any, receive: Any) -> None:
        self._send = send
        self._receive = receive

    async def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """See `bench.parse_worker`."""
        self._send.write((json.dumps(texts, ensure_ascii=False) + "\n").encode())
        await self._send.drain()
        return await self.answer()

    async def answer(self) -> list[dict[str, Any]]:
        """The next line of the worker."""
        line = await self._receive.readline()
        if not line:
            raise BenchFailed("")
        return list(json.loads(line))


@asynccontextmanager
async def parser(model: Path, log: Path, *, whole: bool = False) -> AsyncIterator[Parser]:
    """A loaded and warmed-up model; with `whole` it answers with Rasa's parse results.

    Raises:
        BenchFailed: it cannot be loaded, or its process ended.
    """
    command = [sys.executable, "-W", "ignore", "-m", "bench.parse_worker", str(model)]
    command += ["whole"] * whole
    env = python_env(LOG_LEVEL="ERROR")
    async with child(*command, cwd=ROOT, env=env, log=log, pipes=True) as process:
        worker = Parser(process.stdin, process.stdout)
        try:
            await worker.answer()
            yield worker
        except BenchFailed:
            raise BenchFailed(f"{model.name} 用不了，日志最后几行：\n{tail(log)}") from None


async def compare(
    models: Mapping[Side, Path], examples: Sequence[Example], *, work: Path
) -> dict[Side, Understanding]:
    """Have all sides parse all examples, a chunk each in turn."""
    parsed: dict[Side, list[dict[str, Any]]] = {side: [] for side in models}
    async with AsyncExitStack() as stack:
        async with ticking("载入两边的模型"):
            parsers = {
                side: await stack.enter_async_context(parser(path, work / f"{side.value}.log"))
                for side, path in models.items()
            }
        async with ticking(f"理解 {len(examples)} 条没见过的问法，两边轮流") as ticker:
            for start in range(0, len(examples), CHUNK):
                ticker.note = f"{start}/{len(examples)}"
                chunk = [example.plain for example in examples[start : start + CHUNK]]
                for side, worker in parsers.items():
                    parsed[side] += await worker.parse(chunk)
            ticker.note = ""
    wanted = [example.intent for example in examples]
    return {side: _understanding(wanted, results) for side, results in parsed.items()}


def _understanding(wanted: Sequence[str], results: Sequence[Mapping[str, Any]]) -> Understanding:
    best = [result["best"] for result in results]
    settled = [result["intent"] for result in results]
    milliseconds = [result["ms"] for result in results]
    return Understanding(
        messages=len(wanted),
        accuracy=accuracy(wanted, best),
        macro_f1=macro_f1(wanted, best),
        acted=accuracy(wanted, settled),
        refused=sum(intent == "nlu_fallback" for intent in settled) / len(settled),
        p50=percentile(milliseconds, 0.5),
        p95=percentile(milliseconds, 0.95),
    )
