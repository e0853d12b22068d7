"""The description is true: every route is in it, every path answers as it says."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import jsonschema
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from conversations.keys import ConversationKey
from conversations.messages import Picture
from desk.openapi import document
from shop.operations.types import Ground, Pending, Receipt, ReceiptState
from tests.desk.fakes import LIN, FakeShop
from tests.desk.scenes import HANDOFF, XIAOLI, Scenes

KEY = ConversationKey("wechat", "shop1", "shopper/a")

PICTURE = Picture(id="7" * 32, data=b"\xff\xd8\xff", content_type="image/jpeg")

PENDING = Pending(
    receipt=Receipt(
        number="OP261118K7M2QX",
        kind="refund_request",
        customer_id=LIN,
        order_id="2411180000012345678",
        line_id="",
        state=ReceiptState.AWAITING_APPROVAL,
        refund=15900,
        details={"cause": "lost"},
        created_at=datetime(2026, 11, 18, tzinfo=timezone.utc),
    ),
    label="牛津纺衬衫",
    amount=15900,
    grounds=(Ground.OVER_LIMIT,),
    limit=5000,
    senior_only=False,
)

BODIES = {
    "decide": {"approve": True, "reason": "属实"},
    "take": {"version": 2},
    "reply": {"text": "您好"},
    "addNote": {"text": "备注"},
    "resolve": {"outcome": "好了"},
    "signIn": {"name": "xiaoli", "password": "zhanggui-2024"},
}


def routes(server: TestServer) -> set[tuple[str, str]]:
    found = set()
    assert server.app is not None
    for route in server.app.router.routes():
        resource = route.resource
        if resource is not None and resource.canonical.startswith("/api/"):
            found.add((route.method.lower(), resource.canonical))
    return found


def described() -> dict[tuple[str, str], dict]:
    return {
        (method, path): operation
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    }


def test_every_route_is_described_and_every_description_is_a_route(server: TestServer) -> None:
    assert routes(server) == set(described())


def test_operations_are_complete() -> None:
    names = [operation["operationId"] for operation in described().values()]
    assert len(names) == len(set(names))
    for (_, path), operation in described().items():
        given = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert given == set(re.findall(r"{(\w+)}", path))
        assert operation["summary"].endswith(".")


def resolve_references(node: object, schemas: dict) -> object:
    if isinstance(node, dict):
        if "$ref" in node:
            return resolve_references(schemas[node["$ref"].rpartition("/")[2]], schemas)
        return {name: resolve_references(value, schemas) for name, value in node.items()}
    if isinstance(node, list):
        return [resolve_references(item, schemas) for item in node]
    return node


async def test_every_path_answers_as_described(
    agent: TestClient, scenes: Scenes, shop: FakeShop
) -> None:
    shop.pending_by_customer[LIN] = [PENDING]
    await scenes.queued(KEY, customer=LIN)
    await scenes.sends(KEY, PICTURE)
    await scenes.answered(KEY)
    await scenes.handoffs.take(KEY, agent=XIAOLI)
    await scenes.handoffs.resolve(KEY, agent=XIAOLI, outcome="试过")
    await scenes.queued(KEY, handoff=HANDOFF)
    schemas = document()["components"]["schemas"]
    order = [
        "whoAmI", "listConversations", "getConversation", "getPicture", "getCustomer",
        "revealCustomer", "getApprovals", "decide", "take", "reply", "addNote", "resolve",
        "events", "describe", "health", "signIn", "signOut",
    ]  # fmt: skip
    operations = {o["operationId"]: (m, p, o) for (m, p), o in described().items()}
    assert set(order) == set(operations)
    for name in order:
        method, path, operation = operations[name]
        url = path.replace("{id}", str(KEY).replace("/", "%2F")).replace("{picture}", PICTURE.id)
        url = url.replace("{number}", PENDING.receipt.number)
        body = BODIES.get(name, {})
        if name == "take":
            body = {}
        answer = await agent.request(
            method.upper(),
            URL(url, encoded=True),
            **({} if method == "get" else {"json": body}),
        )
        promised = operation["responses"][str(answer.status)]
        assert answer.status < 300, (name, await answer.text())
        if name == "events":
            answer.close()
            continue
        if name == "getPicture":
            assert list(promised["content"]) == [answer.content_type]
            continue
        if "content" in promised:
            schema = resolve_references(promised["content"]["application/json"]["schema"], schemas)
            validator = jsonschema.Draft202012Validator(schema)
            assert list(validator.iter_errors(await answer.json())) == [], name


async def test_without_a_session_every_private_path_says_401(visitor: TestClient) -> None:
    for (method, path), operation in described().items():
        if operation.get("security") == []:
            continue
        answer = await visitor.request(
            method.upper(), path.replace("{id}", "web:main:a"), json={"text": "x"}
        )
        assert answer.status == 401
        assert "401" in operation["responses"]
