"""Two needs in one message, and needs beside courtesies."""

from __future__ import annotations

from tests.actions.conftest import Talks


async def test_both_are_answered_in_their_order(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "真丝衬衫多少钱，会缩水吗",
        "price_query",
        product="真丝衬衫",
        clauses=(("真丝衬衫多少钱", "price_query"), ("会缩水吗", "product_attribute")),
    )
    assert heard.text.index("¥459") < heard.text.index("洗")


async def test_a_reason_is_no_need_of_its_own(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    heard = await talk.say(
        "怎么起球了，我要退货",
        "return_request",
        clauses=(("怎么起球了", "quality_complaint"), ("我要退货", "return_request")),
    )
    assert talk.form
    assert "很抱歉" not in heard.text


async def test_a_return_comes_last_for_it_asks_back(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    heard = await talk.say(
        "我要退货，发票怎么开",
        "return_request",
        clauses=(("我要退货", "return_request"), ("发票怎么开", "invoice")),
    )
    assert talk.form
    assert "发票" in heard.texts[0]


async def test_an_unsure_part_is_left_to_the_whole(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "满多少包邮，咋样",
        "shipping_fee",
        clauses=(("满多少包邮", "shipping_fee"), ("咋样", "chitchat")),
    )
    assert len(heard.texts) == 1


async def test_yes_with_a_question_is_the_question(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("物流怎么不动了", "track_logistics")
    heard = await talk.say("好的，那发票怎么开", "affirm", clauses=(("那发票怎么开", "invoice"),))
    assert "发票" in heard.text
    assert not heard.handed_over


async def test_three_needs_are_three_answers(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "真丝衬衫多少钱，有货吗，发票能开吗",
        "price_query",
        product="真丝衬衫",
        clauses=(
            ("真丝衬衫多少钱", "price_query"),
            ("有货吗", "stock_check"),
            ("发票能开吗", "invoice"),
        ),
    )
    places = [heard.text.index(words) for words in ("¥459", "现货", "电子")]
    assert places == sorted(places)


async def test_who_pays_the_way_and_whether_it_may_go_back_are_two_questions(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-fresh")
    whole = await talk.say(
        "谢谢，运费谁出，可以退吗",
        "return_policy",
        clauses=(("运费谁出", "return_policy"), ("可以退吗", "return_policy")),
    )
    alone = [
        (await talk_as("c-fresh").say(words, "return_policy")).texts[0]
        for words in ("运费谁出", "可以退吗")
    ]
    assert len(whole.texts) > 1
    assert whole.texts[0] == alone[0]


async def test_idle_talk_loses_to_a_clear_need(talk_as: Talks) -> None:
    talk = talk_as("c-late")
    heard = await talk.say(
        "我身份证号发你了，帮我改下收货人",
        "out_of_scope",
        clauses=(("帮我改下收货人", "change_address"),),
    )
    assert "不在我能帮忙的范围" not in heard.text
    assert "冲锋衣" in heard.text


async def test_a_place_in_one_of_two_needs_names_what_stands_there(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    listed = await talk.say("推荐几件衬衫", "product_recommend", category="衬衫")
    second = listed.titles[1]
    heard = await talk.say(
        "第二件多少钱，包邮吗",
        "shipping_fee",
        clauses=(("第二件多少钱", "price_query"), ("包邮吗", "shipping_fee")),
    )
    assert second in heard.text
    assert "59" in heard.text


async def test_the_first_two_are_compared_and_not_the_third(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    listed = await talk.say("推荐几件衬衫", "product_recommend", category="衬衫")
    heard = await talk.say("前两件有什么区别", "product_compare")
    assert all(title in heard.text for title in listed.titles[:2])
    assert listed.titles[2] not in heard.text
