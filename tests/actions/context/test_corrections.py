"""不是退货，是换货: what is denied does not count."""

from __future__ import annotations

import pytest

from tests.actions.conftest import Talks


async def test_the_need_that_is_meant_wins(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "不是退货，是换货",
        "return_request",
        denied=(("不是退货", "return_request"),),
        clauses=(("是换货", "exchange_request"),),
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
