"""Who gets in, who does not, and how often one may try."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient, TestServer

from conversations.changes import LocalDoorbell
from conversations.database import Database
from desk.accounts import Accounts
from desk.app import create_app
from desk.schema import audit, sessions
from desk.settings import Settings
from tests.desk.conftest import PASSWORD, SignIn, cheap_passwords
from tests.desk.fakes import fake_shop
from tests.desk.scenes import HandClock


async def actions(database: Database) -> list[tuple[str, str]]:
    async with database.read() as connection:
        rows = await connection.execute(sa.select(audit).order_by(audit.c.id))
        return [(row.staff, row.action) for row in rows]


async def test_the_right_password_opens_a_session(
    visitor: TestClient, desk_database: Database
) -> None:
    answer = await visitor.post("/api/session", json={"name": " XiaoWang ", "password": PASSWORD})
    assert answer.status == 201
    assert await answer.json() == {"id": "xiaowang", "name": "小王", "role": "agent"}
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Max-Age=43200" in cookie
    assert "Secure" not in cookie
    who = await visitor.get("/api/session")
    assert (await who.json())["id"] == "xiaowang"
    assert await actions(desk_database) == [("xiaowang", "sign_in")]


async def test_the_token_is_stored_only_as_a_hash(
    visitor: TestClient, desk_database: Database
) -> None:
    answer = await visitor.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
    token = answer.cookies["zhanggui_desk"].value
    async with desk_database.read() as connection:
        stored = (await connection.execute(sa.select(sessions.c.token_sha256))).scalars().all()
    assert token not in stored
    assert [len(value) for value in stored] == [64]


async def test_behind_https_the_cookie_is_secure(visitor: TestClient) -> None:
    answer = await visitor.post(
        "/api/session",
        json={"name": "xiaowang", "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"},
    )
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_with_a_public_https_address_the_cookie_is_secure(desk_database: Database) -> None:
    app = create_app(
        database=desk_database,
        shop=fake_shop().bundle(),
        doorbell=LocalDoorbell(),
        passwords=cheap_passwords(),
        settings=Settings(public_url="https://desk.example"),
    )
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


async def test_a_name_that_grows_in_lower_case_is_cut_to_the_record(
    visitor: TestClient, desk_database: Database
) -> None:
    answer = await visitor.post("/api/session", json={"name": "ß" * 64, "password": "guessing"})
    assert answer.status == 401
    assert await actions(desk_database) == [("s" * 64, "sign_in_failed")]


@pytest.mark.parametrize("name", ["xiaowang", "nobody"])
async def test_a_wrong_password_and_an_unknown_name_look_the_same(
    visitor: TestClient, desk_database: Database, name: str
) -> None:
    answer = await visitor.post("/api/session", json={"name": name, "password": "not this one"})
    assert answer.status == 401
    error = (await answer.json())["error"]
    assert error == {"code": "wrong_password", "message": "登录名或密码不对，请再试一次。"}
    assert "Set-Cookie" not in answer.headers
    assert await actions(desk_database) == [(name, "sign_in_failed")]


async def test_signing_out_ends_the_session_everywhere(agent: TestClient) -> None:
    token = {c.key: c.value for c in agent.session.cookie_jar}["zhanggui_desk"]
    answer = await agent.delete("/api/session", headers={"X-Requested-With": "zhanggui"})
    assert answer.status == 204
    again = await agent.get("/api/session", headers={"Cookie": f"zhanggui_desk={token}"})
    assert again.status == 401


async def test_a_session_ends_after_twelve_hours(agent: TestClient, clock: HandClock) -> None:
    clock.move(hours=11, minutes=59)
    assert (await agent.get("/api/session")).status == 200
    clock.move(minutes=2)
    answer = await agent.get("/api/session")
    assert answer.status == 401
    assert (await answer.json())["error"]["code"] == "signed_out"


async def test_too_many_tries_for_one_name_are_refused_for_a_while(
    visitor: TestClient, clock: HandClock
) -> None:
    wrong = {"name": "xiaowang", "password": "not this one"}
    for _ in range(10):
        assert (await visitor.post("/api/session", json=wrong)).status == 401
    refused = await visitor.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert "分钟" in (await refused.json())["error"]["message"]
    other = await visitor.post("/api/session", json={"name": "xiaoli", "password": PASSWORD})
    assert other.status == 201
    clock.move(minutes=5, seconds=1)
    later = await visitor.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
    assert later.status == 201


async def test_too_many_tries_from_one_address_are_refused(visitor: TestClient) -> None:
    for number in range(40):
        wrong = {"name": f"guess{number}", "password": "not this one"}
        assert (await visitor.post("/api/session", json=wrong)).status == 401
    refused = await visitor.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
    assert refused.status == 429


async def test_signing_in_well_is_not_counted(visitor: TestClient) -> None:
    for _ in range(25):
        answer = await visitor.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
        assert answer.status == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"name":"xiaowang"}',
        b'{"name":1,"password":"x"}',
        b"[" * 30000,
        b'{"name":"xiaowang","password":"\\ud800"}',
    ],
)
async def test_a_malformed_sign_in_is_422(visitor: TestClient, body: bytes) -> None:
    answer = await visitor.post(
        "/api/session", data=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 422
    assert "Traceback" not in await answer.text()


async def test_nothing_but_the_public_parts_answers_a_visitor(visitor: TestClient) -> None:
    paths = ["/api/conversations", "/api/conversations/web:main:a", "/api/events", "/api/nothing"]
    for path in paths:
        answer = await visitor.get(path)
        assert answer.status == 401, path
    assert (await visitor.get("/api/openapi.json")).status == 200
    assert (await visitor.get("/api/health")).status == 200


# --- requests that a foreign page may have started ---


async def test_a_foreign_origin_is_refused(agent: TestClient) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:1", "http://["):
        answer = await agent.post(
            "/api/conversations/web:main:a/take", json={}, headers={"Origin": origin}
        )
        assert answer.status == 403, origin
        assert (await answer.json())["error"]["code"] == "foreign_origin"


async def test_our_own_origin_is_accepted(agent: TestClient) -> None:
    origin = str(agent.make_url("/")).rstrip("/")
    answer = await agent.post(
        "/api/conversations/web:main:a/take", json={}, headers={"Origin": origin}
    )
    assert answer.status == 404


async def test_a_form_post_is_refused(agent: TestClient) -> None:
    answer = await agent.post("/api/conversations/web:main:a/take", data={"version": "1"})
    assert answer.status == 403
    assert (await answer.json())["error"]["code"] == "not_json"


async def test_a_browser_that_says_cross_site_is_refused(agent: TestClient) -> None:
    answer = await agent.post(
        "/api/conversations/web:main:a/take", json={}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status == 403


async def test_a_trainer_reads_and_notes_but_does_not_serve(
    signed_in: SignIn, scenes: object
) -> None:
    trainer = await signed_in("laozhou")
    assert (await trainer.get("/api/conversations")).status == 200
    for step in ("take", "messages", "resolve", "customer/reveal"):
        answer = await trainer.post(f"/api/conversations/web:main:a/{step}", json={"text": "您好"})
        assert answer.status == 403, step
        assert (await answer.json())["error"]["code"] == "role"


async def test_a_failure_is_logged_without_what_was_sent(
    visitor: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(self: Accounts, id: str, password: str) -> None:
        raise RuntimeError(password)

    monkeypatch.setattr(Accounts, "sign_in", broken)
    answer = await visitor.post("/api/session", json={"name": "xiaowang", "password": PASSWORD})
    assert answer.status == 500
    assert PASSWORD not in await answer.text()
    logged = "".join(capsys.readouterr())
    assert "desk.failed" in logged
    assert "broken" in logged
    assert PASSWORD not in logged
