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


async def test_what_is_wanted_no_more_is_still_named_for_its_own_need(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    heard = await talk.say(
        "牛仔裤什么时候到，还有免烫衬衫我不要了想退",
        "return_request",
        product=("牛仔裤", "直筒牛仔裤"),
        category="衬衫",
        reason=("不要了", "no_longer_wanted"),
        clauses=(
            ("牛仔裤什么时候到", "ask_delivery_time"),
            ("免烫衬衫我不要了想退", "return_request"),
        ),
    )
    assert "免烫" in heard.text
    assert talk.slots["return_reason"] == "no_longer_wanted"
    assert "确认退货" in heard.titles


async def test_of_two_wishes_the_second_is_announced(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say(
        "牛仔裤要退，另外发票也开一下",
        "invoice",
        product=("牛仔裤", "直筒牛仔裤"),
        clauses=(("牛仔裤要退", "return_request"), ("发票也开一下", "invoice")),
    )
    assert talk.form == "return_form"
    assert "开发票" in heard.texts[0]
    assert not talk.slots.get("flow_id")


async def test_a_return_after_another_wish_is_announced(talk_as: Talks) -> None:
    talk = talk_as("c-insured")
    heard = await talk.say(
        "发票开一下，牛仔裤要退",
        "invoice",
        product=("牛仔裤", "直筒牛仔裤"),
        clauses=(("发票开一下", "invoice"), ("牛仔裤要退", "return_request")),
    )
    assert talk.form == "invoice_form"
    assert "退货" in heard.texts[0]
    assert not talk.slots.get("return_flow")


async def test_a_wish_waits_for_the_question_of_the_first(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    heard = await talk.say(
        "衬衫要换货，发票也开一下",
        "exchange_request",
        category="衬衫",
        clauses=(("衬衫要换货", "exchange_request"), ("发票也开一下", "invoice")),
    )
    assert talk.form is None
    assert "开发票" in heard.text
    assert len(heard.choices) > 1


async def test_two_goods_are_two_matters(talk_as: Talks) -> None:
    talk = talk_as("c-phone")
    heard = await talk.say(
        "T恤退货，手机给我修一下，开不了机",
        "return_request",
        product=("T恤", "重磅纯棉T恤"),
        category="手机",
        clauses=(
            ("T恤退货", "return_request"),
            ("手机给我修一下", "warranty_repair"),
            ("开不了机", "quality_complaint"),
        ),
    )
    assert talk.form == "return_form"
    assert "报修" in heard.texts[0]
    assert "T恤" in heard.texts[-1]


async def test_who_needs_no_refund_any_more_denies_nothing(talk_as: Talks) -> None:
    talk = talk_as("c-contested")
    heard = await talk.say(
        "杯子找到了 邻居代收的 不用退了",
        "undo_request",
        clauses=(("邻居代收的", "logistics_complaint"),),
        denied=(("不用退了", "undo_request"),),
    )
    assert "运单号" not in heard.text
    assert "撤销" in heard.text


async def test_what_a_membership_is_good_for_asks_for_no_goods(talk_as: Talks) -> None:
    heard = await talk_as("c-vip").say(
        "我现在什么等级，有什么好处",
        "account_membership",
        clauses=(("我现在什么等级", "account_membership"), ("有什么好处", "product_recommend")),
    )
    assert "VIP" in heard.text and "哪一类" not in heard.text


async def test_the_reason_beside_an_unsure_wish_is_heard(talk_as: Talks) -> None:
    heard = await talk_as("c-phone").say(
        "手机才用二十天总自动关机，属于质量问题吧，退货",
        "return_request",
        confidence=0.5,
        clauses=(("退货", "return_request"),),
        category="手机",
        reason=("质量问题", "quality"),
    )
    assert "¥1999" in heard.text
