from __future__ import annotations

import pytest

from tests.actions.conftest import Talks


async def test_a_fact_comes_with_its_unit_and_care_when_shrinking_is_asked(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "羊毛含量多少，会不会缩水", "product_attribute", attribute="羊毛含量"
    )
    assert "羊毛含量 70%" in heard.text
    assert "缩水率在3%以内" in heard.text


async def test_the_product_is_the_bought_one_that_has_the_fact(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await talk.say("羊毛含量多少", "product_attribute", attribute="羊毛含量")
    assert heard.text.startswith("羊毛圆领毛衣")


async def test_the_product_in_talk_is_meant(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("牛津纺衬衫多少钱", "price_query", product="牛津纺衬衫")
    heard = await talk.say("什么面料", "product_attribute", attribute="面料")
    assert "牛津纺" in heard.text


async def test_several_products_become_choices_and_the_question_is_kept(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        "毛衣羊毛含量多少", "product_attribute", category="毛衣", attribute="羊毛含量"
    )
    answer = await talk.click("男士半高领", heard)
    assert "羊毛含量 30%" in answer.text


async def test_what_the_catalogue_lacks_is_unknown_never_invented(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    heard = await talk.say(
        "毛衣甲醛含量多少", "product_attribute", category="毛衣", attribute="甲醛"
    )
    assert "没有" in heard.text
    assert "甲醛" in heard.text
    assert (await talk.say("好", "affirm")).handed_over


async def test_nobody_knows_which_product(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    heard = await talk.say("透不透", "product_attribute")
    assert "哪件" in heard.text
    answer = await talk.say("真丝衬衫", "nlu_fallback", product="真丝衬衫")
    assert "真丝衬衫" in answer.text


@pytest.mark.parametrize(
    ("color", "size", "expected"),
    [("黑色", "M", "现货"), ("酒红", "S", "补到"), ("绿色", "M", "没有「绿色M」")],
)
async def test_stock_by_colour_and_size(
    talk_as: Talks, color: str, size: str, expected: str
) -> None:
    heard = await talk_as("c-lin").say(
        f"羊毛圆领毛衣{color}{size}有吗",
        "stock_check",
        product="羊毛圆领毛衣",
        color=color,
        size=size,
    )
    assert expected in heard.text


async def test_stock_of_everything(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("牛津纺衬衫有货吗", "stock_check", product="牛津纺衬衫")
    assert "暂时没有的是" in heard.text
    assert "浅蓝 S" in heard.text


async def test_prices_by_choice(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X30多少钱", "price_query", product=("X30", "云岚X30 Pro手机")
    )
    assert "¥3499" in heard.text
    assert "¥3999" in heard.text


async def test_a_size_from_the_chart(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "牛津纺衬衫170 65kg穿多大",
        "size_advice",
        product="牛津纺衬衫",
        height="170",
        weight="65kg",
    )
    assert "穿 L 合适" in heard.text


async def test_height_and_weight_are_asked_and_then_used(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("牛津纺衬衫选什么码", "size_advice", product="牛津纺衬衫")
    assert "身高" in heard.text
    answer = await talk.say("170 65kg", "nlu_fallback", height="170", weight="65kg")
    assert "穿 L 合适" in answer.text


async def test_between_two_sizes_both_are_named(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "牛津纺衬衫169 59kg穿多大",
        "size_advice",
        product="牛津纺衬衫",
        height="169",
        weight="59kg",
    )
    assert "M" in heard.text
    assert "L" in heard.text


async def test_nobody_is_squeezed_into_the_chart(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "牛津纺衬衫190 120kg穿多大",
        "size_advice",
        product="牛津纺衬衫",
        height="190",
        weight="120kg",
    )
    assert "不硬推荐" in heard.text
    assert heard.titles == ["转人工"]


async def test_two_products_side_by_side(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("X20多少钱", "price_query", product=("X20", "云岚X20手机"))
    heard = await talk.say("和X30比呢", "product_compare", product=("X30", "云岚X30 Pro手机"))
    assert "续航：视频播放18小时 ｜ 视频播放21小时" in heard.text or "21小时 ｜" in heard.text


async def test_a_recommendation_keeps_to_the_budget(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "推荐个毛衣200以内", "product_recommend", category="毛衣", amount="200"
    )
    assert heard.titles == ["纯棉针织开衫"]


async def test_a_vague_wish_is_asked_for_its_kind(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("帮我推荐一个", "product_recommend")
    answer = await talk.click(heard.titles[1], heard)
    assert "¥" in answer.text


async def test_washing_is_answered_from_the_care_label(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("真丝衬衫怎么洗", "usage_help", product="真丝衬衫")
    assert "干洗" in heard.text


async def test_operating_instructions_are_not_invented(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("X20怎么开机", "usage_help", product=("X20", "云岚X20手机"))
    assert heard.titles == ["转人工"]


async def test_the_exact_colour_beats_its_kin(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say(
        "牛仔裤换M码", "exchange_request", product=("牛仔裤", "直筒牛仔裤"), size=("M码", "M")
    )
    assert "浅蓝 M" in heard.text


async def test_what_is_it_like_shows_the_product(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "牛津纺衬衫怎么样", "product_attribute", product="牛津纺衬衫"
    )
    assert "¥169" in heard.text
    assert "不猜" not in heard.text


async def test_is_there_one_in_white_is_a_question_of_stock(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("牛津纺衬衫多少钱", "price_query", product="牛津纺衬衫")
    heard = await talk.say("有白色吗", "product_attribute", color="白色")
    assert "白色 S/M/L" in heard.text


async def test_a_care_label_that_is_silent_does_not_answer(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "牛津纺衬衫会不会起球", "product_attribute", product="牛津纺衬衫"
    )
    assert "没" in heard.text
    assert "起球" in heard.text


async def test_a_content_that_is_not_listed_is_answered_by_the_composition(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("羊毛含量多少", "product_attribute", attribute="羊毛含量")
    heard = await talk.say("那衬衫呢", "nlu_fallback", category="衬衫")
    assert "棉80%" in heard.text


async def test_another_colour_after_a_fact_asks_whether_there_is_one(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("牛津纺衬衫缩水吗", "product_attribute", product="牛津纺衬衫")
    heard = await talk.say("那黑色M呢", "product_attribute", color="黑色", size="M")
    assert "现货" in heard.text


async def test_a_gift_is_recommended_for_the_person(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "送妈妈的礼物 300左右", "product_recommend", amount=("300", "300")
    )
    assert heard.titles[0] == "羊毛圆领毛衣"
    assert "神经酰胺修护面霜" in heard.titles
    assert "重磅纯棉T恤" not in heard.titles


async def test_which_of_a_kind_is_good_recommends(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("哪款耳机好", "product_compare", category="耳机")
    assert len(heard.titles) == 3


async def test_a_fault_of_something_bought_is_no_question_of_use(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("耳机一直有杂音", "usage_help", category="耳机")
    assert talk.form == "quality_complaint_form"
