"""The parts of a message: which are worth a reading of their own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.nlu.classifier import Guess
from bot.nlu.clauses import read, split, worth_reading


class Rank:
    """Keeps what it is asked, each time; a part is of the intent that its first words name."""

    def __init__(self, **intents: str) -> None:
        self.intents = intents
        self.asked: list[Sequence[str]] = []

    def __call__(self, texts: Sequence[str], *, limit: int) -> list[list[Guess]]:
        self.asked.append(texts)
        return [[Guess(self._intent(text), 0.9)][:limit] for text in texts]

    def _intent(self, text: str) -> str:
        return next((name for words, name in self.intents.items() if words in text), "chitchat")


SURE = Guess("invoice", 0.95)


@pytest.mark.parametrize(
    "text",
    [
        "我的快递到哪了",
        "我昨天买的，什么时候发货",
        "衣服起球了，我很失望",
        "显示签收了，我没收到",
        "好的",
        "",
        "，，，",
    ],
)
def test_most_messages_have_no_part_worth_reading(text: str) -> None:
    assert worth_reading(split(text), whole=SURE) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("改地址，另外发票怎么开", ["改地址", "发票怎么开"]),
        ("多少钱?有货吗?", ["多少钱", "有货吗"]),
        ("到哪了 发票怎么开", ["到哪了", "发票怎么开"]),
        ("加湿器多少钱 几升的", ["加湿器多少钱", "几升的"]),
        ("我要退货，运费谁出", ["我要退货", "运费谁出"]),
        ("裤子要退，多久到账", ["裤子要退", "多久到账"]),
    ],
)
def test_two_that_ask_are_read(text: str, parts: list[str]) -> None:
    found = worth_reading(split(text), whole=SURE)
    assert [part.text for part in found] == parts
    assert [text[part.start : part.end] for part in found] == parts


@pytest.mark.parametrize("intent", ["greet", "thanks", "affirm", "deny"])
def test_a_question_beside_a_courtesy_is_read(intent: str) -> None:
    found = worth_reading(split("好的，那发票怎么开"), whole=Guess(intent, 0.99))
    assert [part.text for part in found] == ["那发票怎么开"]


def test_what_is_denied_is_marked_and_what_is_meant_is_read() -> None:
    rank = Rank(退货="return_request", 换货="exchange_request")
    found = read("不是退货，是换货", whole=Guess("return_request", 0.9), rank=rank)
    assert [(part["intent"], part["denied"]) for part in found] == [
        ("return_request", True),
        ("exchange_request", False),
    ]


@pytest.mark.parametrize(
    "text", ["不是说三天到吗，怎么还没到", "我不要了，帮我取消", "不想要了，怎么退"]
)
def test_a_reproach_and_a_wish_to_be_rid_of_it_deny_nothing(text: str) -> None:
    assert not any(part.denies for part in split(text))


def test_at_most_four_parts_are_read_all_at_once() -> None:
    rank = Rank()
    read(
        "，".join(["多少钱", "有货吗", "包邮吗", "几天到", "能退吗", "怎么洗"]),
        whole=SURE,
        rank=rank,
    )
    assert [len(texts) for texts in rank.asked] == [4]


def test_an_ordinary_message_costs_none() -> None:
    rank = Rank()
    assert read("我的快递到哪了", whole=SURE, rank=rank) == []
    assert rank.asked == []


def test_the_need_after_a_long_greeting_is_read() -> None:
    text = "晚上好，在吗在吗，辛苦了哈，打扰一下下，不好意思啦，我那件大衣掉了颗扣子"
    found = worth_reading(split(text), whole=Guess("greet", 0.99))
    assert found[-1].text == "我那件大衣掉了颗扣子"
