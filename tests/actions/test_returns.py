from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

import pytest

from actions.base import Services
from actions.return_flow import reason_in
from actions.turn import Entity
from shop.errors import ShopUnavailable
from shop.gateway import Shop
from shop.types import ReturnReason
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk


async def start(talk: Talk) -> Heard:
    return await talk.say("我要退货", "return_request")


async def to_the_summary(talk: Talk) -> Heard:
    await start(talk)
    return await talk.say("不喜欢", "return_request", reason=("不喜欢", "no_longer_wanted"))


async def opened(services: Services, customer: str) -> list[str]:
    returns = await services.shop.after_sales.returns(customer)
    return [back.number for back in returns if "DEMO" not in back.number]


async def test_a_whole_return(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-insured")
    asked = await start(talk)
    assert "直筒牛仔裤" in asked.text
    summary = await talk.click("尺码不合适", asked)
    assert "¥159" in summary.text
    assert "运费险" in summary.text
    assert await opened(services, "c-insured") == []
    done = await talk.click("确认退货", summary)
    [number] = await opened(services, "c-insured")
    assert number in done.text
    assert "仓前街道" in done.text
    assert "11月25日" in done.text


async def test_a_wish_that_says_all_goes_straight_to_the_summary(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "毛衣尺码不对想退", "return_request", category="毛衣", reason=("尺码不对", "wrong_size")
    )
    assert "确认退货" in heard.titles


async def test_nothing_is_opened_without_a_yes_to_the_summary(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    await talk.say("我再想想", "chitchat")
    assert await opened(services, "c-insured") == []


async def test_confirming_twice_is_one_return(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-insured")
    summary = await to_the_summary(talk)
    await talk.click("确认退货", summary)
    again = await talk.click("确认退货", summary)
    assert "已经办好" in again.text
    await talk.say("好的", "affirm")
    assert len(await opened(services, "c-insured")) == 1


async def test_the_button_of_another_return_confirms_nothing(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as("c-insured")
    old = await to_the_summary(talk)
    await talk.say("不退了", "deny")
    await to_the_summary(talk)
    await talk.click("确认退货", old)
    assert await opened(services, "c-insured") == []


async def test_a_question_in_between_is_answered_and_the_form_goes_on(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await start(talk)
    heard = await talk.say("运费谁出", "return_policy")
    assert "我们出" in heard.texts[0]
    assert "接着退货" in heard.texts[-1]
    assert talk.form


async def test_tracking_a_parcel_in_between(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣想退", "return_request", category="毛衣")
    heard = await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    assert "75812340101001" in heard.text
    assert "羊毛圆领毛衣" in heard.texts[-1]
    summary = await talk.say("不喜欢", "return_request", reason=("不喜欢", "no_longer_wanted"))
    assert "羊毛圆领毛衣" in summary.text


async def test_the_reason_can_be_corrected(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await start(talk)
    await talk.say("有质量问题", "quality_complaint", reason=("质量问题", "quality"))
    heard = await talk.say(
        "不是质量问题，是尺码不合适",
        "deny",
        reason=("尺码不合适", "wrong_size"),
    )
    assert "原因：尺码不合适" in heard.text


async def test_a_denied_reason_is_not_taken(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await start(talk)
    heard = await talk.say("不是质量问题", "deny", reason=("质量问题", "quality"))
    assert "确认退货" not in heard.titles


async def test_the_line_can_be_corrected(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    asked = await start(talk)
    await talk.click("神经酰胺", asked)
    heard = await talk.say("不对，是另一件", "deny")
    assert any(title.startswith("每日坚果") for title in heard.titles)


async def test_another_line_is_checked_against_the_rules_too(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say(
        "毛衣尺码不对想退", "return_request", category="毛衣", reason=("尺码不对", "wrong_size")
    )
    heard = await talk.say("不对，是另一件", "deny")
    assert "¥0" not in heard.text
    assert "无理由" in heard.texts[0]
    assert "质量问题" in heard.titles


async def test_it_can_be_cancelled_at_any_step(talk_as: Talks, services: Services) -> None:
    for words, intent in (("不退了", "undo_request"), ("算了", "deny"), ("算了不退了", "deny")):
        talk = talk_as("c-insured")
        await to_the_summary(talk)
        heard = await talk.say(words, intent)
        assert "没有提交" in heard.text or "什么都没有提交" in heard.text
        assert talk.form is None
    assert await opened(services, "c-insured") == []


async def test_a_plain_no_to_the_summary_asks_what_to_change(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    heard = await talk.say("不对", "deny")
    assert heard.titles == ["改原因", "换一件", "不退了"]
    assert talk.form


async def test_several_that_may_come_back_are_offered(talk_as: Talks) -> None:
    heard = await start(talk_as("c-fresh"))
    assert len(heard.titles) == 4


async def test_a_line_is_taken_by_its_name(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await start(talk)
    heard = await talk.say("面霜", "nlu_fallback", product=("面霜", "神经酰胺修护面霜"))
    assert "神经酰胺修护面霜" in heard.text


async def test_what_cannot_come_back_is_said_with_the_rule(talk_as: Talks) -> None:
    talk = talk_as("c-vip")
    heard = await talk.say("被子要退", "return_request", product=("被子", "蚕丝被"))
    assert "无理由" in heard.text
    assert talk.form is None


async def test_food_comes_back_only_for_a_fault(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    heard = await talk.say("坚果要退", "return_request", product=("坚果", "每日坚果30包"))
    assert "不想要了" not in heard.titles
    assert "质量问题" in heard.titles
    refused = await talk.say("不想要了", "return_request", reason=("不想要", "no_longer_wanted"))
    assert "食品" in refused.text
    assert "确认退货" not in refused.titles


async def test_what_was_not_understood_is_asked_again_in_other_words(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    first = await start(talk)
    second = await talk.say("嘻嘻", "nlu_fallback")
    assert first.texts[-1] != second.texts[-1]
    third = await talk.say("哦豁", "nlu_fallback")
    assert "转人工" in third.titles
    assert third.texts[-1] != second.texts[-1]
    fourth = await talk.say("啦啦", "nlu_fallback")
    assert fourth.handoff.reason == "return_stuck"
    assert talk.form is None


async def test_a_person_can_be_called_in_the_middle(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    heard = await talk.say("转人工", "ask_human")
    assert heard.handoff.reason == "ask_human"
    assert talk.form is None
    assert len(heard.texts) == 1


async def test_anger_in_the_middle_ends_the_form(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await start(talk)
    heard = await talk.say("你们就是骗子", "nlu_fallback")
    assert heard.handoff.reason == "anger"
    assert talk.form is None


async def test_a_stranger_starts_no_return(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    heard = await start(talk)
    assert talk.form is None
    assert "我的订单" in heard.text


async def test_may_it_come_back_is_answered_for_the_line_itself(talk_as: Talks) -> None:
    heard = await talk_as("c-phone").say(
        "T恤还能退吗", "return_policy", product=("T恤", "重磅纯棉T恤")
    )
    assert "最后一天" in heard.text
    assert "申请退货" in heard.titles


async def test_bad_goods_lead_into_a_return_with_the_reason_known(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as("c-insured")
    photo = await talk.say("裤子开线了", "quality_complaint", reason=("开线", "quality"))
    heard = await talk.click("没有照片", photo)
    summary = await talk.click("退货退款", heard)
    assert "来回都由我们出" in summary.text
    await talk.click("确认退货", summary)
    [back] = await services.shop.after_sales.returns("c-insured")
    assert back.reason is ReturnReason.QUALITY


async def test_a_yes_to_the_offer_starts_the_return(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await talk.say("裤子开线了", "quality_complaint", reason=("开线", "quality"))
    await talk.say("没有照片", "deny")
    heard = await talk.say("好，退货吧", "return_request")
    assert "确认退货" in heard.titles


async def test_bad_goods_out_of_time_promise_no_return(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say(
        "被子跑绒了", "quality_complaint", product=("被子", "蚕丝被")
    )
    assert "可以退货退款" not in heard.text
    assert "转人工" in heard.titles


async def test_the_line_just_asked_about_is_the_one_that_comes_back(talk_as: Talks) -> None:
    talk = talk_as("c-phone")
    await talk.say("T恤还能退吗", "return_policy", product=("T恤", "重磅纯棉T恤"))
    heard = await talk.say("那帮我退了", "return_request")
    assert "重磅纯棉T恤" in heard.texts[-1]


async def test_a_parcel_under_way_in_talk_is_not_taken_for_the_return(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await start(talk)
    assert any(title.startswith("羊毛圆领毛衣") for title in heard.titles)


async def test_what_is_coming_back_already_is_shown_instead(talk_as: Talks) -> None:
    talk = talk_as("c-return")
    heard = await talk.say("连衣裙我要退", "return_request", product=("连衣裙", "收腰连衣裙"))
    assert talk.form is None
    assert "寄回途中" in heard.text


async def test_a_picture_in_the_middle_is_kept_and_the_form_goes_on(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await start(talk)
    heard = await talk.send("/share_image")
    assert "图片收到" in heard.texts[0]
    assert "直筒牛仔裤" in heard.texts[-1]


@pytest.mark.parametrize(
    ("door", "method"),
    [
        (attrgetter("after_sales"), "open_return"),
        (attrgetter("orders"), "order"),
    ],
)
async def test_a_shop_that_fails_at_the_last_step_loses_nothing(
    talk_as: Talks,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    door: Callable[[Shop], object],
    method: str,
) -> None:
    talk = talk_as("c-insured")
    summary = await to_the_summary(talk)

    async def away(*_: object, **__: object) -> object:
        raise ShopUnavailable("no answer in 3 s")

    with monkeypatch.context() as patched:
        patched.setattr(type(door(services.shop)), method, away)
        failed = await talk.click("确认退货", summary)
    assert "没有提交成功" in failed.text
    assert await opened(services, "c-insured") == []
    done = await talk.click("再试一次", failed)
    assert "退货办好了" in done.text
    assert len(await opened(services, "c-insured")) == 1


@pytest.mark.parametrize("words", ["好的 我考虑一下", "哦那我再想想", "行 我先看看"])
async def test_who_thinks_it_over_has_not_agreed(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    await talk.say(words, "affirm")
    assert await opened(services, "c-insured") == []
    assert talk.form == "return_form"


@pytest.mark.parametrize(
    ("words", "intent"),
    [("先别退", "deny"), ("等等我再想想", "chitchat"), ("我先问下家人", "chitchat")],
)
async def test_a_nod_after_a_pause_submits_nothing(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    await talk.say(words, intent)
    heard = await talk.say("嗯", "affirm")
    assert await opened(services, "c-insured") == []
    assert "确认退货" in heard.titles
    await talk.say("嗯", "affirm")
    assert len(await opened(services, "c-insured")) == 1


async def test_a_yes_written_before_the_summary_is_none(talk_as: Talks, services: Services) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    await talk.say("确认", "affirm", metadata={"early": True})
    assert await opened(services, "c-insured") == []
    await talk.say("确认", "affirm")
    assert len(await opened(services, "c-insured")) == 1


async def test_the_form_waits_while_the_shop_is_away(
    talk_as: Talks, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = talk_as("c-insured")
    await start(talk)

    async def away(*_: object, **__: object) -> object:
        raise ShopUnavailable("no answer in 3 s")

    with monkeypatch.context() as patched:
        patched.setattr(type(services.shop.orders), "order", away)
        failed = await talk.say("不喜欢", "return_request", reason=("不喜欢", "no_longer_wanted"))
    assert talk.form == "return_form"
    await talk.click("再试一次", failed)
    summary = await talk.say("不喜欢", "return_request", reason=("不喜欢", "no_longer_wanted"))
    assert await opened(services, "c-insured") == []
    await talk.click("确认退货", summary)
    assert len(await opened(services, "c-insured")) == 1


async def test_shipping_in_a_talk_of_returning_is_that_of_the_return(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await start(talk)
    await talk.say("算了不退了", "deny")
    assert "我们出" in (await talk.say("运费谁出", "shipping_fee")).text
    both = await talk.say("运费怎么算", "shipping_fee")
    assert "我们出" in both.texts[0]
    assert "59" in both.texts[1]
    assert "我们出" not in (await talk.say("满多少包邮", "shipping_fee")).text


async def test_who_pays_is_exact_for_the_return_being_arranged(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await to_the_summary(talk)
    heard = await talk.say("运费谁出", "return_policy")
    assert "运费险" in heard.texts[0]
    assert "直筒牛仔裤" in heard.texts[0]


async def test_who_pays_speaks_only_of_reasons_that_are_left(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("耳机想退", "return_request", category="耳机")
    heard = await talk.say("运费谁出", "return_policy")
    assert "我们出" in heard.texts[0]
    assert "由您承担" not in heard.texts[0]
    assert "头戴降噪耳机" in heard.texts[-1]


async def test_not_this_but_that_changes_the_line(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣想退", "return_request", category="毛衣")
    heard = await talk.say("不是毛衣，是耳机", "deny", category="毛衣", product="耳机")
    assert "头戴降噪耳机" in heard.text
    back = await talk.say(
        "不是耳机，是毛衣", "deny", product=("耳机", "头戴降噪耳机"), category="毛衣"
    )
    assert "羊毛圆领毛衣" in back.text


async def test_a_return_that_is_agreed_is_shown_with_the_address(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    summary = await to_the_summary(talk)
    await talk.click("确认退货", summary)
    heard = await talk.say("寄到哪里啊", "return_request")
    assert "仓前街道" in heard.text


async def test_who_has_bought_nothing_hears_the_rules(talk_as: Talks) -> None:
    heard = await start(talk_as("c-new"))
    assert "7 天" in heard.text


async def test_bad_goods_that_are_coming_back_change_the_reason_with_a_person(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-return")
    heard = await talk.say("连衣裙开线了", "quality_complaint", product=("连衣裙", "收腰连衣裙"))
    assert "已经在办售后" in heard.text
    assert heard.titles == ["看进度", "转人工"]


async def test_the_money_of_a_refused_parcel_waits_for_it(talk_as: Talks) -> None:
    heard = await talk_as("c-refused").say("退款到账没", "refund_progress")
    assert "退回仓库" in heard.text


async def test_goods_the_shop_does_not_sell_name_no_line(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    start = await talk.say("我要退货", "return_request")
    assert talk.slots["requested_slot"] == "return_line", start.text
    heard = await talk.say(
        "充电线坏了",
        "quality_complaint",
        category="充电线",
        reason=("坏了", "quality"),
    )
    assert talk.slots["return_reason"] == "quality"
    assert talk.slots["requested_slot"] == "return_line"
    assert heard.choices


async def test_an_order_of_goods_the_shop_does_not_sell_is_asked_for(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("冰箱到哪了", "track_logistics", category="冰箱")
    assert len(heard.choices) > 1
    assert "没找到" not in heard.text


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        (["no_longer_wanted", "quality"], ReturnReason.QUALITY),
        (["wrong_size", "no_longer_wanted"], ReturnReason.WRONG_SIZE),
        (["no_longer_wanted"], ReturnReason.NO_LONGER_WANTED),
        ([], None),
    ],
)
def test_why_tells_more_than_that_it_is_not_wanted(
    named: list[str], reason: ReturnReason | None
) -> None:
    assert reason_in("", tuple(Entity("reason", value) for value in named)) is reason


async def test_what_was_never_bought_is_asked_for_even_where_one_thing_is_left(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say("跑鞋想退", "return_request", product=("跑鞋", "缓震跑鞋"))
    assert talk.slots["return_line"] is None
    assert "直筒牛仔裤" in "".join(heard.titles)
    heard = await talk.say("穿着挤脚", "quality_complaint", reason=("挤脚", "wrong_size"))
    assert "确认退货" not in heard.titles


async def test_what_was_not_sent_is_cancelled_and_not_returned(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await talk.say("衣服还没发呢，我要退货退款", "return_request")
    assert talk.form == "cancel_order_form"
    assert "确认取消" in heard.titles
