"""Whole talks, read by the trained model and answered by the real actions over the demo shop.

What is expected is what a shopper would notice: which order, which product, what is said about
it, whether a person comes. The sentences themselves belong to those who write the phrases.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from actions.base import Services
from actions.skills import build_house
from bench.understanding.__main__ import newest_model
from tests.actions.talk import Heard, Read, Talk

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Shopper:
    """Somebody who types."""

    talk: Talk
    read: Read

    async def says(self, text: str) -> Heard:
        """One line; what it gets."""
        return await self.talk.write(text, self.read)


@pytest.fixture(scope="module")
def read() -> Read:
    """The newest model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Rasa's frozen dependencies say when imported
        from rasa.core.agent import Agent

        agent = Agent.load(str(newest_model()))

    async def parse(text: str) -> Mapping[str, Any]:
        parsed: Mapping[str, Any] = await agent.parse_message(text)
        return parsed

    return parse


@pytest.fixture
def shopper(services: Services, read: Read) -> Callable[[str], Shopper]:
    """A new talk of that customer of the demo shop."""
    house = build_house(services)
    return lambda customer: Shopper(Talk(house, f"web:demo:{customer}"), read)


Shoppers = Callable[[str], Shopper]


# ---- context ---------------------------------------------------------------------------------


async def test_a_parcel_by_plain_words_and_then_another(shopper: Shoppers) -> None:
    lin = shopper("c-lin")
    heard = await lin.says("我昨天买的黑色L码衬衫到哪了")
    assert "75812340101001" in heard.text
    heard = await lin.says("那毛衣呢")
    assert "75812340101002" in heard.text
    assert "衬衫" not in heard.text
    heard = await lin.says("谢谢")
    assert not heard.choices
    assert not heard.handed_over


async def test_how_long_is_asked_of_the_parcel_in_talk(shopper: Shoppers) -> None:
    zheng = shopper("c-shirts")
    await zheng.says("衬衫到哪了")
    heard = await zheng.says("多久能到")
    assert "中通" in heard.text or "75812340108001" in heard.text
    assert "哪一笔" not in heard.text


async def test_a_nod_accepts_what_was_offered(shopper: Shoppers) -> None:
    shi = shopper("c-stuck")
    await shi.says("我的快递怎么不动了")
    heard = await shi.says("4天了！你们搞什么")
    assert "可视空气炸锅" in heard.text
    assert "确认提交" in [choice.title for choice in (await shi.says("嗯")).choices]


async def test_two_needs_in_one_line_are_answered_in_order(shopper: Shoppers) -> None:
    heard = await shopper("c-lin").says("快递用的哪家，另外发票怎么开")
    assert heard.text.index("中通") < heard.text.index("发票")


async def test_a_question_is_answered_before_a_wish_is_taken_up(shopper: Shoppers) -> None:
    lin = shopper("c-lin")
    heard = await lin.says("改地址，另外发票怎么开")
    assert "发票" in heard.text
    assert "地址" in heard.texts[-1]


async def test_three_kinds_of_questions_in_one_line(shopper: Shoppers) -> None:
    heard = await shopper("c-lin").says("发票怎么开，快递用的哪家")
    assert "发票" in heard.text
    assert "中通" in heard.text


async def test_thanks_lose_to_the_question(shopper: Shoppers) -> None:
    heard = await shopper("c-lin").says("谢谢，衬衫什么时候到")
    assert "75812340101001" in heard.text
    assert "不客气" not in heard.text


async def test_not_a_return_but_an_exchange(shopper: Shoppers) -> None:
    luo = shopper("c-insured")
    heard = await luo.says("不是退货，是换货")
    assert "换" in heard.texts[0]
    assert luo.talk.form == "exchange_request_form"
    heard = await luo.says("换M码有货吗")
    assert "浅蓝 M" in heard.text


async def test_bare_numbers_of_other_people_and_of_oneself(shopper: Shoppers) -> None:
    lin = shopper("c-lin")
    heard = await lin.says("4218860012340105001")
    assert "保温杯" not in heard.text
    heard = await lin.says("75812340101001")
    assert "牛津纺衬衫" in heard.texts[0]
    assert "中通" in heard.text


async def test_the_station_not_the_shop_closes(shopper: Shoppers) -> None:
    feng = shopper("c-pickup")
    heard = await feng.says("取件码多少")
    assert "驿站" in heard.text
    heard = await feng.says("几点关门")
    assert "22:00" not in heard.text
    assert "驿站" in heard.text


async def test_a_wish_to_cancel_is_taken_back(shopper: Shoppers) -> None:
    ma = shopper("c-late")
    heard = await ma.says("不要了帮我取消")
    assert "冲锋衣" in heard.text
    heard = await ma.says("算了，不取消了")
    assert not heard.handed_over
    assert not ma.talk.form


# ---- inside the return form ------------------------------------------------------------------


async def test_a_return_with_everything_said_at_once(
    shopper: Shoppers,
    services: Services,
) -> None:
    tian = shopper("c-fresh")
    await tian.says("我要退货")
    heard = await tian.says("第二个，运费谁出")
    assert "运费" in heard.texts[0]
    assert "德绒保暖内衣套装" in heard.texts[-1]
    heard = await tian.says("质量问题，能上门取吗")
    assert "上门" in heard.texts[0]
    assert "原因：质量问题" in heard.text
    assert not await services.shop.after_sales.returns("c-fresh")
    await tian.says("好的谢谢")
    assert not await services.shop.after_sales.returns("c-fresh")
    await tian.says("好的谢谢")
    [back] = await services.shop.after_sales.returns("c-fresh")
    assert back.reason.value == "quality"


async def test_two_questions_a_pause_and_an_exchange_in_the_form(shopper: Shoppers) -> None:
    zheng = shopper("c-shirts")
    await zheng.says("我要退货")
    heard = await zheng.says("运费谁出，多久到账")
    assert heard.text.index("运费") < heard.text.index("工作日")
    heard = await zheng.says("等一下再说")
    assert "没有提交" in heard.text
    heard = await zheng.says("我要换不是退")
    assert "免烫白衬衫" in heard.text
    assert zheng.talk.form == "exchange_request_form"


async def test_numbers_in_the_form(shopper: Shoppers) -> None:
    lin = shopper("c-lin")
    await lin.says("毛衣想退")
    heard = await lin.says("4218860012340105001")
    assert "没有找到" in heard.text
    heard = await lin.says("4218860012340101001")
    assert "签收" in heard.texts[0]
    assert "羊毛圆领毛衣" in heard.texts[-1]
    await lin.says("4218860012340101003")
    assert lin.talk.slots["return_line"].startswith("4218860012340101003/")


async def test_a_reason_corrected_and_confirmed(
    shopper: Shoppers,
    services: Services,
) -> None:
    luo = shopper("c-insured")
    await luo.says("我要退货")
    await luo.says("不合适")
    heard = await luo.says("不对，是质量问题")
    assert "来回都由我们出" in heard.text
    await luo.says("确认")
    [back] = await services.shop.after_sales.returns("c-insured")
    assert back.reason.value == "quality"


async def test_given_up_for_an_exchange_in_a_sigh(
    shopper: Shoppers,
    services: Services,
) -> None:
    luo = shopper("c-insured")
    await luo.says("我要退货")
    await luo.says("尺码不合适，运费谁出")
    heard = await luo.says("算了不退了，那我的裤子能换吗")
    assert "换" in heard.texts[-1]
    assert luo.talk.form == "exchange_request_form"
    assert not await services.shop.after_sales.returns("c-insured")


# ---- knowledge -------------------------------------------------------------------------------


async def test_shipping_then_the_far_west_then_the_carrier(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    assert "59" in (await zhou.says("满多少包邮")).text
    assert "59" in (await zhou.says("新疆也包吗")).text
    assert "中通" in (await zhou.says("用什么快递")).text


async def test_opening_hours_and_an_invoice_for_a_person(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    assert "22:00" in (await zhou.says("你们几点下班")).text
    assert "专票" in (await zhou.says("能开专票吗")).text
    heard = await zhou.says("个人的")
    assert not heard.handed_over


async def test_coupons(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    assert "领" in (await zhou.says("优惠券怎么领")).text
    assert "结算" in (await zhou.says("能叠加吗")).text


async def test_members(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    assert "积分" in (await zhou.says("会员有什么好处")).text
    assert "消费" in (await zhou.says("怎么升级")).text


async def test_food_comes_back_for_a_fault_only(shopper: Shoppers) -> None:
    tian = shopper("c-fresh")
    assert "食品" in (await tian.says("坚果能退吗")).text
    heard = await tian.says("质量问题呢")
    assert "每日坚果30包" in heard.text
    heard = await tian.says("没有照片")
    assert any("退" in title for title in heard.titles)


# ---- answers about goods ---------------------------------------------------------------------


async def test_recommended_priced_and_in_stock(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    first, second, _ = (await zhou.says("推荐几件衬衫")).titles
    heard = await zhou.says("第二个多少钱")
    assert second in heard.text
    assert first not in heard.text
    heard = await zhou.says("有L码吗")
    assert second in heard.text
    assert " L" in heard.text
    assert second in (await zhou.says("会缩水吗")).text


async def test_price_and_washing_and_size(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    heard = await zhou.says("真丝衬衫多少钱，会缩水吗")
    assert heard.text.index("¥459") < heard.text.index("洗")
    heard = await zhou.says("我165 50公斤穿多大")
    assert "穿 M" in heard.text
    assert "香槟金" in (await zhou.says("那算了 白的吧")).text


async def test_what_it_is_made_of(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    assert "70%" in (await zhou.says("羊毛衫羊毛含量多少")).text
    assert "羊毛档" in (await zhou.says("能机洗吗")).text
    assert "没写" in (await zhou.says("会起球吗")).text


async def test_two_phones_by_their_places(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    heard = await zhou.says("云岚X20和X30哪个好")
    assert "云岚X20手机" in heard.text
    former = await zhou.says("前者续航多久")
    assert "18小时" in former.text
    assert "21小时" not in former.text
    latter = await zhou.says("第二个多少钱")
    assert "云岚X30 Pro手机" in latter.text
    assert "¥1999" not in latter.text


async def test_which_pillow_and_its_price(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    await zhou.says("推荐个枕头")
    assert "慢回弹记忆枕" in (await zhou.says("哪个好")).text
    heard = await zhou.says("后者多少钱")
    assert "慢回弹记忆枕" in heard.text
    assert "天然乳胶枕" not in heard.text


async def test_a_gift_within_a_sum(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    heard = await zhou.says("有没有适合送妈妈的礼物，300以内")
    assert len(heard.titles) >= 2
    assert "预算" not in heard.text
    second = heard.titles[1]
    assert second in (await zhou.says("第二个有货吗")).text


async def test_colours_of_a_coat(shopper: Shoppers) -> None:
    zhou = shopper("c-new")
    heard = await zhou.says("风衣有什么颜色")
    assert "卡其" in heard.text
    assert "藏青" in heard.text


# ---- mood and people -------------------------------------------------------------------------


async def test_a_stuck_parcel_and_growing_anger(shopper: Shoppers) -> None:
    zhao = shopper("c-stuck")
    heard = await zhao.says("快递怎么不动了")
    assert "431234010300117" in heard.text
    assert not heard.handed_over
    assert not (await zhao.says("都四天了")).handed_over
    heard = await zhao.says("你们到底管不管")
    assert heard.handed_over
    assert heard.handoff.package["mood"]["level"] < 0


async def test_signed_for_but_not_received(shopper: Shoppers) -> None:
    wu = shopper("c-contested")
    heard = await wu.says("显示签收了但我没收到")
    assert "家门口" in heard.text
    assert not heard.handed_over
    heard = await wu.says("家门口没有")
    assert "确认提交" in heard.titles
    assert not heard.handed_over


async def test_looked_for_in_vain_it_is_registered_after_a_yes(
    shopper: Shoppers, services: Services
) -> None:
    for told in ("门卫那也没有", "我问了邻居没有", "问过邻居了 没有"):
        wu = shopper("c-contested")
        await wu.says("显示签收了我没收到")
        assert "确认提交" in (await wu.says(told)).titles
        assert "确认提交" in (await wu.says("家里也没有")).titles
    assert not await services.shop.operations.receipts("c-contested")


async def test_of_two_things_only_the_missing_one_is_tracked(shopper: Shoppers) -> None:
    for words in ("耳机收到了 四件套呢", "四件套怎么没到", "还有四件套没来"):
        heard = await shopper("c-split").says(words)
        assert "75812340104001" in heard.text
        assert "SF1012340104002" not in heard.text


async def test_asked_about_invoices_in_general_it_tells_how_to_get_one(shopper: Shoppers) -> None:
    lin = shopper("c-lin")
    await lin.says("到哪了")
    assert "可以开电子发票" in (await lin.says("不是催 是问发票")).text
    assert "个人写姓名" in (await lin.says("个人的")).text


async def test_the_title_of_a_wrong_invoice_is_passed_on(shopper: Shoppers) -> None:
    lin = shopper("c-lin")
    await lin.says("公司发票开错抬头了")
    await lin.says("已经开好了")
    heard = await lin.says("改成 北京云朵科技有限公司 税号91110108MA01ABCD2X")
    assert heard.handoff.reason == "invoice_reissue"


async def test_a_broken_promise(shopper: Shoppers) -> None:
    ma = shopper("c-late")
    heard = await ma.says("怎么还没发货")
    assert "抱歉" in heard.text
    assert "冲锋衣" in heard.text
    assert (await ma.says("说好48小时发的")).handoff.reason == "promise_broken"


async def test_a_complaint_and_an_insult(shopper: Shoppers) -> None:
    assert (await shopper("c-new").says("我要投诉你们")).handoff.reason == "complaint"
    assert (await shopper("c-new").says("什么垃圾东西")).handoff.reason == "anger"


async def test_anger_in_the_form_hands_over_what_was_filled_in(shopper: Shoppers) -> None:
    tian = shopper("c-fresh")
    await tian.says("我要退货")
    await tian.says("神经酰胺修护面霜")
    heard = await tian.says("质量问题！你们什么垃圾店")
    known = heard.handoff.package["slots"]
    assert known["商品"] == "神经酰胺修护面霜 50g"
    assert known["退货原因"] == "质量问题"
    assert not tian.talk.form


async def test_pieces_that_are_missing_and_a_yes(shopper: Shoppers) -> None:
    wu = shopper("c-contested")
    heard = await wu.says("杯子两个少了一个")
    assert "¥89" in heard.text
    assert any("补发" in title for title in heard.titles)


async def test_a_person_is_a_person(shopper: Shoppers) -> None:
    assert (await shopper("c-vip").says("转人工")).handoff.reason == "ask_human"
    assert (await shopper("c-vip").says("打我电话")).handed_over


# ---- personal data ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["我电话", "我的电话", "换个电话", "我的联系方式"])
async def test_a_number_begun_calls_for_nobody(shopper: Shoppers, words: str) -> None:
    heard = await shopper("c-lin").says(words)
    assert not heard.handed_over


@pytest.mark.parametrize("words", ["别打电话给我", "我不方便接电话"])
async def test_who_wants_no_call_gets_none(shopper: Shoppers, words: str) -> None:
    assert not (await shopper("c-lin").says(words)).handed_over


async def test_an_identity_card_is_not_wanted_and_the_wish_is_heard(shopper: Shoppers) -> None:
    heard = await shopper("c-late").says("我身份证110101199003078515，帮我改下收货人")
    assert "身份证" in heard.texts[0]
    assert "冲锋衣" in heard.text or "收件" in heard.text or "收货" in heard.text
    assert "110101199003078515" not in heard.text


async def test_a_password_alone_is_warned_of_and_asked_about(shopper: Shoppers) -> None:
    heard = await shopper("c-lin").says("密码是abc12345，你帮我看看")
    assert "密码" in heard.texts[0]
    assert "不在我能帮忙的范围" not in heard.text
    assert "abc12345" not in heard.text


async def test_money_to_a_card_goes_back_the_way_it_came(shopper: Shoppers) -> None:
    heard = await shopper("c-lin").says("我银行卡6222021234567890123，退款打这个卡")
    assert "银行卡号" in heard.texts[0]
    assert "原路" in heard.text
    assert "6222021234567890123" not in heard.text


async def test_a_phone_number_beside_a_question(shopper: Shoppers) -> None:
    heard = await shopper("c-lin").says("我的手机号是13812345678，帮我查下快递")
    assert "75812340101001" in heard.text
    assert "13812345678" not in heard.text
