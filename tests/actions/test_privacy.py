"""No answer ever holds what belongs to somebody else."""

from __future__ import annotations

import json

import pytest

from actions.base import Services
from tests.actions.conftest import Talks
from tests.actions.talk import RULES

OTHERS = ["c-vip", "c-return", "c-split"]
ASKER = "c-insured"


async def secrets_of(services: Services, customer_id: str) -> set[str]:
    """Everything by which that customer's things can be recognised."""
    shop = services.shop
    customer = await shop.customers.customer(customer_id)
    assert customer is not None
    found = {customer.phone, customer.nickname}
    for order in await shop.orders.recent(customer_id):
        found.add(order.id)
        if order.address:
            found |= {order.address.phone, order.address.street}
        found |= {parcel.waybill for parcel in await shop.logistics.parcels(customer_id, order.id)}
    found |= {back.number for back in await shop.after_sales.returns(customer_id)}
    return found


@pytest.mark.parametrize("asker", [ASKER, "c-new", "stranger"])
async def test_no_intent_with_any_number_of_another_customer_tells_anything(
    talk_as: Talks, services: Services, asker: str
) -> None:
    for other in OTHERS:
        secrets = await secrets_of(services, other)
        [order, *_] = await services.shop.orders.recent(other)
        [parcel, *_] = await services.shop.logistics.parcels(other, order.id)
        line = f"{order.id}/{order.lines[0].id}"
        talk = talk_as(asker)
        for intent in sorted(RULES):
            for entities in (
                {"order_number": order.id},
                {"waybill": parcel.waybill},
                {"order_line": line},
            ):
                [given] = entities.values()
                heard = await talk.say(given, intent, **entities)
                package = heard.reply.handoff.package if heard.handed_over else {}
                said = heard.text + "".join(choice.payload for choice in heard.choices)
                # What the shopper typed may come back as their own words.
                said += json.dumps({**package, "tried": []}, ensure_ascii=False)
                for secret in secrets - {order.id, parcel.waybill}:
                    assert secret not in said, (other, intent, secret)
                assert order.lines[0].label not in heard.text, (other, intent)


async def test_an_address_and_a_phone_never_appear_in_an_answer(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(ASKER)
    [order, *_] = await services.shop.orders.recent(ASKER)
    assert order.address is not None
    for intent in sorted(RULES):
        heard = await talk.say("我的地址电话是什么", intent)
        assert order.address.phone not in heard.text
        assert order.address.street not in heard.text
