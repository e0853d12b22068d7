"""What the bot says of a request that a person has decided about."""

from __future__ import annotations

import pytest

from actions.base import Services
from actions.cards import receipt_card
from shop.operations.kinds import APPROVALS
from shop.operations.types import ReceiptState, Ruling
from tests.actions.conftest import NOW, Talks
from tests.actions.test_flow_refund_request import NUTS
from tests.shop.operations.goods import untold


async def asked_and_decided(talk_as: Talks, services: Services, ruling: Ruling) -> str:
    """A refund above the limit that a person has decided about; gives its number."""
    talk = talk_as("c-fresh")
    await talk.send("/share_image")
    summary = await talk.say("坚果大部分坏了，发霉", "refund_request", product=NUTS)
    await talk.click("确认提交", summary)
    (waiting,) = await services.shop.operations.pending("c-fresh")
    number = waiting.receipt.number
    await services.shop.operations.decide("c-fresh", number, ruling, tell=untold)
    return number


@pytest.mark.parametrize(
    ("approve", "title", "said"),
    [(True, "退款：已批准，办理中", "办好"), (False, "退款：未通过", "照片里看不清问题。")],
)
async def test_asked_later_it_is_named_as_it_was_decided(
    talk_as: Talks, services: Services, approve: bool, title: str, said: str
) -> None:
    ruling = Ruling(approve=approve, by="zhanggui", senior=True, reason="照片里看不清问题。")
    number = await asked_and_decided(talk_as, services, ruling)
    heard = await talk_as("c-fresh").say("退款批了没有", "after_sales_status")
    assert title in heard.text
    assert number in heard.text
    assert said in heard.text
    assert "等同事批" not in heard.text
    assert "。。" not in heard.text
    assert "亲" not in heard.text
    (receipt,) = await services.shop.operations.receipts("c-fresh")
    rows = dict(receipt_card(receipt, "坚果", services.phrases.current(), NOW).rows)
    assert rows.get("原因") == (None if approve else "照片里看不清问题")


async def test_refused_without_a_reason_a_person_explains(
    talk_as: Talks, services: Services
) -> None:
    await asked_and_decided(talk_as, services, Ruling(approve=False, by="zhanggui", senior=True))
    heard = await talk_as("c-fresh").say("退款批了没有", "after_sales_status")
    assert "原因请同事跟您说清楚" in heard.text


async def test_every_kind_that_waits_has_a_name(services: Services) -> None:
    phrases = services.phrases.current()
    assert {kind for kind in APPROVALS if f"receipt.{kind}" not in phrases.labels} == set()
    for state in ReceiptState:
        assert phrases.label(f"receipt_state.{state.value}")
