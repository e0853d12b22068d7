"""Accounts: made, changed, removed; also from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from conversations.database import Database
from conversations.errors import NotFound
from desk import accounts as command
from desk.accounts import AccountError, Accounts, Role, ensure_staff
from desk.schema import staff
from tests.desk.conftest import PASSWORD, cheap_passwords


@pytest.fixture
def accounts(desk_database: Database) -> Accounts:
    return Accounts(database=desk_database, passwords=cheap_passwords())


async def test_ensuring_twice_keeps_sessions_and_takes_the_new_name(accounts: Accounts) -> None:
    session = await accounts.sign_in("xiaowang", PASSWORD)
    assert session is not None
    await accounts.ensure(id="xiaowang", name="王姐", role=Role.SUPERVISOR, password=PASSWORD)
    who = await accounts.who(session.token)
    assert who is not None
    assert (who.name, who.role) == ("王姐", Role.SUPERVISOR)


async def test_a_new_password_ends_the_sessions(accounts: Accounts) -> None:
    session = await accounts.sign_in("xiaowang", PASSWORD)
    assert session is not None
    await accounts.ensure(id="xiaowang", name="小王", role=Role.AGENT, password="another-one")
    assert await accounts.who(session.token) is None
    assert await accounts.sign_in("xiaowang", PASSWORD) is None
    assert await accounts.sign_in("xiaowang", "another-one") is not None


async def test_passwords_are_stored_as_argon2id(desk_database: Database) -> None:
    await ensure_staff(desk_database, id="new", name="新人", role="agent", password="long enough")
    async with desk_database.read() as connection:
        query = sa.select(staff.c.password_hash).where(staff.c.id == "new")
        stored = (await connection.execute(query)).scalar_one()
    assert stored.startswith("$argon2id$")
    assert "long enough" not in stored


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"id": "a b"}, "sign-in name"),
        ({"id": ""}, "sign-in name"),
        ({"name": " "}, "display name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 300}, "password"),
    ],
)
async def test_what_will_not_do_is_named(accounts: Accounts, change: dict, what: str) -> None:
    values = {"id": "ok", "name": "好", "role": Role.AGENT, "password": "long enough"}
    with pytest.raises(AccountError, match=what):
        await accounts.ensure(**(values | change))


async def test_a_removed_account_is_out_at_once(accounts: Accounts) -> None:
    session = await accounts.sign_in("xiaowang", PASSWORD)
    assert session is not None
    await accounts.remove("xiaowang")
    assert await accounts.who(session.token) is None
    assert await accounts.sign_in("xiaowang", PASSWORD) is None
    with pytest.raises(NotFound):
        await accounts.remove("xiaowang")


def test_the_command_line(
    desk_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "cli.db"
    path.write_bytes(desk_template.read_bytes())
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("a-good-password\n"))
    assert command.main(["add", "xiaozhao", "--name", "小赵", "--role", "agent"]) == 0
    assert "小赵" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert command.main(["add", "xiaozhao", "--name", "小赵"]) == 1
    assert "password" in capsys.readouterr().err
    assert command.main(["remove", "xiaozhao"]) == 0
    assert command.main(["remove", "xiaozhao"]) == 1
