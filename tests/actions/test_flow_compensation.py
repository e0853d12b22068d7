"""Something for the trouble: offered, asked for, given once."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

LATE = "c-late"


async def asked(talk: Talk) -> Heard:
    return await talk.say("发货晚了赔不赔", "compensation")


async def test_a_broken_promise_gives_a_coupon_after_a_yes(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    summary = await asked(talk)
    assert "¥5" in summary.text
    assert await services.shop.operations.receipts(LATE) == ()
    done = await talk.click("领取", summary)
    (receipt,) = await services.shop.operations.receipts(LATE)
    assert receipt.number in done.text
    assert "权利不受影响" in done.text
    offers = await services.shop.prices.offers(LATE)
    assert [one.off for one in offers if one.owned and one.id.startswith("sorry")] == [500]


async def test_it_is_given_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await talk.click("领取", await asked(talk))
    again = await talk.say("再赔我一次", "compensation")
    assert "已经补偿过" in again.text
    assert len(await services.shop.operations.receipts(LATE)) == 1


@pytest.mark.parametrize("words", ["行 领", "可以，补偿就这么办吧"])
async def test_a_yes_that_names_it_is_a_yes(talk_as: Talks, services: Services, words: str) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    await talk.say(words, "affirm")
    assert len(await services.shop.operations.receipts(LATE)) == 1


async def test_it_is_offered_where_the_promise_is_broken(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    heard = await talk.say("什么时候发货", "ask_delivery_time")
    assert "抱歉" in heard.text
    assert "领补偿" in heard.titles
    again = await talk.say("到底哪天发货啊", "ask_delivery_time")
    assert "领补偿" not in again.titles


async def test_asked_for_more_a_person_decides(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("晚发货赔我30元", "compensation", amount=("30元", "30"))
    assert "同事批" in summary.text
    done = await talk.click("领取", summary)
    assert done.handoff.reason == "approval"


async def test_without_a_mishap_the_rules_are_told(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-lin")
    await talk.say("赔我点钱", "compensation")
    assert talk.form is None
    assert await services.shop.operations.receipts("c-lin") == ()


async def test_declined_nothing_is_given(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await asked(talk)
    await talk.say("不用了", "deny")
    assert await services.shop.operations.receipts(LATE) == ()


async def test_bad_goods_have_ways_of_their_own(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await talk.say("裤子开线了，赔我点钱", "compensation", reason=("开线", "quality"))
    assert talk.form == "quality_complaint_form"
