"""An electronic invoice, step by step; what is only asked is answered by the knowledge."""

from __future__ import annotations

from typing import Any

import pytest

from actions.base import Services
from shop.operations.types import Receipt, ReceiptState
from tests.actions.conftest import Talks, Written
from tests.actions.talk import Heard, Talk

ONE = "c-insured"  # one received order
NUMBER = "91350100M000100Y43"  # the example of GB 32100-2015
COMPANY = "杭州云山文化有限公司"


async def receipts(services: Services, customer: str = ONE) -> list[Receipt]:
    found = await services.shop.operations.receipts(customer)
    return [one for one in found if one.kind == "invoice"]


async def for_a_company(talk: Talk) -> Heard:
    await talk.say(f"开公司发票，抬头：{COMPANY}，税号{NUMBER}", "invoice")
    return await talk.say("不用发邮箱", "deny")


async def test_a_personal_invoice_takes_one_question_at_a_time(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(ONE)
    asked = await talk.say("帮我开个发票", "invoice")
    assert "个人" in asked.titles
    title = await talk.click("个人", asked)
    assert "名字" in title.text
    email = await talk.say("陈静", "chitchat")
    assert "邮箱" in email.text
    summary = await talk.click("不用发邮箱", email)
    assert "陈静" in summary.text
    assert "税号" not in summary.text
    assert not await receipts(services)
    done = await talk.click("确认开票", summary)
    (receipt,) = await receipts(services)
    assert receipt.number in done.text
    assert receipt.details["title"] == "陈静"
    order = (await services.shop.orders.recent(ONE))[0]
    assert receipt.details["amount"] == str(order.paid)


async def test_what_is_told_at_the_start_is_not_asked_again(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(ONE)
    summary = await for_a_company(talk)
    assert COMPANY in summary.text
    assert NUMBER in summary.text
    await talk.say("确认", "affirm")
    (receipt,) = await receipts(services)
    assert receipt.details["tax_number"] == NUMBER


async def test_a_number_with_a_wrong_check_character_is_asked_again(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await talk.say(f"开公司发票，抬头：{COMPANY}", "invoice")
    heard = await talk.say(NUMBER[:-1] + "8", "invoice")
    assert "18 位" in heard.text
    assert talk.slots["flow_number"] is None
    await talk.say(f"打错了，是{NUMBER}", "invoice")
    assert talk.slots["flow_number"] == NUMBER


async def test_a_number_is_no_order_number(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    number = "110105123456789"
    await talk.say(f"开公司发票，税号{number}", "invoice", order_number=number)
    assert talk.form == "invoice_form"
    assert talk.slots["flow_number"] == number


async def test_a_school_needs_no_number_and_a_company_does(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await talk.say("开单位发票，抬头：青溪小学", "invoice")
    heard = await talk.say("我们没有税号", "invoice")
    assert "邮箱" in heard.text
    other = talk_as("c-contested")
    await other.say(f"开公司发票，抬头：{COMPANY}", "invoice")
    assert "营业执照" in (await other.say("没有税号", "invoice")).text
    assert other.slots["flow_number"] is None


async def test_brackets_of_a_company_are_wide(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await talk.say("开发票，抬头：云山(北京)科技有限公司", "invoice")
    assert talk.slots["flow_title"] == "云山（北京）科技有限公司"


async def test_another_buyer_begins_title_and_number_anew(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await for_a_company(talk)
    heard = await talk.say("不对，开个人的", "invoice")
    assert "名字" in heard.text
    assert talk.slots["flow_title"] is None
    await talk.say("就写个人", "invoice")
    back = await talk.say("还是开公司", "invoice")
    assert talk.slots["flow_number"] is None
    assert "全称" in back.text


@pytest.mark.parametrize(
    "words",
    [
        *("开个发票，抬头个人 韩梅梅", "开发票，个人抬头，韩梅梅", "要发票，抬头是韩梅梅"),
        *("给我开票 个人的 写韩梅梅就行", "帮我开张发票，抬头用我老婆韩梅梅的名字"),
        "开票发到邮箱 w***@example.com，个人，抬头韩梅梅",
    ],
)
async def test_a_persons_name_told_with_the_wish_is_the_title(talk_as: Talks, words: str) -> None:
    talk = talk_as(ONE)
    heard = await talk.say(words, "invoice")
    assert (talk.slots["flow_buyer"], talk.slots["flow_title"]) == ("personal", "韩梅梅")
    assert "邮箱" in heard.text


@pytest.mark.parametrize("words", ["开发票，抬头个人", "开个人发票，马上要", "开发票，个人抬头"])
async def test_what_is_no_name_is_no_title(talk_as: Talks, words: str) -> None:
    talk = talk_as(ONE)
    asked = await talk.say(words, "invoice")
    assert talk.slots["flow_buyer"] == "personal"
    assert talk.slots["flow_title"] is None
    assert "谁的名字" in asked.text


@pytest.mark.parametrize(
    "words", ["抬头写韩梅梅吧", "就写韩梅梅", "韩梅梅", "写我爱人韩梅梅的名字", "韩梅梅，不发邮箱"]
)
async def test_a_name_answers_however_it_is_said(talk_as: Talks, words: str) -> None:
    talk = talk_as(ONE)
    await talk.say("给我开发票", "invoice")
    await talk.say("个人", "invoice")
    await talk.say(words, "chitchat")
    assert talk.slots["flow_title"] == "韩梅梅"


async def test_a_name_is_corrected_at_the_summary(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await talk.say("开个人发票，抬头韩梅梅", "invoice")
    await talk.say("不用发邮箱", "deny")
    summary = await talk.say("不对，是韩美美", "deny")
    assert "抬头：韩美美" in summary.text
    again = await talk.say("抬头写错了，应该是李雷", "invoice")
    assert "抬头：李雷" in again.text


async def test_a_name_says_whom_it_is_for(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await talk.say("给我开发票", "invoice")
    await talk.say("韩梅梅", "chitchat")
    assert (talk.slots["flow_buyer"], talk.slots["flow_title"]) == ("personal", "韩梅梅")


@pytest.mark.parametrize("words", ["不用邮箱了", "不发邮箱", "不要发到邮箱"])
async def test_no_address_is_wanted_before_it_is_asked(talk_as: Talks, words: str) -> None:
    talk = talk_as(ONE)
    await talk.say("给我开个人发票", "invoice")
    await talk.say(words, "deny")
    summary = await talk.say("韩梅梅", "chitchat")
    assert "确认开票" in summary.titles


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("换开成北京青禾科技有限公司的", "北京青禾科技有限公司"),
        ("麻烦重新开成成都梧桐商贸有限公司", "成都梧桐商贸有限公司"),
        ("不是云山公司，是开元酒店", "开元酒店"),
        ("抬头写华为技术有限公司", "华为技术有限公司"),
    ],
)
async def test_the_company_is_cut_out_of_the_sentence(
    talk_as: Talks, words: str, title: str
) -> None:
    talk = talk_as(ONE)
    await for_a_company(talk)
    await talk.say(words, "invoice")
    assert talk.slots["flow_title"] == title


async def test_an_order_number_is_no_tax_number(talk_as: Talks, services: Services) -> None:
    talk = talk_as(ONE)
    (order, *_) = await services.shop.orders.recent(ONE)
    await talk.say(f"开公司发票，抬头：{COMPANY}", "invoice")
    await talk.say(order.id, "order_status", order_number=order.id)
    await talk.say(f"订单{NUMBER}", "invoice")
    assert talk.slots["flow_number"] is None


async def test_an_address_is_read_from_the_message_and_kept_in_no_slot(
    talk_as: Talks, services: Services, written: Written
) -> None:
    talk = talk_as(ONE)
    await talk.say(f"开公司发票，抬头：{COMPANY}，税号{NUMBER}", "invoice")
    written.texts[7] = "发到 lin_88@example.com"
    summary = await talk.say(
        "发到 l***@example.com", "invoice", metadata={"seqs": [7], "personal": ["email"]}
    )
    assert "发到：l***@example.com" in summary.text
    assert talk.slots["flow_email"] == "7"
    done = await talk.say("确认", "affirm")
    (receipt,) = await receipts(services)
    assert receipt.details["email"] == "lin_88@example.com"
    assert "lin_88" not in done.text + summary.text
    assert "邮箱" in done.text


async def test_half_an_address_is_asked_again(talk_as: Talks, written: Written) -> None:
    talk = talk_as(ONE)
    await talk.say(f"开公司发票，抬头：{COMPANY}，税号{NUMBER}", "invoice")
    written.texts[7] = "lin_88@example"
    heard = await talk.say("lin_88@example", "invoice", metadata={"seqs": [7], "personal": []})
    assert "不完整" in heard.text
    assert talk.slots["flow_email"] is None


@pytest.mark.parametrize("words", ["税号填错了", "抬头还要改", "发票别开错了"])
async def test_what_is_said_of_it_at_the_summary_is_no_yes(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as(ONE)
    await for_a_company(talk)
    await talk.say(words, "invoice")
    assert await receipts(services) == []
    assert talk.form == "invoice_form"


@pytest.mark.parametrize(
    ("words", "intent"), [("开吧", "invoice"), ("好的，帮我开", "urge_delivery")]
)
async def test_its_own_words_are_a_yes_whatever_they_are_taken_for(
    talk_as: Talks, services: Services, words: str, intent: str
) -> None:
    talk = talk_as(ONE)
    await for_a_company(talk)
    await talk.say(words, intent)
    assert len(await receipts(services)) == 1


async def test_a_question_in_between_is_answered(talk_as: Talks, services: Services) -> None:
    talk = talk_as(ONE)
    await talk.say("帮我开发票", "invoice")
    heard = await talk.say("发票内容能写办公用品吗", "invoice")
    assert "不能改成别的名目" in heard.text
    assert talk.form == "invoice_form"
    assert "个人" in heard.texts[-1]


async def test_what_sounds_of_goods_is_asked_of_the_invoice(talk_as: Talks) -> None:
    talk = talk_as(ONE)
    await talk.click("个人", await talk.say("帮我开个发票", "invoice"))
    heard = await talk.say("电子的还是纸质的啊", "product_attribute")
    assert "电子发票" in heard.text
    assert talk.form == "invoice_form"
    assert "名字" in heard.texts[-1]


async def test_said_twice_it_is_issued_once(talk_as: Talks, services: Services) -> None:
    talk = talk_as(ONE)
    summary = await for_a_company(talk)
    await talk.click("确认开票", summary)
    await talk.click("确认开票", summary)
    assert len(await receipts(services)) == 1


async def test_a_wrong_one_is_replaced(talk_as: Talks, services: Services) -> None:
    talk = talk_as(ONE)
    await talk.click("确认开票", await for_a_company(talk))
    await talk.say("换开成个人的，抬头：陈静", "invoice")
    summary = await talk.say("不用发邮箱", "deny")
    assert "作废" in summary.text
    await talk.say("确认", "affirm")
    new, old = sorted(
        await receipts(services), key=lambda one: one.state is not ReceiptState.UNDER_WAY
    )
    assert new.details["replaces"] == old.number
    assert old.state is ReceiptState.WITHDRAWN


async def test_given_up_nothing_is_issued(talk_as: Talks, services: Services) -> None:
    talk = talk_as(ONE)
    await for_a_company(talk)
    await talk.say("算了不开了", "deny")
    assert talk.form is None
    assert not await receipts(services)


async def test_before_it_has_come_the_rule_is_told(talk_as: Talks) -> None:
    heard = await talk_as("c-late").say("给我开张发票", "invoice")
    assert "收货" in heard.text
    assert "看物流" in heard.titles


async def test_of_several_received_orders_one_is_chosen(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    asked = await talk.say("我要开发票", "invoice")
    assert len(asked.titles) == 2
    await talk.click(asked.titles[0], asked)
    assert talk.form == "invoice_form"


@pytest.mark.parametrize(
    "words",
    [
        *("能开发票吗", "发票怎么开", "发票什么时候能开好", "能开专票吗", "我要纸质的发票"),
        *("发票抬头写错了", "帮我换开，单位名字改了", "两单合一张开", "发票", "票呢", "税号"),
        *("发票已经开了", "发票开一下要多久"),
    ],
)
async def test_questions_are_left_to_the_knowledge(talk_as: Talks, words: str) -> None:
    talk = talk_as(ONE)
    await talk.say(words, "invoice")
    assert talk.form is None


@pytest.mark.parametrize(
    "words",
    [
        *("要发票", "补开发票", "能帮我开张发票吗", "开单位的", "订单里那件给张票", "开发票"),
        *("衬衫的发票帮我开一下", "这单的票麻烦补一张", "发票开下吧", "票给我开一个，谢谢"),
    ],
)
async def test_wishes_begin_it(talk_as: Talks, words: str) -> None:
    talk = talk_as(ONE)
    await talk.say(words, "invoice")
    assert talk.form == "invoice_form"


async def test_a_stranger_gets_the_rules(talk_as: Talks) -> None:
    talk = talk_as("stranger")
    heard = await talk.say("我要开发票", "invoice")
    assert "发票" in heard.text
    assert talk.form is None


async def test_a_person_takes_over_in_the_middle(talk_as: Talks, services: Services) -> None:
    talk = talk_as(ONE)
    await for_a_company(talk)
    heard: Any = await talk.say("转人工", "ask_human")
    assert heard.handed_over
    assert not await receipts(services)


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("改成 北京云朵科技有限公司 税号91110108MA01ABCD2X", "change_order"),
        ("北京云朵科技有限公司", "out_of_scope"),
    ],
)
async def test_the_right_title_of_an_issued_invoice_goes_to_a_person(
    talk_as: Talks, words: str, intent: str
) -> None:
    talk = talk_as(ONE)
    await talk.say("公司发票开错抬头了", "invoice")
    heard = await talk.say("已经开好了", "nlu_fallback")
    assert "开" in heard.text
    assert "没听懂" not in heard.text
    heard = await talk.say(words, intent)
    assert heard.handoff.reason == "invoice_reissue"
    assert "北京云朵科技有限公司" in heard.handoff.summary[0]


async def test_a_question_about_the_company_stays_with_the_invoice(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("发票抬头写错了", "invoice")
    heard = await talk.say("公司名字写错了怎么换", "change_address")
    assert "抬头" in heard.text
    assert talk.form is None
