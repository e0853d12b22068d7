"""Deciding what the rules leave to a person: by whom, once, on record, and the shopper is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient

from conversations.database import Database
from conversations.keys import ConversationKey
from conversations.messages import Picture
from conversations.schema import outbox, tracker_events
from desk.accounts import Accounts, Role
from desk.schema import audit
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.operations.quality import QualityComplaint
from shop.operations.types import Receipt, ReceiptState
from shop.operations.undo import UndoRequest
from shop.policies import Policy, load_policy
from shop.solutions import Way
from shop.sql import sql_shop
from tests.desk.conftest import PASSWORD, SignIn, cheap_passwords, hire
from tests.desk.scenes import XIAOLI, XIAOWANG, Scenes
from tests.shop.world import (
    LINE,
    NOW,
    POLICIES,
    SKU,
    FakeClock,
    add_customer,
    add_order,
    add_product,
    order,
    signed,
)

KEY = ConversationKey("wechat", "shop1", "o-lin")
OTHER = ConversationKey("web", "main", "o-chen")
POLICY: Policy = load_policy(POLICIES)
PATH = f"/api/conversations/{KEY}/approvals"
LIN, CHEN = "c-1", "c-2"
REASON = "照片里看不清问题"


class RealShop:
    """The shop's own tables."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock(NOW)
        self.shop = sql_shop(database, policies=lambda: POLICY, clock=self.clock)
        self.orders = 0

    def bundle(self) -> Shop:
        return self.shop

    async def open(self) -> None:
        for customer in (LIN, CHEN):
            await add_customer(self.database, customer)
        await add_product(self.database, SKU)

    async def complaint(
        self, *, paid: int = 40000, photo: str = "", customer: str = LIN
    ) -> Receipt:
        """Part of the money for bad goods (a fifth of what was paid), which waits for a person."""
        self.orders += 1
        here = signed(2, replace(LINE, paid=paid))
        one = order(
            here,
            id=f"42188600123401060{self.orders:02d}",
            customer_id=customer,
            paid=paid,
            signed_at=NOW - timedelta(days=2),
            shipped_at=here.shipped_at,
        )
        await add_order(self.database, one)
        wish = QualityComplaint(
            one.id, one.lines[0].id, fault="袖口开线", solution=Way.PARTIAL_REFUND, photo=photo
        )
        receipt = await self.shop.operations.carry_out(customer, wish, idempotency_key=one.id)
        assert receipt.state is ReceiptState.AWAITING_APPROVAL
        self.clock.now += timedelta(minutes=1)
        return receipt

    async def state(self, receipt: Receipt) -> ReceiptState:
        found = await self.shop.operations.receipts(receipt.customer_id, order_id=receipt.order_id)
        return found[0].state


@pytest.fixture
async def desk_database(database: Database) -> AsyncIterator[Database]:
    await hire(database)
    yield database


@pytest.fixture
async def shop(desk_database: Database) -> RealShop:
    real = RealShop(desk_database)
    await real.open()
    return real


@pytest.fixture
async def senior(signed_in: SignIn) -> TestClient:
    """掌柜, the supervisor, signed in."""
    return await signed_in("zhanggui")


async def pending(client: TestClient, path: str = PATH) -> list[dict[str, Any]]:
    answer = await client.get(path)
    assert answer.status == 200, await answer.text()
    found: list[dict[str, Any]] = (await answer.json())["approvals"]
    return found


async def decide(client: TestClient, receipt: Receipt, **body: Any) -> tuple[int, dict[str, Any]]:
    answer = await client.post(f"{PATH}/{receipt.number}", json=body)
    return answer.status, await answer.json()


async def said(scenes: Scenes, key: ConversationKey = KEY) -> list[tuple[str, str, str]]:
    return [
        (one.sender.value, one.author, one.content.text)
        for one in await scenes.ledger.history(key)
        if one.sender.value == "agent"
    ]


async def recorded(database: Database) -> list[tuple[str, str, str, str]]:
    async with database.read() as connection:
        rows = await connection.execute(
            sa.select(audit.c.staff, audit.c.action, audit.c.conversation, audit.c.detail)
            .where(audit.c.action.in_(["approve", "refuse"]))
            .order_by(audit.c.id)
        )
        return [tuple(row) for row in rows]


async def test_the_card_tells_what_for_what_how_much_and_why(
    agent: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    assert await pending(agent) == [
        {
            "number": receipt.number,
            "kind": "quality_complaint",
            "order_id": receipt.order_id,
            "line_id": receipt.line_id,
            "label": LINE.label,
            "amount": 8000,
            "details": {"reason": "quality", "fault": "袖口开线"},
            "grounds": ["over_limit"],
            "limit": 5000,
            "photos": [],
            "created_at": NOW.isoformat(),
            "due": (NOW + timedelta(hours=24)).isoformat(),
            "needs": "agent",
            "may_decide": True,
        }
    ]


async def test_photos_are_shown_if_they_are_this_customers(
    agent: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    await scenes.queued(OTHER, customer=CHEN)
    own = Picture(id="7" * 32, data=b"\xff\xd8\xff", content_type="image/jpeg")
    mine = await scenes.sends(KEY, own)
    foreign = await scenes.sends(OTHER, replace(own, id="8" * 32))
    await shop.complaint(photo=f"{KEY}#{mine},{OTHER}#{foreign},{KEY}#999,{KEY}#x,nonsense")
    (card,) = await pending(agent)
    assert len(card["photos"]) == 1
    assert (await agent.get(card["photos"][0])).status == 200


async def test_agreeing_is_told_recorded_and_remembered_in_one_step(
    agent: TestClient, scenes: Scenes, shop: RealShop, desk_database: Database
) -> None:
    await scenes.queued(KEY, customer=LIN)
    await scenes.handoffs.take(KEY, agent=XIAOWANG)
    receipt = await shop.complaint()
    status, body = await decide(agent, receipt, approve=True)
    assert status == 200
    assert (body["state"], body["approved"], body["by"]) == ("under_way", True, "xiaowang")
    ((sender, author, text),) = await said(scenes)
    assert (sender, author) == ("agent", "小王")
    assert "¥80 原路退回" in text
    assert "11月21日" in text
    assert receipt.number in text
    assert await recorded(desk_database) == [("xiaowang", "approve", str(KEY), receipt.number)]
    async with desk_database.read() as connection:
        sent = await connection.execute(
            sa.select(sa.func.count()).select_from(outbox).where(outbox.c.conversation == str(KEY))
        )
        heard = await connection.execute(
            sa.select(tracker_events.c.data).where(tracker_events.c.type == "agent")
        )
        assert sent.scalar_one() == len(await scenes.ledger.history(KEY)) - 1  # not the shopper's
        assert receipt.number in heard.scalar_one()
    assert await pending(agent) == []
    answer = await agent.get(PATH)
    (decided,) = (await answer.json())["decided"]
    assert decided == body
    assert (decided["kind"], decided["by_name"]) == ("quality_complaint", "小王")
    detail = await (await agent.get(f"/api/conversations/{KEY}")).json()
    assert (detail["state"], detail["waiting_since"]) == ("human", None)
    assert detail["handoff"]["first_reply_at"] is not None


async def test_a_refusal_needs_a_reason_and_tells_it(
    agent: TestClient, scenes: Scenes, shop: RealShop, desk_database: Database
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    for reason in ({}, {"reason": "  "}):
        status, body = await decide(agent, receipt, approve=False, **reason)
        assert (status, body["error"]["code"]) == (422, "empty_field")
    status, body = await decide(agent, receipt, approve=False, reason="长" * 201)
    assert (status, body["error"]["code"]) == (422, "too_long")
    status, body = await decide(agent, receipt, approve=False, reason=REASON)
    assert (status, body["state"], body["reason"]) == (200, "refused", REASON)
    ((_, _, text),) = await said(scenes)
    assert f"原因：{REASON}。" in text
    assert "转人工" in text
    assert await recorded(desk_database) == [("xiaowang", "refuse", str(KEY), receipt.number)]


async def test_a_shopper_who_waits_for_a_person_goes_on_waiting(
    agent: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    before = await (await agent.get(f"/api/conversations/{KEY}")).json()
    receipt = await shop.complaint()
    await decide(agent, receipt, approve=True)
    after = await (await agent.get(f"/api/conversations/{KEY}")).json()
    assert after["state"] == "queued"
    assert after["waiting_since"] == before["waiting_since"] is not None
    assert after["last_text"].startswith("您申请的退款同意了")


async def test_a_double_click_is_one_decision_and_one_message(
    agent: TestClient, scenes: Scenes, shop: RealShop, desk_database: Database
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    answers = await asyncio.gather(*(decide(agent, receipt, approve=True) for _ in range(4)))
    assert [status for status, _ in answers] == [200] * 4
    assert len({body["at"] for _, body in answers}) == 1
    assert len(await said(scenes)) == 1
    assert len(await recorded(desk_database)) == 1
    order = await shop.shop.orders.order(LIN, receipt.order_id)
    assert order is not None
    assert order.refunded == 8000


async def test_of_two_people_one_decides_and_the_other_learns_who(
    agent: TestClient, senior: TestClient, scenes: Scenes, shop: RealShop, desk_database: Database
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    answers = await asyncio.gather(
        decide(agent, receipt, approve=True), decide(senior, receipt, approve=False, reason=REASON)
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    lost = next(body for status, body in answers if status == 409)
    agreed = answers[0][0] == 200
    assert lost["error"]["code"] == "decided"
    assert ("小王" if agreed else "掌柜") in lost["error"]["message"]
    assert ("同意" if agreed else "回绝") in lost["error"]["message"]
    assert len(await said(scenes)) == len(await recorded(desk_database)) == 1
    wanted = ReceiptState.UNDER_WAY if agreed else ReceiptState.REFUSED
    assert await shop.state(receipt) is wanted


async def test_nobody_takes_a_decision_back(
    agent: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    await decide(agent, receipt, approve=True)
    status, body = await decide(agent, receipt, approve=False, reason=REASON)
    assert (status, body["error"]["code"]) == (409, "decided")
    assert await shop.state(receipt) is ReceiptState.UNDER_WAY
    assert len(await said(scenes)) == 1


async def test_above_their_limit_agents_see_it_and_seniors_decide(
    agent: TestClient,
    signed_in: SignIn,
    scenes: Scenes,
    shop: RealShop,
    desk_database: Database,
) -> None:
    accounts = Accounts(database=desk_database, passwords=cheap_passwords())
    await accounts.ensure(id="boss", name="老板", role=Role.ADMIN, password=PASSWORD)
    boss = await signed_in("boss")
    senior = await signed_in("zhanggui")
    await scenes.queued(KEY, customer=LIN)
    most = await shop.complaint(paid=POLICY.approvals.agent_limit * 5)
    dear = await shop.complaint(paid=POLICY.approvals.agent_limit * 5 + 5)
    dearer = await shop.complaint(paid=POLICY.approvals.agent_limit * 50)
    seen = {card["number"]: (card["needs"], card["may_decide"]) for card in await pending(agent)}
    assert seen == {
        most.number: ("agent", True),
        dear.number: ("supervisor", False),
        dearer.number: ("supervisor", False),
    }
    assert all(card["may_decide"] for card in await pending(senior))
    for approve in (True, False):
        status, body = await decide(agent, dear, approve=approve, reason=REASON)
        assert (status, body["error"]["code"]) == (403, "approval_senior_only")
        assert "主管" in body["error"]["message"]
    assert await shop.state(dear) is ReceiptState.AWAITING_APPROVAL
    assert (await decide(agent, most, approve=True))[0] == 200
    assert (await decide(senior, dear, approve=True))[0] == 200
    assert (await decide(boss, dearer, approve=True))[0] == 200


async def test_trainers_see_it_and_decide_nothing(
    signed_in: SignIn, scenes: Scenes, shop: RealShop
) -> None:
    trainer = await signed_in("laozhou")
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    (card,) = await pending(trainer)
    assert (card["needs"], card["may_decide"]) == ("agent", False)
    status, body = await decide(trainer, receipt, approve=True)
    assert (status, body["error"]["code"]) == (403, "role")
    assert await shop.state(receipt) is ReceiptState.AWAITING_APPROVAL


async def test_a_colleagues_conversation_is_left_to_him_except_by_seniors(
    agent: TestClient, senior: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    await scenes.handoffs.take(KEY, agent=XIAOLI)
    receipt = await shop.complaint()
    status, body = await decide(agent, receipt, approve=True)
    assert (status, body["error"]["code"]) == (409, "state_conflict")
    assert "小李" in body["error"]["message"]
    assert body["error"]["conversation"]["assignee"] == "xiaoli"
    assert await shop.state(receipt) is ReceiptState.AWAITING_APPROVAL
    assert await said(scenes) == []
    assert (await decide(senior, receipt, approve=True))[0] == 200
    detail = await (await agent.get(f"/api/conversations/{KEY}")).json()
    assert detail["assignee"] == "xiaoli"  # and he goes on
    assert detail["handoff"]["first_reply_at"] is None


async def test_other_customers_requests_are_not_there(
    agent: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    await scenes.queued(OTHER)
    foreign = await shop.complaint(customer=CHEN)
    assert await pending(agent) == []
    status, body = await decide(agent, foreign, approve=True)
    assert (status, body["error"]["code"]) == (404, "no_approval")
    unknown = f"/api/conversations/{OTHER}/approvals"
    assert await pending(agent, unknown) == []
    answer = await agent.post(f"{unknown}/{foreign.number}", json={"approve": True})
    assert answer.status == 404
    assert (await agent.get("/api/conversations/web:main:nobody/approvals")).status == 404
    assert await shop.state(foreign) is ReceiptState.AWAITING_APPROVAL


@pytest.mark.parametrize("body", [{}, {"approve": "yes"}, {"approve": 1}, {"approve": None}])
async def test_what_is_no_decision_is_422(
    agent: TestClient, scenes: Scenes, shop: RealShop, body: dict[str, Any]
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    status, answer = await decide(agent, receipt, **body)
    assert (status, answer["error"]["code"]) == (422, "bad_field")


async def test_foreign_pages_and_strangers_decide_nothing(
    agent: TestClient, visitor: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    url = f"{PATH}/{receipt.number}"
    assert (await visitor.post(url, json={"approve": True})).status == 401
    assert (await visitor.get(PATH)).status == 401
    form = await agent.post(url, data={"approve": "true"})
    assert (await form.json())["error"]["code"] == "not_json"
    evil = {"Origin": "https://evil.example"}
    foreign = await agent.post(url, json={"approve": True}, headers=evil)
    assert (await foreign.json())["error"]["code"] == "foreign_origin"
    assert await shop.state(receipt) is ReceiptState.AWAITING_APPROVAL


async def test_what_the_shopper_took_back_says_so(
    agent: TestClient, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    undo = UndoRequest(receipt.order_id, number=receipt.number)
    await shop.shop.operations.carry_out(LIN, undo, idempotency_key="u")
    status, body = await decide(agent, receipt, approve=True)
    assert (status, body["error"]["code"]) == (409, "approval_withdrawn")


async def test_a_shop_that_is_away_is_503(
    agent: TestClient, scenes: Scenes, shop: RealShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scenes.queued(KEY, customer=LIN)

    async def away(customer_id: str) -> None:
        raise ShopUnavailable("away")

    monkeypatch.setattr(shop.shop.operations, "pending", away)
    answer = await agent.get(PATH)
    assert (answer.status, (await answer.json())["error"]["code"]) == (503, "shop_away")


async def test_open_pages_hear_of_a_decision(
    agent: TestClient, signed_in: SignIn, scenes: Scenes, shop: RealShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    receipt = await shop.complaint()
    other = await signed_in("xiaoli")
    stream = await other.get("/api/events")
    await decide(agent, receipt, approve=True)

    async def heard() -> bool:
        async for line in stream.content:
            if line.startswith(b"data:") and "您申请的退款同意了".encode() in line:
                return True
        return False

    assert await asyncio.wait_for(heard(), 5)
    stream.close()
