"""What Rasa gets to hear, and so what its memory, its logs and its analytics hold."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage

from connectors.rasa_bot import NoAnswer, RasaBot
from conversations.keys import ConversationKey
from conversations.messages import Choice, Content, Unknown, UnknownReason
from conversations.replies import unknown_json
from conversations.state import State
from conversations.turns import Turn

KEY = ConversationKey("web", "shop", "u1")


def turn(text: str, **changes: Any) -> Turn:
    given: dict[str, Any] = {
        "key": KEY, "seqs": (3, 4), "state": State.BOT, "version": 1, "content": Content(text=text),
        "trigger": "", "choice": None, "attempts": 0, "owner": "me",
    }  # fmt: skip
    return Turn(**{**given, **changes})


class Listener:
    """Rasa's channel callback: keeps what it hears, says what it is told to."""

    def __init__(self, *says: dict[str, Any]) -> None:
        self.heard: list[UserMessage] = []
        self._says = says

    async def __call__(self, message: UserMessage) -> None:
        self.heard.append(message)
        for one in self._says:
            message.output_channel.messages.append(one)


OK = {"recipient_id": str(KEY), "text": "好"}


@pytest.mark.parametrize(
    ("text", "heard", "personal"),
    [
        ("我的快递到哪了", "我的快递到哪了", []),
        (
            "手机１３８１２３４８０００，密码是abc123",
            "手机138****8000,密码是******",
            ["password", "phone"],
        ),
        ("138\u200b1234\u200b8000", "138****8000", ["phone"]),
        ("/restart 13812348000", "restart 138****8000", ["phone"]),
        ("订单4218860012340101001", "订单4218860012340101001", []),
        ("\u200b", "？", []),
        (
            "长" + "度" * 2 + "长短" * 246 + "13812348000",
            "长度度" + "长短" * 246 + "138**",
            ["phone"],
        ),
    ],
)
async def test_personal_data_is_masked_and_its_kinds_are_told(
    text: str, heard: str, personal: list[str]
) -> None:
    rasa = Listener(OK)
    await RasaBot(on_new_message=rasa).answer(turn(text))
    (message,) = rasa.heard
    numbers = {"seq": 4, "seqs": [3, 4], "early": False}
    assert (message.text, message.metadata) == (heard, {**numbers, "personal": personal})


async def test_our_own_payloads_pass_untouched() -> None:
    rasa = Listener(OK)
    payload = '/inform{"order_number": "13812348000"}'
    bot = RasaBot(on_new_message=rasa)
    await bot.answer(turn("确认", choice=Choice("确认", payload)))
    await bot.answer(turn("", trigger="/share_image"))
    assert [message.text for message in rasa.heard] == [payload, "/share_image"]


async def test_an_unknown_question_alone_is_no_answer() -> None:
    unknown = Unknown(reason=UnknownReason.MISS, text="量子力学")
    hidden = {"recipient_id": str(KEY), "custom": unknown_json(unknown)}
    with pytest.raises(NoAnswer):
        await RasaBot(on_new_message=Listener(hidden)).answer(turn("量子力学"))
    reply = await RasaBot(on_new_message=Listener(hidden, OK)).answer(turn("量子力学"))
    assert (reply.unknowns, [c.text for c in reply.contents]) == ((unknown,), ["好"])
