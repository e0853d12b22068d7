"""Where a parcel is, who carries it, and what to do when something is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions.base import Skill
from actions.cards import parcel_card, plain, route_picture, timeline
from actions.context import UNSURE
from actions.formatting import day_and_time, hours, span
from actions.knowledge import answer_in_particular
from actions.lookup import (
    RECEIVED,
    UNDER_WAY,
    UNPAID,
    UNSHIPPED,
    Nothing,
)
from actions.orders import Ask, OrderSkill, offer_to_urge, say_when_it_ships
from actions.parts import questioning
from actions.reply import Reply, payload
from actions.sorry import offer_compensation
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop.detour import detour_of
from shop.operations.refund import RefundCause
from shop.operations.urge import ON_THE_WAY
from shop.pictures import ADDRESS
from shop.route_pictures import name_of
from shop.types import Eta, OrderLine, OrderState, Parcel, ParcelState

_PARCELS_SHOWN = 2
_WHOLE_WAY = re.compile(
    r"(?:详细|完整|全部|所有|每一?步).{0,4}(?:物流|轨迹|信息|记录|动态|进度|节点)|轨迹|路线|地图"
    r"|都?(?:经过|到过|走过)(?:了|的)?哪"
)
_NUMBER_ASKED = re.compile(
    r"(?:单号|快递号)(?:是?多少|是啥|是什么|呢|[发给报]|告诉|有[吗么没]|在哪[看找]|[?？]|$)"
    r"|(?:发|[给报][我下个一]|告诉|想?要)[^,，。]{0,6}(?:单号|快递号)"
)
_LEAVE = re.compile(
    r"(?:放|搁|留)(?:在|到|去)?(?:我?家?门口|驿站|物业|前台|快递柜|丰巢|门卫|保安|代收点|楼下)"
)
_LEFT = re.compile(r"放了|放在了|放的|乱放|被放|没打|没经|不打|私自|擅自|总|老是|又")
_SEND = re.compile(r"寄(?!出|来|的)")  # said by someone who sends a return
# It came spoiled, by rain or on the way; 怕淋湿 and 会淋湿吗 tell of nothing that has happened.
_SPOILED = re.compile(
    r"(?<![怕别会防能])(?:被|让|给|都|全|雨|水|已经)*(?:淋湿|淋透|淋雨|湿透|打湿|浸湿|弄湿|泡水|泡湿|泡烂|泡坏|全湿|湿了|受潮"
    r"|压[坏扁烂碎]|砸[坏烂碎]|摔[坏烂碎])"
)
_TROUBLE = frozenset({ParcelState.EXCEPTION, ParcelState.REJECTED, ParcelState.NO_TRACE})


class TrackAction(OrderSkill):
    """One card per parcel and what it means; urging a parcel says what can be done."""

    action = "action_track_logistics"
    again = "intent"
    prefer = (UNDER_WAY, UNSHIPPED, RECEIVED, UNPAID)

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Never says signed without a trace node that says so."""
        ask = await self.find(turn, reply)
        if ask is None:
            return
        parcels = await self._parcels(ask, turn)
        if not parcels:
            await self._no_parcel(ask, turn, reply)
            return
        shown = parcels[-_PARCELS_SHOWN:]
        if _WHOLE_WAY.search(turn.text) and any(parcel.trace for parcel in shown):
            await self._tell_the_way(shown, reply)
            return
        fresh = False
        for parcel in shown:
            eta = await self.services.shop.logistics.eta(parcel)
            lines = lines_in(ask, parcel)
            now = self.services.clock()
            route = self._route(parcel, eta, reply)
            card = parcel_card(parcel, lines, eta, reply.phrases, now, picture=route)
            fresh = not reply.shows(plain(card))
            reply.card(card, text=plain(card))
        if not fresh and _NUMBER_ASKED.search(turn.text):
            for parcel in shown:
                goods = Ask(ask.customer_id, replace(ask.order, lines=lines_in(ask, parcel)), None)
                values = {"carrier": parcel.carrier, "waybill": parcel.waybill}
                reply.say("carrier", label=goods.label, **values)
            return
        only_one = fresh and len(shown) == 1
        self._explain(ask, shown[-1], eta, turn, reply, under_card=only_one)
        if eta.stuck_hours is not None and not shown[-1].signed:
            await offer_compensation(self, ask.customer_id, ask.order.id, turn, reply)

    async def _tell_the_way(self, parcels: Sequence[Parcel], reply: Reply) -> None:
        """Every step, and the route as a picture."""
        for parcel in parcels:
            eta = await self.services.shop.logistics.eta(parcel)
            if route := self._route(parcel, eta, reply):
                reply.image(route)
            reply.text(timeline(parcel, reply.phrases, self.services.clock()))

    def _route(self, parcel: Parcel, eta: Eta, reply: Reply) -> str:
        """Where the picture of the parcel's way is; empty where none can be drawn."""
        picture = route_picture(parcel, eta, reply.phrases, self.services.clock())
        secret = self.services.picture_secret
        return ADDRESS + name_of(picture, secret) if picture and secret else ""

    async def _parcels(self, ask: Ask, turn: Turn) -> Sequence[Parcel]:
        parcels = await self.services.shop.logistics.parcels(ask.customer_id, ask.order.id)
        waybill = turn.first("waybill")
        if turn.intent == "ask_delivery_time" and not waybill:
            return [parcel for parcel in parcels if not parcel.signed] or parcels
        for chosen in (
            [parcel for parcel in parcels if waybill and parcel.waybill == waybill.upper()],
            [parcel for parcel in parcels if ask.line and parcel.id == ask.line.parcel_id],
        ):
            if chosen:
                return chosen
        return parcels

    async def _no_parcel(self, ask: Ask, turn: Turn, reply: Reply) -> None:
        state = ask.order.state
        if state is OrderState.PAID:
            await say_when_it_ships(ask, self, turn, reply)
        elif state in (OrderState.AWAITING_PAYMENT, OrderState.CLOSED):
            reply.say(f"order_{state.value}", label=ask.label)
        else:
            reply.say("no_parcel_data", [self.human()], label=ask.label)

    def _explain(
        self, ask: Ask, parcel: Parcel, eta: Eta, turn: Turn, reply: Reply, *, under_card: bool
    ) -> None:
        """What to do about it; right under its only card nothing that the card says already."""
        now = self.services.clock()
        under = "_under_card" if under_card else ""
        goods = Ask(ask.customer_id, replace(ask.order, lines=lines_in(ask, parcel)), ask.line)
        values = {"carrier": parcel.carrier, "label": goods.label, "eta": self._eta(eta)}
        if parcel.contested:
            choices = [look_for(self, ask, turn, reply, missed=True), self.human()]
            reply.say("parcel_contested", choices, **values)
        elif parcel.signed_at is not None:
            missing = payload("logistics_complaint", order_number=ask.order.id)
            choices = [Choice(self.label("choice.not_received"), missing)]
            at = day_and_time(parcel.signed_at, now)
            reply.say(f"parcel_signed{under}", choices, at=at, **values)
        elif eta.stuck_hours is not None:
            choices = [look_for(self, ask, turn, reply), self.human()]
            reply.say("parcel_stuck", choices, hours=hours(eta.stuck_hours), **values)
        elif detour := detour_of(parcel):
            choices = [offer_to_urge(ask, self, turn, reply), self.human()]
            place, to = detour.city, parcel.destination_city
            if detour.back:
                reply.say("parcel_went_back", choices, city=place, to=to, **values)
            else:
                reply.say("parcel_went_astray", choices, city=place, to=to, **values)
        elif turn.intent == "urge_delivery" and parcel.state in ON_THE_WAY:
            choices = [offer_to_urge(ask, self, turn, reply), self.human()]
            reply.say(f"urge_parcel{under}", choices, **values)
        elif parcel.state in (ParcelState.IN_TRANSIT, ParcelState.COLLECTED) and eta.earliest:
            if not under_card:
                reply.say("parcel_in_transit", **values)
        else:
            choices = [self.human()] if parcel.state in _TROUBLE else []
            reply.say(f"parcel_{parcel.state.value}{under}", choices, **values)

    def _eta(self, eta: Eta) -> str:
        if eta.earliest is None or eta.latest is None:
            return self.label("eta.unknown")
        return self.label("eta.known").format(
            span=span(eta.earliest, eta.latest, self.services.clock())
        )


class CarrierAction(OrderSkill):
    """Which carrier: of an open order exactly, otherwise the shop's rule.

    Who asks for another one (能发顺丰吗) knows by which it comes, or will.
    """

    action = "action_ask_carrier"
    prefer = (UNDER_WAY,)

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Before buying or before shipping there is no waybill to name."""
        if _SEND.search(turn.text) and (turn.form or turn.slot("return_outcome") == "opened"):
            await self.house.answer("action_answer", turn.as_intent("return_steps"), reply)
            return
        if turn.confidence >= UNSURE and await answer_in_particular(self, turn, reply):
            return
        customer_id = await self.customer_id(turn)
        outcome = await self.outcome(customer_id, turn) if customer_id else None
        if outcome is None or isinstance(outcome, Nothing):
            await self.house.answer("action_answer", turn, reply)
            return
        ask = await self.find(turn, reply)
        if ask is None:
            return
        parcels = await self.services.shop.logistics.parcels(ask.customer_id, ask.order.id)
        if not parcels:
            await self.house.answer("action_answer", turn, reply)
            return
        parcel = parcels[-1]
        track = payload("track_logistics", order_number=ask.order.id)
        reply.say(
            "carrier",
            [Choice(self.label("choice.track"), track)],
            label=ask.label,
            carrier=parcel.carrier,
            waybill=parcel.waybill,
        )


class LogisticsComplaintAction(OrderSkill):
    """Signed but not received, lost, broken on the way: what the trace says, then a person.

    Whether a parcel is truly lost, and what is paid for it, is decided by people.
    """

    action = "action_logistics_complaint"
    prefer = (UNDER_WAY, RECEIVED)

    def preferred(self, turn: Turn) -> Sequence[frozenset[OrderState]]:
        """See `OrderSkill.preferred`; what came spoiled has come."""
        return (RECEIVED, UNDER_WAY) if _came_damaged(turn) else self.prefer

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The record first, so that both sides speak of the same parcel."""
        ask = await self.find(turn, reply)
        if ask is None:
            return
        parcels = await self.services.shop.logistics.parcels(ask.customer_id, ask.order.id)
        damaged = _came_damaged(turn)
        if not parcels or damaged:
            line = ask.line or ask.order.lines[0]
            back = payload(
                "return_request", order_line=f"{ask.order.id}/{line.id}", reason="damaged"
            )
            choices = []
            if damaged:
                of_it = {"order_line": f"{ask.order.id}/{line.id}", "reason": "damaged"}
                others = payload("quality_complaint", **of_it)
                choices = [
                    Choice(self.label("choice.return"), back),
                    Choice(self.label("choice.other_ways"), others),
                ]
            reply.say("parcel_damaged" if damaged else "courier", [*choices, self.human()])
            reply.await_yes("action_handoff", turn)
            return
        parcel = parcels[-1]
        now = self.services.clock()
        if parcel.signed_at is not None:
            at = day_and_time(parcel.signed_at, now)
            place = parcel.newest.text if parcel.newest else ""
            choices = [look_for(self, ask, turn, reply, missed=True), self.human()]
            reply.say("signed_not_received", choices, at=at, node=place, label=ask.label)
            return
        if _LEAVE.search(turn.text) and not _LEFT.search(turn.text):
            reply.say("leave_parcel", [self.human()], carrier=parcel.carrier)
            reply.await_yes("action_handoff", turn)
            return
        eta = await self.services.shop.logistics.eta(parcel)
        card = parcel_card(parcel, lines_in(ask, parcel), eta, reply.phrases, now)
        reply.card(card, text=plain(card))
        if eta.stuck_hours is not None:
            choices = [look_for(self, ask, turn, reply), self.human()]
        else:
            choices = [self.human()]
            reply.await_yes("action_handoff", turn)
        reply.say("complaint_under_way", choices, carrier=parcel.carrier)


def _came_damaged(turn: Turn) -> bool:
    told = _SPOILED.search(turn.text) is not None and not questioning(turn.text)
    return told or turn.first("reason") in ("damaged", "quality")


def look_for(skill: Skill, ask: Ask, turn: Turn, reply: Reply, *, missed: bool = False) -> Choice:
    """The offer, also by a yes, to have it looked for and paid back when it is not found.

    `missed`: it counts as signed for.
    """
    told = {"order_number": ask.order.id}
    if missed:
        told["flow_situation"] = RefundCause.NOT_RECEIVED.value
    wish = replace(turn.as_intent("refund_request"), text="", entities=(), knowledge=())
    of_it = [Entity(name, value) for name, value in told.items()]
    reply.await_yes("action_refund_request", wish, *of_it)
    return Choice(skill.label("choice.look_for"), payload("refund_request", **told))


def lines_in(ask: Ask, parcel: Parcel) -> tuple[OrderLine, ...]:
    """The lines that travel in that parcel; all when the shop does not say."""
    lines = tuple(line for line in ask.order.lines if line.parcel_id == parcel.id)
    return lines or ask.order.lines
