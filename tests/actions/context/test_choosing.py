"""第二个, 最后一个多少钱, a title typed: one of the things shown last."""

from __future__ import annotations

import pytest

from tests.actions.conftest import Talks


async def _offered(talk_as: Talks) -> tuple:
    talk = talk_as("c-new")
    heard = await talk.say("推荐几件衬衫", "product_recommend", category="衬衫")
    assert len(heard.titles) == 3
    return talk, heard.titles


@pytest.mark.parametrize(
    ("words", "index"), [("第二个", 1), ("就第一个吧", 0), ("最后一个", 2), ("最下面那个", 2)]
)
async def test_a_place_chooses_as_a_click_does(talk_as: Talks, words: str, index: int) -> None:
    talk, titles = await _offered(talk_as)
    heard = await talk.say(words, "nlu_fallback")
    assert titles[index] in heard.text


async def test_a_place_with_a_question_asks_it_of_that_thing(talk_as: Talks) -> None:
    talk, titles = await _offered(talk_as)
    heard = await talk.say("第二个有货吗", "stock_check")
    assert titles[1] in heard.text
    assert "现货" in heard.text


async def test_which_of_the_orders(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    heard = await talk.say("衬衫什么时候买的", "order_status", category="衬衫")
    chosen = await talk.say("第二个", "nlu_fallback")
    assert heard.titles[1].split("（")[0] in chosen.text
    assert "下单" in chosen.text


async def test_a_parcel_is_chosen_by_the_place_of_its_card(talk_as: Talks) -> None:
    talk = talk_as("c-split")
    await talk.say("我的快递呢", "track_logistics")
    first = await talk.say("第一个什么时候到", "ask_delivery_time")
    assert "耳机" in first.text
    assert "签收" in first.text
    second = await talk.say("第二个呢", "wrong_or_missing_item")
    assert "四件套" in second.text
    assert "预计" in second.text


async def test_the_list_still_stands_after_one_was_looked_at(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    titles = (await talk.say("衬衫什么时候买的", "order_status", category="衬衫")).titles
    await talk.say("第二个", "nlu_fallback")
    heard = await talk.say("最后一个", "nlu_fallback")
    assert titles[-1].split("（")[0] in heard.text
    assert not talk.form


async def test_two_places_are_compared(talk_as: Talks) -> None:
    talk, titles = await _offered(talk_as)
    heard = await talk.say("第一个和第三个有什么区别", "product_compare")
    assert titles[0] in heard.text
    assert titles[2] in heard.text


async def test_pointing_where_several_were_shown_shows_them_again(talk_as: Talks) -> None:
    talk = talk_as("c-shirts")
    first = await talk.say("衬衫什么时候买的", "order_status", category="衬衫")
    heard = await talk.say("这个呢", "nlu_fallback")
    assert "哪一个" in heard.text
    assert heard.titles == first.titles
    await talk.say("免烫那件", "nlu_fallback", product=("免烫", "免烫白衬衫"))


async def test_a_place_that_is_not_there_is_asked_back(talk_as: Talks) -> None:
    talk, titles = await _offered(talk_as)
    heard = await talk.say("第八个", "nlu_fallback")
    assert set(titles) <= set(heard.titles)


async def test_an_option_of_an_older_question_is_known_by_its_title(talk_as: Talks) -> None:
    talk, titles = await _offered(talk_as)
    await talk.say("谢谢", "thanks")
    heard = await talk.say(titles[2], "nlu_fallback")
    assert titles[2] in heard.text


@pytest.mark.parametrize(
    ("title", "expected"), [("退货规则", "退"), ("能不能送到", "送"), ("查订单", "衬衫")]
)
async def test_a_text_of_the_menu_is_that_entry(talk_as: Talks, title: str, expected: str) -> None:
    heard = await talk_as("c-lin").say(title, "nlu_fallback")
    assert expected in heard.text
    assert "没听懂" not in heard.text


async def test_half_price_of_the_second_is_no_place(talk_as: Talks) -> None:
    talk, titles = await _offered(talk_as)
    heard = await talk.say("第二件半价吗", "coupon_promotion")
    assert titles[1] not in heard.titles


async def test_the_former_is_the_first_of_what_was_compared(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.products(
        "云岚X20手机和云岚X30 Pro手机哪个好", "product_compare", ["云岚X20手机", "云岚X30 Pro手机"]
    )
    former = await talk.say("前者续航多久", "product_attribute", attribute="续航")
    assert former.text.startswith("云岚X20手机")
    assert "X30" not in former.text
    second = await talk.say("第二个多少钱", "price_query")
    assert "云岚X30 Pro手机" in second.text
    assert "X20" not in second.text
