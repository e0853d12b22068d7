"""Pictures of web shoppers: staff see them in the conversation they were sent in, nobody else."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from conversations.keys import ConversationKey
from conversations.messages import Content, Kind, Picture
from tests.desk.conftest import SignIn
from tests.desk.scenes import Scenes

A = ConversationKey("web", "shop", "shopper/a")
B = ConversationKey("web", "shop", "shopper-b")
PICTURE = Picture(
    id="0123456789abcdef" * 2, data=b"\xff\xd8\xff" + bytes(9), content_type="image/jpeg"
)


async def messages(client: TestClient, key: ConversationKey) -> list[dict]:
    answer = await client.get(f"/api/conversations/{str(key).replace('/', '%2F')}")
    assert answer.status == 200
    return (await answer.json())["messages"]


@pytest.mark.parametrize("who", ["xiaowang", "laozhou", "zhanggui"])
async def test_staff_see_it_where_the_message_says(
    signed_in: SignIn, scenes: Scenes, who: str
) -> None:
    await scenes.sends(A, PICTURE)
    client = await signed_in(who)
    (message,) = await messages(client, A)
    assert (message["kind"], message["text"]) == ("image", "[图片]")
    answer = await client.get(message["image"])
    assert answer.status == 200
    assert answer.content_type == "image/jpeg"
    assert await answer.read() == PICTURE.data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "no-store"


async def test_nobody_sees_it_without_signing_in(
    visitor: TestClient, agent: TestClient, scenes: Scenes
) -> None:
    await scenes.sends(A, PICTURE)
    (message,) = await messages(agent, A)
    assert (await visitor.get(message["image"])).status == 401


async def test_another_conversation_does_not_have_it(agent: TestClient, scenes: Scenes) -> None:
    await scenes.sends(A, PICTURE)
    await scenes.says(B, "在吗")
    for name in (PICTURE.id, "f" * 32, "x", "..%2F1", PICTURE.id.upper(), PICTURE.id + "%00"):
        answer = await agent.get(f"/api/conversations/{B}/pictures/{name}")
        assert answer.status == 404, name
        assert (await answer.json())["error"]["code"] in ("no_picture", "no_page")


async def test_the_picture_of_a_wechat_shopper_stays_where_it_is(
    agent: TestClient, scenes: Scenes
) -> None:
    key = ConversationKey("wechat", "demo", "o1")
    url = "https://mmbiz.qpic.cn/mmbiz_jpg/abc/0"
    await scenes.says(key, "[图片]", kind=Kind.IMAGE, image=url)
    (message,) = await messages(agent, key)
    assert message["image"] == url


async def test_what_the_bot_shows_stays_where_it_is(agent: TestClient, scenes: Scenes) -> None:
    await scenes.says(A, "怎么量")
    own = Content(text="图示", kind=Kind.IMAGE, image="/shop/images/measure-feet.svg")
    await scenes.answered(A, own)
    assert (await messages(agent, A))[-1]["image"] == own.image
