"""What is kept for those who teach the bot, and what nobody should send."""

from __future__ import annotations

import pytest

from conversations.messages import UnknownReason
from tests.actions.conftest import Talks
from tests.actions.talk import Heard


def reasons(heard: Heard) -> list[UnknownReason]:
    return [unknown.reason for unknown in heard.reply.unknowns]


async def test_a_miss_is_kept_with_its_readings(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("阿巴阿巴", "nlu_fallback", ranking=("invoice", "greet"))
    [unknown] = heard.reply.unknowns
    assert unknown.reason is UnknownReason.MISS
    assert [name for name, _ in unknown.ranking] == ["invoice", "greet"]


async def test_another_language_is_kept_as_such(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("где моя посылка", "nlu_fallback")
    assert reasons(heard) == [UnknownReason.FOREIGN]


async def test_a_question_asked_again_and_again_is_kept(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    assert reasons(await talk.say("到哪了", "track_logistics")) == []
    again = [await talk.say("到哪了", "track_logistics") for _ in range(2)]
    assert UnknownReason.REPEATED in {reason for heard in again for reason in reasons(heard)}


async def test_an_answer_that_was_none_is_kept_with_the_question(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    ranking = ("invoice", "payment_issue", "coupon_promotion")
    await talk.say("发票怎么开", "invoice", ranking=ranking)
    heard = await talk.say("答非所问", "service_complaint")
    [unknown] = heard.reply.unknowns
    assert (unknown.reason, unknown.text) == (UnknownReason.DISLIKED, "发票怎么开")
    assert heard.titles == ["付款问题", "优惠和活动", "转人工"]
    assert "抱歉" not in heard.text
    assert not heard.handed_over


async def test_disliked_twice_offers_only_a_person_and_yes_calls_them(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("发票怎么开", "invoice")
    await talk.say("不是我要的", "nlu_fallback")
    heard = await talk.say("答非所问", "chitchat")
    assert heard.titles == ["转人工"]
    assert (await talk.say("好", "affirm")).handed_over


async def test_useless_said_of_nothing_is_what_it_was_taken_for(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("没用", "quality_complaint")
    assert reasons(heard) == []


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["password"], "密码和验证码请不要发给任何人"),
        (["code", "phone"], "密码和验证码请不要发给任何人"),
        (["id_card"], "身份证号"),
        (["bank_card", "address"], "银行卡号"),
    ],
)
async def test_what_nobody_should_send_is_warned_of_first(
    talk_as: Talks, kinds: list[str], expected: str
) -> None:
    heard = await talk_as("c-lin").say(
        "密码是******，快递到哪了", "track_logistics", metadata={"personal": kinds}
    )
    assert expected in heard.texts[0]
    assert "衬衫" in heard.text


async def test_a_phone_or_an_address_needs_no_warning(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "我的快递到哪了", "track_logistics", metadata={"personal": ["phone", "address"]}
    )
    assert "请不要" not in heard.text


async def test_the_warning_does_not_disturb_a_return(talk_as: Talks) -> None:
    talk = talk_as("c-fresh")
    await talk.say("我要退货", "return_request")
    heard = await talk.say("密码******", "nlu_fallback", metadata={"personal": ["password"]})
    assert heard.text.count("密码") == 1
    assert talk.form


async def test_a_secret_with_no_wish_is_warned_of_and_asked_about(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say(
        "密码是****，你帮我看看", "out_of_scope", metadata={"personal": ["password"]}
    )
    assert "密码" in heard.texts[0]
    assert "直接说" in heard.texts[1]
    assert len(heard.texts) == 2
