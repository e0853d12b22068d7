"""Another address: its text never enters a slot, only the numbers of the messages that hold it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.base import Services
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.reading import agreeing, corrects
from actions.lookup import RECEIVED, UNDER_WAY, UNPAID, UNSHIPPED, Nothing, find_order
from actions.parts import questioning
from actions.reply import Reply
from actions.turn import Turn
from conversations.messages import Choice
from shop.addresses import AddressParts, merged, missing, parse, updated
from shop.operations.address import ChangeAddress
from shop.operations.types import Verdict

_INTENT = "change_address"
_PERSONAL = frozenset({"phone", "address"})
_OF_AN_ORDER = frozenset({"product", "category", "order_number", "order_line", "waybill"})
_NEW_ADDRESS = re.compile(
    r"(?:改|换|寄|送|发|搬)(?:到|成|为|去|往|至)|(?:新|收货)?地址(?:是|[:：])"
    r"|[\u4e00-\u9fff]{1,8}?(?:省|市|区|县|街道|路(?!上|由)|镇|村)"
)
# 换成公司那个, 寄到家里的地址: one that we do not know.
_ELSEWHERE = re.compile(
    r"\D*(?:公司|单位|学校|家里?|老家|宿舍|另外|别的|常用|默认|[爸妈公婆友])[^\d,，。]{0,4}"
    r"(?:那个|那边|那里|那儿|那一?[处家]|地址)[吧的啊呀了呢。.!！\s]*"
)


class AddressStep(Step):
    """Where the new address is written: `12,14`; with what it lacks still: `12;district,street`."""

    slot = "flow_address"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`; each message adds to those before, or corrects them."""
        asked = turn.asked in (self.slot, RestStep.slot) or corrects(turn)
        if turn.clicked or not turn.seqs or not self._may_hold_one(turn, asked=asked):
            return None
        texts = await _texts(turn.seqs, turn, services)
        if not turn.personal & _PERSONAL and any(map(questioning, texts)):
            return None  # 对了，可以指定快递公司吗: what is asked besides is no place
        if texts and all(map(_ELSEWHERE.fullmatch, texts)):
            return Told(problem="flow_change_address_unknown")
        found = parse("\n".join(texts), asked=asked)
        if found.empty:
            return None
        numbers, _ = _read(draft.value(self.slot))
        earlier = [parse(text, asked=True) for text in await _texts(numbers, turn, services)]
        whole = merged([*earlier, found])
        lacking = list(missing(whole, draft.subject.order.address))
        odd = [("name", whole.odd_name and not whole.name)]
        odd += [("phone", whole.odd_phone and not whole.phone)]
        lacking += [part for part, unread in odd if unread and part not in lacking]
        told = ",".join(str(number) for number in dict.fromkeys((*numbers, *turn.seqs)))
        return Told(f"{told};{','.join(lacking)}" if lacking else told)

    def _may_hold_one(self, turn: Turn, *, asked: bool) -> bool:
        if turn.personal & _PERSONAL:
            return True
        return (asked or turn.intent == _INTENT) and not questioning(turn.text)

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return []


class RestStep(Step):
    """What the address lacks; `AddressStep` hears the answer."""

    slot = "flow_address_rest"

    async def hear(self, turn: Turn, draft: Draft, services: Services) -> Told | None:
        """See `Step.hear`."""
        return None

    async def ask(self, draft: Draft, reply: Reply, services: Services) -> Sequence[Choice]:
        """See `Step.ask`."""
        return []

    async def words(self, draft: Draft, services: Services) -> Mapping[str, str]:
        """See `Step.words`."""
        labels = services.phrases.current().group("address_part")
        _, lacking = _read(draft.value(AddressStep.slot))
        return {"missing": "、".join(labels[part] for part in lacking)}


class AddressFlow(Flow[ChangeAddress]):
    """改地址、电话、收货人: of the only order that can still get it, unless one is named."""

    name = "change_address"
    starting = frozenset({_INTENT})
    agrees = agreeing("改成?这个|就?用这个|寄这里|改地址|改|拦截|拦|换")
    steps = (AddressStep(), RestStep())
    prefer = (UNSHIPPED | UNPAID, UNDER_WAY, RECEIVED)
    whole = True

    def of_order(self, turn: Turn) -> Turn:
        """The message up to the new address in it; 花木街道1号 names no product and no day."""
        found = _NEW_ADDRESS.search(turn.text)
        if found is None:
            return turn
        kept = tuple(e for e in turn.entities if e.end <= found.start() or e.name in _OF_AN_ORDER)
        return replace(turn, text=turn.text[: found.start()].strip(), entities=kept)

    async def known(self, turn: Turn, customer_id: str, services: Services) -> Subject | None:
        """A day that fits no order is of the only one that waits, else of the only one coming."""
        about = self.of_order(turn)
        if any(entity.name in _OF_AN_ORDER for entity in about.entities):
            return None
        outcome = await find_order(
            services.shop, customer_id, about, now=services.clock(), prefer=self.prefer
        )
        if not isinstance(outcome, Nothing):
            return None
        for states in self.prefer[:2]:
            fitting = [order for order in outcome.recent if order.state in states]
            if len(fitting) == 1:
                return Subject(customer_id, fitting[0])
            if fitting:
                return None
        return None

    def following(self, before: Draft, after: Draft) -> Draft:
        """The rest is asked for as long as the address lacks something."""
        told = after.value(AddressStep.slot)
        values = {slot: v for slot, v in after.values.items() if slot != RestStep.slot}
        if told and not _read(told)[1]:
            values[RestStep.slot] = UNNEEDED
        return Draft(after.subject, values)

    def operation(self, draft: Draft) -> ChangeAddress:
        """See `Flow.operation`; `complete` reads the address."""
        return ChangeAddress(draft.subject.order.id)

    def cost(self, verdict: Verdict) -> str:
        """See `Flow.cost`; the rule tells it."""
        return verdict.rule

    async def complete(
        self, operation: ChangeAddress, draft: Draft, turn: Turn, services: Services
    ) -> ChangeAddress:
        """The address as it was written, read anew each time and kept by nobody."""
        numbers, lacking = _read(draft.value(AddressStep.slot))
        texts = await _texts(numbers, turn, services) if numbers and not lacking else ()
        if not texts:
            return operation
        parts: AddressParts = merged(parse(text, asked=True) for text in texts)
        return replace(operation, address=updated(draft.subject.order.address, parts))


def _read(value: str) -> tuple[Sequence[int], Sequence[str]]:
    """The numbers of the messages, and what their address lacks."""
    numbers, _, lacking = value.partition(";")
    return (
        [int(number) for number in numbers.split(",") if number],
        [part for part in lacking.split(",") if part],
    )


async def _texts(numbers: Sequence[int], turn: Turn, services: Services) -> Sequence[str]:
    return await services.originals.words(turn.key, numbers) if turn.key and numbers else ()
