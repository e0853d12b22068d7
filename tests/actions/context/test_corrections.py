"""不是退货，是换货: what is denied does not count."""

from __future__ import annotations

import pytest

from tests.actions.conftest import Talks


@pytest.mark.parametrize("taken_for", ["return_request", "exchange_request", "return_policy"])
async def test_the_need_that_is_meant_wins(talk_as: Talks, taken_for: str) -> None:
    heard = await talk_as("c-lin").say(
        "不是退货，是换货",
        taken_for,
        confidence=0.39,
        denied=(("不是退货", "return_request"),),
        clauses=(("是换货", "exchange_request"),),
        knowledge=(("exchange-how", 0.4),),
    )
    assert {choice.payload.split("{")[0] for choice in heard.choices} == {"/exchange_request"}


@pytest.mark.parametrize(
    "words", ["不要黑色要白色", "不是黑色，是白色", "黑色不要，我要白色", "不是黑色的是白色的"]
)
async def test_only_the_colour_that_is_meant_is_left(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-new")
    await talk.say("牛津纺衬衫有货吗", "stock_check", product="牛津纺衬衫")
    black, white = words.index("黑色"), words.index("白色")
    heard = await talk.colours(words, "stock_check", (("黑色", black), ("白色", white)))
    assert "白色" in heard.text
    assert "黑色" not in heard.text


async def test_a_thing_that_is_denied_is_not_looked_for(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "不是毛衣，是衬衫到哪了",
        "track_logistics",
        category="衬衫",
        product=("毛衣", "羊毛圆领毛衣"),
    )
    assert "衬衫" in heard.text
    assert "毛衣" not in heard.text


@pytest.mark.parametrize("words", ["先不退了", "我没说要退", "算了，不取消了"])
async def test_a_wish_taken_back_drops_the_offer(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-late")
    await talk.say("不要了帮我取消", "cancel_order")
    heard = await talk.say(words, "cancel_order")
    assert not heard.handed_over
    assert not talk.form
    assert not (await talk.say("好的", "affirm")).handed_over


async def test_a_reproach_is_no_denial(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "不是说三天到吗，衬衫到哪了", "track_logistics", category="衬衫"
    )
    assert "衬衫" in heard.text


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("衬衫到哪了，不对，是毛衣", {"category": "衬衫", "product": ("毛衣", "羊毛圆领毛衣")}),
        (
            "黑色衬衫到哪了,说错了,是毛衣",
            {"color": "黑色", "category": "衬衫", "product": ("毛衣", "羊毛圆领毛衣")},
        ),
    ],
)
async def test_what_is_corrected_in_one_breath_is_replaced(
    talk_as: Talks, words: str, named: dict[str, str | tuple[str, str]]
) -> None:
    heard = await talk_as("c-lin").say(words, "track_logistics", **named)
    assert "毛衣" in heard.text
    assert "衬衫" not in heard.text


@pytest.mark.parametrize(
    "words", ["尾号1001到哪了，不对，是尾号{}", "订单尾号1001到哪了，打错了，是尾号{}"]
)
async def test_a_number_corrected_in_one_breath_is_the_second_one(
    talk_as: Talks, words: str
) -> None:
    heard = await talk_as("c-lin").say(words.format("9999"), "track_logistics")
    assert "衬衫" not in heard.texts[0]


async def test_a_fault_told_is_no_correction(talk_as: Talks) -> None:
    words = "衬衫颜色不对，是白色，到哪了"
    heard = await talk_as("c-lin").say(words, "track_logistics", category="衬衫")
    assert "衬衫" in heard.text


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我不是要退货", "return_request"),
        ("不是退货，就是问问", "return_request"),
        ("不是要换货", "exchange_request"),
        ("我没说要开发票", "invoice"),
    ],
)
async def test_a_wish_that_is_denied_is_not_begun(talk_as: Talks, text: str, intent: str) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say(text, intent, confidence=0.99)
    assert not talk.form
    assert not heard.titles


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("我不是退货了吗怎么还没退款", "return_request"),
        ("是不是要退货", "return_request"),
        ("又不是不退货", "return_request"),
        ("不是退这件，退另一件", "return_request"),
        ("不是我要退货，是你们让退货的", "return_request"),
    ],
)
async def test_what_only_sounds_denied_is_a_wish(talk_as: Talks, text: str, intent: str) -> None:
    heard = await talk_as("c-lin").say(text, intent, confidence=0.99)
    assert heard.titles


@pytest.mark.parametrize("text", ["我不是要退货我要换货", "不是退货是换货", "我没说要退货就想换货"])
@pytest.mark.parametrize("taken_for", ["return_request", "exchange_request"])
async def test_what_is_meant_may_follow_without_a_comma(
    talk_as: Talks, text: str, taken_for: str
) -> None:
    heard = await talk_as("c-lin").say(text, taken_for, confidence=0.9)
    assert {choice.payload.split("{")[0] for choice in heard.choices} == {"/exchange_request"}


async def test_the_wish_of_the_open_form_is_given_up_by_denying_it(talk_as: Talks) -> None:
    for wish, text in (("return_request", "我不是要退货"), ("exchange_request", "不是要换货")):
        talk = talk_as("c-lin")
        await talk.say("毛衣", wish, category="毛衣")
        heard = await talk.say(text, wish, confidence=0.99)
        assert "什么都没有提交" in heard.text
        assert not talk.form


async def test_another_wish_denied_leaves_the_form_as_it_is(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣破了个洞", "quality_complaint", category="毛衣")
    heard = await talk.say("我不是要退货", "return_request", confidence=0.99)
    assert talk.form == "quality_complaint_form"
    assert "照片" in heard.text


async def test_the_way_out_that_is_denied_is_not_taken(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣破了个洞", "quality_complaint", category="毛衣")
    heard = await talk.say("不是换货，我要退货", "return_request", confidence=0.98)
    assert "核对退货信息" in heard.text


@pytest.mark.parametrize("words", ["不是这件 我问的是耳机", "我问的是耳机", "不是，问的是耳机"])
async def test_the_question_is_answered_of_the_thing_that_was_meant(
    talk_as: Talks, words: str
) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣怎么洗", "usage_help", product=("毛衣", "羊毛圆领毛衣"))
    heard = await talk.say(words, "deny", category="耳机")
    assert "耳" in heard.text
    assert not heard.handed_over
