"""The shop's live data beside the conversation, personal data masked until asked for."""

from __future__ import annotations

import sqlalchemy as sa
from aiohttp.test_utils import TestClient

from conversations.database import Database
from conversations.keys import ConversationKey
from conversations.privacy import mask_name, mask_phone
from desk.masking import mask_address
from desk.schema import audit
from shop.types import Address
from tests.desk.fakes import LIN, PHONE, STREET, FakeShop
from tests.desk.scenes import Scenes

KEY = ConversationKey("web", "main", "shopper-a")
PATH = f"/api/conversations/{KEY}/customer"


async def test_a_known_customer_with_orders_parcels_and_returns(
    agent: TestClient, scenes: Scenes
) -> None:
    await scenes.queued(KEY, customer=LIN)
    answer = await agent.get(PATH)
    profile = await answer.json()
    assert profile["customer"]["nickname"] == "林晓月"
    assert profile["customer"]["order_count"] == 37
    assert [order["state"] for order in profile["orders"]] == ["shipped", "signed"]
    parcel = profile["parcels"][0]
    assert parcel["order_id"] == profile["orders"][0]["id"]
    assert parcel["state"] == "in_transit"
    assert parcel["stuck_hours"] == 38
    assert parcel["trace"][0]["city"] == "武汉"
    assert profile["returns"][0]["number"] == "RT7K2M9P"


async def test_phone_and_street_are_masked(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY, customer=LIN)
    text = await (await agent.get(PATH)).text()
    assert "138****5678" in text
    assert "林**" in text
    assert PHONE not in text
    assert STREET not in text


async def test_they_are_shown_when_asked_for_and_that_is_on_record(
    agent: TestClient, scenes: Scenes, desk_database: Database
) -> None:
    await scenes.queued(KEY, customer=LIN)
    shown = await (await agent.post(f"{PATH}/reveal", json={})).json()
    assert shown["phone"] == PHONE
    assert STREET in shown["addresses"]["2411180000012345678"]["address"]
    async with desk_database.read() as connection:
        row = (await connection.execute(sa.select(audit).order_by(audit.c.id.desc()))).first()
    assert row is not None
    assert (row.action, row.conversation) == ("reveal", str(KEY))


async def test_an_unidentified_shopper_has_no_profile(agent: TestClient, scenes: Scenes) -> None:
    await scenes.queued(KEY)
    answer = await agent.get(PATH)
    assert await answer.json() == {"customer": None, "orders": [], "parcels": [], "returns": []}
    assert (await agent.post(f"{PATH}/reveal", json={})).status == 404


async def test_a_shop_that_is_away_is_503_and_says_so(
    agent: TestClient, scenes: Scenes, shop: FakeShop
) -> None:
    await scenes.queued(KEY, customer=LIN)
    shop.away = True
    answer = await agent.get(PATH)
    assert answer.status == 503
    assert (await answer.json())["error"]["code"] == "shop_away"


def test_masks() -> None:
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("+8613812345678") == "+86138****5678"
    assert mask_phone("10086") == "***86"
    assert mask_phone("") == ""
    assert mask_name("欧阳娜娜") == "欧***"
    capital = Address("李四", "1", "北京市", "北京市", "朝阳区", "建国路 1 号")
    assert mask_address(capital) == "北京市 朝阳区 ****"
