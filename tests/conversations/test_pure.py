"""Keys, choices, the state machine, replies: what needs no database."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conversations.choices import pick, place, places
from conversations.errors import StateConflict
from conversations.keys import ConversationKey, InvalidKey
from conversations.messages import (
    Card,
    Choice,
    Content,
    HandoffRequest,
    Kind,
    Unknown,
    UnknownReason,
)
from conversations.replies import card_json, handoff_json, read_reply, unknown_json
from conversations.state import State, Step, advance

PRINTABLE = st.characters(min_codepoint=0x21, max_codepoint=0x7E)


@given(user=st.text(PRINTABLE, min_size=1, max_size=128))
def test_a_key_survives_writing_and_reading(user: str) -> None:
    key = ConversationKey("wechat", "shop-1", user)
    assert ConversationKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text",
    ["", "web", "web:shop", "web:shop:", "WEB:shop:u", "web:sh op:u", "web:shop:用户", "::x"],
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        ConversationKey.parse(text)


ASKED = (Choice("毛衣", "/a"), Choice("衬衫", "/b"), Choice("转人工", "/ask_human"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("最后一个", 1), ("上面那个", 0), ("后一个", 1), ("3", 2), ("第三个", None), ("转人工", 2)],
)
def test_the_way_to_a_person_has_a_number_but_no_place(text: str, expected: int | None) -> None:
    assert pick(ASKED, text) is (None if expected is None else ASKED[expected])


@pytest.mark.parametrize("text", ["第二个", "最后一个", "上面那个"])
def test_one_thing_alone_has_no_place(text: str) -> None:
    assert pick((ASKED[0], ASKED[2]), text) is None


@pytest.mark.parametrize(
    ("text", "index", "rest"),
    [
        ("第二个多少钱", 1, "多少钱"),
        ("我就要最后一个吧", -1, ""),
        ("倒数第一件还有货吗", -1, "还有货吗"),
    ],
)
def test_a_place_may_come_with_a_question(text: str, index: int, rest: str) -> None:
    found = place(text)
    assert found is not None
    assert (found.index, found.rest) == (index, rest)


@pytest.mark.parametrize("text", ["第二件半价", "第一次买", "第二天到", "上面写的什么"])
def test_what_only_sounds_like_a_place_is_none(text: str) -> None:
    assert place(text) is None


def test_two_places_are_both_found() -> None:
    assert [found.index for found in places("第一个和第三个哪个好")] == [0, 2]


@pytest.mark.parametrize(
    ("text", "indices"),
    [("前两件有什么区别", [0, 1]), ("后两款哪个好", [-2, -1]), ("前三个都要", [0, 1, 2])],
)
def test_the_first_or_last_few_are_places(text: str, indices: list[int]) -> None:
    assert [found.index for found in places(text)] == indices


CHOICES = tuple(
    Choice(title=t, payload=f"/{i}") for i, t in enumerate(["黑色 L", "白色 XL", "都不是"])
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("黑色 L", 0),
        ("黑色l", 0),
        ("白色ＸＬ", 1),
        ("2", 1),
        ("２", 1),
        ("第一个", 0),
        ("选三", 2),
        ("第2个吧", 1),
        ("都不是", 2),
        ("我要第二个", 1),
        ("第二款", 1),
        ("最后一个", 2),
        ("倒数第二个", 1),
        ("最上面那个", 0),
    ],
)
def test_an_option_is_meant_by_its_words_or_its_place(text: str, expected: int) -> None:
    assert pick(CHOICES, text) is CHOICES[expected]


@pytest.mark.parametrize(
    "text", ["", " ", "4", "9", "黑色", "12", "0", "一二", "第一次买", "3天了还没到"]
)
def test_other_words_are_no_option(text: str) -> None:
    assert pick(CHOICES, text) is None


BOUGHT = tuple(
    Choice(title=t, payload=f'/return_request{{"order_line": "{i}"}}')
    for i, t in enumerate(
        [
            "免烫白衬衫 黑色 L（11月20日）",
            "牛津纺衬衫 黑色 L（11月26日）",
            "定制刻字杯 白色（11月2日）",
        ]
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("免烫那件", 0),
        ("就要牛津纺的那件吧", 1),
        ("那个刻字杯", 2),
        ("白色那个", 2),
        ("黑色那件", None),
        ("衬衫那件", None),
        ("羽绒服那件", None),
        ("免烫那件有货吗", None),
    ],
)
def test_goods_are_named_by_words_of_their_title(text: str, expected: int | None) -> None:
    assert pick(BOUGHT, text) is (None if expected is None else BOUGHT[expected])


@given(st.text())
def test_picking_never_fails(text: str) -> None:
    pick(CHOICES, text)


class ConversationLife(RuleBasedStateMachine):
    """Whatever is tried in whatever order, the state is a known one and people come first."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.BOT

    @rule(step=st.sampled_from(Step))
    def attempt(self, step: Step) -> None:
        try:
            after = advance(self.state, step)
        except StateConflict:
            return
        if step is Step.TAKE:
            assert after is State.HUMAN
        if step in (Step.RESOLVE, Step.CANCEL):
            assert after is State.BOT
        if self.state is State.HUMAN:
            assert after in (State.HUMAN, State.BOT), "nobody but the agent ends a talk"
        self.state = after

    @invariant()
    def an_agent_can_always_take(self) -> None:
        assert advance(self.state, Step.TAKE) is State.HUMAN

    @invariant()
    def someone_serves(self) -> None:
        assert self.state.bot_serves == (self.state in (State.BOT, State.LEFT_MESSAGE))


TestConversationLife = ConversationLife.TestCase


CONTENTS = st.builds(
    Content,
    text=st.text(),
    kind=st.sampled_from(Kind),
    choices=st.lists(
        st.builds(Choice, title=st.text(), payload=st.text(), id=st.text()), max_size=3
    ).map(tuple),
    card=st.none()
    | st.builds(
        Card,
        title=st.text(),
        subtitle=st.text(),
        rows=st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
        image=st.text(),
        link=st.text(),
    ),
    image=st.text(),
)


@given(CONTENTS)
def test_a_message_survives_storage(content: Content) -> None:
    assert Content.from_json(content.to_json()) == content


def test_a_turns_messages_are_read_in_order() -> None:
    card = Card(title="包裹", rows=(("运单", "SF1"),))
    wish = HandoffRequest(reason="asked", reason_text="要人工", summary=("一", "二"))
    reply = read_reply(
        [
            {"recipient_id": "x", "text": " 您好 "},
            {"recipient_id": "x", "custom": card_json(card, text="包裹在上海")},
            {"recipient_id": "x", "text": "选一个", "buttons": [{"title": "甲", "payload": "/a"}]},
            {"recipient_id": "x", "image": "/shop/images/a.svg"},
            {"recipient_id": "x", "text": ""},
            {"recipient_id": "x", "custom": {"something": "else"}},
            {"recipient_id": "x", "custom": handoff_json(wish)},
        ]
    )
    assert [content.kind for content in reply.contents] == [
        Kind.TEXT,
        Kind.CARD,
        Kind.CHOICES,
        Kind.IMAGE,
    ]
    assert reply.contents[0].text == "您好"
    assert reply.contents[1].card == card
    assert reply.handoff == wish


UNKNOWNS = st.builds(
    Unknown,
    reason=st.sampled_from(UnknownReason),
    text=st.text(),
    intent=st.text(),
    confidence=st.floats(0, 1),
    ranking=st.lists(st.tuples(st.text(), st.floats(0, 1)), max_size=3).map(tuple),
)


@given(st.lists(UNKNOWNS, max_size=3))
def test_unknown_questions_travel_unseen_beside_the_answer(unknowns: list[Unknown]) -> None:
    sent = [{"recipient_id": "x", "text": "这个我查不到"}]
    for unknown in unknowns:
        over_the_wire = json.loads(json.dumps(unknown_json(unknown)))
        sent.append({"recipient_id": "x", "text": None, "custom": over_the_wire})
    reply = read_reply(sent)
    assert [content.text for content in reply.contents] == ["这个我查不到"]
    assert list(reply.unknowns) == unknowns
