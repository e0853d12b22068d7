"""Talks about goods as shoppers have them: several questions, one memory."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from conversations.database import Database
from conversations.messages import UnknownReason
from shop import schema
from tests.actions.conftest import Talks
from tests.actions.talk import Heard


def unknown(heard: Heard) -> list[UnknownReason]:
    return [one.reason for one in heard.reply.unknowns]


# Facts, yes and no


async def test_yes_comes_with_the_fact(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X30防水吗", "product_attribute", product=("X30", "云岚X30 Pro手机"), attribute="防水"
    )
    assert heard.text == "云岚X30 Pro手机：防水，IP68。"


async def test_no_comes_with_the_fact(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("牛津纺衬衫是纯棉的吗", "product_attribute", product="牛津纺衬衫")
    assert "不是纯棉" in heard.text
    assert "棉含量 80%" in heard.text
    heard = await talk.say("有弹力吗", "product_attribute", attribute="弹力")
    assert "没有弹力" in heard.text


async def test_a_fact_that_leaves_the_question_open_is_no_answer(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X20支持无线充电吗", "product_attribute", product=("X20", "云岚X20手机")
    )
    assert "没" in heard.text
    assert "充电 67W有线快充" in heard.text
    assert heard.titles == ["转人工"]
    assert unknown(heard) == [UnknownReason.UNKNOWN_ATTRIBUTE]


async def test_several_facts_in_one_question(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X20屏幕多大，多重，电池容量多少",
        "product_attribute",
        product=("X20", "云岚X20手机"),
        attribute="屏幕",
    )
    for fact in ("屏幕 6.67英寸", "重量 188g", "电池容量 5200mAh"):
        assert fact in heard.text


async def test_an_unknown_attribute_is_logged_and_no_neighbour_answers(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        "X20的散热材料是什么",
        "product_attribute",
        product=("X20", "云岚X20手机"),
        attribute=("散热材料", "散热材料"),
    )
    assert "「散热材料」" in heard.text
    assert unknown(heard) == [UnknownReason.UNKNOWN_ATTRIBUTE]
    assert "OLED" not in heard.text
    assert (await talk.say("好", "affirm")).handed_over


async def test_how_to_do_it_is_not_answered_by_a_fact_of_like_name(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("X20怎么截屏", "usage_help", product=("X20", "云岚X20手机"))
    assert "OLED" not in heard.text
    assert heard.titles == ["转人工"]
    assert unknown(heard) == [UnknownReason.NO_ANSWER]


async def test_what_the_product_is_called_is_not_what_is_asked(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "降噪耳机续航多久", "product_attribute", product=("降噪耳机", "头戴降噪耳机")
    )
    assert "续航 50小时" in heard.text
    assert "42" not in heard.text


@pytest.mark.parametrize(
    ("question", "product", "answer"),
    [
        ("蚕丝被可以水洗吗", "蚕丝被", "不可以水洗"),
        ("羊毛圆领毛衣能烘干吗", "羊毛圆领毛衣", "不可以烘干"),
        ("牛津纺衬衫能机洗吗", "牛津纺衬衫", "可以机洗"),
        ("直筒牛仔裤会掉色吗", "直筒牛仔裤", "可能掉一点浮色"),
        ("山羊绒高领毛衣可以漂白吗", "山羊绒高领毛衣", "没提漂白"),
    ],
)
async def test_care_says_yes_no_or_that_the_label_is_silent(
    talk_as: Talks, question: str, product: str, answer: str
) -> None:
    heard = await talk_as("c-new").say(question, "product_attribute", product=product)
    assert answer in heard.text


async def test_a_question_about_two_products_is_answered_for_both(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X30和X20都防水吗",
        "product_attribute",
        item_id=("X30", "680012340702"),
        product=("X20", "云岚X20手机"),
        attribute="防水",
    )
    assert "IP68" in heard.text
    assert "IP54" in heard.text


# Sizes


async def test_the_body_is_remembered_and_the_reason_is_said(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    first = await talk.say(
        "牛津纺衬衫170 65kg穿多大",
        "size_advice",
        product="牛津纺衬衫",
        height="170",
        weight="65kg",
    )
    assert "168–176cm、58–70kg" in first.text
    looser = await talk.say("想宽松一点呢", "size_advice")
    assert "选 XL" in looser.text or "穿 XL" in looser.text
    other = await talk.say("束脚运动裤选什么码", "size_advice", product="束脚运动裤")
    assert "穿 L 合适" in other.text


async def test_only_what_is_missing_is_asked(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        "冲锋衣身高175穿多大",
        "size_advice",
        product=("冲锋衣", "三合一冲锋衣"),
        height=("175", "175"),
    )
    assert "体重" in heard.text
    assert "身高" not in heard.text
    answer = await talk.say("70公斤", "nlu_fallback", weight=("70公斤", "70kg"))
    assert "L、XL" in answer.text


async def test_somebody_elses_body_is_not_the_shoppers(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("给我爸买男士半高领毛衣选什么码", "size_advice", product="男士半高领毛衣")
    heard = await talk.say(
        "他178，80公斤", "size_advice", height=("178", "178"), weight=("80公斤", "80kg")
    )
    assert "XL" in heard.text
    mine = await talk.say("我穿这款选多大", "size_advice")
    assert "身高和体重" in mine.text
    his = await talk.say("给爸爸买衬衫呢，牛津纺衬衫", "size_advice", product="牛津纺衬衫")
    assert "178cm、80kg" in his.text


@pytest.mark.parametrize(
    ("product", "height", "weight", "said", "instead"),
    [
        ("法兰绒格子衬衫", "182", "85kg", "最大的 XL", "牛津纺衬衫"),
        ("山羊绒高领毛衣", "172", "70kg", "最大的 L", "羊毛圆领毛衣"),
        ("纯棉针织开衫", "172", "70kg", "最大的 L", "羊毛圆领毛衣"),
        ("三合一冲锋衣", "155", "45kg", "最小的 M", "轻薄羽绒服"),
    ],
)
async def test_beyond_its_sizes_the_nearest_is_named_and_what_fits_is_offered(
    talk_as: Talks, product: str, height: str, weight: str, said: str, instead: str
) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        f"{product} {height} {weight}穿什么码",
        "size_advice",
        product=product,
        height=height,
        weight=weight,
    )
    assert said in heard.text
    assert "偏" in heard.text
    assert "没货" not in heard.text
    assert instead in heard.titles
    other = await talk.click(instead, heard)
    assert "不硬推荐" not in other.text
    assert height in other.text


async def test_a_size_that_is_not_made_is_said_so(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "法兰绒格子衬衫175 65kg能穿XXL吗",
        "size_advice",
        product="法兰绒格子衬衫",
        height="175",
        weight="65kg",
        size="XXL",
    )
    assert "没有做 XXL" in heard.text
    assert "穿 L 合适" in heard.text


async def test_a_usual_size_is_taken_for_what_it_is(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "羊毛圆领毛衣平时穿M，这款拿什么码", "size_advice", product="羊毛圆领毛衣", size="M"
    )
    assert "157–168cm、48–57kg" in heard.text


async def test_the_size_asked_about_is_judged(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "收腰连衣裙 160 50kg 能穿S吗",
        "size_advice",
        product="收腰连衣裙",
        height="160",
        weight="50kg",
        size="S",
    )
    assert "会偏小" in heard.text
    assert "穿 M 合适" in heard.text


@pytest.mark.parametrize(
    ("question", "product", "answer"),
    [
        ("跑鞋脚长25.2cm选多大", "缓震跑鞋", "穿 41"),
        ("跑鞋脚长280mm穿什么码", "缓震跑鞋", "不硬推荐"),
        ("平时穿42的鞋，跑鞋选几码", "缓震跑鞋", "42 适合脚长255–260mm"),
        ("儿童卫衣五岁穿多大", "儿童纯棉卫衣", "穿 110"),
        ("儿童卫衣身高118穿多大", "儿童纯棉卫衣", "穿 120"),
        ("戒指选几号，指围53mm", "足银素圈戒指", "选 13号"),
        ("四件套1米8的床买哪个", "全棉四件套", "1.8m床"),
        ("内裤选多大", "莫代尔内裤三条装", "没有对应身材的尺码表"),
        ("袜子什么码", "纯棉中筒袜五双", "只有 均码"),
    ],
)
async def test_sizes_of_their_own(talk_as: Talks, question: str, product: str, answer: str) -> None:
    talk = talk_as("c-new")
    await talk.say(product, "product_attribute", product=product)
    heard = await talk.say(question, "size_advice")
    assert answer in heard.text


# Stock


async def test_what_is_gone_comes_with_what_is_there(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "轻薄羽绒服黑色M有货吗", "stock_check", product="轻薄羽绒服", color="黑色", size="M"
    )
    assert "11月22日（周日）补到" in heard.text
    assert "黑色 S/L/XL" in heard.text
    assert "米白 M" in heard.text


async def test_memory_is_written_in_many_ways(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X20 12+256还有吗", "stock_check", product=("X20", "云岚X20手机"), size="12+256"
    )
    assert "曜石黑 12GB+256GB" in heard.text
    assert "没有「" not in heard.text


async def test_the_only_one_in_that_colour_is_meant(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "酒红色毛衣S码什么时候补货",
        "stock_check",
        color=("酒红色", "酒红"),
        category="毛衣",
        size="S",
    )
    assert "羊毛圆领毛衣 酒红 S 暂时没货" in heard.text


async def test_a_size_is_found_as_the_product_writes_it(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("儿童卫衣130有吗", "stock_check", product="卫衣")
    assert "米白 130、藏青 130" in heard.text


async def test_is_there_one_in_36_denies_nothing(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "有没有36码的跑鞋", "stock_check", size=("36码", "36"), product=("跑鞋", "缓震跑鞋")
    )
    assert "黑色 36、白色 36" in heard.text


async def test_still_there_means_the_product_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("保温杯多重", "product_attribute", product="保温杯", attribute=("多重", "重量"))
    heard = await talk.say("还有货吗", "stock_check")
    assert heard.text.startswith(("保温杯", "有的，保温杯"))


# Prices


async def test_the_sum_stands_in_one_line(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("羊毛圆领毛衣多少钱", "price_query", product="羊毛圆领毛衣")
    assert "¥329 − 秋冬毛衣直降 ¥30 − 店铺券满99减5 ¥5 ＝ 到手 ¥294，包邮" in heard.text
    assert "先在店铺首页领" in heard.text


async def test_an_own_coupon_is_used_and_two_pieces_are_counted(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    one = await talk.say("羊毛圆领毛衣到手价", "price_query", product="羊毛圆领毛衣")
    assert "生日券满200减25 ¥25 ＝ 到手 ¥274" in one.text
    two = await talk.say("两件多少钱", "price_query")
    assert "¥658 − 秋冬毛衣直降 ¥60 − 生日券满200减25 ¥25 ＝ 到手 ¥573" in two.text


async def test_two_products_in_one_order(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "面霜和精华一起买多少钱",
        "price_query",
        product=("面霜", "神经酰胺修护面霜"),
        item_id=("精华", "680012341003"),
    )
    assert "¥348 − 护肤满199减30 ¥30 − 店铺券满300减20 ¥20 ＝ 到手 ¥298" in heard.text


@pytest.mark.parametrize(
    ("text", "products", "what", "goods"),
    [
        (
            "我要吹风机两台 再要个面膜 一共多少",
            ("吹风机", "面膜"),
            "高速吹风机 ×2＋玻尿酸补水面膜",
            737,
        ),
        ("面膜两盒加面霜一瓶多少钱", ("面膜", "面霜"), "补水面膜 ×2＋神经酰胺修护面霜", 347),
        ("两台吹风机和一盒面膜多少钱", ("吹风机", "面膜"), "高速吹风机 ×2＋玻尿酸补水面膜", 737),
        ("一台吹风机3盒面膜多少钱", ("吹风机", "面膜"), "高速吹风机＋玻尿酸补水面膜 ×3", 566),
        ("吹风机和面膜各两个多少钱", ("吹风机", "面膜"), "高速吹风机 ×2＋玻尿酸补水面膜 ×2", 816),
        ("面膜，面霜，两件一共多少", ("面膜", "面霜"), "玻尿酸补水面膜＋神经酰胺修护面霜", 268),
    ],
)
async def test_each_product_is_counted_as_often_as_it_is_wanted(
    talk_as: Talks, text: str, products: tuple[str, str], what: str, goods: int
) -> None:
    heard = await talk_as("c-new").products(text, "price_query", products)
    assert what in heard.text
    assert f"¥{goods} " in heard.text


async def test_two_prices_asked_for_are_two_prices_told(talk_as: Talks) -> None:
    heard = await talk_as("c-new").products("面膜和面霜都多少钱", "price_query", ("面膜", "面霜"))
    assert "¥79" in heard.text
    assert "¥189" in heard.text


async def test_member_prices_are_for_members(talk_as: Talks) -> None:
    vip = await talk_as("c-vip").say("保温杯会员价多少", "price_query", product="保温杯")
    assert "VIP会员价 ¥4.45 ＝ 到手 ¥84.55" in vip.text
    new = await talk_as("c-new").say("保温杯会员价多少", "price_query", product="保温杯")
    assert "没有单独的会员价" in new.text


async def test_bargaining_offers_what_exists_and_nothing_else(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("羊毛圆领毛衣多少钱", "price_query", product="羊毛圆领毛衣")
    heard = await talk.say("便宜点呗", "price_bargain")
    assert "到手 ¥294" in heard.text
    towel = await talk.say("长绒棉毛巾便宜点", "price_bargain", product="长绒棉毛巾")
    assert "不能另外让价" in towel.text
    many = await talk.say("要五十个保温杯", "price_bargain", product="保温杯")
    assert "50 件" in many.text
    assert many.titles == ["转人工"]


async def test_running_offers_are_listed_and_coming_ones_are_not(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("有什么优惠活动", "coupon_promotion")
    assert "您名下的生日券满200减25，到11月30日" in heard.text
    assert "羽绒服直降" not in heard.text


# Comparison


async def test_these_two_are_the_last_two_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("乳胶枕多少钱", "price_query", product=("乳胶枕", "天然乳胶枕"))
    await talk.say("记忆枕多少钱", "price_query", product=("记忆枕", "慢回弹记忆枕"))
    heard = await talk.say("这两款有什么区别", "product_compare")
    assert "天然乳胶枕 ｜ 慢回弹记忆枕" in heard.text
    assert "慢回弹记忆枕便宜 ¥70" in heard.text


async def test_a_table_is_short_and_holds_only_what_differs(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X20和X30有什么区别",
        "product_compare",
        product=("X20", "云岚X20手机"),
        item_id=("X30", "680012340702"),
    )
    card = heard.reply.contents[0].card
    assert card is not None
    assert len(card.rows) <= 7
    assert "国行全网通" not in heard.text
    assert "18小时 ｜ 视频播放21小时" in heard.text


async def test_the_sentence_under_it_is_on_the_price_and_what_was_asked(talk_as: Talks) -> None:
    named = {"product": ("S9", "真无线降噪耳机S9"), "item_id": ("S7", "680012340803")}
    heard = await talk_as("c-new").say("S9和S7有什么区别", "product_compare", **named)
    assert "0.9" not in heard.texts[-1]
    assert "便宜 ¥150" in heard.texts[-1]
    heard = await talk_as("c-new").say("S9和S7哪个轻", "product_compare", **named)
    assert "0.9 g" in heard.texts[-1]


async def test_which_of_a_kind_compares_that_kind_alone(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("保温杯多少钱", "price_query", product="保温杯")
    heard = await talk.say("枕头哪个更好", "product_compare", product="枕头")
    assert "天然乳胶枕 ｜ 慢回弹记忆枕" in heard.text
    assert "保温杯" not in heard.text


async def test_one_product_alone_is_not_compared_but_described(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("羽绒服暖和吗", "product_compare", product=("羽绒服", "轻薄羽绒服"))
    assert "想和哪一款比" not in heard.text
    assert "充绒量 95g" in heard.text
    more = await talk.say("含绒量多少", "product_attribute", attribute="含绒量")
    assert "轻薄羽绒服" in more.text


async def test_what_is_to_be_compared_is_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("蚕丝被和别的比呢", "product_compare", product="蚕丝被")
    assert "想和哪一款比" in heard.text
    more = await talk.say("多重", "product_attribute", attribute=("多重", "重量"))
    assert "蚕丝被" in more.text
    assert "2.5kg" in more.text


async def test_a_word_of_its_name_switches_to_another_product(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("山羊绒高领毛衣多少钱", "price_query", product="山羊绒高领毛衣")
    await talk.say("羊毛圆领毛衣起球吗", "product_attribute", product="羊毛圆领毛衣")
    heard = await talk.say("羊绒的呢", "price_query")
    assert "山羊绒高领毛衣" in heard.text
    assert "起球" in heard.text
    heard = await talk.say("圆领那件怎么洗", "usage_help")
    assert "羊毛档" in heard.text


@pytest.mark.parametrize("text", ["长款呢", "那长款的呢"])
async def test_another_of_the_kind_is_pointed_at_by_its_name(talk_as: Talks, text: str) -> None:
    talk = talk_as("c-new")
    await talk.say(
        "轻薄羽绒服充绒量多少", "product_attribute", product="轻薄羽绒服", attribute="充绒量"
    )
    heard = await talk.say(text, "refund_progress")
    assert "长款羽绒服" in heard.text
    assert "充绒量 230g" in heard.text


async def test_a_question_of_the_material_stays_with_the_product(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("山羊绒高领毛衣多少钱", "price_query", product="山羊绒高领毛衣")
    await talk.say("羊毛圆领毛衣多少钱", "price_query", product="羊毛圆领毛衣")
    heard = await talk.say("是羊绒的吗", "product_attribute")
    assert "山羊绒高领毛衣" not in heard.text


async def test_the_asked_fact_comes_first_and_an_unknown_one_is_not_guessed(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-new")
    await talk.say("X20多少钱", "price_query", product=("X20", "云岚X20手机"))
    heard = await talk.say(
        "和X30比哪个防水",
        "product_compare",
        product=("X30", "云岚X30 Pro手机"),
        attribute="防水",
    )
    assert "防水：云岚X30 Pro手机 IP68，云岚X20手机 IP54" in heard.text
    softer = await talk.say("哪个耐摔", "product_compare")
    assert "耐摔这一项" in softer.text
    assert unknown(softer) == [UnknownReason.UNKNOWN_ATTRIBUTE]


async def test_one_product_alone_is_offered_its_kind_to_compare_with(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("S9续航多久", "product_attribute", product=("S9", "真无线降噪耳机S9"))
    heard = await talk.say("和别的比怎么样", "product_compare")
    assert heard.titles == ["头戴降噪耳机", "半入耳耳机S7", "骨传导运动耳机", "转人工"]
    answer = await talk.click("半入耳耳机S7", heard)
    assert "｜" in answer.text
    assert "半入耳耳机S7便宜 ¥150" in answer.text


# Recommendation


async def test_a_gift_takes_at_most_two_questions(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    first = await talk.say("想买个礼物送人", "product_recommend")
    second = await talk.click("妈妈", first)
    assert "300 元以内" in second.titles
    heard = await talk.click("300 元以内", second)
    assert len(heard.titles) == 3
    assert "男士半高领毛衣" not in heard.text
    more = await talk.say("还有别的吗", "product_recommend")
    assert not set(more.titles) & set(heard.titles)


async def test_a_wish_is_met_with_a_reason(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "油皮用什么防晒", "product_recommend", product=("防晒", "清透防晒乳")
    )
    assert "清透防晒乳 ¥99" in heard.text
    assert "适合肤质 各种肤质" in heard.text


async def test_an_occasion_brings_things_of_several_kinds(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("露营带什么", "product_recommend")
    assert len(heard.titles) == 3
    assert "清透防晒乳" in heard.titles


async def test_beyond_the_budget_is_said_as_such(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "100以内的手机", "product_recommend", category="手机", amount="100"
    )
    assert "预算里没有" in heard.text
    assert "X20磁吸手机壳" not in heard.text


async def test_a_kind_that_the_shop_lacks_is_not_replaced(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("有没有无人机", "product_recommend", category="无人机")
    assert "没有「无人机」" in heard.text


async def test_a_cheaper_one_is_of_the_same_kind(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("头戴降噪耳机多少钱", "price_query", product="头戴降噪耳机")
    heard = await talk.say("有没有便宜点的", "price_bargain")
    assert heard.titles == ["骨传导运动耳机", "真无线降噪耳机S9", "半入耳耳机S7"]


async def test_what_follows_a_list_is_said_of_the_list(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("想买件毛衣 男的穿", "product_recommend", category="毛衣")
    assert heard.titles == ["男士半高领毛衣"]
    heard = await talk.say("推荐个男士衬衫", "product_recommend", category="衬衫")
    assert "真丝衬衫" not in heard.text
    sized = await talk.say("92公斤 180", "size_advice", weight=("92公斤", "92kg"))
    assert "牛津纺衬衫 XXL" in sized.text
    assert "法兰绒格子衬衫 的 M、L、XL 都对不上" in sized.text
    large = await talk.say("有xxl吗 我胖", "stock_check", size=("xxl", "XXL"))
    assert "牛津纺衬衫" in large.text
    assert "法兰绒" not in large.text


async def test_a_colour_narrows_the_list(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐毛衣", "product_recommend", category="毛衣")
    heard = await talk.say("深灰的", "quality_complaint", color=("深灰", "深灰"))
    assert heard.titles == ["男士半高领毛衣"]


async def test_others_leave_out_what_was_just_shown(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    first = await talk.say("推荐个外套", "product_recommend", category="外套")
    more = await talk.say("还有别的吗", "product_recommend")
    assert more.titles
    assert not set(first.titles) & set(more.titles)


async def test_a_kind_that_is_refused_is_left_out(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    first = await talk.say("送妈妈什么好 200以内", "product_recommend", amount="200")
    assert "恒温电热水壶" in first.titles
    heard = await talk.say("不要小家电", "deny", category="小家电")
    assert len(heard.titles) == 3
    assert "恒温电热水壶" not in heard.text
    more = await talk.say("还有别的吗", "product_recommend")
    assert "恒温电热水壶" not in more.text


async def test_all_that_was_wished_is_refused(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐个零食", "product_recommend", category=("零食", "食品"))
    heard = await talk.say("不要吃的", "deny", category=("吃的", "食品"))
    assert heard.titles
    assert "食品" not in heard.titles


async def test_the_price_asked_after_a_list_is_of_what_was_shown(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    shown = await talk.say("油皮的面霜", "product_recommend", product=("面霜", "神经酰胺修护面霜"))
    assert shown.titles == ["清爽水凝霜"]
    heard = await talk.say("多少钱", "price_query")
    assert "清爽水凝霜" in heard.text
    assert "神经酰胺" not in heard.text


# The product in talk


async def test_a_care_question_stays_with_the_product_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-lin")  # has bought a sweater, whose label forbids the dryer
    await talk.say("羽绒服能机洗吗", "product_attribute", product=("羽绒服", "轻薄羽绒服"))
    heard = await talk.say("能烘干吗", "product_attribute")
    assert "轻薄羽绒服" in heard.text
    assert "毛衣" not in heard.text


async def test_what_it_is_used_with_is_not_what_is_asked_about(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("S9防水吗", "product_attribute", product=("S9", "真无线降噪耳机S9"))
    heard = await talk.say(
        "能连电脑不",
        "product_attribute",
        category="电脑",
        knowledge=[("headphones-compatible", 0.5)],
    )
    assert "蓝牙" in heard.text
    assert "人体工学椅" not in heard.text


async def test_a_kind_that_is_neither_sold_nor_bought_is_said_to_be_missing(
    talk_as: Talks,
) -> None:
    heard = await talk_as("c-lin").say("扫地机不扫了", "usage_help", category="扫地机")
    assert "没找到「扫地机」" in heard.text
    assert heard.titles == ["转人工"]


async def test_a_failure_told_to_a_question_of_a_tree_shows_its_answers_again(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-new")
    first = await talk.say(
        "电饭煲夹生",
        "usage_help",
        product=("电饭煲", "IH电饭煲"),
        knowledge=[("cooker-not-heating", 0.9)],
    )
    assert first.titles == ["都有电", "插座没电"]
    heard = await talk.say("试过了还是不行", "return_policy", confidence=0.97)
    assert heard.titles == first.titles


# Sizes


async def test_each_word_about_the_size_changes_the_advice(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    both = await talk.say(
        "175 140斤衬衫穿啥码",
        "size_advice",
        height="175",
        weight=("140斤", "70kg"),
        category="衬衫",
    )
    assert "喜欢合身选 L，喜欢宽松选 XL" in both.text
    assert "就选 XL" in (await talk.say("偏胖", "size_advice")).text
    assert "L 能穿，穿着合身" in (await talk.say("L会不会大", "size_advice", size="L")).text
    taken = await talk.say("那要L 黑色", "change_order", size="L", color="黑色")
    assert "黑色 L 有现货" in taken.text
    assert "拍下就行" in taken.text


# Ordering


async def test_who_wants_pieces_is_told_where_to_order_and_what_is_there(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("S9降噪怎么样", "product_attribute", product=("S9", "真无线降噪耳机S9"))
    heard = await talk.say("来一件", "wrong_or_missing_item", confidence=0.99)
    assert "真无线降噪耳机S9 ¥299" in heard.text
    assert "白色、黑色" in heard.text
    assert "不能替您下单" in heard.text


async def test_the_product_may_be_named_with_the_pieces(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "羊毛毛衣来两件", "wrong_or_missing_item", product=("羊毛毛衣", "羊毛圆领毛衣")
    )
    assert "羊毛圆领毛衣 ¥329" in heard.text
    assert "商品页" in heard.text


async def test_without_a_product_the_way_is_told(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("怎么下单", "order_status", confidence=0.57)
    assert "立即购买" in heard.text
    assert "推荐商品" in heard.titles


async def test_one_of_those_recommended_can_be_ordered(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    shown = await talk.say("推荐个毛衣", "product_recommend", category="毛衣")
    which = await talk.say("行 那就这个 怎么下单", "order_status", confidence=0.57)
    assert len(which.titles) > 1
    assert which.titles == [title for title in shown.titles if title in which.titles]
    first = await talk.say("第一个", "nlu_fallback")
    assert which.titles[0] in first.text
    assert "商品页" in first.text


async def test_the_second_can_be_ordered_in_one_breath(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    shown = await talk.say("推荐个毛衣", "product_recommend", category="毛衣")
    heard = await talk.say("就第二个 怎么下单", "order_status", confidence=0.3)
    assert shown.titles[1] in heard.text
    assert "商品页" in heard.text


async def test_a_phone_of_another_maker_is_none_of_the_thing_in_talk(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("跑鞋多少钱", "price_query", product=("跑鞋", "缓震跑鞋"))
    heard = await talk.say("iPhone 15有卖吗", "stock_check", product="iPhone 15")
    assert "没找到「iPhone 15」" in heard.text
    heard = await talk.say("能配iPhone 15用吗", "product_attribute", product="iPhone 15")
    assert "缓震跑鞋" in heard.text


async def test_is_there_one_for_whom_is_a_wish_also_beside_a_form(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "你们有没有女款外套", "stock_check", confidence=0.44, category="外套"
    )
    assert "羽绒服" in heard.text
    talk = talk_as("c-insured")
    await talk.say("退货", "return_request", reason=("退货", "no_longer_wanted"))
    heard = await talk.say(
        "你们有没有女款外套", "product_recommend", confidence=0.54, category="外套"
    )
    assert "羽绒服" in heard.text
    assert talk.form


async def test_what_is_not_ours_is_not_compared(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("X20多少钱", "price_query", product=("X20", "云岚X20手机"))
    heard = await talk.say("比小米14便宜多少", "product_compare", product="小米14")
    assert "没有「小米14」" in heard.text
    heard = await talk.say("跟华为手机比呢", "product_compare", product="华为手机")
    assert "没有「华为手机」" in heard.text
    assert "¥1999" in heard.text


async def test_one_piece_after_a_parcel_is_one_that_came(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("毛衣到哪了", "track_logistics", category="毛衣")
    heard = await talk.say("来一件", "wrong_or_missing_item", confidence=0.99)
    assert "少发了" in heard.titles


async def test_what_is_gone_is_not_offered_for_ordering(
    talk_as: Talks, shop_tables: Database
) -> None:
    async with shop_tables.write() as connection:
        await connection.execute(sa.update(schema.skus).values(stock=0))
    talk = talk_as("c-new")
    await talk.say("S9降噪怎么样", "product_attribute", product=("S9", "真无线降噪耳机S9"))
    heard = await talk.say("怎么下单", "order_status", confidence=0.57)
    assert "没货" in heard.text
    assert "商品页" not in heard.text


async def test_a_fragment_is_no_kind_of_thing(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("想买外套", "product_recommend", category="外套")
    heard = await talk.say("风衣，双排扣的，我一米六三", "product_recommend", product="风衣")
    assert "店里没有" not in heard.text
    assert heard.titles == ["经典风衣"]


@pytest.mark.parametrize("text", ["给爸买个手机字大点", "给爸挑个字大点的手机"])
async def test_large_letters_bring_the_senior_phone_first(talk_as: Talks, text: str) -> None:
    heard = await talk_as("c-new").say(text, "product_recommend", category="手机")
    assert heard.titles[0] == "云岚孝心手机"


@pytest.mark.parametrize(
    ("product", "question", "answer"),
    [
        ("慢回弹记忆枕", "高度多少", "高度 11cm（尺寸 58×35×11cm）"),
        ("纯棉中筒袜五双", "一包几双", "5双"),
        ("纯棉中筒袜五双", "防臭吗", "「防臭吸汗」"),
        ("云岚X20手机", "送壳吗", "带保护壳"),
        ("云岚孝心手机", "能打微信视频不", "可以装微信、打视频"),
        ("IH电饭煲", "内胆有涂层吗", "没有涂层"),
    ],
)
async def test_title_name_and_box_are_sources_of_facts(
    talk_as: Talks, product: str, question: str, answer: str
) -> None:
    talk = talk_as("c-new")
    await talk.say(product, "product_attribute", product=product)
    heard = await talk.say(question, "product_attribute")
    assert answer in heard.text


async def test_litres_are_written_in_two_ways(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "电饭煲3升的多少钱", "price_query", product=("电饭煲", "IH电饭煲"), size="3升"
    )
    assert "¥399" in heard.text
    assert "¥459" not in heard.text


async def test_who_decides_is_told_how_to_order(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("头戴降噪耳机有白色吗", "stock_check", product="头戴降噪耳机", color="白色")
    heard = await talk.say("那算了 黑的吧", "deny", color=("黑的", "黑色"))
    assert "曜石黑" in heard.text
    assert "拍下" in heard.text


@pytest.mark.parametrize(
    ("product", "question", "answer"),
    [
        ("三合一冲锋衣", "下雨能穿吗", "8000mm静水压"),
        ("三合一冲锋衣", "防雨吗", "8000mm静水压"),
        ("轻薄羽绒服", "下雨天能穿吗", "只防泼水"),
        ("静音加湿器", "能放多少水", "容量 4L"),
        ("静音加湿器", "一次装多少水", "容量 4L"),
        ("长款羽绒服", "零下20能穿吗", "零下20℃"),
        ("清透防晒乳", "海边用可以吗", "防水抗汗"),
        ("IH电饭煲", "几个人用", "2-6人"),
        ("蚕丝被", "多少斤的", "2.5kg"),
        ("蚕丝被", "有几公斤", "2.5kg"),
        ("云南小粒咖啡豆", "偏酸还是偏苦", "低酸"),
        ("云南小粒咖啡豆", "有深烘的吗", "中度、深度两种"),
        ("云南小粒咖啡豆", "酸吗", "低酸"),
        ("天然乳胶枕", "颈椎不好能用吗", "颈椎不适的人适合"),
        ("云岚孝心手机", "能用微信吗", "可以装微信"),
        ("云岚孝心手机", "能视频通话吗", "打视频"),
    ],
)
async def test_everyday_words_ask_for_a_fact(
    talk_as: Talks, product: str, question: str, answer: str
) -> None:
    talk = talk_as("c-new")
    await talk.say(product, "product_attribute", product=product)
    heard = await talk.say(question, "product_attribute")
    assert answer in heard.text


@pytest.mark.parametrize("words", ["风衣有什么颜色", "风衣有几种颜色", "风衣的颜色有哪些"])
async def test_which_colours_there_are(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-new").say(
        words,
        "product_attribute",
        product=("风衣", "经典风衣"),
        knowledge=(("colour-bleeds", 0.3),),
    )
    assert "卡其" in heard.text
    assert "藏青" in heard.text


async def test_a_sum_without_the_word_money_is_a_budget(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("有没有适合送妈妈的礼物，300以内", "product_recommend")
    assert "预算" not in heard.text
    assert len(heard.titles) >= 2


# The chart's own measures, and a size told in another clause


@pytest.mark.parametrize(
    ("question", "size", "told"),
    [("收腰连衣裙M腰围多少", "M", "M 72cm"), ("收腰连衣裙腰围多少", "", "S 68cm、M 72cm")],
)
async def test_a_measure_of_the_goods_is_read_off_the_chart(
    talk_as: Talks, question: str, size: str, told: str
) -> None:
    named = {"size": size} if size else {}
    heard = await talk_as("c-new").say(question, "size_advice", product="收腰连衣裙", **named)
    assert f"腰围：{told}" in heard.text


@pytest.mark.parametrize(
    ("waist", "told"), [("78", "选 L（表上腰围 78cm）"), ("75", "选 L"), ("99", "对不上")]
)
async def test_a_measure_alone_finds_the_size(talk_as: Talks, waist: str, told: str) -> None:
    heard = await talk_as("c-new").say(
        f"直筒牛仔裤腰围{waist}的穿啥码", "size_advice", product="直筒牛仔裤"
    )
    assert told in heard.text


async def test_a_waist_in_other_units_is_no_length_in_centimetres(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "直筒牛仔裤腰围2尺3穿啥码", "size_advice", product="直筒牛仔裤"
    )
    assert "身高" in heard.text


async def test_a_chest_is_not_that_of_the_shirt(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "牛津纺衬衫胸围96穿什么码", "size_advice", product="牛津纺衬衫"
    )
    assert "牛津纺衬衫的胸围：S 98cm、M" in heard.text


async def test_the_body_told_before_the_clause_is_seen(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "男朋友175 150斤 白衬衫穿啥码 多少钱",
        "size_advice",
        clauses=(("白衬衫穿啥码", "size_advice"), ("多少钱", "price_query")),
        height="175",
        weight=("150斤", "75kg"),
        product=("白衬衫", "免烫白衬衫"),
    )
    assert "穿 XL 合适" in heard.text
    assert "¥199" in heard.text


async def test_another_size_after_stock_asks_for_stock(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("缓震跑鞋脚长24.5穿几码", "size_advice", product="缓震跑鞋")
    await talk.say("44码有没有", "stock_check", size="44")
    heard = await talk.say("45呢", "size_advice", confidence=0.5)
    assert "没有「45」" in heard.text
    heard = await talk.say("43呢", "size_advice")
    assert "黑色 43" in heard.text
    assert "脚长" not in heard.text


async def test_is_there_one_in_that_colour_is_no_wish_for_advice(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "空气炸锅奶白的有吗",
        "product_recommend",
        product=("空气炸锅", "可视空气炸锅"),
        color="奶白",
    )
    assert "奶白 暂时没货" in heard.text
    assert "现在有货的是：黑色" in heard.text


async def test_a_plain_colour_finds_the_pattern(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "格子衬衫蓝的XL有吗",
        "stock_check",
        product=("格子衬衫", "法兰绒格子衬衫"),
        color=("蓝的", "蓝色"),
        size="XL",
    )
    assert "蓝黑格 XL 有现货" in heard.text


async def test_a_bed_is_written_in_many_ways(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "全棉四件套1米5的床有吗", "stock_check", product="全棉四件套", size=("1米5的床", "1.5M的床")
    )
    assert "雾霾蓝 1.5m床" in heard.text
    assert "1.8m" not in heard.text


# What runs, and for whom


@pytest.mark.parametrize("words", ["有券吗", "有没有优惠卷"])
async def test_which_coupons_there_are_is_told_own_ones_first(talk_as: Talks, words: str) -> None:
    heard = await talk_as("c-lin").say(words, "coupon_promotion", knowledge=[("promotion", 0.42)])
    order = [heard.text.index(one) for one in ("您名下的生日券", "满300减20", "家居每满200")]
    assert order == sorted(order)
    assert "满99减5" in heard.text


@pytest.mark.parametrize(
    ("customer", "words", "entry", "told"),
    [
        ("c-lin", "生日券还在不", "birthday", "您名下的生日券满200减25，到11月30日"),
        ("c-new", "护肤满减还有吗", "coupon-stack", "护肤满199减30，到"),
    ],
)
async def test_an_offer_called_by_its_name_is_told_with_its_end(
    talk_as: Talks, customer: str, words: str, entry: str, told: str
) -> None:
    knowledge = [(entry, 0.7)]
    heard = await talk_as(customer).say(words, "coupon_promotion", knowledge=knowledge)
    assert told in heard.text
    assert "店铺券" not in heard.text


async def test_somebody_elses_birthday_coupon_is_not_told(talk_as: Talks) -> None:
    knowledge = [("birthday", 0.7)]
    heard = await talk_as("c-new").say("生日券还在不", "coupon_promotion", knowledge=knowledge)
    assert "满200减25" not in heard.text


async def test_what_comes_later_is_not_answered_by_what_runs(talk_as: Talks) -> None:
    knowledge = [("promotion", 0.4)]
    heard = await talk_as("c-lin").say("下周有活动吗", "coupon_promotion", knowledge=knowledge)
    assert "生日券满200减25" not in heard.text


async def test_a_member_who_bargains_hears_of_the_members_price(talk_as: Talks) -> None:
    knowledge = [("bargain", 0.3)]
    heard = await talk_as("c-vip").say("能便宜点不", "price_bargain", knowledge=knowledge)
    assert "VIP会员价（95 折）" in heard.text
    other = await talk_as("c-new").say("能便宜点不", "price_bargain", knowledge=knowledge)
    assert "会员价" not in other.text


# Whether the shop has it at all


@pytest.mark.parametrize("words", ["电饭煲有吗", "有没有电饭煲", "你们家电饭煲有没有卖的"])
async def test_whether_there_is_any_is_no_question_of_use(talk_as: Talks, words: str) -> None:
    talk = talk_as("c-new")
    heard = await talk.say(
        words,
        "usage_help",
        product=("电饭煲", "IH电饭煲"),
        knowledge=[("cooker-not-heating", 0.62)],
    )
    assert "IH电饭煲有现货" in heard.text
    heard = await talk.say(
        "吸尘器呢",
        "product_attribute",
        product=("吸尘器", "无线吸尘器"),
        knowledge=[("vacuum-weak", 0.29)],
    )
    assert "无线吸尘器" in heard.text
    assert "现货" in heard.text


async def test_of_a_kind_with_several_those_in_stock_are_listed(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("有没有耳机", "product_attribute", category="耳机")
    assert len(heard.titles) == 3
    heard = await talk_as("c-new").say(
        "羽绒服有吗", "product_attribute", product=("羽绒服", "轻薄羽绒服")
    )
    assert heard.titles == ["轻薄羽绒服", "长款羽绒服"]


async def test_whether_it_has_something_is_asked_of_the_product(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "X20有没有NFC", "product_attribute", product=("X20", "云岚X20手机")
    )
    assert "现货" not in heard.text


# A wish that is narrowed


async def test_for_whom_narrows_what_was_recommended(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐外套", "product_recommend", category="外套")
    heard = await talk.say("女的", "product_recommend", confidence=0.34)
    assert "轻薄羽绒服" in heard.titles
    heard = await talk.say("500以下", "product_attribute", confidence=0.35, amount="500")
    assert heard.titles == ["轻薄羽绒服", "三合一冲锋衣"]


@pytest.mark.parametrize(
    ("words", "taken_for", "expected"),
    [
        ("拍照好的", "affirm", ["云岚X20手机", "云岚X30 Pro手机"]),
        ("长辈用", "quality_complaint", ["云岚孝心手机"]),
    ],
)
async def test_what_for_narrows_it_whatever_it_sounds_like(
    talk_as: Talks, words: str, taken_for: str, expected: list[str]
) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐手机", "product_recommend", category="手机")
    heard = await talk.say(words, taken_for)
    assert heard.titles == expected


async def test_what_fits_nothing_of_the_kind_is_said(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐外套", "product_recommend", category="外套")
    heard = await talk.say("给孩子的", "product_recommend")
    assert "没有完全对上" in heard.text
    assert "轻薄羽绒服" in heard.titles


async def test_all_that_are_called_so_leave_when_not_wanted(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("推荐个外套", "product_recommend", category="外套")
    heard = await talk.say("不要羽绒服", "deny", product=("羽绒服", "轻薄羽绒服"))
    assert heard.titles == ["三合一冲锋衣", "经典风衣"]


async def test_pupils_are_children(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("给小学生的", "product_recommend")
    assert heard.titles == ["护眼台灯", "儿童纯棉卫衣"]


# Asked which one, the shopper asks on


async def test_those_we_asked_about_stand_for_the_next_question(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    first = await talk.say("毛衣扎不扎", "product_attribute", category="毛衣")
    heard = await talk.say("能机洗不", "product_attribute")
    assert heard.titles == first.titles
    heard = await talk.say("黑色M还有吗", "stock_check", color="黑色", size="M")
    assert heard.titles == ["羊毛圆领毛衣", "山羊绒高领毛衣"]
    assert all("stock_check" in choice.payload for choice in heard.choices)


async def test_the_buttons_ask_what_was_asked_last(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("裙子", "product_attribute", confidence=0.4, category=("裙子", "裙装"))
    assert heard.titles == ["收腰连衣裙", "针织半身裙"]
    heard = await talk.say("162 130斤能穿吗", "size_advice", height="162", weight=("130斤", "65kg"))
    assert heard.titles == ["收腰连衣裙", "针织半身裙"]
    assert all("size_advice" in choice.payload for choice in heard.choices)


async def test_for_whom_it_is_chooses_among_those_we_asked_about(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("毛衣", "product_attribute", confidence=0.4, category="毛衣")
    heard = await talk.say("男的那个呢", "wrong_or_missing_item", confidence=0.25)
    assert "男士半高领毛衣" in heard.text
    assert "¥259" in heard.text


async def test_an_earlier_question_of_which_one_is_over(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    first = await talk.say("毛衣扎不扎", "product_attribute", category="毛衣")
    await talk.click(first.titles[1], first)
    heard = await talk.say("能机洗不", "product_attribute")
    assert "山羊绒高领毛衣" in heard.text
    assert "羊毛圆领毛衣" not in heard.titles


# Kinds and names


async def test_a_name_that_goes_on_before_the_kind_is_that_product(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say(
        "孝心手机能打微信视频吗", "product_attribute", category="手机"
    )
    assert "云岚孝心手机" in heard.text
    assert "视频" in heard.text


async def test_all_of_the_kind_are_offered(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("手机多少钱", "price_query", category="手机")
    assert heard.titles == ["云岚X20手机", "云岚X30 Pro手机", "云岚孝心手机"]


async def test_a_bare_kind_is_of_goods_for_who_never_bought(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    heard = await talk.say("衬衫", "quality_complaint", confidence=0.45, category="衬衫")
    assert "牛津纺衬衫" in heard.titles
    heard = await talk.say("白色的", "quality_complaint", confidence=0.37, color="白色")
    assert heard.titles == ["牛津纺衬衫", "亚麻短袖衬衫", "免烫白衬衫"]


async def test_what_another_maker_makes_is_not_sold_here(talk_as: Talks) -> None:
    heard = await talk_as("c-new").say("华为手机有没有", "product_attribute", product="华为手机")
    assert "没找到「华为手机」" in heard.text
    assert heard.titles == ["云岚X20手机", "云岚X30 Pro手机", "云岚孝心手机", "转人工"]


async def test_a_phone_that_it_is_to_go_with_is_not_looked_for(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("头戴降噪耳机多少钱", "price_query", product="头戴降噪耳机")
    heard = await talk.say("苹果手机能连吗", "product_attribute", product="苹果手机")
    assert "没找到" not in heard.text


# Of several that were shown


async def test_the_price_of_those_recommended_is_told_of_each(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    shown = await talk.say("推荐手机", "product_recommend", category="手机")
    heard = await talk.say("多少钱", "price_query")
    assert len(shown.titles) > 1 and all(name in heard.text for name in shown.titles)
    again = await talk.say("包邮价多少", "price_query")
    assert all(name in again.text for name in shown.titles)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("便宜那个续航多久", "云岚X20手机"),
        ("便宜点的那款续航多久", "云岚X20手机"),
        ("贵的那个续航多久", "云岚X30 Pro手机"),
        ("贵那款续航多久", "云岚X30 Pro手机"),
    ],
)
async def test_one_of_two_is_meant_by_its_price(talk_as: Talks, words: str, name: str) -> None:
    talk = talk_as("c-new")
    for short, whole in (("X20", "云岚X20手机"), ("X30", "云岚X30 Pro手机")):
        await talk.say(f"{short}多少钱", "price_query", product=(short, whole))
    heard = await talk.say(words, "product_attribute", attribute="续航")
    assert heard.text.startswith(name)


async def test_the_cheaper_of_those_shown_is_no_wish_for_a_cheaper_one(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("羽绒服有吗", "stock_check", category="羽绒服")
    heard = await talk.say("便宜点的那件呢", "price_bargain")
    assert "轻薄羽绒服" in heard.text and "没有更便宜" not in heard.text


async def test_a_name_taken_for_a_yes_is_what_the_next_question_is_about(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("我想问下", "greet")
    await talk.say("就是那个毛衣", "affirm", category="毛衣")
    heard = await talk.say("能不能机洗", "product_attribute")
    assert "羊毛圆领毛衣" in heard.text and "牛津纺衬衫" not in heard.titles


async def test_what_several_come_to_together_needs_their_names(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    shown = await talk.say("推荐手机", "product_recommend", category="手机")
    heard = await talk.say("两个一起买多少钱", "price_query")
    assert heard.titles == shown.titles and "¥" not in heard.text


async def test_who_takes_a_size_and_asks_how_to_buy_is_told_how(talk_as: Talks) -> None:
    talk = talk_as("c-new")
    await talk.say("羊毛圆领毛衣有M码吗", "stock_check", product="羊毛圆领毛衣", size="M")
    heard = await talk.say("那就M吧 怎么买", "stock_check", size="M")
    how = await talk.say("怎么下单", "stock_check")
    assert "下单" in heard.text and "下单" in how.text
