from __future__ import annotations

import json

import pytest

from tests.actions.conftest import Talks


async def test_the_package_holds_what_the_agent_needs(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    heard = await talk.say("转人工", "ask_human")
    request = heard.handoff
    package = request.package
    assert heard.texts == ["正在为您转接人工，前面聊的他都看得到。"]
    assert 1 <= len(request.summary) <= 3
    assert "黑色衬衫到哪了" in request.summary[0]
    assert package["customer"]["tier"] == "silver"
    assert package["orders"][0]["rows"][0] == ["订单号", "4218860012340101001"]
    assert package["parcels"][0]["rows"][1] == ["运单号", "75812340101001"]
    assert package["tried"][0]["text"].startswith("查物流 → ")
    assert package["tried"][0]["result"] == "要求人工"
    assert package["slots"] == {"订单": "4218860012340101001", "商品": "牛津纺衬衫 黑色 L"}
    assert package["intent"]["name"] == "ask_human"
    assert (package["mood"]["label"], package["mood"]["trend"]) == ("平静", "steady")
    assert package["risks"] == []
    assert len(package["suggestions"]) == 3
    assert "中通" in package["suggestions"][1]
    json.dumps(package)


async def test_phones_are_masked_in_the_package(talk_as: Talks) -> None:
    talk = talk_as("c-lin")
    await talk.say("我电话13812345678改一下", "change_address")
    heard = await talk.say("转人工", "ask_human")
    whole = json.dumps(dict(heard.handoff.package), ensure_ascii=False) + str(heard.handoff.summary)
    assert "13812345678" not in whole
    assert "138****5678" in whole
    assert "****" in heard.handoff.package["customer"]["phone"]


async def test_a_stranger_is_handed_over_too(talk_as: Talks) -> None:
    heard = await talk_as("stranger").say("转人工", "ask_human")
    assert heard.handoff.package["customer"] is None
    assert heard.handoff.package["orders"] == []
    assert "未识别" in heard.handoff.summary[0]


@pytest.mark.parametrize(
    ("words", "reason", "flag"),
    [
        ("再不发我打12315", "legal_risk", "监管投诉"),
        ("发抖音曝光你们", "legal_risk", "曝光或媒体"),
        ("等着收律师函吧", "legal_risk", "法律"),
        ("我要投诉你们客服", "complaint", "投诉"),
        ("骗子！还钱", "anger", "情绪激烈"),
        ("他妈的到底发不发", "anger", "情绪激烈"),
    ],
)
async def test_danger_words_call_a_person_whatever_was_understood(
    talk_as: Talks, words: str, reason: str, flag: str
) -> None:
    heard = await talk_as("c-lin").say(words, "track_logistics", mood=-2)
    assert heard.handoff.reason == reason
    assert flag in heard.handoff.package["risks"]
    assert heard.handoff.package["mood"]["label"] == "生气"
    assert heard.handoff.priority > 0


@pytest.mark.parametrize(
    "words",
    [
        "送妈妈的礼物",
        "13812345678",
        "这相机曝光补偿怎么调",
        "去死皮的磨砂膏有吗",
        "视频媒体格式支持吗",
    ],
)
async def test_words_that_only_look_dangerous_do_not(talk_as: Talks, words: str) -> None:
    assert not (await talk_as("c-lin").say(words, "product_recommend")).handed_over


async def test_a_complaint_is_met_with_an_apology_not_a_form(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("你们服务太差了", "service_complaint")
    assert "抱歉" in heard.text
    assert heard.handoff.reason == "service_complaint"


async def test_vip_comes_first_in_the_queue(talk_as: Talks) -> None:
    vip = await talk_as("c-vip").say("转人工", "ask_human")
    other = await talk_as("c-lin").say("转人工", "ask_human")
    assert vip.handoff.priority > other.handoff.priority


async def test_who_is_hurt_is_asked_first_and_no_parcel_is_talked_of(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("用了你们的精华过敏送医院了，怎么赔", "compensation")
    package = heard.handoff.package
    first, second, third = package["suggestions"]
    assert "人现在怎么样" in first
    assert "别再用" in second
    assert all(word in second for word in ("批次", "照片", "票据"))
    assert "主管" in third
    assert "回电" in third
    assert "断电" not in heard.text + "".join(package["suggestions"])
    assert "就医" in heard.text
    assert package["mood"]["label"] == "着急"
    assert package["risks"][-1] == "人身安全"


async def test_power_is_cut_only_where_there_is_power(talk_as: Talks) -> None:
    heard = await talk_as("c-lin").say("电热水壶漏电，我妈触电了", "quality_complaint")
    assert "断电" in heard.text
    assert "断电" in heard.handoff.package["suggestions"][1]
    assert "病历" not in "".join(heard.handoff.package["suggestions"])


async def test_a_late_order_is_named_with_its_time_and_nothing_known_is_asked(
    talk_as: Talks,
) -> None:
    talk = talk_as("c-late")
    heard = await talk.say("说好昨天发的，骗人", "urge_delivery")
    assert heard.handoff.reason == "promise_broken"
    late, step, way = heard.handoff.package["suggestions"]
    number = heard.handoff.package["orders"][0]["rows"][0][1]
    assert number[-4:] in late
    assert "前发出" in late
    assert "抱歉" in late
    assert "今天内" in step
    assert "取消" in way
    assert not any(mark in late + step + way for mark in ("？", "麻烦您"))
    assert heard.handoff.summary[1].startswith("超时未发")


@pytest.mark.parametrize(
    ("words", "intent", "reason", "first"),
    [
        ("有人自称你们客服让我转账", "chitchat", "privacy", "不会打电话要您转账"),
        ("再不发我打12315", "track_logistics", "legal_risk", "跟到底"),
        ("我要投诉你们客服", "service_complaint", "complaint", "跟到底"),
        ("孩子偷偷用我手机下单买的", "refund_request", "minor_purchase", "孩子下单"),
    ],
)
async def test_the_first_reply_suggested_is_about_the_matter(
    talk_as: Talks, words: str, intent: str, reason: str, first: str
) -> None:
    heard = await talk_as("c-lin").say(words, intent)
    assert heard.handoff.reason == reason
    texts = heard.handoff.package["suggestions"]
    assert len(texts) == 3
    assert first in texts[0]
    assert not any("具体是哪件" in text for text in texts)


async def test_an_order_nobody_named_is_marked_as_a_guess(talk_as: Talks) -> None:
    guessed = await talk_as("c-lin").say("我要打12315", "chitchat")
    assert guessed.handoff.summary[1].startswith("最近一笔")
    talk = talk_as("c-lin")
    await talk.say("黑色衬衫到哪了", "track_logistics", color="黑色", category="衬衫")
    known = await talk.say("我要打12315", "chitchat")
    assert known.handoff.summary[1].startswith("订单")
