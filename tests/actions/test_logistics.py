from __future__ import annotations

import re

import pytest

from actions.base import Services
from actions.turn import FALLBACK_INTENT
from shop.pictures import ADDRESS
from shop.route_pictures import picture_of
from tests.actions.conftest import PICTURE_SECRET, Talks


async def test_a_parcel_is_found_by_plain_words(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "我昨天买的黑色L码衬衫到哪了",
        "track_logistics",
        time="昨天",
        color=("黑色", "黑色"),
        size=("L码", "L"),
        category="衬衫",
    )
    assert "75812340101001" in heard.text
    assert "预计" in heard.text
    assert "已签收" not in heard.text


async def test_an_undisputed_open_order_needs_no_words(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("我的快递到哪了", "track_logistics")
    assert "75812340101001" in heard.text


async def test_several_that_fit_become_choices_and_a_click_goes_on(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    heard = await talk.say(
        "黑色L码衬衫啥时候买的", "order_status", color="黑色", size=("L码", "L"), category="衬衫"
    )
    assert len(heard.choices) == 3
    again = await talk.click("免烫白衬衫", heard)
    assert "4218860012340108002" in again.text


async def test_the_open_question_is_completed_by_a_bare_detail(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    await talk.say("衬衫什么时候下单的", "order_status", category="衬衫")
    heard = await talk.say("免烫那件", "chitchat", product=("免烫", "免烫白衬衫"))
    assert "4218860012340108002" in heard.text


async def test_a_bare_order_number_is_understood(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "4218860012340101002", "nlu_fallback", order_number="4218860012340101002"
    )
    assert "羊毛圆领毛衣" in heard.text


async def test_a_bare_waybill_is_tracked(talk_as: Talks) -> None:
    heard = await talk_as("c-pickup").say(
        "JT1012340109001", "nlu_fallback", waybill="JT1012340109001"
    )
    assert "取件" in heard.text


async def test_somebody_elses_number_is_as_unknown_as_none(talk_as: Talks) -> None:
    theirs = await talk_as("c-new").say(
        "4218860012340101001", "nlu_fallback", order_number="4218860012340101001"
    )
    none = await talk_as("c-new").say(
        "4218860012349999999", "nlu_fallback", order_number="4218860012349999999"
    )
    assert theirs.text == none.text
    assert "衬衫" not in theirs.text


async def test_a_parcel_on_the_wrong_way_is_noticed_and_can_be_urged(talk_as: Talks) -> None:
    talk = talk_as("c-detour")
    heard = await talk.say("毛衣到哪了", "track_logistics", category="毛衣")
    assert "送到了广州" in heard.text and "离沈阳反而更远" in heard.text
    agreed = await talk.say("催吧", "affirm")
    assert "圆通" in agreed.text


@pytest.mark.parametrize(
    ("words", "told"), [("我不在家，让他放门口行不", True), ("快递又给我放驿站了", False)]
)
async def test_where_to_leave_it_is_said_to_the_courier(
    talk_as: Talks, words: str, told: bool
) -> None:
    heard = await talk_as("c-lin").say(words, "logistics_complaint")
    assert ("打给快递员" in heard.text) is told


async def test_a_stuck_parcel_is_noticed(talk_as: Talks) -> None:
    heard = await talk_as("c-stuck").say("物流怎么不动了", "track_logistics")
    assert "4 天" in heard.text
    assert "转人工" in heard.titles


@pytest.mark.parametrize(
    ("words", "intent"),
    [("好的", "affirm"), ("那你们去查一下吧", FALLBACK_INTENT), ("赶紧核实啊", "track_logistics")],
)
async def test_a_stuck_parcel_is_looked_for_when_that_is_wanted(
    talk_as: Talks, words: str, intent: str
) -> None:
    talk = talk_as("c-stuck")
    await talk.say("物流怎么不动了", "track_logistics")
    heard = await talk.say(words, intent)
    assert talk.form == "refund_request_form"
    assert "确认提交" in heard.titles


async def test_a_contested_parcel_is_not_called_received(talk_as: Talks) -> None:
    heard = await talk_as("c-contested").say("我的杯子到哪了", "track_logistics")
    assert "核实" in heard.texts[-1]


@pytest.mark.parametrize("reason", [("裂了", "damaged"), ("裂了", "quality")])
async def test_what_came_broken_has_been_received(talk_as: Talks, reason: tuple[str, str]) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say(
        "杯子送来盖子裂了", "logistics_complaint", product=("杯子", "保温杯"), reason=reason
    )
    assert "申请退货" in heard.titles


async def test_signed_is_said_only_with_the_time_of_the_trace(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("毛衣到哪了", "track_logistics", category="毛衣")
    assert "11月15日 12:36" in heard.text


async def test_a_split_order_shows_both_parcels(talk_as: Talks) -> None:
    heard = await talk_as("c-split").say("我的快递呢", "track_logistics")
    assert "75812340104001" in heard.text
    assert "SF1012340104002" in heard.text


async def test_a_broken_promise_is_admitted_and_the_warehouse_urged(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await talk.say("怎么还不发货", "urge_delivery")
    assert "抱歉" in heard.text
    heard = await talk.say("帮我催一下仓库", "urge_delivery")
    assert not heard.handed_over
    assert talk.form == "urge_delivery_form"


async def test_when_it_arrives_before_buying_is_the_shops_rule(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("几天能到", "ask_delivery_time")
    assert "48 小时" in heard.text


async def test_when_it_arrives_for_an_open_order_is_its_own_interval(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("什么时候到", "ask_delivery_time")
    assert "预计" in heard.text


async def test_the_carrier_of_an_open_parcel_is_named(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("发的什么快递", "ask_carrier")
    assert "中通" in heard.text
    assert "75812340101001" in heard.text


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("好", "affirm"),
        ("家里人和门卫都问了，没有", "logistics_complaint"),
        ("没人代收", "deny"),
        ("家门口没有", "deny"),
        ("驿站也看过了 没有", FALLBACK_INTENT),
    ],
)
async def test_signed_but_not_received_is_looked_for_after_the_record(
    talk_as: Talks, words: str, intent: str
) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say("显示签收了但我没收到", "logistics_complaint")
    assert "家门口" in heard.text
    heard = await talk.say(words, intent)
    assert talk.form == "refund_request_form"
    assert "确认提交" in heard.titles


async def test_who_has_found_it_is_not_paid_back(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    await talk.say("显示签收了但我没收到", "logistics_complaint")
    await talk.say("哦找到了，邻居帮我收了", "thanks")
    assert talk.form is None


async def test_a_stranger_is_told_how_to_be_recognised(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say("我的快递到哪了", "track_logistics")
    assert "我的订单" in heard.text
    assert heard.titles == ["转人工"]


async def test_a_typed_number_does_not_identify_a_stranger(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say(
        "4218860012340101001", "order_status", order_number="4218860012340101001"
    )
    assert "衬衫" not in heard.text


async def test_the_same_question_twice_is_not_answered_in_the_same_words(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    first = await talk.say("到哪了", "track_logistics")
    second = await talk.say("到哪了啊", "track_logistics")
    assert not set(first.texts) & set(second.texts)


async def test_looking_again_offers_a_person_before_one_is_called(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-lin")
    assert "转人工" not in (await talk.say("到哪了", "track_logistics")).titles
    for _ in range(2):
        heard = await talk.say("到哪了", "track_logistics")
        assert "转人工" in heard.titles
        assert not heard.handed_over
    assert (await talk.say("到哪了", "track_logistics")).handoff.reason == "repeated"


async def test_insisting_on_the_wish_accepts_the_offer(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    await talk.say("显示签收了但我没收到", "logistics_complaint")
    heard = await talk.say("家里没人收", "logistics_complaint")
    assert "确认提交" in heard.titles


async def test_a_question_after_an_offer_is_no_yes(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    await talk.say("快点发货", "urge_delivery")
    assert not (await talk.say("为什么还不发", "urge_delivery")).handed_over


async def test_an_arriving_parcel_is_meant_when_another_was_received(talk_as: Talks) -> None:
    heard = await talk_as("c-split").say("啥时候到", "ask_delivery_time")
    assert "75812340104001" in heard.text
    assert "SF1012340104002" not in heard.text


async def test_a_card_is_not_said_again_in_a_sentence(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("到哪了", "track_logistics")
    assert len(heard.texts) == 1
    assert "预计送达" in heard.text


async def test_under_its_card_a_sentence_adds_what_to_do(talk_as: Talks) -> None:
    heard = await talk_as("c-pickup").say("到了没", "track_logistics")
    assert heard.texts[-1] == "取件码在快递短信里，凭它去取就行。"


async def test_another_thing_named_alone_asks_the_same(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await talk.say("那毛衣呢", "nlu_fallback", category="毛衣")
    assert "75812340101002" in heard.text


async def test_what_has_arrived_is_not_urged_when_something_else_is_coming(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣到哪了", "track_logistics", category="毛衣")
    heard = await talk.say("催一下", "urge_delivery")
    assert "牛津纺衬衫" in heard.text


async def test_fed_up_with_the_offer_means_yes(talk_as: Talks) -> None:
    talk = talk_as("c-stuck")
    await talk.say("物流怎么不动了", "track_logistics")
    heard = await talk.say("你们到底管不管", "track_logistics")
    assert heard.handed_over


async def test_two_needs_are_both_answered(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "改地址，另外发票怎么开",
        "invoice",
        clauses=(("改地址", "change_address"), ("发票怎么开", "invoice")),
    )
    assert "收货" in heard.texts[-1]
    assert "申请发票" in heard.text


async def test_two_needs_about_two_things(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "我的衬衫到哪了，发票怎么开",
        "invoice",
        category="衬衫",
        clauses=(("我的衬衫到哪了", "track_logistics"), ("发票怎么开", "invoice")),
    )
    assert "75812340101001" in heard.texts[0]
    assert "申请发票" in heard.text


async def test_the_carrier_of_a_return_is_the_shoppers_choice(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    await talk.say("我要退货", "return_request")
    heard = await talk.say("寄哪个快递", "ask_carrier")
    assert "不要到付" in heard.texts[0]


async def test_my_thing_is_the_one_under_way_not_the_one_on_sale(talk_as: Talks) -> None:
    heard = await talk_as("c-pickup").say(
        "我的加湿器", "chitchat", confidence=0.26, product=("加湿器", "静音加湿器")
    )
    assert "JT1012340109001" in heard.text
    heard = await talk_as("c-split").say(
        "我的四件套呢", "wrong_or_missing_item", product=("四件套", "全棉四件套")
    )
    assert "75812340104001" in heard.text
    assert "抱歉" not in heard.text


async def test_my_thing_that_nobody_bought_is_shown_as_sold(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "我的加湿器", "chitchat", confidence=0.26, product=("加湿器", "静音加湿器")
    )
    assert "静音加湿器" in heard.text


async def test_a_parcel_shows_its_way_as_a_picture(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("衬衫到哪了", "track_logistics", product="衬衫")
    card = next(content.card for content in heard.reply.contents if content.card)
    picture = picture_of(card.image.removeprefix(ADDRESS), PICTURE_SECRET)
    assert picture.stops[0].reached
    assert not picture.stops[-1].reached
    assert picture.footer.startswith("预计")


async def test_the_whole_way_is_told_step_by_step(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("衬衫的详细物流信息", "track_logistics", product="衬衫")
    assert any(content.image.startswith(ADDRESS) for content in heard.reply.contents)
    assert len(heard.texts[-1].splitlines()) >= 3


async def test_the_number_asked_for_after_the_card_is_told(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    card = await talk.say("衬衫到哪了", "track_logistics", product="衬衫")
    (number,) = set(re.findall(r"运单号：(\w+)", card.text))
    heard = await talk.say("单号发我一下", "track_logistics")
    assert number in heard.text


@pytest.mark.parametrize("words", ["最近买的那件", "最新一单", "最后买的那件"])
async def test_the_newest_of_several_is_told(
    talk_as: Talks, services: Services, words: str
) -> None:
    newest = (await services.shop.orders.recent("c-shirts"))[0]
    (parcel,) = await services.shop.logistics.parcels("c-shirts", newest.id)
    heard = await talk_as("c-shirts").say(
        f"衬衫的物流，{words}", "track_logistics", category="衬衫"
    )
    assert parcel.waybill in heard.text


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("门卫那也没有", "deny"),
        ("我问了邻居没有", "goodbye"),
        ("问过邻居了 没有", "after_sales_status"),
        ("没有", "deny"),
    ],
)
async def test_looked_for_in_vain_it_goes_on_to_the_summary(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as("c-contested")
    await talk.say("没收到货", "logistics_complaint")
    heard = await talk.say(words, intent)
    assert "确认提交" in heard.titles
    again = await talk.say("家里也没有", "wrong_or_missing_item")
    assert again.titles == heard.titles
    assert not await services.shop.operations.receipts("c-contested")


@pytest.mark.parametrize("words", ["查吧", "那你们查一下吧", "登记吧"])
async def test_the_search_is_agreed_to_by_its_own_words(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as("c-contested")
    await talk.say("没收到货", "logistics_complaint")
    await talk.say("门卫那也没有", "deny")
    await talk.say(words, "affirm", confidence=0.42)
    assert len(await services.shop.operations.receipts("c-contested")) == 1


@pytest.mark.parametrize("words", ["毛衣湿透了", "箱子扔门口 毛衣淋湿了", "毛衣被雨打湿了"])
async def test_what_came_wet_is_damaged(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-lin").say(words, "logistics_complaint", category="毛衣")
    assert "照片" in heard.text
    assert "申请退货" in heard.titles


async def test_what_came_wet_has_come(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("已签收的快递淋湿了", "logistics_complaint")
    assert "羊毛圆领毛衣" in heard.titles[0]
    assert not any("衬衫" in title for title in heard.titles)
    heard = await talk_as("c-lin").say("放门口会不会淋湿", "logistics_complaint")
    assert "申请退货" not in heard.titles


async def test_beside_what_has_come_the_rest_is_tracked(talk_as: Talks) -> None:
    both = {"category": "耳机", "product": ("四件套", "全棉四件套")}
    heard = await talk_as("c-split").say("耳机收到了 四件套呢", "wrong_or_missing_item", **both)
    assert "75812340104001" in heard.text
    assert "耳机" not in heard.text
    heard = await talk_as("c-split").say("耳机收到了 四件套怎么洗呢", "usage_help", **both)
    assert "75812340104001" not in heard.text
