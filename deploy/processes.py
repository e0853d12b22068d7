"""Start the house's processes together, wait until each answers, stop them together."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from conversations.errors import ZhangguiError

_STOP_SECONDS = 10
_LOG_TAIL_LINES = 15


class StartError(ZhangguiError):
    """A process did not come up; the text holds the end of its log."""


@dataclass(frozen=True)
class Program:
    """One process of the house. `health` is a URL that answers (below 500) once it serves."""

    name: str
    title: str
    command: Sequence[str]
    health: str


class Processes:
    """The running programs. Output goes to `<log_dir>/<name>.log`, not to the terminal.

    They stay in our process group: whoever ends the group, by whatever signal, ends them too.
    """

    def __init__(
        self, *, programs: Sequence[Program], env: Mapping[str, str], log_dir: Path
    ) -> None:
        self._programs = programs
        self._env = env
        self._log_dir = log_dir
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def start(self, *, seconds: float, told: Callable[[str], None]) -> None:
        """Start all at once and return when all answer.

        Args:
            seconds: how long one may take.
            told: gets a line for each program that is ready.

        Raises:
            StartError: one ended or did not answer in time; the others are left to `stop`.
        """
        self._log_dir.mkdir(parents=True, exist_ok=True)
        for program in self._programs:
            await self._spawn(program)
        await self._all_ready(self._programs, seconds=seconds, told=told)

    async def restart(self, name: str, *, seconds: float) -> None:
        """Kill that program, as a crash does, and return when a new one answers.

        Raises:
            StartError: as for `start`.
        """
        (program,) = (program for program in self._programs if program.name == name)
        self._running[name].kill()
        await self._running[name].wait()
        await self._spawn(program)
        await self._all_ready([program], seconds=seconds, told=lambda _: None)

    async def _spawn(self, program: Program) -> None:
        with (self._log_dir / f"{program.name}.log").open("ab") as output:
            self._running[program.name] = await asyncio.create_subprocess_exec(
                *program.command,
                env=dict(self._env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    async def _all_ready(
        self, programs: Sequence[Program], *, seconds: float, told: Callable[[str], None]
    ) -> None:
        began = time.monotonic()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:

            async def ready(program: Program) -> None:
                while not await _answers(session, program.health):
                    process = self._running[program.name]
                    if process.returncode is not None:
                        raise StartError(self._said(program, "启动后马上退出了"))
                    if time.monotonic() - began > seconds:
                        raise StartError(self._said(program, f"{seconds:.0f} 秒内没有就绪"))
                    await asyncio.sleep(0.2)
                told(f"{program.title}（{time.monotonic() - began:.0f} 秒）")

            await asyncio.gather(*(ready(program) for program in programs))

    async def wait_for_an_end(self) -> str:
        """Return, with what it said last, when the first of the programs ends by itself."""
        waits = {
            asyncio.create_task(process.wait()): name for name, process in self._running.items()
        }
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        name = waits[done.pop()]
        (program,) = (program for program in self._programs if program.name == name)
        return self._said(program, "意外退出")

    async def stop(self) -> None:
        """End all: politely first, then by force."""
        living = [p for p in self._running.values() if p.returncode is None]
        for process in living:
            process.terminate()
        if living:
            waits = [asyncio.create_task(process.wait()) for process in living]
            await asyncio.wait(waits, timeout=_STOP_SECONDS)
        for process in living:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _said(self, program: Program, what: str) -> str:
        path = self._log_dir / f"{program.name}.log"
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        tail = "\n".join(f"    {line}" for line in lines[-_LOG_TAIL_LINES:])
        return f"{program.title} {what}，日志 {path} 的最后几行：\n{tail}"


def python(*arguments: str) -> list[str]:
    """The command of a Python program under this interpreter, warnings of libraries kept quiet."""
    return [sys.executable, "-W", "ignore", *arguments]


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status < 500
    except (aiohttp.ClientError, asyncio.TimeoutError):
        return False
