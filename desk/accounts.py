"""The people of the desk: accounts, sign-in, sessions.

`python -m desk.accounts add NAME --name 显示名 --role agent` makes or changes an account; the
password is read from the terminal or from standard input.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import hashlib
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa

from conversations.database import DEFAULT_URL, Clock, Database, utc_now
from conversations.errors import NotFound, ZhangguiError
from desk.passwords import MAX_CHARACTERS, MIN_CHARACTERS, Passwords
from desk.schema import sessions, staff
from desk.texts import Catalogue

SESSION_LIFE = timedelta(hours=12)
"""One working day: after that the password is asked again."""

_SEEN_EVERY = timedelta(minutes=1)
_SIGN_IN_NAME = re.compile(r"[\w.@\-]{1,64}")


class AccountError(ZhangguiError):
    """An account cannot be made as asked; the text says what to change."""


class Role(str, Enum):
    """What a member of staff may do."""

    AGENT = "agent"
    TRAINER = "trainer"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def serves(self) -> bool:
        """Whether this role talks with shoppers (trainers read and leave notes)."""
        return self is not Role.TRAINER

    @property
    def senior(self) -> bool:
        """Whether this role decides about any amount."""
        return self in (Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True)
class Staff:
    """A member of staff. `id` is the sign-in name, `name` what shoppers see."""

    id: str
    name: str
    role: Role
    seniority: int = 0


@dataclass(frozen=True)
class Session:
    """A sign-in just made: the token goes into the cookie and is stored nowhere."""

    staff: Staff
    token: str
    started_at: datetime
    expires_at: datetime


class Accounts:
    """Accounts and sessions in the database."""

    def __init__(self, *, database: Database, passwords: Passwords, clock: Clock = utc_now) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    async def ensure(
        self, *, id: str, name: str, role: Role, password: str, seniority: int = 0
    ) -> Staff:
        """Make the account, or bring an existing one to these values.

        A changed password ends the account's open sessions.

        Raises:
            AccountError: the sign-in name, display name or password will not do.
        """
        id = canonical_name(id)
        if not _SIGN_IN_NAME.fullmatch(id):
            raise AccountError("sign-in name: 1 to 64 letters, digits or . _ @ - (e.g. xiaowang)")
        if not 1 <= len(name.strip()) <= 64:
            raise AccountError("display name: 1 to 64 characters")
        if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
            raise AccountError(f"password: {MIN_CHARACTERS} to {MAX_CHARACTERS} characters")
        member = Staff(id=id, name=name.strip(), role=role, seniority=seniority)
        stored = await self._hash_of(id)
        same = stored is not None and await self._passwords.matches(stored, password)
        hashed = stored if same else await self._passwords.hash(password)
        values = {
            "name": member.name,
            "role": role.value,
            "password_hash": hashed,
            "seniority": seniority,
        }
        insert = self._database.insert(staff).values(id=id, created_at=self._clock(), **values)
        async with self._database.write() as connection:
            await connection.execute(
                insert.on_conflict_do_update(index_elements=[staff.c.id], set_=values)
            )
            if not same:
                await connection.execute(sa.delete(sessions).where(sessions.c.staff == id))
        return member

    async def remove(self, id: str) -> None:
        """Close the account and end its sessions.

        Raises:
            NotFound: there is no such account.
        """
        id = canonical_name(id)
        async with self._database.write() as connection:
            await connection.execute(sa.delete(sessions).where(sessions.c.staff == id))
            gone = await connection.execute(sa.delete(staff).where(staff.c.id == id))
        if gone.rowcount == 0:
            raise NotFound(f"there is no account {id!r}")

    async def sign_in(self, id: str, password: str) -> Session | None:
        """A new session, or None when name and password do not belong together."""
        id = canonical_name(id)
        if len(password) > MAX_CHARACTERS:
            return None
        if not await self._passwords.matches(await self._hash_of(id), password):
            return None
        now = self._clock()
        token = secrets.token_urlsafe(32)
        expires_at = now + SESSION_LIFE
        async with self._database.write() as connection:
            row = (await connection.execute(sa.select(staff).where(staff.c.id == id))).one_or_none()
            if row is None:
                return None
            await connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(
                sa.insert(sessions).values(
                    token_sha256=_fingerprint(token),
                    staff=id,
                    created_at=now,
                    expires_at=expires_at,
                    last_seen_at=now,
                )
            )
        return Session(staff=_staff(row), token=token, started_at=now, expires_at=expires_at)

    async def who(self, token: str) -> Staff | None:
        """Whose session this is, or None when it ended or never was."""
        if not token:
            return None
        now = self._clock()
        fingerprint = _fingerprint(token)
        query = (
            sa.select(staff, sessions.c.last_seen_at)
            .select_from(sessions.join(staff, staff.c.id == sessions.c.staff))
            .where(sessions.c.token_sha256 == fingerprint, sessions.c.expires_at > now)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if now - row.last_seen_at > _SEEN_EVERY:
            async with self._database.write() as connection:
                await connection.execute(
                    sa.update(sessions)
                    .where(sessions.c.token_sha256 == fingerprint)
                    .values(last_seen_at=now)
                )
        return _staff(row)

    async def name_of(self, id: str) -> str:
        """The display name of that account; its sign-in name when it is closed."""
        async with self._database.read() as connection:
            found = await connection.execute(sa.select(staff.c.name).where(staff.c.id == id))
        return found.scalar_one_or_none() or id

    async def sign_out(self, token: str) -> None:
        """End the session; one that never was is no error."""
        async with self._database.write() as connection:
            await connection.execute(
                sa.delete(sessions).where(sessions.c.token_sha256 == _fingerprint(token))
            )

    async def _hash_of(self, id: str) -> str | None:
        query = sa.select(staff.c.password_hash).where(staff.c.id == id)
        async with self._database.read() as connection:
            return (await connection.execute(query)).scalar_one_or_none()


def canonical_name(id: str) -> str:
    """The sign-in name as stored: trimmed, lower case."""
    return id.strip().casefold()


async def ensure_staff(
    database: Database, *, id: str, name: str, role: str, password: str, seniority: int = 0
) -> Staff:
    """`Accounts.ensure` for launchers that have nothing but a database."""
    accounts = Accounts(database=database, passwords=Passwords())
    return await accounts.ensure(
        id=id, name=name, role=Role(role), password=password, seniority=seniority
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    texts = Catalogue.load().choose(wanted=os.environ.get("LANG", "").replace("_", "-"))
    parser = argparse.ArgumentParser(prog="python -m desk.accounts", description=texts("cli.about"))
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help=texts("cli.add"))
    add.add_argument("id", metavar="NAME", help=texts("cli.id"))
    add.add_argument("--name", required=True, help=texts("cli.name"))
    add.add_argument("--role", choices=[role.value for role in Role], default=Role.AGENT.value)
    add.add_argument("--seniority", type=int, default=0, help=texts("cli.seniority"))
    remove = commands.add_parser("remove", help=texts("cli.remove"))
    remove.add_argument("id", metavar="NAME", help=texts("cli.id"))
    options = parser.parse_args(arguments)
    try:
        if options.command == "add":
            password = _read_password(texts("cli.password"))
            member = asyncio.run(_add(options, password))
            said = texts("cli.added", id=member.id, name=member.name)
        else:
            asyncio.run(_remove(options.id))
            said = texts("cli.removed", id=options.id)
    except ZhangguiError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(said + "\n")
    return 0


async def _add(options: argparse.Namespace, password: str) -> Staff:
    async with _database() as database:
        return await ensure_staff(
            database,
            id=options.id,
            name=options.name,
            role=options.role,
            password=password,
            seniority=options.seniority,
        )


async def _remove(id: str) -> None:
    async with _database() as database:
        await Accounts(database=database, passwords=Passwords()).remove(id)


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    database = Database.from_url(os.environ.get("DATABASE_URL") or DEFAULT_URL)
    try:
        yield database
    finally:
        await database.close()


def _read_password(prompt: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\r\n")


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _staff(row: sa.engine.Row) -> Staff:
    return Staff(id=row.id, name=row.name, role=Role(row.role), seniority=row.seniority)


if __name__ == "__main__":
    sys.exit(main())
