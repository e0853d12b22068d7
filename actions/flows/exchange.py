"""Exchanging what was received for another colour or size, or for the same thing anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from actions.base import Services
from actions.cards import plain
from actions.flows.change import wanted_choice
from actions.flows.flow import Draft, Step, Subject, Told
from actions.flows.goods import GoodsFlow, GoodsLineStep, about, told, unsent
from actions.flows.options import OptionStep
from actions.flows.reading import agreeing
from actions.formatting import day
from actions.needs import Need
from actions.products import labels
from actions.reply import Reply, payload
from actions.return_flow import reason_in
from actions.turn import Turn
from conversations.messages import Card, Choice
from shop.operations.change import choice_of
from shop.operations.exchange import FAULTS, ExchangeRequest, exchangeable
from shop.operations.types import Receipt, Verdict
from shop.types import OrderLine, Product, ReturnReason, Sku

_INTENT = "exchange_request"
_CHOICES = 4
_FAULT_VALUES = frozenset(reason.value for reason in FAULTS)


class ReasonStep(OptionStep):
    """Why: it decides who pays, and whether the same thing anew may be wanted."""

    slot = "flow_reason"
    group = "exchange_reason"
    heard: ClassVar[Mapping[str, re.Pattern[str]]] = {
        "wrong_size": re.compile(
            r"大了|小了|紧|肥|(?:太|偏|有点|有些|过于|略|稍微?)[大小长短松宽窄瘦]|不合[身适脚]|穿不[上下了]|尺码|码数|[大小][一1]?[码号]"
        ),
        "wrong_item": re.compile(r"[发寄]错"),
        "damaged": re.compile(r"破(?!店|东西|玩意)|碎|裂|压坏"),
        "not_as_described": re.compile(r"色差|描述不|和图|跟图|与图|实物"),
        "quality": re.compile(r"质量|坏|瑕疵|开线|脱线|起球|掉色|污渍|线头|有洞|不能用"),
        "no_longer_wanted": re.compile(r"换个?(?:颜)?色|颜色|款|不喜欢|不好看"),
    }

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """A reason that is named counts; else a size wished for tells that this does not fit."""
        named = reason_in(turn.text, turn.entities)
        if named is None and turn.clicked and turn.first("reason") is not None:
            named = ReturnReason(turn.first("reason"))
        if named is not None and named.value in self.heard:
            return Told(named.value)
        if draft.value(self.slot) and turn.asked != self.slot:
            return None
        found = await super().hear(turn, draft, services)
        if found is not None or turn.asked not in ("", self.slot):
            return found
        if turn.first("size"):
            return Told("wrong_size")
        return Told("no_longer_wanted") if turn.first("color") else None


class SkuStep(Step):
    """The colour and size wished for, as a SKU that is in stock at the same price."""

    slot = "flow_sku"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """For a fault of ours the same thing anew, unless another one is wished for."""
        line = draft.subject.line
        product = await services.shop.catalogue.product(line.product_id) if line else None
        if line is None or product is None:
            return None
        reason = _reason(draft)
        here = exchangeable(product, line, reason)
        if (clicked := turn.first(self.slot)) is not None:
            chosen = next((sku for sku in here if sku.id == clicked), None)
            told = Told(chosen.id) if chosen else self._gone(product, here, clicked)
            return self._with_choices(told, turn, line, here)
        color, size = ("", "") if turn.clicked else wanted_choice(turn, product, line)
        if color or size:
            before = next((sku for sku in here if sku.id == draft.value(self.slot)), None)
            if before is not None and before.id != line.sku_id:  # 那L码: of the black one
                color, size = color or before.color, size or before.size
            told = self._named(product, line, here, color, size)
            return self._with_choices(told, turn, line, here)
        same = next((sku for sku in here if sku.id == line.sku_id), None)
        if same is not None and not draft.value(self.slot) and turn.asked != self.slot:
            return Told(same.id)
        return None

    def _with_choices(
        self, told: Told | None, turn: Turn, line: OrderLine, here: Sequence[Sku]
    ) -> Told | None:
        """With what can be had, unless that is asked next anyway."""
        if told is None or not told.problem or turn.asked in ("", self.slot):
            return told
        return replace(told, choices=_choices(line, here))

    def _named(
        self, product: Product, line: OrderLine, here: Sequence[Sku], color: str, size: str
    ) -> Told:
        words = {"label": line.label, "choices": labels(here) or "—"}
        sku = choice_of(product, line, color, size)
        if sku is None:
            wanted = f"{color} {size}".strip()
            return Told(problem="flow_exchange_no_such", words={**words, "wanted": wanted})
        if sku in here:
            return Told(sku.id)
        words["wanted"] = sku.label
        if sku.id == line.sku_id:
            return Told(problem="flow_exchange_same", words=words)
        dearer = sku.stock >= line.quantity
        return Told(problem=f"flow_exchange_{'price' if dearer else 'sold_out'}", words=words)

    def _gone(self, product: Product, here: Sequence[Sku], sku_id: str) -> Told | None:
        gone = next((sku for sku in product.skus if sku.id == sku_id), None)
        if gone is None:
            return None
        words = {"wanted": gone.label, "choices": labels(here) or "—"}
        return Told(problem="flow_exchange_sold_out", words=words)

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """What is there, and the return instead."""
        line = draft.subject.line
        if line is None:
            return []
        chosen = _choices(line, await self._possible(draft, services))
        back = payload("return_request", flow_switch="yes", order_line=draft.subject.id)
        return [*chosen, Choice(reply.phrases.label("choice.return_instead"), back)]

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        return {"choices": labels(await self._possible(draft, services)) or "—"}

    async def _possible(self, draft: Draft, services: Services) -> Sequence[Sku]:
        line = draft.subject.line
        product = await services.shop.catalogue.product(line.product_id) if line else None
        if line is None or product is None:
            return ()
        return exchangeable(product, line, _reason(draft))


class ExchangeFlow(GoodsFlow[ExchangeRequest]):
    """换货: why, for what; the wish is held in the stock once it is agreed."""

    name = _INTENT
    starting = frozenset({_INTENT})
    agrees = agreeing("换货?|换这个|换吧")
    sorry = True
    steps = (GoodsLineStep(intent=_INTENT), ReasonStep(intent=_INTENT), SkuStep())
    of_it = frozenset({"reason", "color", "size"})

    async def instead(self, turn: Turn, subject: Subject | None, services: Services) -> Need | None:
        """Before shipping the order is changed."""
        if subject is None:
            return None
        if not unsent(subject):
            return None
        asked = replace(turn.as_intent("change_order"), entities=turn.entities + about(subject))
        return Need("action_change_order", asked)

    def settled(self, before: Draft, after: Draft) -> dict[str, str]:
        """See `GoodsFlow.settled`: the same thing anew only for a fault of ours."""
        values = dict(after.values)
        line, sku = after.subject.line, values.get(SkuStep.slot)
        faulty = values.get(ReasonStep.slot) in _FAULT_VALUES
        if line is None or (sku == line.sku_id and not faulty):
            values.pop(SkuStep.slot, None)
        if before.subject.line is not None and line != before.subject.line:
            values.pop(SkuStep.slot, None)
        return values

    async def openings(
        self, draft: Draft, verdict: Verdict, services: Services
    ) -> Sequence[Choice]:
        """See `Flow.openings`: the colours and sizes that are left."""
        line = draft.subject.line
        product = await services.shop.catalogue.product(line.product_id) if line else None
        if line is None or product is None or _INTENT not in verdict.ways:
            return []
        known = {"order_line": draft.subject.id, "reason": told(draft, ReasonStep.slot)}
        return _choices(line, exchangeable(product, line, _reason(draft)), **known)

    def operation(self, draft: Draft) -> ExchangeRequest:
        """See `Flow.operation`."""
        return ExchangeRequest(
            draft.subject.order.id,
            self.line_id(draft),
            reason=_reason(draft),
            sku_id=told(draft, SkuStep.slot),
        )

    async def done(
        self, receipt: Receipt, draft: Draft, reply: Reply, services: Services
    ) -> Mapping[str, str]:
        """Where the old one goes, on a card to keep."""
        say_where_to(receipt, reply, services)
        now = services.clock()
        send_by = day(receipt.due, now) if receipt.due else ""
        return {"wanted": receipt.details["wanted"], "send_by": send_by}


def _choices(line: OrderLine, here: Sequence[Sku], **details: str) -> Sequence[Choice]:
    """Buttons for what can be had."""
    return [
        Choice(sku.label or line.label, payload(_INTENT, **details, flow_sku=sku.id))
        for sku in here[:_CHOICES]
    ]


def _reason(draft: Draft) -> ReturnReason | None:
    value = told(draft, ReasonStep.slot)
    return ReturnReason(value) if value else None


def say_where_to(receipt: Receipt, reply: Reply, services: Services) -> None:
    """The card with the address, the number and the last day."""
    label, details = reply.phrases.label, receipt.details
    rows = [(label("card.receipt_number"), receipt.number)]
    if details.get("wanted"):
        rows.append((label("card.wanted"), details["wanted"]))
    if details.get("shipping"):
        rows.append((label("card.shipping"), details["shipping"]))
    rows.append((label("card.send_to"), details["send_to"]))
    if receipt.due:
        rows.append((label("card.send_by"), day(receipt.due, services.clock())))
    card = Card(title=label(f"receipt.{receipt.kind}"), subtitle="", rows=tuple(rows))
    reply.card(card, text=plain(card))
