"""What holds for every flow about goods that were received, and for compensation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from actions.base import Services
from shop.errors import ShopUnavailable
from shop.operations.types import Receipt
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

Lead = Callable[[Talk], Awaitable[Heard]]


@dataclass(frozen=True)
class Way:
    """How one flow is led to its summary: whose talk, the flow, the button that confirms."""

    customer: str
    kind: str
    confirm: str
    lead: Lead

    @property
    def form(self) -> str:
        return f"{self.kind}_form"


async def exchange(talk: Talk) -> Heard:
    return await talk.say("牛仔裤换成M码", "exchange_request", category="牛仔裤", size=("M码", "M"))


async def refund(talk: Talk) -> Heard:
    return await talk.say("退款", "refund_request")


async def spoiled(talk: Talk) -> Heard:
    await talk.send("/share_image")
    nuts = ("坚果", "每日坚果30包")
    return await talk.say("坚果坏了几包，退点钱", "refund_request", product=nuts)


async def missing(talk: Talk) -> Heard:
    await talk.say("保温杯少发了一个", "wrong_or_missing_item", product=("保温杯", "保温杯"))
    return await talk.say("补发吧", "nlu_fallback")


async def quality(talk: Talk) -> Heard:
    await talk.send("/share_image")
    ways = await talk.say("裤子开线了", "quality_complaint", reason=("开线", "quality"))
    return await talk.click("留着用", ways)


async def repair(talk: Talk) -> Heard:
    way = await talk.say("手机不开机了，帮我报修", "warranty_repair", category="手机")
    return await talk.click("我自己寄", way)


async def compensation(talk: Talk) -> Heard:
    return await talk.say("发货晚了赔不赔", "compensation")


WAYS = [
    Way("c-insured", "exchange_request", "确认换货", exchange),
    Way("c-stuck", "refund_request", "确认提交", refund),
    Way("c-fresh", "refund_request", "确认提交", spoiled),
    Way("c-contested", "wrong_or_missing_item", "确认提交", missing),
    Way("c-insured", "quality_complaint", "确认提交", quality),
    Way("c-phone", "warranty_repair", "确认报修", repair),
    Way("c-late", "compensation", "领取", compensation),
]

every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.lead.__name__)


async def done(services: Services, way: Way) -> list[Receipt]:
    found = await services.shop.operations.receipts(way.customer)
    return [one for one in found if one.kind == way.kind]


@every_way
async def test_nothing_is_done_before_the_yes_and_it_is_done_once(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    summary = await way.lead(talk)
    assert await done(services, way) == []
    told = await talk.click(way.confirm, summary)
    (receipt,) = await done(services, way)
    assert receipt.number in told.text
    again = await talk.click(way.confirm, summary)
    assert "没有重复" in again.text
    assert len(await done(services, way)) == 1


@every_way
@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("好的谢谢", "thanks"),
        ("知道了", "thanks"),
        ("好的 我考虑一下", "affirm"),
        ("哦那我再想想", "affirm"),
        ("行 我先看看", "affirm"),
        ("好吧那我等等看", "affirm"),
        ("嗯嗯我问问老公", "affirm"),
    ],
)
async def test_courtesies_and_second_thoughts_are_no_yes(
    talk_as: Talks, services: Services, way: Way, words: str, intent: str
) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    await talk.say(words, intent)
    assert await done(services, way) == []
    assert talk.form == way.form


@every_way
async def test_a_pause_and_a_question_keep_it_open(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    assert "继续" in (await talk.say("等一下", "chitchat")).text
    await talk.say("你们几点下班", "store_info", knowledge=[("store-hours", 0.9)])
    assert talk.form == way.form
    await talk.say("继续", "nlu_fallback")
    await talk.say("确认", "affirm")
    assert len(await done(services, way)) == 1


@every_way
async def test_a_yes_written_before_the_summary_is_none(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    await talk.say("确认", "affirm", metadata={"early": True})
    assert await done(services, way) == []
    await talk.say("确认", "affirm")
    assert len(await done(services, way)) == 1


@every_way
async def test_who_has_thought_it_over_agrees(talk_as: Talks, services: Services, way: Way) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    await talk.say("考虑好了，确认", "affirm")
    assert len(await done(services, way)) == 1


@every_way
async def test_given_up_an_old_button_does_nothing(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    summary = await way.lead(talk)
    await talk.say("算了", "deny")
    assert talk.form is None
    await talk.click(way.confirm, summary)
    assert await done(services, way) == []


@every_way
async def test_a_shop_that_does_not_answer_is_asked_again_and_does_it_once(
    talk_as: Talks, services: Services, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = talk_as(way.customer)
    summary = await way.lead(talk)

    async def away(*_: object, **__: object) -> object:
        raise ShopUnavailable("no answer in 3 s")

    with monkeypatch.context() as patched:
        patched.setattr(type(services.shop.operations), "carry_out", away)
        failed = await talk.click(way.confirm, summary)
    assert await done(services, way) == []
    await talk.click("再试一次", failed)
    assert len(await done(services, way)) == 1


@every_way
async def test_the_form_waits_where_it_is_while_the_shop_is_away(
    talk_as: Talks, services: Services, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = talk_as(way.customer)
    summary = await way.lead(talk)

    async def away(*_: object, **__: object) -> object:
        raise ShopUnavailable("no answer in 3 s")

    with monkeypatch.context() as patched:
        for method in ("recent", "order"):
            patched.setattr(type(services.shop.orders), method, away)
        failed = await talk.click(way.confirm, summary)
    assert talk.form == way.form
    assert await done(services, way) == []
    summary = await talk.click("再试一次", failed)
    assert await done(services, way) == []
    await talk.click(way.confirm, summary)
    assert len(await done(services, way)) == 1


@every_way
async def test_a_person_ends_it_and_nothing_is_done(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    heard = await talk.say("转人工", "ask_human")
    assert heard.handed_over
    assert talk.form is None
    assert "填写中" in heard.handoff.summary[-1]
    assert await done(services, way) == []


@every_way
async def test_the_matter_told_once_more_is_no_yes(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    await talk.say("另外还有个地方也不对劲", way.kind)
    assert await done(services, way) == []
    assert talk.form == way.form


AGREED = {
    "exchange": "那就换吧",
    "refund": "好，退款吧",
    "missing": "补发吧",
    "compensation": "领",
}


@pytest.mark.parametrize(
    "way", [w for w in WAYS if w.lead.__name__ in AGREED], ids=lambda w: w.kind
)
async def test_its_own_words_agree_whatever_they_sound_like(
    talk_as: Talks, services: Services, way: Way
) -> None:
    talk = talk_as(way.customer)
    await way.lead(talk)
    await talk.say(AGREED[way.lead.__name__], "coupon_promotion")
    assert len(await done(services, way)) == 1


@pytest.mark.parametrize(
    ("lead", "customer", "words", "intent", "form"),
    [
        (exchange, "c-insured", "不换了，我要退货", "return_request", "return_form"),
        (exchange, "c-insured", "还是退货吧", "return_request", "return_form"),
        (repair, "c-phone", "别修了，我直接退货吧", "return_request", "return_form"),
        (quality, "c-insured", "算了，给我换货", "exchange_request", "exchange_request_form"),
    ],
)
async def test_another_wish_takes_the_place_of_this_one(
    talk_as: Talks,
    services: Services,
    lead: Lead,
    customer: str,
    words: str,
    intent: str,
    form: str,
) -> None:
    talk = talk_as(customer)
    await lead(talk)
    await talk.say(words, intent)
    assert talk.form == form
    assert not await services.shop.operations.receipts(customer)
    assert not await services.shop.after_sales.returns(customer)
