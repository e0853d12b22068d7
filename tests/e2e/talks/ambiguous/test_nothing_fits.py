"""What was never bought: said so, with what there is, and nothing else is touched."""

from __future__ import annotations

import pytest

from tests.e2e.talks.conftest import People


@pytest.mark.parametrize(
    "words", ["取消我买的手机", "帮我取消 4218860099999999001"], ids=["goods", "number"]
)
async def test_what_she_never_bought_cannot_be_cancelled(person: People, words: str) -> None:
    he = await person("c-unpaid")
    (order,) = await he.orders()
    heard = await he.says(words)
    assert "确认取消" not in heard.options
    assert [title for title in heard.options if order.lines[0].short_name in title]
    await he.says("哦")
    assert await he.untouched()


async def test_goods_that_were_never_bought_are_not_on_their_way(person: People) -> None:
    zheng = await person("c-shirts")
    heard = await zheng.says("我买的跑鞋怎么还没到")
    assert "没" in heard.text
    assert [title for title in heard.options if "衬衫" in title]
    assert await zheng.untouched()


async def test_the_return_of_what_was_never_bought_is_not_that_of_something_else(
    person: People,
) -> None:
    zheng = await person("c-shirts")
    await zheng.says("跑鞋想退")
    heard = await zheng.says("穿着挤脚")
    assert "确认退货" not in heard.options
    assert await zheng.untouched()


async def test_who_has_no_order_gets_the_rules_and_no_form(person: People) -> None:
    zhou = await person("c-new")
    heard = await zhou.says("我要退货")
    assert "订单" in heard.text
    assert "确认退货" not in heard.options
    assert await zhou.untouched()
    assert not await zhou.handoffs()
