"""Keys, choices, the state machine, replies: what needs no database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conversations.choices import pick
from conversations.errors import StateConflict
from conversations.keys import ConversationKey, InvalidKey
from conversations.messages import Card, Choice, Content, HandoffRequest, Kind
from conversations.replies import card_json, handoff_json, read_reply
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
    ],
)
def test_an_option_is_meant_by_its_words_or_its_place(text: str, expected: int) -> None:
    assert pick(CHOICES, text) is CHOICES[expected]


@pytest.mark.parametrize(
    "text", ["", " ", "4", "9", "黑色", "12", "0", "一二", "第一次买", "3天了还没到"]
)
def test_other_words_are_no_option(text: str) -> None:
    assert pick(CHOICES, text) is None


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
