"""`make demo`: everything on this machine, with a demo shop, ready to be tried."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import secrets
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from conversations.customers import CustomerIdentities
from conversations.database import Database
from conversations.errors import ZhangguiError
from conversations.keys import ConversationKey
from conversations.schema import conversations
from deploy.database import upgrade
from deploy.processes import Processes, Program, StartError, python
from desk.accounts import ensure_staff
from desk.schema import staff
from shop.demo import as_it_is, load_demo
from shop.fakes.control import KUAIDI100, TAOBAO
from shop.fakes.worlds import as_copied, open_uid
from shop.schema import demo_loads, parcels, products

START_SECONDS = 120
TAOBAO_ACCOUNT = "main"
STAFF_PASSWORD = "zhanggui-demo"  # noqa: S105  # of the demo on this machine, printed at the start
STAFF = (
    ("xiaowang", "小王", "agent", 1),
    ("xiaoli", "小李", "agent", 2),
    ("zhanggui", "掌柜", "supervisor", 3),
)


class DemoError(ZhangguiError):
    """The demo cannot start here; the text says what to do."""


@dataclass(frozen=True)
class DemoSettings:
    """Where the demo lives. Every port is one of the loopback interface.

    With `platforms` its orders are Taobao's and its parcels Kuaidi100's, both played here.
    """

    home: Path
    rasa_port: int
    actions_port: int
    desk_port: int
    simulator_port: int
    systems_port: int = 5070
    fakes_port: int = 5095
    platforms: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, platforms: bool = False) -> DemoSettings:
        """The settings of `ZHANGGUI_HOME` and `ZHANGGUI_<NAME>_PORT`.

        The two kinds of demo have each a folder, and so a database, of its own.
        """

        def port(name: str, default: int) -> int:
            value = env.get(f"ZHANGGUI_{name}_PORT", str(default))
            if not value.isdecimal() or not 0 < int(value) < 65536:
                raise DemoError(f"ZHANGGUI_{name}_PORT: {value!r} 不是端口号，例如 {default}")
            return int(value)

        home = Path(env.get("ZHANGGUI_HOME", "var"))
        return cls(
            home=home / "platforms" if platforms else home,
            rasa_port=port("RASA", 5005),
            actions_port=port("ACTIONS", 5055),
            desk_port=port("DESK", 5080),
            simulator_port=port("SIMULATOR", 5090),
            systems_port=port("SYSTEMS", cls.systems_port),
            fakes_port=port("FAKES", cls.fakes_port),
            platforms=platforms,
        )

    @property
    def database_url(self) -> str:
        """The embedded database."""
        return f"sqlite:///{self.home}/zhanggui.db"


def environment(settings: DemoSettings, env: Mapping[str, str]) -> dict[str, str]:
    """What all processes of the demo are told; a variable that is already set stays."""
    rasa = f"http://127.0.0.1:{settings.rasa_port}"
    simulator = f"http://127.0.0.1:{settings.simulator_port}"
    demo = {
        "ZHANGGUI_DEMO": "1",
        "DATABASE_URL": settings.database_url,
        "ZHANGGUI_RASA_URL": rasa,
        "ZHANGGUI_RASA_PORT": str(settings.rasa_port),
        "ZHANGGUI_ACTIONS_PORT": str(settings.actions_port),
        "ZHANGGUI_ACTIONS_URL": f"http://127.0.0.1:{settings.actions_port}/webhook",
        "ZHANGGUI_DESK_PORT": str(settings.desk_port),
        "ZHANGGUI_DESK_IMAGE_SOURCES": f"https: {simulator}",
        "ZHANGGUI_SIMULATOR_PORT": str(settings.simulator_port),
        "ZHANGGUI_WECHAT_ACCOUNTS": "demo",
        "ZHANGGUI_WECHAT_API": simulator,
        "ZHANGGUI_PUBLIC_URL": simulator,
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONUNBUFFERED": "1",
        **_secrets(settings.home / "demo-secrets.json"),
    }
    return {**demo, **env, **(_platforms(settings) if settings.platforms else {})}


def _platforms(settings: DemoSettings) -> dict[str, str]:
    """The shop's systems are those played here, whatever is set: real ones are never asked."""
    fakes = f"http://127.0.0.1:{settings.fakes_port}"
    return {
        "ZHANGGUI_SYSTEMS_PORT": str(settings.systems_port),
        "ZHANGGUI_FAKES_PORT": str(settings.fakes_port),
        "ZHANGGUI_SHOP_ORDERS": "taobao",
        "ZHANGGUI_SHOP_PARCELS": "kuaidi100",
        "ZHANGGUI_SHOP_AFTER_SALES": "sql",
        "ZHANGGUI_SHOP_TAOBAO_URL": f"{fakes}{TAOBAO}/router/rest",
        "ZHANGGUI_SHOP_TAOBAO_ACCOUNTS": TAOBAO_ACCOUNT,
        "ZHANGGUI_SHOP_KUAIDI100_QUERY_URL": f"{fakes}{KUAIDI100}/poll/query.do",
        "ZHANGGUI_SHOP_KUAIDI100_SUBSCRIBE_URL": f"{fakes}{KUAIDI100}/poll",
        "ZHANGGUI_SHOP_KUAIDI100_CALLBACK_URL": (
            f"http://127.0.0.1:{settings.systems_port}/webhooks/kuaidi100"
        ),
        "ZHANGGUI_SHOP_KUAIDI100_PHONE": "",
        **_secrets(settings.home / "platform-secrets.json", _platform_secrets),
    }


def write_env_file(path: Path, env: Mapping[str, str]) -> None:
    """The demo's settings as a file for the shell: `set -a; . var/demo.env; rasa shell`."""
    names = sorted(
        n for n in env if n.startswith("ZHANGGUI_") or n in ("DATABASE_URL", "REDIS_URL")
    )
    path.unlink(missing_ok=True)
    _write_private(path, "".join(f"{name}={shlex.quote(env[name])}\n" for name in names))


def _demo_secrets() -> dict[str, str]:
    return {
        "ZHANGGUI_SECRET": secrets.token_hex(32),
        "ZHANGGUI_ACTIONS_SECRET": secrets.token_hex(32),
        "ZHANGGUI_WECHAT_DEMO_APPID": f"wx{secrets.token_hex(8)}",
        "ZHANGGUI_WECHAT_DEMO_SECRET": secrets.token_hex(16),
        "ZHANGGUI_WECHAT_DEMO_TOKEN": secrets.token_hex(12),
        "ZHANGGUI_WECHAT_DEMO_AES_KEY": base64.b64encode(secrets.token_bytes(32)).decode()[:43],
        "ZHANGGUI_WECHAT_DEMO_ORIGINAL_ID": f"gh_{secrets.token_hex(6)}",
    }


def _platform_secrets() -> dict[str, str]:
    return {
        "ZHANGGUI_SHOP_TAOBAO_APP_KEY": str(secrets.randbelow(9 * 10**7) + 10**7),
        "ZHANGGUI_SHOP_TAOBAO_APP_SECRET": secrets.token_hex(16),
        f"ZHANGGUI_SHOP_TAOBAO_{TAOBAO_ACCOUNT.upper()}_SESSION": secrets.token_hex(24),
        "ZHANGGUI_SHOP_KUAIDI100_CUSTOMER": secrets.token_hex(16).upper(),
        "ZHANGGUI_SHOP_KUAIDI100_KEY": secrets.token_hex(8),
        "ZHANGGUI_SHOP_KUAIDI100_SECRET": secrets.token_hex(32),
    }


def _secrets(path: Path, make: Callable[[], dict[str, str]] = _demo_secrets) -> dict[str, str]:
    """This demo's secrets, made at the first start and kept, so that sessions survive a restart."""
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    made = make()
    _write_private(path, json.dumps(made, indent=2))
    return made


def _write_private(path: Path, text: str) -> None:
    """A new file that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def programs(settings: DemoSettings) -> list[Program]:
    """The four processes; with platforms also those that play them and that listen to them."""
    local = "http://127.0.0.1"
    played = [
        Program(
            name="fakes",
            title="假的淘宝和快递100 fakes",
            command=python("-m", "shop.fakes"),
            health=f"{local}:{settings.fakes_port}/health",
        ),
        Program(
            name="systems",
            title="听平台消息 systems",
            command=python("-m", "connectors.systems"),
            health=f"{local}:{settings.systems_port}/health",
        ),
    ]
    return [
        Program(
            name="actions",
            title="业务动作 actions",
            command=python("-m", "actions.server"),
            health=f"{local}:{settings.actions_port}/health",
        ),
        Program(
            name="rasa",
            title="对话机器人 rasa",
            command=python(
                "-m", "rasa", "run", "--interface", "127.0.0.1",
                "--port", str(settings.rasa_port), "--model", "models",
                "--credentials", "credentials.yml", "--endpoints", "endpoints.yml",
            ),
            health=f"{local}:{settings.rasa_port}/webhooks/web/",
        ),
        Program(
            name="desk",
            title="客服工作台 desk",
            command=python("-m", "desk"),
            health=f"{local}:{settings.desk_port}/api/health",
        ),
        Program(
            name="simulator",
            title="手机模拟器 simulator",
            command=python("-m", "connectors.simulator"),
            health=f"{local}:{settings.simulator_port}/",
        ),
        *(played if settings.platforms else []),
    ]  # fmt: skip


async def prepare(database: Database, *, platforms: bool = False) -> str:
    """Tables, demo shop, demo staff; again: only what is missing or out of date.

    Args:
        platforms: the orders are Taobao's; its buyers are linked to the customers.

    Raises:
        DemoError: the database holds a shop or staff that are not the demo's.
    """
    await upgrade(database)
    async with database.read() as connection:
        is_demo = (await connection.execute(sa.select(demo_loads.c.id).limit(1))).first()
        in_use = [
            (await connection.execute(sa.select(column).limit(1))).first()
            for column in (products.c.id, staff.c.id, conversations.c.id)
        ]
    if not is_demo and any(in_use):
        raise DemoError(
            "DATABASE_URL 指向的数据库里有真实的店铺或账号，演示不会往里写数据和公开的密码；"
            "去掉 DATABASE_URL，或换一个空的数据库"
        )
    arrange = as_copied if platforms else as_it_is
    summary = await load_demo(database, data_dir=Path("data/shop"), arrange=arrange)
    identities = CustomerIdentities(database=database)
    await identities.link(summary.identities)
    if platforms:
        people = dict.fromkeys(customer for _, customer in summary.identities)
        await identities.link(
            [(ConversationKey("taobao", TAOBAO_ACCOUNT, open_uid(one)), one) for one in people]
        )
        async with database.write() as connection:  # the platforms begin anew at every start
            await connection.execute(sa.update(parcels).values(subscribed_at=None))
    for id_, name, role, seniority in STAFF:
        await ensure_staff(
            database,
            id=id_,
            name=name,
            role=role,
            password=STAFF_PASSWORD,
            seniority=seniority,
        )
    return (
        f"{summary.products} 款商品、{summary.customers} 位顾客、{summary.orders} 笔订单、"
        f"{summary.parcels} 个包裹（日期都以今天为准）"
    )


def _say(text: str = "") -> None:
    print(text, flush=True)


def _check_ports(settings: DemoSettings) -> None:
    for name, port in (
        ("RASA", settings.rasa_port),
        ("ACTIONS", settings.actions_port),
        ("DESK", settings.desk_port),
        ("SIMULATOR", settings.simulator_port),
        *(
            (("SYSTEMS", settings.systems_port), ("FAKES", settings.fakes_port))
            if settings.platforms
            else ()
        ),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise DemoError(
                    f"端口 {port} 被占用：可能另一个 make demo 还开着；关掉它，"
                    f"或换一个端口：ZHANGGUI_{name}_PORT={port + 1000} make demo"
                    + (" SYSTEMS=platforms" if settings.platforms else "")
                ) from None


async def _train(env: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(*python("-m", "bot.train"), env=dict(env))
    if await process.wait() != 0:
        raise DemoError("训练没有成功，原因见上面的输出")


async def run(settings: DemoSettings, *, stop: asyncio.Event) -> int:
    """Prepare, start, wait for the end; the exit status."""
    began = time.monotonic()
    _check_ports(settings)
    env = environment(settings, os.environ)
    write_env_file(settings.home / "demo.env", env)
    _say("▸ 检查模型")
    await _train(env)
    os.umask(0o077)  # database and logs hold what shoppers say: for this user only
    _say("▸ 准备数据库和演示店铺")
    database = Database.from_url(env["DATABASE_URL"])
    try:
        _say(f"  {await prepare(database, platforms=settings.platforms)}")
    finally:
        await database.close()
    _say(f"▸ 启动{'六' if settings.platforms else '四'}个进程（约 15 秒）")
    processes = Processes(programs=programs(settings), env=env, log_dir=settings.home / "log")
    stopping = asyncio.create_task(stop.wait())
    try:
        starting = asyncio.create_task(
            processes.start(seconds=START_SECONDS, told=lambda line: _say(f"  ✓ {line}"))
        )
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        await starting
        _say(_welcome(settings, time.monotonic() - began))
        ending = asyncio.create_task(processes.wait_for_an_end())
        await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            ending.cancel()
            return 0
        raise StartError(await ending)
    finally:
        _say("▸ 正在停止…")
        await processes.stop()
        _say("  已停止。数据留在 " + str(settings.home) + "/，删掉它就回到初始状态。")


def _welcome(settings: DemoSettings, seconds: float) -> str:
    fakes, tries = "", ""
    if settings.platforms:
        page = f"http://127.0.0.1:{settings.fakes_port}/"
        fakes = f"\n  假淘宝和快递100  {page}    让包裹走一步，停掉平台"
        tries = "\n平台：问过包裹后让它走一步再问；停掉淘宝再问，恢复后等掌柜补答。"
    return f"""
掌柜已就绪（{seconds:.0f} 秒）

  顾客的手机    http://127.0.0.1:{settings.simulator_port}/    选一位顾客，直接打字
  客服工作台    http://127.0.0.1:{settings.desk_port}/    账号 xiaowang，密码 {STAFF_PASSWORD}
  网页渠道接口  http://127.0.0.1:{settings.rasa_port}/webhooks/web{fakes}

试试看：「我昨天买的黑色L码衬衫到哪了」「羊毛含量多少」「我要退货」「转人工」{tries}
日志在 {settings.home}/log/。按 Ctrl-C 停止。
"""


async def _main() -> int:
    parser = argparse.ArgumentParser(
        prog="make demo",
        description=__doc__,
        epilog="环境变量：ZHANGGUI_HOME（数据目录，默认 var）、ZHANGGUI_{RASA,ACTIONS,DESK,"
        "SIMULATOR,SYSTEMS,FAKES}_PORT、DATABASE_URL（默认内置 SQLite）、REDIS_URL",
    )
    parser.add_argument(
        "--systems",
        choices=("own", "platforms"),
        default="own",
        help="own：订单和包裹在店铺自己的表里（默认）；platforms：在假的淘宝和快递100 里",
    )
    platforms = parser.parse_args().systems == "platforms"
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        return await run(DemoSettings.from_env(os.environ, platforms=platforms), stop=stop)
    except ZhangguiError as error:
        print(f"\n✗ {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(asyncio.run(_main()))
