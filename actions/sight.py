"""What stands on the pictures that shoppers send: where they are, and who reads them.

Reading takes one of the machine's processors for about a second, and 360 MB. It is done in a
process of its own (`actions.ocr`), which is started by the first picture, reads one after the
other, and ends when none has come for a while.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import OrderedDict
from collections.abc import Sequence

import aiohttp
import structlog
from sqlalchemy.exc import SQLAlchemyError

from conversations import pictures, uploads
from conversations.errors import NotFound, ZhangguiError
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.pictures import ShopperPictures

WAIT_SECONDS = 2.0
READ_SECONDS = 4.0
"""How long a picture may wait for its turn, and then take; with its download within the eight
seconds of an action."""
IDLE_SECONDS = 300.0
MOST_WAITING = 4
COMMAND = (sys.executable, "-m", "actions.ocr")

_DOWNLOAD = aiohttp.ClientTimeout(total=1.5)
_REMEMBERED = 64  # a form asks about the same picture several times

_log = structlog.get_logger(__name__)


class Unread(ZhangguiError):
    """The picture could not be read now; the text says why."""


class PictureReader:
    """The reading process, as far as it runs.

    Args:
        command: what to start.
        wait: seconds that a picture may wait for those before it.
        seconds: how long it may take then.
        idle: seconds after the last picture when the process is ended.
    """

    def __init__(
        self,
        *,
        command: Sequence[str] = COMMAND,
        wait: float = WAIT_SECONDS,
        seconds: float = READ_SECONDS,
        idle: float = IDLE_SECONDS,
    ) -> None:
        self._command = command
        self._wait = wait
        self._seconds = seconds
        self._idle = idle
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._ending: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether there is a process now."""
        return self._process is not None and self._process.returncode is None

    async def read(self, data: bytes) -> tuple[str, ...]:
        """The lines of text on a picture, from the top down.

        Raises:
            Unread: too many wait, it took too long, or the process ended.
        """
        if self._waiting >= MOST_WAITING:
            raise Unread(f"{MOST_WAITING} pictures wait to be read already")
        self._waiting += 1
        try:
            await asyncio.wait_for(self._turn.acquire(), self._wait)
        except asyncio.TimeoutError:
            raise Unread("the pictures before it take too long") from None
        finally:
            self._waiting -= 1
        try:
            return await asyncio.wait_for(self._ask(data), self._seconds)
        except BaseException as error:
            self._stop()  # what it still says would be taken for the next answer
            if isinstance(error, asyncio.TimeoutError):
                raise Unread(f"it took more than {self._seconds:g} s") from None
            if isinstance(error, (OSError, ValueError)):
                raise Unread(f"the reading process failed ({type(error).__name__})") from None
            raise
        finally:
            self._turn.release()

    async def close(self) -> None:
        """End the process."""
        process = self._process
        self._stop()
        if process is not None:
            await process.wait()

    async def _ask(self, data: bytes) -> tuple[str, ...]:
        if self._ending is not None:
            self._ending.cancel()
        if not self.running:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise OSError("it has no pipes")
        process.stdin.write(len(data).to_bytes(4, "big") + data)
        await process.stdin.drain()
        answer = await process.stdout.readline()
        if not answer.endswith(b"\n"):
            raise OSError("it ended")
        self._ending = asyncio.get_running_loop().call_later(self._idle, self._stop)
        return tuple(json.loads(answer))

    def _stop(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        if self.running and self._process is not None:
            self._process.kill()
        self._process = None


class ShopperSight:
    """Reads the pictures of the ledger's messages: our own copies, and WeChat's by their URL."""

    def __init__(self, *, ledger: Ledger, pictures: ShopperPictures, reader: PictureReader) -> None:
        self._ledger = ledger
        self._pictures = pictures
        self._reader = reader
        self._known: OrderedDict[tuple[ConversationKey, int], tuple[str, ...]] = OrderedDict()

    async def lines(self, key: ConversationKey, seq: int) -> Sequence[str]:
        """See `actions.base.Sight`."""
        at = (key, seq)
        if at not in self._known:
            try:
                self._known[at] = await self._reader.read(await self._load(key, seq))
            except (Unread, NotFound, SQLAlchemyError) as error:
                _log.warning("sight.unread", cause=type(error).__name__, why=_why(error))
                self._known[at] = ()
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[at]

    async def _load(self, key: ConversationKey, seq: int) -> bytes:
        address = (await self._ledger.message(key, seq)).content.image
        if address.startswith(pictures.ADDRESS):
            id = address.removeprefix(pictures.ADDRESS)
            return (await self._pictures.load(key, id)).data
        if address.startswith(("https://", "http://")) and key.channel == "wechat":
            return await _download(address)  # out of a push that WeChat has signed
        raise NotFound("the message has no picture")


async def _download(url: str) -> bytes:
    data = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=_DOWNLOAD) as session,
            session.get(url, allow_redirects=False) as response,
        ):
            if response.status != 200:
                raise Unread(f"the picture's server answered HTTP {response.status}")
            async for chunk in response.content.iter_chunked(64 * 1024):
                data += chunk
                if len(data) > uploads.LIMIT:
                    raise Unread("the picture is too large")
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
        raise Unread(f"the picture cannot be fetched ({type(error).__name__})") from None
    return bytes(data)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, Unread) else ""
