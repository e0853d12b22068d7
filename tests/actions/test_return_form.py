"""Whatever people type while a return is being filled in: places, two things at once, pauses."""

from __future__ import annotations

import pytest

from actions.base import Services
from tests.actions.conftest import Talks
from tests.actions.talk import Heard, Talk

SWEATER = "4218860012340101002/4218860012340101002-1"
HEADPHONES = "4218860012340101003/4218860012340101003-1"
CREAM = "4218860012340113001/4218860012340113001-3"
UNDERWEAR = "4218860012340113001/4218860012340113001-2"
PICKUP = (("steps-carrier", 0.28), ("install", 0.11))  # as the retriever finds them


async def of_four(talk_as: Talks) -> Talk:
    """A talk in which one of four things bought is to be named."""
    talk = talk_as("c-fresh")
    heard = await talk.say("我要退货", "return_request")
    assert len(heard.titles) == 4
    return talk


async def of_jeans(talk_as: Talks) -> Talk:
    """A talk in which the reason is to be named."""
    talk = talk_as("c-insured")
    await talk.say("我要退货", "return_request")
    return talk


async def to_the_summary(talk_as: Talks) -> tuple[Talk, Heard]:
    talk = await of_jeans(talk_as)
    return talk, await talk.say("不喜欢", "return_request", reason=("不喜欢", "no_longer_wanted"))


async def opened(services: Services, customer: str = "c-insured") -> int:
    return len(await services.shop.after_sales.returns(customer))


# ---- places ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("1", 1),
        ("选3", 3),
        ("第二个", 2),
        ("第2件", 2),
        ("就第三个吧", 3),
        ("最后一个", 4),
        ("倒数第二个", 3),
        ("最上面那个", 1),
    ],
)
@pytest.mark.parametrize("digresses", [False, True])
async def test_a_line_is_chosen_by_its_place(
    talk_as: Talks, words: str, line: int, digresses: bool
) -> None:
    talk = await of_four(talk_as)
    if digresses:
        await talk.say("运费谁出", "return_policy")
    await talk.say(words, "wrong_or_missing_item", confidence=0.42)
    assert talk.slots["return_line"].endswith(f"-{line}")


@pytest.mark.parametrize(("words", "reason"), [("2", "wrong_size"), ("第三个", "quality")])
@pytest.mark.parametrize("digresses", [False, True])
async def test_a_reason_is_chosen_by_its_place(
    talk_as: Talks, words: str, reason: str, digresses: bool
) -> None:
    talk = await of_jeans(talk_as)
    if digresses:
        await talk.say("运费谁出", "return_policy")
    heard = await talk.say(words, "nlu_fallback", confidence=0.2)
    assert talk.slots["return_reason"] == reason
    assert "确认退货" in heard.titles


async def test_at_the_summary_a_place_is_one_of_its_options(
    talk_as: Talks, services: Services
) -> None:
    talk, _ = await to_the_summary(talk_as)
    heard = await talk.say("第二个", "affirm", confidence=0.52)
    assert "质量问题" in heard.titles
    await talk.say("1", "out_of_scope")
    await talk.say("最后一个", "service_complaint", confidence=0.29)
    assert talk.form is None
    assert await opened(services) == 0


async def test_a_place_counted_in_goods_is_one_of_the_goods(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    await talk.say("第三件", "nlu_fallback", confidence=0.3)
    await talk.say("第二件", "nlu_fallback", confidence=0.3)
    assert talk.slots["return_line"] == UNDERWEAR
    assert talk.slots["return_reason"] is None


async def test_a_place_that_is_not_there_is_asked_back(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    heard = await talk.say("第八个", "nlu_fallback", confidence=0.3)
    assert talk.slots["return_line"] is None
    assert len(heard.titles) == 4


async def test_a_line_is_taken_by_its_colour(talk_as: Talks) -> None:
    talk = talk_as("c-return")
    await talk.say("裙子想退", "return_request", category="裙子")
    talk = await of_four(talk_as)
    await talk.say("白的那件", "wrong_or_missing_item", color=("白的", "白色"), confidence=0.69)
    assert talk.slots["return_line"].endswith("-4")


async def test_another_thing_is_meant_whatever_it_was_taken_for(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("坚果退货", "return_request", product=("坚果", "每日坚果30包"))
    heard = await talk.say(
        "等等，不是那个，是面霜", "product_compare", product=("面霜", "神经酰胺修护面霜")
    )
    assert "神经酰胺修护面霜" in heard.text
    assert "坚果" not in heard.text


async def test_several_at_once_are_returned_one_by_one(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    heard = await talk.say("都要退", "return_request")
    assert "一次办一件" in heard.text
    assert len(heard.titles) == 4
    heard = await talk.say("第一个和第三个", "product_compare")
    assert talk.slots["return_line"].endswith("-1")
    assert "一件" in heard.texts[0]


async def test_two_things_named_are_returned_one_by_one(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    heard = await talk.products("面霜和刻字杯都要退", "return_request", ["面霜", "刻字杯"])
    assert "一件" in heard.texts[0]


async def test_a_mere_yes_is_no_answer_to_which_and_why(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say("嗯", "chitchat", confidence=0.65)
    assert len(heard.texts) == 1
    assert "尺码不合适" in heard.titles


# ---- an answer and a question ----------------------------------------------------------------


async def test_a_line_and_a_question_in_one_message(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    heard = await talk.say("第三个，运费谁出", "return_policy")
    assert talk.slots["return_line"] == CREAM
    assert "运费" in heard.texts[0]
    assert "神经酰胺修护面霜" in heard.texts[-1]


async def test_a_question_in_the_same_clause_as_the_place(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    heard = await talk.say("第三个运费谁出", "return_policy")
    assert talk.slots["return_line"] == CREAM
    assert "运费" in heard.texts[0]


async def test_a_reason_and_a_question_in_one_message(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say(
        "质量问题，能上门取吗",
        "return_policy",
        reason=("质量问题", "quality"),
        knowledge=PICKUP,
    )
    assert talk.slots["return_reason"] == "quality"
    assert "上门" in heard.texts[0]
    assert "确认退货" in heard.titles
    assert "原因：质量问题" in heard.text


async def test_who_pays_is_told_for_the_reason_given_with_the_question(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say(
        "尺码不合适，运费谁出", "return_policy", reason=("尺码不合适", "wrong_size")
    )
    assert "尺码不合适" in heard.texts[0]
    assert "运费险" in heard.texts[0]


async def test_a_reason_said_while_the_line_is_open_is_kept_with_the_question(
    talk_as: Talks,
) -> None:
    talk = await of_four(talk_as)
    heard = await talk.say(
        "质量问题，能上门取吗", "return_policy", reason=("质量问题", "quality"), knowledge=PICKUP
    )
    assert talk.slots["return_reason"] == "quality"
    assert "上门" in heard.texts[0]
    assert len(heard.titles) == 4


async def test_a_question_about_one_of_those_offered_chooses_nothing(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    heard = await talk.say("第二个什么时候到的", "ask_delivery_time")
    assert "签收" in heard.text
    assert talk.slots["return_line"] is None
    assert talk.form


async def test_a_reason_supposed_in_a_question_changes_nothing(talk_as: Talks) -> None:
    talk, _ = await to_the_summary(talk_as)
    await talk.say("质量问题，运费谁出", "return_policy", reason=("质量问题", "quality"))
    assert talk.slots["return_reason"] == "no_longer_wanted"


async def test_where_to_send_it_is_told_before_the_reason_is_known(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say("寄到哪", "return_request", confidence=0.87)
    assert "地址" in heard.texts[0]
    assert "直筒牛仔裤" in heard.texts[-1]


async def test_two_questions_are_answered_in_their_order(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say(
        "运费谁出，多久到账",
        "refund_progress",
        clauses=(("运费谁出", "return_policy"), ("多久到账", "refund_progress")),
    )
    assert heard.text.index("运费") < heard.text.index("工作日")
    assert "直筒牛仔裤" in heard.texts[-1]
    assert talk.form


async def test_a_reason_and_two_questions(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say(
        "质量问题，运费谁出，多久到账",
        "refund_progress",
        reason=("质量问题", "quality"),
        clauses=(("运费谁出", "return_policy"), ("多久到账", "refund_progress")),
    )
    assert talk.slots["return_reason"] == "quality"
    assert heard.text.index("来回") < heard.text.index("工作日")
    assert "确认退货" in heard.titles


async def test_thanks_lose_to_the_question(talk_as: Talks) -> None:
    talk, _ = await to_the_summary(talk_as)
    heard = await talk.say("谢谢，那运费谁出", "thanks", clauses=(("那运费谁出", "return_policy"),))
    assert "运费险" in heard.texts[0]
    assert "不客气" not in heard.text


# ---- another wish ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("不是退货，是换货", "exchange_request"),
        ("不是退货，是换货", "return_request"),
        ("我要换不是退", "exchange_request"),
        ("不退了，换个M码", "exchange_request"),
        ("还是换货吧", "exchange_request"),
        ("不合适，我要大一号的", "exchange_request"),
        ("不想退了，能换吗", "undo_request"),
    ],
)
async def test_an_exchange_takes_the_place_of_the_return(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk, _ = await to_the_summary(talk_as)
    heard = await talk.say(words, intent)
    assert talk.form == "exchange_request_form"
    assert "直筒牛仔裤" in heard.text
    assert "换" in heard.texts[-1]
    assert await opened(services) == 0


async def test_the_exchange_is_of_the_line_that_was_chosen(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    await talk.say("第三个", "nlu_fallback")
    heard = await talk.say("不是退货，是换货", "exchange_request")
    assert "神经酰胺修护面霜" in heard.text
    assert "4 件" not in heard.text


@pytest.mark.parametrize("words", ["能换大一码吗", "可以换吗"])
async def test_a_question_about_exchanges_leaves_the_return_open(
    talk_as: Talks, words: str
) -> None:
    talk = await of_jeans(talk_as)
    await talk.say(words, "exchange_request")
    assert talk.form


@pytest.mark.parametrize(
    ("words", "intent"), [("不是换货，是退货", "return_request"), ("换个原因", "exchange_request")]
)
async def test_no_exchange_is_meant(talk_as: Talks, words: str, intent: str) -> None:
    talk, _ = await to_the_summary(talk_as)
    await talk.say(words, intent)
    assert talk.form


async def test_given_up_with_a_question(talk_as: Talks, services: Services) -> None:
    talk, _ = await to_the_summary(talk_as)
    heard = await talk.say("算了不退了，发票怎么开", "invoice")
    assert talk.form is None
    assert "没有提交" in heard.texts[0]
    assert "发票" in heard.texts[-1]
    assert await opened(services) == 0


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("等一下再说", "urge_delivery"),
        ("等会儿再弄", "chitchat"),
        ("我先想想", "chitchat"),
        ("稍等", "chitchat"),
        ("晚点再回你", "chitchat"),
        ("先放着吧", "deny"),
    ],
)
async def test_a_pause_waits_and_goes_on(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk, _ = await to_the_summary(talk_as)
    waits = await talk.say(words, intent, confidence=0.56)
    assert "没有提交" in waits.text
    assert len(waits.texts) == 1
    assert talk.form
    goes_on = await talk.say("继续", "affirm")
    assert "确认" in goes_on.text
    assert await opened(services) == 0


# ---- yes or no -------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["好的谢谢", "好的，谢谢", "嗯，多谢"])
async def test_thanks_for_the_summary_are_no_yes_until_we_have_asked_plainly(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk, _ = await to_the_summary(talk_as)
    asked = await talk.say(words, "thanks")
    assert "提交吗" in asked.text
    assert await opened(services) == 0
    await talk.say(words, "thanks")
    assert await opened(services) == 1


@pytest.mark.parametrize(
    ("words", "intent"),
    [("谢谢", "thanks"), ("知道了", "affirm"), ("哦", "affirm"), ("收到，谢谢", "thanks")],
)
async def test_who_has_only_read_it_agrees_to_nothing(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk, _ = await to_the_summary(talk_as)
    await talk.say(words, intent)
    await talk.say(words, intent)
    assert await opened(services) == 0
    assert talk.form


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("好的", "affirm"),
        ("嗯", "chitchat"),
        ("行吧退", "refund_request"),
        ("确认，谢谢", "thanks"),
        ("没问题，谢谢", "thanks"),
        ("好的 提交吧 谢谢", "thanks"),
    ],
)
async def test_a_plain_yes_is_one(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk, _ = await to_the_summary(talk_as)
    heard = await talk.say(words, intent)
    assert "退货办好了" in heard.text
    assert await opened(services) == 1


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("好的，那多久到账", "affirm"),
        ("确认退货吗", "affirm"),
        ("还没确认", "deny"),
        ("可以便宜点吗", "affirm"),
    ],
)
async def test_no_question_and_no_denial_is_a_yes(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk, _ = await to_the_summary(talk_as)
    await talk.say(words, intent)
    assert await opened(services) == 0


async def test_a_plain_yes_with_a_question_is_done_and_answered(
    talk_as: Talks, services: Services
) -> None:
    talk, _ = await to_the_summary(talk_as)
    heard = await talk.say("确认退货，多久到账", "refund_progress")
    assert await opened(services) == 1
    assert "工作日" in heard.texts[0]
    assert "退货办好了" in heard.text


# ---- numbers, links, pictures ----------------------------------------------------------------


async def test_the_number_of_another_order_changes_the_line(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣想退", "return_request", category="毛衣")
    await talk.say(
        "4218860012340101003",
        "out_of_scope",
        order_number="4218860012340101003",
        confidence=0.72,
    )
    assert talk.slots["return_line"] == HEADPHONES


async def test_an_order_that_cannot_come_back_leaves_the_return_as_it_was(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣想退", "return_request", category="毛衣")
    heard = await talk.say(
        "4218860012340101001",
        "out_of_scope",
        order_number="4218860012340101001",
        confidence=0.72,
    )
    assert talk.slots["return_line"] == SWEATER
    assert "签收" in heard.texts[0]
    assert "羊毛圆领毛衣" in heard.texts[-1]


@pytest.mark.parametrize("number", ["4218860012340105001", "4218860012349999999"])
async def test_an_order_of_somebody_else_looks_like_none(talk_as: Talks, number: str) -> None:
    open_line = await of_four(talk_as)
    heard = await open_line.say(number, "out_of_scope", order_number=number, confidence=0.72)
    assert heard.texts[0] == "您名下没有找到您说的这件，下面是可以退的。"
    assert len(heard.titles) == 4
    chosen = await of_jeans(talk_as)
    heard = await chosen.say(number, "out_of_scope", order_number=number, confidence=0.72)
    assert "没有找到" in heard.texts[0]
    assert "直筒牛仔裤" in heard.texts[-1]
    assert chosen.slots["return_line"].startswith("4218860012340115001")


async def test_a_link_names_the_thing_bought(talk_as: Talks, services: Services) -> None:
    bought = await services.shop.catalogue.product("p-repair-cream")
    assert bought is not None
    link = f"https://item.taobao.com/item.htm?id={bought.item_id}"
    talk = await of_four(talk_as)
    await talk.say(link, "product_attribute", item_id=(link, bought.item_id))
    assert talk.slots["return_line"] == CREAM


async def test_a_link_to_goods_of_another_shop_is_said_to_be_one(talk_as: Talks) -> None:
    link = "https://item.taobao.com/item.htm?id=601"
    talk = await of_jeans(talk_as)
    heard = await talk.say(link, "product_attribute", item_id=(link, "601"))
    assert "不是本店" in heard.texts[0]
    assert "直筒牛仔裤" in heard.texts[-1]


async def test_a_waybill_shows_the_parcel_and_goes_on(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣想退", "return_request", category="毛衣")
    heard = await talk.say("75812340101001", "track_logistics", waybill="75812340101001")
    assert "中通" in heard.text
    assert "羊毛圆领毛衣" in heard.texts[-1]
    assert talk.slots["return_line"] == SWEATER


async def test_pictures_are_kept_at_every_question(talk_as: Talks, services: Services) -> None:
    talk = await of_four(talk_as)
    first = await talk.send("/share_image")
    second = await talk.send("/share_image")
    assert first.texts[0] != second.texts[0]
    assert len(second.titles) == 4
    await talk.say("第三个", "nlu_fallback")
    await talk.say("有质量问题", "quality_complaint", reason=("质量问题", "quality"))
    heard = await talk.send("/share_image")
    assert "图片收到" in heard.texts[0]
    assert "确认退货" in heard.titles
    assert talk.slots["return_reason"] == "quality"
    assert await opened(services, "c-fresh") == 0


# ---- people ----------------------------------------------------------------------------------


async def test_anger_hands_over_all_that_was_filled_in(talk_as: Talks) -> None:
    talk = await of_four(talk_as)
    await talk.say("第三个", "nlu_fallback")
    heard = await talk.say(
        "质量问题！你们什么垃圾店",
        "service_complaint",
        reason=("质量问题", "quality"),
        mood=-2,
    )
    assert heard.handoff.reason == "anger"
    assert talk.form is None
    known = heard.handoff.package["slots"]
    assert known["商品"] == "神经酰胺修护面霜 50g"
    assert known["退货原因"] == "质量问题"
    assert known["订单"] == "4218860012340113001"


async def test_growing_anger_in_the_form_hands_over_too(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    await talk.say("怎么这么麻烦", "nlu_fallback", mood=-1)
    heard = await talk.say("烦死了，半天弄不好", "nlu_fallback", mood=-2)
    assert heard.handed_over
    assert talk.form is None
    assert heard.handoff.package["slots"]["商品"].startswith("直筒牛仔裤")


async def test_somebody_elses_order_is_not_looked_up_in_the_form(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say("帮我查下张先生的订单到哪了", "order_status")
    assert "自己" in heard.texts[0]
    assert talk.form


async def test_a_number_begun_is_no_call_for_a_person_in_the_form(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say("我电话", "ask_human", confidence=0.89)
    assert not heard.handed_over
    assert "直筒牛仔裤" in heard.texts[-1]


async def test_a_secret_in_the_form_is_warned_of_and_the_answer_is_taken(talk_as: Talks) -> None:
    talk = await of_jeans(talk_as)
    heard = await talk.say(
        "质量问题，密码是****",
        "out_of_scope",
        reason=("质量问题", "quality"),
        metadata={"personal": ["password"]},
    )
    assert "密码" in heard.texts[0]
    assert talk.slots["return_reason"] == "quality"
