"""A return, step by step: which line, why, the summary, the yes, and what to do then."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from actions.base import Skill
from actions.cards import line_label, plain, return_address
from actions.flows.reading import BETWEEN, RESUMED, after_a_question
from actions.formatting import day, day_and_time, money
from actions.lookup import (
    RECEIVED,
    UNDER_WAY,
    UNSHIPPED,
    Found,
    Nothing,
    find_order,
    lines_meant,
    without_foreign,
)
from actions.orders import OrderSkill
from actions.parts import Parts, parts_of, questions
from actions.reply import Reply, payload
from actions.return_flow import MAY_IT, NOT_ASKED, Heard, Meaning, read, reason_in
from actions.sorry import offer_compensation
from actions.turn import Entity, Turn
from conversations.messages import Card, Choice
from shop.errors import NotAllowed, ShopUnavailable
from shop.types import Eligibility, Order, OrderLine, Return, ReturnReason

_WHO_PAYS = re.compile(r"(?:运费|邮费|快递费)(?!险)|谁出|包邮")
_OUR_MISHAPS = frozenset({ReturnReason.DAMAGED, ReturnReason.WRONG_ITEM})
_LINES_OFFERED = 5
_LINES_CHECKED = 12
_ATTEMPTS_TO_OFFER = 2
_ATTEMPTS_TO_HAND_OVER = 3
# How a message that moves nothing has the open question put again.
_NOTES = {
    Heard.REFUSE: "refused",
    Heard.LATER: "later",
    Heard.RESUME: "resume",
    Heard.ACKNOWLEDGED: "direct",
}
_WORDINGS = {
    "resume": "resume",
    "reword": "reword",
    "line_first": "line_first",
    "direct": "direct",
    BETWEEN: "resume",
}
_REASONS = (
    ReturnReason.NO_LONGER_WANTED,
    ReturnReason.WRONG_SIZE,
    ReturnReason.QUALITY,
    ReturnReason.DAMAGED,
    ReturnReason.WRONG_ITEM,
    ReturnReason.NOT_AS_DESCRIBED,
)


@dataclass(frozen=True)
class Piece:
    """One line that might come back."""

    order: Order
    line: OrderLine

    @property
    def id(self) -> str:
        """The slot's value."""
        return f"{self.order.id}/{self.line.id}"

    @property
    def label(self) -> str:
        """What it is and how many of it."""
        return line_label(self.line)


class ReturnSkill(OrderSkill):
    """What the steps of a return have in common."""

    prefer = (RECEIVED, UNDER_WAY, UNSHIPPED)

    async def piece(self, customer_id: str, turn: Turn) -> Piece | None:
        """The line this return is about, None while it is open."""
        order_id, _, line_id = turn.slot("return_line").partition("/")
        if not line_id:
            return None
        order = await self.services.shop.orders.order(customer_id, order_id)
        lines = order.lines if order else ()
        line = next((line for line in lines if line.id == line_id), None)
        return Piece(order, line) if order and line else None

    async def eligibility(
        self, customer_id: str, piece: Piece, reason: ReturnReason | None
    ) -> Eligibility:
        """The shop's rule for that line and reason."""
        return await self.services.shop.after_sales.eligibility(
            customer_id, piece.order.id, piece.line.id, reason
        )

    async def allowed(self, customer_id: str, pieces: Sequence[Piece]) -> list[Piece]:
        """Those that may come back for some reason."""
        found = []
        for piece in pieces:
            rule = await self.eligibility(customer_id, piece, None)
            if rule.allowed or rule.other_reasons:
                found.append(piece)
        return found

    async def returnable(self, customer_id: str) -> list[Piece]:
        """The customer's lines that may come back for some reason, newest first."""
        orders = await self.services.shop.orders.recent(customer_id)
        pieces = [Piece(order, line) for order in orders for line in order.lines]
        return await self.allowed(customer_id, pieces[:_LINES_CHECKED])

    def refuse(
        self,
        piece: Piece,
        reason: ReturnReason | None,
        rule: Eligibility,
        turn: Turn,
        reply: Reply,
    ) -> None:
        """The rule in the shop's words, and what else can be done; 为什么不行 asks of it again."""
        details = {"order_line": piece.id, "reason": reason.value if reason else ""}
        refused = tuple(Entity(name, value) for name, value in details.items() if value)
        about = replace(turn.as_intent("return_policy"), text="", entities=refused, knowledge=())
        reply.talk_of("action_return_policy", about)
        alternatives = "；".join(rule.alternatives)
        if alternatives:
            reply.say("not_returnable", [self.human()], rule=rule.rule, alternatives=alternatives)
        else:
            reply.say("not_returnable_plain", [self.human()], rule=rule.rule)

    async def pieces_named(
        self, customer_id: str, turn: Turn, *, guess: bool = False
    ) -> list[Piece] | None:
        """The lines a message names; None when it names none at all.

        With `guess` those in talk count as named when they may come back.
        """
        outcome = await find_order(
            self.services.shop, customer_id, turn, now=self.services.clock(), prefer=()
        )
        if isinstance(outcome, Nothing):
            return [] if outcome.said else None
        pieces = [Piece(order, line) for order, line in lines_meant(outcome)]
        if isinstance(outcome, Found) and outcome.guessed:
            return (await self.allowed(customer_id, pieces) if guess else []) or None
        return pieces

    def without_the_shop(self, turn: Turn) -> Reply:
        """See `Skill.without_the_shop`; an open form waits."""
        if not (self.inside_form and turn.form):
            return super().without_the_shop(turn)
        return self._form_waits("return_request", self.label("flow.return"), turn)


class ReturnStartAction(ReturnSkill):
    """Finds out what can be asked, then starts the form; what cannot come back is said at once."""

    action = "action_return_start"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Every way into a return comes through here."""
        if turn.form and turn.first("flow_switch"):
            reply.end_form("switched")
        elif turn.form:
            await self.house.answer("action_answer", turn.as_intent("return_steps"), reply)
            return
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            reply.say("unidentified", [self.human()])
            return
        if reply.takes_up:  # two wishes in one message
            reply.say("flow_next", wanted=self.label("flow.return"))
            return
        reason = reason_in(turn.text, turn.entities)
        named = await self.pieces_named(customer_id, turn, guess=True)
        pieces = await self.returnable(customer_id) if named is None else named
        if named == []:
            reply.say("no_such_line")
            pieces = await self.returnable(customer_id)
        if not pieces:
            await self._nothing_returnable(customer_id, turn, reply)
            return
        if len(pieces) > 1 and named:
            pieces = await self.allowed(customer_id, pieces) or pieces[:1]
        known = len(pieces) == 1 and named != []
        line = pieces[0].id if known else None
        if known:
            rule = await self.eligibility(customer_id, pieces[0], reason)
            if pieces[0].line.returned:
                about = turn.as_intent("after_sales_status")
                await self.house.answer("action_after_sales", about, reply)
                return
            if not rule.allowed and not rule.other_reasons:
                self.refuse(pieces[0], reason, rule, turn, reply)
                return
            reply.remember(current_order=pieces[0].order.id)
            if not rule.allowed:
                reason = None
        reply.keep(
            return_flow=self.services.new_id(),
            return_line=line,
            return_reason=reason.value if reason else None,
            return_confirmed=None,
            return_attempts=0,
            return_note="",
            return_outcome=None,
        )
        reply.then("return_form")

    async def _nothing_returnable(self, customer_id: str, turn: Turn, reply: Reply) -> None:
        """What comes back already is shown; what has not been sent is cancelled instead.

        Who has bought nothing asks for the rules.
        """
        if await self.services.shop.after_sales.returns(customer_id):
            about = turn.as_intent("after_sales_status")
            await self.house.answer("action_after_sales", about, reply)
            return
        orders = await self.services.shop.orders.recent(customer_id)
        waiting = [order for order in orders if order.state in UNSHIPPED]
        if not orders:
            reply.say("nothing_to_return_yet")
            await self.house.answer("action_answer", turn.as_intent("return_policy"), reply)
        elif len(waiting) == 1:
            of_it = (Entity("order_number", waiting[0].id),)
            cancel = replace(turn.as_intent("cancel_order"), text="", entities=of_it)
            await self.house.answer("action_cancel_order", cancel, reply)
        else:
            reply.say("nothing_returnable", [self.human()])


class ReturnPolicyAction(ReturnSkill):
    """May it come back: for a line that is named or talked about exactly, else the shop's rule."""

    action = "action_return_policy"
    again = "intent"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Who pays the shipping is a rule of its own, exact for the return being arranged."""
        customer_id = await self.customer_id(turn)
        arranged = turn.form or turn.slot("return_outcome") == "opened"
        if arranged and customer_id and _WHO_PAYS.search(turn.text):
            piece = await self.piece(customer_id, turn)
            if piece is not None:
                await self._who_pays(customer_id, piece, turn, reply)
                return
        refused = turn.topic
        again = refused is not None and refused.of("order_line") and not turn.names_thing
        if refused is not None and again and MAY_IT.search(turn.text):
            turn = turn.resumed(refused)  # 能退吗, of what has just been refused
        named = None
        if customer_id is not None and _of_one(turn):
            with suppress(ShopUnavailable):  # the rules hold without her orders
                named = await self._asked_about(customer_id, turn)
        if customer_id is None or named is None or len(named) != 1:
            await self.house.answer("action_answer", turn, reply)
            return
        reply.remember(current_order=named[0].order.id, current_product=named[0].line.product_id)
        reason = reason_in(turn.text, turn.entities)
        if reason is None and turn.form and named[0].id == turn.slot("return_line"):
            reason = _reason(turn.slot("return_reason"))
        rule = await self.eligibility(customer_id, named[0], reason)
        if not rule.allowed:
            self.refuse(named[0], reason, rule, turn, reply)
            return
        label = named[0].label
        if turn.form:
            reply.say("may_return", label=label, rule=rule.rule)
            return
        details = {"order_line": named[0].id, "reason": reason.value if reason else ""}
        back = Choice(self.label("choice.return"), payload("return_request", **details))
        reply.say("may_return", [back], label=label, rule=rule.rule)
        entities = [Entity(name, value) for name, value in details.items() if value]
        reply.await_yes("action_return_start", turn.as_intent("return_request"), *entities)

    async def _asked_about(self, customer_id: str, turn: Turn) -> list[Piece] | None:
        """The lines that are named; while one is being returned, that one when none is."""
        named = await self.pieces_named(customer_id, turn)
        if named is None and turn.form:
            piece = await self.piece(customer_id, turn)
            named = [piece] if piece is not None else None
        return named or await self.pieces_named(customer_id, turn, guess=True)

    async def _who_pays(self, customer_id: str, piece: Piece, turn: Turn, reply: Reply) -> None:
        reason = _reason(turn.slot("return_reason"))
        rule = await self.eligibility(customer_id, piece, reason or ReturnReason.NO_LONGER_WANTED)
        if not rule.allowed and rule.other_reasons:
            rule = await self.eligibility(customer_id, piece, rule.other_reasons[0])
            payer = self.label(f"payer.{rule.shipping_paid_by}")
            reply.say("payer_of_faults", label=piece.label, payer=payer)
            return
        payer = self.label(f"payer.{rule.shipping_paid_by}")
        if reason is None:
            reply.say("payer_by_reason", payer=payer)
        else:
            why = self.label(f"reason.{reason.value}")
            reply.say("payer_known", label=piece.label, reason=why, payer=payer)


class ValidateReturnForm(ReturnSkill):
    """Reads each message that comes while the form is open."""

    action = "validate_return_form"

    def without_the_shop(self, turn: Turn) -> Reply:
        """Nothing was heard; the question that follows says why."""
        reply = self._reply(turn)
        reply.keep(return_note=turn.slot("return_note") or "resume")
        return reply

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Keeping no slot at all tells Rasa that the message was about something else."""
        if not turn.asked:
            reply.keep(return_attempts=0)  # the start has read this message
            return
        if turn.answered:
            reply.keep(return_note=after_a_question(turn, turn.slot("return_note")))
            return
        customer_id = await self.customer_id(turn)
        if customer_id is None:
            reply.say("unidentified", [self.human()])
            reply.end_form("failed")
            return
        turn = await self._linked(await without_foreign(self.services.shop, turn))
        parts = parts_of(turn)
        named = None
        if turn.asked == "return_line" and not turn.clicked:
            said = parts.told if parts.told.text.strip() or parts.chosen else turn
            named = await self.pieces_named(customer_id, said)
        meaning = read(parts, turn, names_line=bool(named))
        if meaning.heard is Heard.ELSEWHERE:
            return
        await self._take(customer_id, parts, meaning, reply)
        await self._answer_besides(meaning, turn, reply)

    async def _take(self, customer_id: str, parts: Parts, meaning: Meaning, reply: Reply) -> None:
        """What the message does to the return."""
        turn, heard = parts.told, meaning.heard
        if heard is Heard.CANCEL:
            reply.say("return_cancelled")
            reply.end_form("cancelled")
        elif heard is Heard.EXCHANGE:
            await self._exchange(turn, reply)
        elif heard is Heard.CONFIRM and turn.slot("return_note") == RESUMED and not turn.clicked:
            reply.keep(return_note="resume")  # 好 after hours is no yes to what was shown then
        elif heard is Heard.CONFIRM:
            reply.keep(return_confirmed="yes")
        elif heard is Heard.CHANGE_REASON:
            reply.keep(return_reason=None, return_confirmed=None, return_note="")
        elif heard is Heard.CHANGE_LINE:
            await self._other_line(customer_id, turn, reply)
        elif heard is Heard.ALL:
            reply.say("one_return_at_a_time")
            reply.keep(return_note="")
        elif heard in _NOTES:
            reply.keep(return_note=_NOTES[heard])
        else:
            if meaning.names_line and (parts.several or meaning.several):
                reply.say("one_return_at_a_time")
            await self._fill(customer_id, turn, meaning, reply)

    async def _answer_besides(self, meaning: Meaning, turn: Turn, reply: Reply) -> None:
        """What was asked in the same breath, with what the return is about by now."""
        ended = reply.remembers("return_outcome")
        now = replace(turn, slots={**turn.slots, **reply.slots}, form="" if ended else turn.form)
        needs = questions(
            meaning.asking, now, self.house.rules, never=NOT_ASKED, idle="return_policy"
        )
        for need in needs:
            await self.house.answer(need.action, need.turn, reply)
        if needs and not reply.slots.get("return_note"):
            reply.keep(return_note="resume")

    async def _exchange(self, turn: Turn, reply: Reply) -> None:
        """The exchange of the thing that was to come back, for the same reason."""
        reply.say("return_to_exchange")
        reply.end_form("exchanged")
        known = {"order_line": turn.slot("return_line"), "reason": turn.slot("return_reason")}
        given = {"order_line"} if turn.names_thing else set()
        kept = [Entity(name, value) for name, value in known.items() if value and name not in given]
        asked = replace(
            turn.without_denied().as_intent("exchange_request"),
            entities=(*turn.entities, *kept),
            form="",
        )
        await self.house.answer("action_exchange_request", asked, reply)
        reply.talk_of("action_exchange_request", asked)

    async def _linked(self, turn: Turn) -> Turn:
        """The turn, naming the product whose link was sent."""
        item = "" if turn.clicked else turn.first("item_id")
        product = await self.services.shop.catalogue.product(item) if item else None
        if product is None:
            return turn
        return replace(turn, entities=(*turn.entities, Entity("product", product.short_name)))

    async def _other_line(self, customer_id: str, turn: Turn, reply: Reply) -> None:
        others = [
            piece
            for piece in await self.returnable(customer_id)
            if piece.id != turn.slot("return_line")
        ]
        if len(others) == 1:
            reason = _reason(turn.slot("return_reason"))
            await self._settle(customer_id, others[0], reason, turn, reply)
        else:
            reply.keep(return_line=None, return_confirmed=None, return_note="", return_attempts=0)

    async def _fill(self, customer_id: str, turn: Turn, meaning: Meaning, reply: Reply) -> None:
        named = await self._named(customer_id, turn, meaning)
        line, narrowed = await self._line(customer_id, named, turn, meaning)
        reason = meaning.reason or _reason(turn.slot("return_reason"))
        if line is None and meaning.reason is None and not narrowed:
            if meaning.names_line and named == []:
                await self._not_theirs(customer_id, turn, reply)
            else:
                await self._nothing(turn, reply)
            return
        piece = line or await self.piece(customer_id, turn)
        if piece is None or narrowed:
            reply.keep(
                return_line=None,
                return_reason=reason.value if reason else None,
                return_confirmed=None,
                return_attempts=0,
                return_note="line_first" if reason else "",
            )
            return
        await self._settle(customer_id, piece, reason, turn, reply)

    async def _settle(
        self,
        customer_id: str,
        piece: Piece,
        reason: ReturnReason | None,
        turn: Turn,
        reply: Reply,
    ) -> None:
        """Take that line and reason as far as the rules allow them."""
        rule = await self.eligibility(customer_id, piece, reason)
        if not rule.allowed and not rule.other_reasons:
            if turn.slot("return_line") not in ("", piece.id):
                reply.say("other_not_returnable", label=piece.label, rule=rule.rule)
                reply.keep(return_attempts=0, return_note="resume")
                return
            self.refuse(piece, reason, rule, turn, reply)
            reply.end_form("not_allowed")
            return
        note = ""
        if not rule.allowed and reason is not None:
            reply.say("not_for_this_reason", rule=rule.rule)
            reason, note = None, "other_reason"
        reply.remember(current_order=piece.order.id)
        reply.keep(
            return_line=piece.id,
            return_reason=reason.value if reason else None,
            return_confirmed=None,
            return_attempts=0,
            return_note=note,
        )

    async def _named(self, customer_id: str, turn: Turn, meaning: Meaning) -> list[Piece] | None:
        """The lines the message names, None when it names none."""
        open_question = turn.asked == "return_line"
        if not meaning.names_line and (not open_question or meaning.reason is not None):
            return None
        return await self.pieces_named(customer_id, turn.without_denied())

    async def _line(
        self, customer_id: str, named: list[Piece] | None, turn: Turn, meaning: Meaning
    ) -> tuple[Piece | None, bool]:
        """The one meant of those named; and whether several are, so that we ask again."""
        if not named:
            return None, False
        if len(named) == 1:
            return named[0], False
        current = [piece for piece in named if piece.id == turn.slot("return_line")]
        if current:
            return current[0], False
        possible = await self.allowed(customer_id, named)
        if len(possible) == 1:
            return possible[0], False
        return None, bool(possible) and meaning.names_line

    async def _not_theirs(self, customer_id: str, turn: Turn, reply: Reply) -> None:
        """Something that the shopper never bought here, or that somebody else did."""
        piece = await self.piece(customer_id, turn)
        attempts = self._missed(turn, reply)
        if attempts >= _ATTEMPTS_TO_HAND_OVER:
            await self._stuck(turn, reply)
        elif piece is None:
            reply.say("no_such_line")
            reply.keep(return_note="")
        else:
            reply.say("no_such_line_in_return", label=piece.label)
            reply.keep(return_note="resume")

    async def _nothing(self, turn: Turn, reply: Reply) -> None:
        attempts = self._missed(turn, reply)
        reply.keep(return_note="reword")
        if attempts >= _ATTEMPTS_TO_HAND_OVER:
            await self._stuck(turn, reply)

    def _missed(self, turn: Turn, reply: Reply) -> int:
        attempts = int(turn.slots.get("return_attempts") or 0) + 1
        reply.keep(return_attempts=attempts)
        return attempts

    async def _stuck(self, turn: Turn, reply: Reply) -> None:
        await self.house.answer("action_handoff", turn.as_intent("return_stuck"), reply)


class AskLineAction(ReturnSkill):
    """Which of the things bought?"""

    action = "action_ask_return_form_return_line"
    inside_form = True

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Only lines that may come back are offered."""
        customer_id = await self.customer_id(turn)
        pieces = await self.returnable(customer_id) if customer_id else []
        choices = [
            Choice(
                title=f"{piece.label}（{self._ordered(piece.order)}）",
                payload=payload("return_request", order_line=piece.id),
            )
            for piece in pieces[:_LINES_OFFERED]
        ]
        reply.say(_wording("ask_return_line", turn), [*choices, *_help(self, turn)])


class AskReasonAction(ReturnSkill):
    """Why? The reason decides who pays the shipping."""

    action = "action_ask_return_form_return_reason"
    inside_form = True

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """When the rules leave only some reasons, only those are offered."""
        customer_id = await self.customer_id(turn)
        piece = await self.piece(customer_id, turn) if customer_id else None
        if customer_id is None or piece is None:
            return
        rule = await self.eligibility(customer_id, piece, None)
        reasons = [reason for reason in _REASONS if rule.allowed or reason in rule.other_reasons]
        choices = [
            Choice(
                title=self.label(f"reason.{reason.value}"),
                payload=payload("return_request", reason=reason.value),
            )
            for reason in reasons
        ]
        if turn.slot("return_note") == "other_reason" or (
            turn.slot("return_note") == "reword" and not rule.allowed
        ):
            reply.say("ask_return_other_reason", [*choices, self.human()], label=piece.label)
        elif not rule.allowed:
            later = turn.slot("return_note") == "later"
            short = "_resume" if turn.slot("return_note") in ("resume", BETWEEN) else ""
            reply.say(
                "ask_return_later" if later else f"ask_return_fault{short}",
                [*choices, self.human()],
                label=piece.label,
                rule=rule.rule,
            )
        else:
            sentence = _wording("ask_return_reason", turn)
            reply.say(sentence, [*choices, *_help(self, turn)], label=piece.label)


class AskConfirmAction(ReturnSkill):
    """The summary: what comes back, how much is refunded, who pays the shipping."""

    action = "action_ask_return_form_return_confirmed"
    inside_form = True

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """A button carries this return's id, so that an old one confirms nothing."""
        if turn.slot("return_note") == "refused":
            reply.say("ask_what_to_change", self._changes())
            return
        customer_id = await self.customer_id(turn)
        piece = await self.piece(customer_id, turn) if customer_id else None
        reason = _reason(turn.slot("return_reason"))
        if customer_id is None or piece is None or reason is None:
            return
        rule = await self.eligibility(customer_id, piece, reason)
        confirm = Choice(
            title=self.label("choice.confirm_return"),
            payload=payload("affirm", return_flow=turn.slot("return_flow")),
        )
        card = self._summary(piece, reason, rule, reply)
        reply.card(card, text=plain(card))
        reply.say(
            _wording("ask_return_confirm", turn),
            [confirm, *self._changes(), *_help(self, turn)],
            label=piece.label,
            refund=money(rule.refund),
        )

    def _summary(self, piece: Piece, reason: ReturnReason, rule: Eligibility, reply: Reply) -> Card:
        label = reply.phrases.label
        return Card(
            title=label("card.return_summary"),
            subtitle=piece.label,
            rows=(
                (label("card.order_number"), piece.order.id),
                (label("card.reason"), label(f"reason.{reason.value}")),
                (label("card.refund"), f"{money(rule.refund)}{label('card.same_way')}"),
                (label("card.shipping"), label(f"payer.{rule.shipping_paid_by}")),
            ),
            image=piece.line.image,
        )

    def _changes(self) -> list[Choice]:
        return [
            Choice(
                title=self.label(f"choice.return_{what}"),
                payload=payload("return_request", return_change=what),
            )
            for what in ("reason", "line", "cancel")
        ]


class ReturnCloseAction(ReturnSkill):
    """The form has ended: the return is opened after a yes, or what happened is said."""

    action = "action_return_close"
    inside_form = True

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Opens at most one return per `return_flow`, however often it runs."""
        outcome = turn.slot("return_outcome")
        if turn.slot("return_confirmed") != "yes" or outcome:
            self._forget(reply)
            return
        try:
            customer_id = await self.customer_id(turn)
            piece = await self.piece(customer_id, turn) if customer_id else None
            reason = _reason(turn.slot("return_reason"))
            if customer_id is None or piece is None or reason is None:
                reply.say("failed", [self.human()])
                self._forget(reply)
                return
            opened = await self.services.shop.after_sales.open_return(
                customer_id,
                piece.order.id,
                piece.line.id,
                reason,
                idempotency_key=f"{turn.sender}|{turn.slot('return_flow')}",
            )
        except NotAllowed as error:
            reply.say("not_returnable_plain", [self.human()], rule=str(error))
            self._forget(reply)
            return
        except ShopUnavailable:
            again = payload("affirm", return_flow=turn.slot("return_flow"))
            choices = [Choice(self.label("choice.try_again"), again), self.human()]
            reply.say("return_not_opened", choices)
            return
        self._tell(opened, piece, reply)
        reply.keep(return_outcome="opened")
        about = replace(turn.as_intent("after_sales_status"), text="", entities=(), knowledge=())
        reply.talk_of("action_after_sales", about)  # 寄到哪, 单号呢 ask of this return
        if opened.reason in _OUR_MISHAPS:
            await offer_compensation(self, customer_id, opened.order_id, turn, reply)

    def _tell(self, opened: Return, piece: Piece, reply: Reply) -> None:
        now, label = self.services.clock(), reply.phrases.label
        card = Card(
            title=label("card.return_opened"),
            subtitle=piece.label,
            rows=(
                (label("card.return_number"), opened.number),
                (label("card.refund"), f"{money(opened.refund)}{label('card.same_way')}"),
                (label("card.shipping"), label(f"payer.{opened.shipping_paid_by}")),
                (label("card.send_to"), return_address(opened)),
                (label("card.send_by"), day_and_time(opened.send_by, now)),
            ),
        )
        reply.card(card, text=plain(card))
        reply.say("return_opened", number=opened.number, send_by=day(opened.send_by, now))

    def _forget(self, reply: Reply) -> None:
        reply.keep(
            return_line=None, return_reason=None, return_confirmed=None, return_outcome="closed"
        )


def _of_one(turn: Turn) -> bool:
    """Whether one thing is asked about (能退吗, 那毛衣呢, a line refused before), not the rules."""
    named = turn.first("order_line") is not None or turn.only_details
    return named or MAY_IT.search(turn.text) is not None


def _wording(sentence: str, turn: Turn) -> str:
    """The question again, in other words, after a digression or a miss."""
    note = turn.slot("return_note")
    if note == "later":
        return "ask_return_later"
    return f"{sentence}_{_WORDINGS[note]}" if note in _WORDINGS else sentence


def _help(skill: Skill, turn: Turn) -> Sequence[Choice]:
    attempts = int(turn.slots.get("return_attempts") or 0)
    return [skill.human()] if attempts >= _ATTEMPTS_TO_OFFER else []


def _reason(value: str) -> ReturnReason | None:
    return ReturnReason(value) if value in {reason.value for reason in ReturnReason} else None
