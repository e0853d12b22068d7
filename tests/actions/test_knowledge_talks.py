"""Talks in which the shop's knowledge answers, found by the real retrieval."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from actions.base import Services
from actions.skills import build_house
from bot.nlu.e5 import E5
from bot.nlu.encoder import CachedEncoder, RememberingEncoder
from bot.nlu.knowledge import LiveIndex, plain
from shop.knowledge import entries_in
from tests.actions.conftest import KNOWLEDGE, Talks
from tests.actions.talk import ROOT, Heard, Talk

CHINA = timezone(timedelta(hours=8))
Ask = Callable[..., Awaitable[Heard]]


@pytest.fixture(scope="module")
def index() -> LiveIndex:
    encoder = RememberingEncoder(E5(), ROOT / ".rasa" / "knowledge_vectors.npz")
    live = LiveIndex(folder=entries_in(KNOWLEDGE), encoder=encoder)
    live.look()
    live.encode()
    return live


@pytest.fixture(scope="module")
def ask(index: LiveIndex) -> Ask:
    """Says something to a talk, with the entries that the retrieval finds."""
    encoder = CachedEncoder(E5())

    async def say(talk: Talk, text: str, intent: str, **more: Any) -> Heard:
        vector = encoder.encode([plain(text)])[0]
        found = index.current.search(plain(text), vector, limit=8)
        known = [(match.entry, match.score) for match in found]
        return await talk.say(text, intent, knowledge=known, **more)

    return say


def talk_on(services: Services, year: int, month: int, day: int, who: str = "c-lin") -> Talk:
    """A talk on another day."""
    moment = datetime(year, month, day, 10, 0, tzinfo=CHINA)
    return Talk(build_house(replace(services, clock=lambda: moment)), f"web:demo:{who}")


def talk_with(services: Services, folder: Path, text: str) -> Talk:
    """A talk in a shop that knows only that."""
    (folder / "entries").mkdir(exist_ok=True)
    (folder / "entries" / "only.yml").write_text(text, encoding="utf-8")
    return Talk(build_house(replace(services, knowledge=entries_in(folder))), "web:demo:c-lin")


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("快递盒子上会不会写着买了啥", "ask_carrier", "不写商品名"),
        ("我那张票的抬头填成我自己了，要换成单位", "invoice", "换开"),
        ("之前攒的分过了多久就没了", "account_membership", "一年内"),
        ("咱这结账完才发现有张券没用上", "coupon_promotion", "不能补用券"),
        ("卡片上能帮我写句祝福不", "gift_packaging", "手写贺卡"),
        ("退货的包裹寄回去半路丢了咋整", "return_policy", "寄件凭证"),
    ],
)
async def test_other_words_find_the_right_entry(
    talk_as: Talks, ask: Ask, text: str, intent: str, words: str
) -> None:
    assert words in (await ask(talk_as("stranger"), text, intent)).text


async def test_what_no_entry_asks_gets_the_general_answer(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("发票", "invoice")
    assert "申请发票" in heard.text


async def test_a_sure_entry_answers_what_was_not_understood(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("c-lin")
    heard = await ask(talk, "验证码要发给你们客服吗", "nlu_fallback")
    assert "不要发" in heard.text
    assert not talk.slots.get("misses")


async def test_a_sure_entry_of_another_topic_corrects_the_classifier(
    talk_as: Talks, ask: Ask
) -> None:
    heard = await ask(talk_as("stranger"), "要把验证码发给你吗", "coupon_promotion")
    assert "不要发" in heard.text


async def test_what_nobody_knows_stays_unknown(talk_as: Talks, ask: Ask) -> None:
    heard = await ask(talk_as("c-lin"), "阿巴阿巴呜啦啦", "nlu_fallback")
    assert "转人工" in heard.titles
    assert "没" in heard.text
    heard = await ask(
        talk_as("stranger"), "电饭煲能不能连手机遥控", "usage_help", product=("电饭煲", "IH电饭煲")
    )
    assert "说明书" in heard.text


async def test_an_entry_for_the_product_in_talk_beats_the_general_one(
    talk_as: Talks, ask: Ask
) -> None:
    talk = talk_as("stranger")
    heard = await ask(talk, "保修几年", "warranty_repair")
    assert "1 年" in heard.text
    heard = await ask(talk, "吸尘器保修几年", "warranty_repair", product=("吸尘器", "无线吸尘器"))
    assert "2 年" in heard.text
    heard = await ask(talk, "那它质保到底是几年", "warranty_repair")
    assert "2 年" in heard.text


async def test_an_entry_for_one_product_is_not_used_for_another(talk_as: Talks, ask: Ask) -> None:
    heard = await ask(
        talk_as("stranger"), "电饭煲插上电没反应", "usage_help", product=("电饭煲", "IH电饭煲")
    )
    assert heard.titles == ["都有电", "插座没电"]
    heard = await ask(
        talk_as("stranger"), "热水壶插上电没反应", "usage_help", product=("热水壶", "恒温电热水壶")
    )
    assert heard.titles == ["有反应了", "还是没有"]


@pytest.mark.parametrize(
    ("product", "text", "intent", "never"),
    [
        ("神经酰胺修护面霜", "皮肤敏感能用吗", "product_attribute", "打底"),
        ("三合一冲锋衣", "贴身穿扎不扎", "product_attribute", "羊绒"),
        ("三合一冲锋衣", "有静电怎么办", "usage_help", "羊毛专用"),
        ("蚕丝被", "多少斤的", "product_attribute", "脚跟"),
        ("云南小粒咖啡豆", "深烘的酸吗", "product_attribute", "浮色"),
        ("云南小粒咖啡豆", "烘出来颜色深吗", "product_attribute", "浮色"),
    ],
)
async def test_what_is_known_of_other_goods_is_not_said_of_the_one_in_talk(
    talk_as: Talks, ask: Ask, product: str, text: str, intent: str, never: str
) -> None:
    talk = talk_as("c-new")
    await talk.say(product, "product_attribute", product=product)
    heard = await ask(talk, text, intent, confidence=0.9)
    assert never not in heard.text
    named = await ask(talk_as("c-new"), f"{product}{text}", intent, product=product)
    assert never not in named.text


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("衣服掉色正常吗", "usage_help", "浮色"),
        ("毛线衣穿两次就起球", "usage_help", "去球器"),
        ("脸上抹完刺痛", "usage_help", "先停用"),
        ("过期日期是什么时候", "coupon_promotion", "哪件"),
    ],
)
async def test_what_is_asked_of_no_goods_in_particular_is_still_answered(
    talk_as: Talks, ask: Ask, text: str, intent: str, words: str
) -> None:
    assert words in (await ask(talk_as("stranger"), text, intent)).text


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("国庆呢", "store_info", "以商品页写的时间为准"),
        ("那你们春节", "store_info", "以商品页写的时间为准"),
        ("客服周末上班不", "store_info", "22"),
        ("五一假期发货吗", "ask_delivery_time", "周末"),
        ("能放驿站吗", "ask_carrier", "备注「放驿站」"),
        ("可以放快递柜不", "gift_packaging", "备注「放驿站」"),
        ("可以送到驿站别送家里不", "delivery_range", "备注「放驿站」"),
        ("快递能放驿站几天", "ask_carrier", "能放几天由驿站定"),
        ("能不能别放驿站送上门", "ask_carrier", "送上门"),
        ("放门口行吗", "delivery_range", "送货上门"),
        ("大件能送上楼吗", "delivery_range", "送货上门"),
        ("乡镇能到吗", "delivery_range", "代收点"),
        ("要寄回去吗", "return_policy", "寄回"),
        ("用完券58包吗", "coupon_promotion", "用完券之后实付"),
        ("do you take visa card", "payment_issue", "付款页"),
        ("can i pay with paypal", "payment_issue", "付款页"),
        ("下周有活动吗", "coupon_promotion", "12 月 8 日"),
        ("双11有活动吗", "coupon_promotion", "已经结束"),
        ("手里的券什么时候过期啊", "coupon_promotion", "到期日写在"),
        ("优惠券过期了还能用吗", "coupon_promotion", "过期"),
        ("双十二有活动吗", "coupon_promotion", "12 月 8 日"),
        ("vip有什么特权", "account_membership", "95 折"),
        ("金卡有啥好处", "account_membership", "98 折"),
    ],
)
async def test_questions_of_the_shops_rules_get_their_own_entry(
    talk_as: Talks, ask: Ask, text: str, intent: str, words: str
) -> None:
    assert words in (await ask(talk_as("stranger"), text, intent)).text


@pytest.mark.parametrize(
    "text", ["能发顺丰不", "别给我发极兔", "给我发京东快递吧", "我们这边中通不送能换一家吗"]
)
async def test_who_wants_another_carrier_is_not_told_which_it_is(
    talk_as: Talks, ask: Ask, text: str
) -> None:
    heard = await ask(talk_as("c-lin"), text, "ask_carrier")
    assert "指定" in heard.text and "75812340101001" not in heard.text
    assert "转人工" in [choice.title for choice in heard.choices]


@pytest.mark.parametrize("text", ["发的什么快递", "是中通还是圆通", "平时发什么快递"])
async def test_which_carrier_is_told_of_the_order_under_way(
    talk_as: Talks, ask: Ask, text: str
) -> None:
    assert "75812340101001" in (await ask(talk_as("c-lin"), text, "ask_carrier")).text


async def test_what_a_level_brings_is_what_the_offers_give(talk_as: Talks, ask: Ask) -> None:
    offers = YAML(typ="safe").load((ROOT / "data/shop/promotions.yml").read_text("utf-8"))
    heard = await ask(talk_as("stranger"), "vip有什么特权", "account_membership")
    member = [offer for offer in offers["offers"] if offer["kind"] == "member"]
    assert member and all(
        f"{offer['percent']} 折" in heard.text.replace("是 ", "") for offer in member
    )


@pytest.mark.parametrize(
    ("text", "product", "titles"),
    [
        ("加湿器不出雾 水是满的", "静音加湿器", ["有水也放平了", "没水"]),
        ("水加得满满的就是没有雾出来", "静音加湿器", ["有水也放平了", "没水"]),
        ("右耳没声", "真无线降噪耳机S9", ["好了", "还是一边没声"]),
        ("左边那只没声音", "半入耳耳机S7", ["好了", "还是一边没声"]),
        ("右边没声音了", "头戴降噪耳机", ["好了", "还是一边没声"]),
        ("手机死机了", "云岚X20手机", ["亮了", "没反应"]),
        ("充了电也不亮", "云岚X20手机", ["亮了", "没反应"]),
        ("热水壶烧一半就跳", "恒温电热水壶", ["好了", "还会跳"]),
        ("水没开它自己就跳了", "恒温电热水壶", ["好了", "还会跳"]),
    ],
)
async def test_a_fault_told_with_details_begins_its_tree(
    talk_as: Talks, ask: Ask, text: str, product: str, titles: list[str]
) -> None:
    talk = talk_as("stranger")
    await talk.say(product, "product_attribute", product=product)
    assert (await ask(talk, text, "usage_help")).titles == titles


@pytest.mark.parametrize("text", ["第一次用要空烧吗", "有股塑料味正常吗"])
async def test_a_new_fryer_is_run_empty_first(talk_as: Talks, ask: Ask, text: str) -> None:
    talk = talk_as("stranger")
    await talk.say("可视空气炸锅", "product_attribute", product="可视空气炸锅")
    assert "空机 180℃" in (await ask(talk, text, "usage_help")).text


async def test_food_in_talk_expires_not_a_coupon(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    await talk.say("百花蜂蜜", "product_attribute", product="百花蜂蜜")
    heard = await ask(talk, "过期日期是什么时候", "coupon_promotion")
    assert "蜂蜜 24 个月" in heard.text
    heard = await ask(talk, "优惠券过期了能补吗", "coupon_promotion")
    assert "券" in heard.text and "蜂蜜" not in heard.text


async def test_a_phone_in_talk_is_asked_for_its_apps(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    await talk.say("孝心手机", "product_attribute", product=("孝心手机", "云岚孝心手机"))
    heard = await ask(talk, "能用微信吗", "payment_issue", confidence=0.8)
    assert "可以装微信" in heard.text
    heard = await ask(talk_as("stranger"), "可以加微信聊吗", "store_info")
    assert "没有另外的电话和微信" in heard.text


async def test_a_campaign_answers_only_while_it_runs(services: Services, ask: Ask) -> None:
    before = await ask(talk_on(services, 2026, 12, 7), "现在礼盒免费吗", "gift_packaging")
    during = await ask(talk_on(services, 2026, 12, 8), "现在礼盒免费吗", "gift_packaging")
    last = await ask(talk_on(services, 2026, 12, 14), "现在礼盒免费吗", "gift_packaging")
    after = await ask(talk_on(services, 2026, 12, 15), "现在礼盒免费吗", "gift_packaging")
    assert "10 元" in before.text and "10 元" in after.text
    assert "礼盒和手提袋免费" in during.text and "礼盒和手提袋免费" in last.text


async def test_an_expired_entry_is_not_used(services: Services, ask: Ask) -> None:
    question = "双十二有活动吗"
    known = await ask(talk_on(services, 2026, 11, 18), question, "coupon_promotion")
    assert "12 月 8 日" in known.text
    over = await ask(talk_on(services, 2027, 1, 5), question, "coupon_promotion")
    assert "12 月 8 日" not in over.text


@pytest.mark.parametrize(
    ("customer", "first"), [("c-115", True), ("c-104", True), ("c-101", False), ("stranger", False)]
)
async def test_an_entry_for_some_tiers_is_for_nobody_else(
    talk_as: Talks, ask: Ask, customer: str, first: bool
) -> None:
    heard = await ask(talk_as(customer), "我的会员有什么权益", "account_membership")
    assert ("您现在的级别" in heard.text) is first


async def test_a_tree_is_walked_by_taps_to_its_end(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    heard = await ask(talk, "水壶按了开关没动静", "usage_help", product=("水壶", "恒温电热水壶"))
    assert "插座" in heard.text
    heard = await talk.click("还是没有", heard)
    assert "底座" in heard.text
    heard = await talk.click("接口是湿的", heard)
    assert "擦干" in heard.text
    heard = await talk.click("晾干还不行", heard)
    assert "免费修" in heard.text
    assert heard.titles == ["申请退货", "转人工"]
    assert (await talk.click("转人工", heard)).handed_over


async def test_a_tree_ends_well_too(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    heard = await ask(talk, "右边耳机没有声", "usage_help", product=("耳机", "真无线降噪耳机S9"))
    heard = await talk.click("还是一边没声", heard)
    heard = await talk.click("好了", heard)
    assert "那就好" in heard.text


async def test_which_product_is_asked_and_the_question_is_kept(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    heard = await ask(talk, "不出雾了咋办", "usage_help")
    assert "哪件" in heard.text
    heard = await ask(talk, "加湿器", "nlu_fallback", product=("加湿器", "静音加湿器"))
    assert heard.titles == ["有水也放平了", "没水"]


@pytest.mark.parametrize(
    ("words", "next_step"), [("放平了", "柠檬酸"), ("有水的", "柠檬酸"), ("没水", "水位线")]
)
async def test_a_part_of_an_answer_to_a_step_is_that_answer(
    talk_as: Talks, ask: Ask, words: str, next_step: str
) -> None:
    talk = talk_as("stranger")
    await ask(talk, "加湿器不出雾", "usage_help", product=("加湿器", "静音加湿器"))
    assert next_step in (await ask(talk, words, "review_cashback")).text


@pytest.mark.parametrize("intent", ["return_request", "exchange_request"])
async def test_who_gives_up_on_the_steps_means_the_goods_they_were_for(
    talk_as: Talks, ask: Ask, intent: str
) -> None:
    talk = talk_as("c-lin")
    heard = await ask(talk, "右边耳机没有声", "usage_help", product=("耳机", "头戴降噪耳机"))
    await talk.click("还是一边没声", heard)
    heard = await talk.say({"return_request": "退货", "exchange_request": "换货"}[intent], intent)
    assert "头戴降噪耳机" in heard.text and "毛衣" not in heard.text


async def test_the_button_under_the_last_step_means_these_goods(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("c-lin")
    heard = await ask(talk, "右边耳机没有声", "usage_help", product=("耳机", "头戴降噪耳机"))
    heard = await talk.click("还是一边没声", heard)
    heard = await talk.click("申请退货", heard)
    assert "头戴降噪耳机" in heard.text


async def test_what_two_answers_hold_is_neither(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    await ask(talk, "加湿器不出雾", "usage_help", product=("加湿器", "静音加湿器"))
    heard = await ask(talk, "水", "usage_help")
    assert "柠檬酸" not in heard.text and "水位线" not in heard.text


async def test_a_button_of_an_entry_that_is_gone_says_so(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").send('/open_entry{"knowledge": "deleted-entry"}')
    assert heard.titles == ["转人工"]


async def test_a_link_comes_with_the_answer(talk_as: Talks, ask: Ask) -> None:
    heard = await ask(talk_as("c-lin"), "这张电子发票是不是真的哪里能查", "invoice")
    assert "https://inv-veri.chinatax.gov.cn/" in heard.text


async def test_a_picture_comes_before_the_answer_and_its_options(
    services: Services, tmp_path: Path
) -> None:
    talk = talk_with(
        services,
        tmp_path,
        """
choices: {human: {title: 转人工, payload: /ask_human}}
entries:
- id: size-photo
  topic: store_info
  keywords: [量尺寸]
  image: https://shop.example/measure.png
  link: https://shop.example/measure
  answer: 照着图平铺量就行。
  choices: [human]
""",
    )
    heard = await talk.say("怎么量尺寸", "store_info")
    picture, answer = heard.reply.contents
    assert picture.image == "https://shop.example/measure.png"
    assert picture.text
    assert answer.text == "照着图平铺量就行。\nhttps://shop.example/measure"
    assert [choice.title for choice in answer.choices] == ["转人工"]


@pytest.mark.parametrize("who", ["stranger", "c-lin", "c-115"])
@pytest.mark.parametrize(
    ("text", "intent", "picture"),
    [
        ("量三围怎么量啊", "size_advice", "measure-body.svg"),
        ("不会量脚长咋办", "size_advice", "measure-foot.svg"),
        ("脚多长怎么量才准", "usage_help", "measure-foot.svg"),
        ("洗标上的图案都是啥意思", "usage_help", "care-labels.svg"),
        ("退货要几步才能拿到钱", "return_policy", "return-steps.svg"),
    ],
)
async def test_how_to_do_it_is_shown_whatever_was_bought(
    talk_as: Talks, ask: Ask, who: str, text: str, intent: str, picture: str
) -> None:
    heard = await ask(talk_as(who), text, intent)
    shown, answer = heard.reply.contents
    assert shown.image == f"/shop/images/{picture}"
    assert len(answer.text) > 30, "it stands alone where no picture is shown"


@pytest.mark.parametrize(
    "text", ["160 100斤穿多大", "脚长25买几码", "M码胸围多少", "胸围112拿L还是XL", "裤长多少"]
)
async def test_a_question_of_a_size_is_not_taken_for_one_of_measuring(
    talk_as: Talks, ask: Ask, text: str
) -> None:
    for who in ("stranger", "c-lin"):
        heard = await ask(talk_as(who), text, "size_advice")
        assert not any(content.image for content in heard.reply.contents)


async def test_the_thing_in_talk_is_washed_as_its_own_label_says(talk_as: Talks, ask: Ask) -> None:
    heard = await ask(
        talk_as("c-lin"), "毛衣怎么洗", "usage_help", product=("毛衣", "羊毛圆领毛衣")
    )
    assert not any(content.image for content in heard.reply.contents)


async def test_an_edit_changes_the_next_answer(services: Services, tmp_path: Path) -> None:
    entry = "entries:\n- {id: fee, topic: shipping_fee, general: true, answer: 满 %s 元包邮。}\n"
    talk = talk_with(services, tmp_path, entry % 59)
    assert "59" in (await talk.say("运费多少", "shipping_fee")).text
    path = tmp_path / "entries" / "only.yml"
    path.write_text(entry % 99, encoding="utf-8")
    assert "99" in (await talk.say("运费怎么收", "shipping_fee")).text
    path.write_text("entries: [", encoding="utf-8")
    assert "99" in (await talk.say("那邮费呢", "shipping_fee")).text


async def test_the_same_entry_twice_is_worded_differently(talk_as: Talks, ask: Ask) -> None:
    talk = talk_as("stranger")
    first = await ask(talk, "纸质发票有吗", "invoice")
    second = await ask(talk, "真的没有纸质发票", "invoice")
    assert first.text != second.text


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [("谢谢", "thanks", "谢"), ("哈哈哈", "chitchat", "聊天"), ("再见", "goodbye", "再见")],
)
async def test_a_courtesy_gets_no_entry_of_a_matter(
    talk_as: Talks, text: str, intent: str, words: str
) -> None:
    surest = [("bargain-old-customer", 0.99)]
    plain_answer = (await talk_as("stranger").say(text, intent)).text
    heard = await talk_as("stranger").say(text, intent, knowledge=surest)
    assert heard.text == plain_answer
    assert "积分" not in heard.text


async def test_courtesies_are_no_repeated_question(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    for _ in range(4):
        heard = await talk.say("谢谢", "thanks")
        assert "转人工" not in heard.titles
        assert "刚才" not in heard.text


async def test_a_sure_reading_is_hard_to_overrule(talk_as: Talks) -> None:
    known = [("safety-code", 0.5)]
    sure = await talk_as("stranger").say("验证", "invoice", knowledge=known, confidence=0.99)
    unsure = await talk_as("stranger").say("验证", "invoice", knowledge=known, confidence=0.5)
    assert "不要发" not in sure.text
    assert "不要发" in unsure.text


async def test_steps_of_a_return_are_for_returns(talk_as: Talks) -> None:
    known = [("steps-carrier", 0.95)]
    before = await talk_as("stranger").say("发什么快递", "ask_carrier", knowledge=known)
    assert "中通" in before.text and "退货" not in before.text
    talk = talk_as("stranger")
    await talk.say("我要退货", "return_request")
    after = await talk.say("那发什么快递", "ask_carrier", knowledge=known)
    assert "到付" in after.text


async def test_the_same_answer_to_another_question_says_that_it_is_not_covered(
    talk_as: Talks,
) -> None:
    talk = talk_as("stranger")
    known = [("invoice-verify", 0.9)]
    first = await talk.say("怎么查发票是真是假", "invoice", knowledge=known)
    other = await talk.say("红字票咋冲", "invoice", knowledge=[("invoice-verify", 0.15)])
    assert "国家税务总局" in first.text
    assert "国家税务总局" not in other.text
    assert other.titles == ["转人工"]


async def test_only_the_same_question_hears_that_the_answer_is_the_same(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    known = [("invoice-verify", 0.9)]
    first = await talk.say("怎么查发票是真是假", "invoice", knowledge=known)
    again = await talk.say("怎么查发票是真是假啊", "invoice", knowledge=known)
    assert again.texts[0].endswith(first.text) and again.texts[0] != first.text
    other = await talk.say("这种票会计怎么验", "invoice", knowledge=known)
    assert other.texts[0] == first.text


async def test_no_sentence_claims_a_check(services: Services) -> None:
    again = services.phrases.current().sentence("again", (), text="")
    assert "核对" not in again and "再看" not in again and "查" not in again


async def test_what_the_product_itself_says_comes_first(talk_as: Talks, ask: Ask) -> None:
    heard = await ask(
        talk_as("stranger"), "戒指能刻字吗", "gift_packaging", product=("戒指", "足银素圈戒指")
    )
    assert "戒指" in heard.text and "刻字" in heard.text and "杯" not in heard.text


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("发票能开公司抬头吗", "invoice", "税号"),
        ("发票怎么开", "invoice", "申请发票"),
        ("有没有券", "coupon_promotion", "券"),
        ("可以退货吗", "return_policy", "签收后 7 天内，不影响"),
        ("我买的那个衬衫能退吗", "return_policy", "7 天"),
        ("保修多久", "warranty_repair", "保修 1 年"),
    ],
)
async def test_the_general_question_gets_the_general_answer(
    talk_as: Talks, ask: Ask, text: str, intent: str, words: str
) -> None:
    heard = await ask(talk_as("c-115"), text, intent)
    assert words in heard.text
    assert "赠品" not in heard.text


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("驿站晚上几点关门呀", "store_info", "取件短信"),
        ("包裹在驿站能保管几天", "logistics_complaint", "取件短信"),
        ("取件码弄丢了咋办", "track_logistics", "尾号"),
        ("我妈能帮我代取不", "nlu_fallback", "取件码"),
        ("手机屏碎了还能不能修", "warranty_repair", "先报价"),
        ("没付款的那单怎么接着付", "payment_issue", "去付款"),
        ("未付款的订单还剩多久", "payment_issue", "倒计时"),
    ],
)
async def test_parcels_that_wait_unpaid_orders_and_broken_screens(
    talk_as: Talks, ask: Ask, text: str, intent: str, words: str
) -> None:
    heard = await ask(talk_as("stranger"), text, intent, confidence=0.5)
    assert words in heard.text


async def test_what_the_question_named_is_what_its_buttons_are_about(
    ask: Ask, talk_as: Talks
) -> None:
    talk = talk_as("c-134")
    question = "声波电动牙刷坏了要修吗？"
    heard = await ask(talk, question, "warranty_repair", product="声波电动牙刷")
    begun = await talk.click("申请维修", heard)
    assert talk.form == "warranty_repair_form"
    assert "哪一笔" not in begun.text
