"""The rules of the house itself: who may import whom, and what the repository must not hold."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("shop", "conversations", "connectors", "actions", "bot", "desk")
ALLOWED = {
    "shop": {"shop", "conversations"},
    "conversations": {"conversations", "shop"},
    "connectors": {"connectors", "shop", "conversations"},
    "actions": {"actions", "shop", "conversations"},
    "bot": {"bot", "shop", "conversations"},
    "desk": {"desk", "shop", "conversations"},
}
# What the two inner rooms may know of each other: values and errors, not workings.
PUBLIC_TYPES = {
    "shop": {"conversations.errors", "conversations.keys", "conversations.database"},
    "conversations": {"shop.types", "shop.errors", "shop.gateway", "shop.numerals"},
}
RASA_ROOMS = ("bot",)
RASA_DOORS = {  # the channel classes and what binds them to Rasa's server
    "connectors/rasa_bot.py",
    "connectors/runtime.py",
    "connectors/body.py",
    "connectors/web/channel.py",
    "connectors/wechat/channel.py",
}


def sources(room: str) -> Iterator[Path]:
    return (path for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports from the root"
            yield node.module or ""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    for path in sources(room):
        for module in imports(path):
            top = module.split(".")[0]
            if top in ROOMS or top in ("deploy", "bench", "tests"):
                assert top in ALLOWED[room], f"{path.relative_to(ROOT)} imports {module}"
            if room in PUBLIC_TYPES and top in ROOMS and top != room:
                assert module in PUBLIC_TYPES[room], (
                    f"{path.relative_to(ROOT)} reaches into {module}"
                )


@pytest.mark.parametrize("room", ROOMS)
def test_rasa_is_known_only_where_it_must_be(room: str) -> None:
    for path in sources(room):
        name = str(path.relative_to(ROOT))
        tops = {module.split(".")[0] for module in imports(path)}
        if room not in RASA_ROOMS and name not in RASA_DOORS:
            assert not tops & {"rasa", "sanic"} or room == "actions", f"{name} imports Rasa"
        if room == "actions":
            assert "rasa" not in tops, f"{name} imports rasa; actions know rasa_sdk only"
        else:
            assert "rasa_sdk" not in tops, f"{name} imports rasa_sdk"


def test_nothing_names_a_package_index_or_the_shared_folder() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    forbidden = ("--index" + "-url", "--extra-" + "index-url", "../" + "shared", "file:" + "///opt")
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in (".png", ".woff2", ".ico", ".gz") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for word in forbidden:
            assert word not in text, f"{name} holds {word}"


def test_every_lock_entry_is_pinned_with_a_hash() -> None:
    entries = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, entries.splitlines()):
        assert "==" in line and "--hash=sha256:" in line, line
