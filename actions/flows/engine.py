"""The actions behind Rasa's forms, one set for all flows (`actions.flows.flow.Flow`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from actions.base import House, Skill
from actions.cards import line_label, plain
from actions.flows.flow import UNNEEDED, Draft, Flow, Step, Subject, Told
from actions.flows.reading import (
    BETWEEN,
    CONFIRM_SLOT,
    DIRECT,
    RESUMED,
    Heard,
    after_a_question,
    asks_cost,
    bare_words,
    names_thing,
    of_another,
    read,
    wish_instead,
)
from actions.formatting import day_and_time, money
from actions.knowledge import answer_from_knowledge
from actions.lookup import Found, Several, find_order
from actions.orders import Ask, OrderSkill
from actions.parts import Parts, parts_of, questions
from actions.reply import Reply, payload
from actions.sorry import offer_compensation
from actions.turn import FALLBACK_INTENT, Entity, Turn
from conversations.messages import Card, Choice
from shop.errors import NotAllowed, ShopUnavailable, UnknownOrder
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict

AnyFlow = Flow[Any]

_ATTEMPTS_TO_OFFER = 2
_ATTEMPTS_TO_HAND_OVER = 3
_NOTES = {
    Heard.LATER: "later",
    Heard.RESUME: "resume",
    Heard.ACKNOWLEDGED: DIRECT,
    Heard.REFUSE: "refused",
}
_AGAIN = frozenset({"resume", "reword", "problem", BETWEEN})
_AGREEING = frozenset({Heard.CONFIRM, Heard.ACKNOWLEDGED, Heard.RESUME})
_OF_GOODS = frozenset({"product_attribute", "product_compare", "usage_help"})
_UNASKED = frozenset({"affirm", "deny", "thanks", "greet", "goodbye"})


class FlowSkill(OrderSkill):
    """A skill that knows the flows by name."""

    def __init__(self, *, house: House, flows: Mapping[str, AnyFlow]) -> None:
        super().__init__(house=house)
        self.flows = flows

    def name_of(self, subject: Subject) -> str:
        """What it is about, as people say it."""
        return Ask(subject.customer_id, subject.order, subject.line).label

    async def draft_of(self, flow: AnyFlow, turn: Turn) -> Draft | None:
        """What the slots hold; None when the order cannot be found any more."""
        customer_id = await self.customer_id(turn)
        order_id, _, line_id = turn.slot("flow_thing").partition("/")
        if customer_id is None or not order_id:
            return None
        order = await self.services.shop.orders.order(customer_id, order_id)
        if order is None:
            return None
        line = next((line for line in order.lines if line.id == line_id), None)
        told = {step.slot: turn.slot(step.slot) for step in flow.steps}
        subject = Subject(customer_id, order, line)
        return Draft(subject, {slot: value for slot, value in told.items() if value})

    async def verdict(self, flow: AnyFlow, draft: Draft, turn: Turn) -> Verdict:
        """What the shop's rules say of the draft."""
        operation = await self.operation(flow, draft, turn)
        return await self.services.shop.operations.check(draft.subject.customer_id, operation)

    async def operation(self, flow: AnyFlow, draft: Draft, turn: Turn) -> Operation:
        """What is asked of the shop, with what the slots must not hold."""
        asked: Operation = await flow.complete(flow.operation(draft), draft, turn, self.services)
        return asked

    async def refuse(
        self, flow: AnyFlow, draft: Draft, verdict: Verdict, turn: Turn, reply: Reply
    ) -> None:
        """The rule in the shop's words, and what can be done instead; a yes takes the first way."""
        details = {"order_number": draft.subject.order.id}
        if draft.subject.line is not None:
            details = {"order_line": draft.subject.id}
        ways = [
            Choice(self.label(f"way.{intent}"), payload(intent, **details))
            for intent in verdict.ways
        ]
        ways = [*await flow.openings(draft, verdict, self.services), *ways]
        if verdict.alternatives:
            others = "；".join(verdict.alternatives)
            reply.say("flow_refused_but", [*ways, self.human()], rule=verdict.rule, others=others)
        else:
            reply.say("flow_refused", [*ways, self.human()], rule=verdict.rule)
        if verdict.ways:
            way = verdict.ways[0]
            of_it = [Entity(name, value) for name, value in details.items()]
            reply.await_yes(self.house.rules[way], turn.as_intent(way), *of_it)

    def say_waited(self, flow: AnyFlow, turn: Turn, reply: Reply) -> None:
        """After hours: what it was that is not finished."""
        if turn.slot("flow_note") == RESUMED:
            reply.say("flow_resumed", what=self.label(f"flow.{flow.name}"))
            reply.keep(flow_note="")

    async def turned(self, flow: AnyFlow, draft: Draft, turn: Turn, reply: Reply) -> bool:
        """Whether the answers have led to another flow, which takes over."""
        other = flow.leads_to(draft, turn)
        if other is None:
            return False
        if turn.form:
            reply.end_form("turned")
        told = tuple(Entity(name, value) for name, value in other.details.items() if value)
        entities = (*_entities_of(draft.subject), *told)
        turn = replace(turn.as_intent(other.intent), text=other.words, entities=entities)
        turn = replace(turn, form="", asked="", clicked=not other.typed)
        await self.house.answer(self.house.rules[other.intent], turn, reply)
        return True

    def without_the_shop(self, turn: Turn) -> Reply:
        """See `Skill.without_the_shop`; an open form waits."""
        if not (self.inside_form and turn.form):
            return super().without_the_shop(turn)
        flow = self.flows[turn.slot("flow_name")]
        return self._form_waits(flow.intent, self.label(f"flow.{flow.name}"), turn)


class FlowStart(FlowSkill):
    """Every way into a flow: finds out what is meant, takes what is told already, asks the rest."""

    def __init__(self, *, house: House, flows: Mapping[str, AnyFlow], flow: AnyFlow) -> None:
        super().__init__(house=house, flows=flows)
        self.flow = flow
        self.action = f"action_{flow.name}"
        self.prefer = flow.prefer
        self.of_orders = not flow.questions

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """What cannot be done is said at once, with what can; what is only asked is answered."""
        flow = self.flow
        pending = turn.pending
        if turn.clicked and turn.text and pending is not None and pending.action == self.action:
            turn = replace(turn, clicked=False)  # which order was clicked, the wish was typed
        cost_asked = not (turn.clicked or turn.form) and asks_cost(turn, flow.starting)
        if cost_asked and await answer_from_knowledge(self, turn, reply):
            return
        if flow.questions and not await self._wanted(turn):
            await self.house.answer(flow.questions, turn, reply)
            return
        if turn.first("flow_change"):
            reply.say("stale_button")  # under a summary of a form that has ended
            return
        if await self._passed_on(turn, None, reply):
            return
        if reply.takes_up:  # two wishes in one message
            reply.say("flow_next", wanted=self.label(f"flow.{flow.name}"))
            return
        if turn.form and not turn.first("flow_switch"):
            await self._besides_a_form(turn, reply)
            return
        subject = await self._subject(turn, reply)
        if subject is None or await self._passed_on(turn, subject, reply):
            return
        draft, problem = await self._first_draft(subject, turn)
        if await self.turned(flow, draft, turn, reply):
            return
        verdict = await self.verdict(flow, draft, turn)
        if not verdict.allowed:
            await self.refuse(flow, draft, verdict, turn, reply)
            return
        if turn.form:
            reply.end_form("switched")
        reply.keep(
            flow_name=flow.name,
            flow_id=self.services.new_id(),
            flow_thing=subject.id,
            flow_attempts=0,
            flow_note="",
            flow_outcome=None,
            **{CONFIRM_SLOT: None},
            **{step.slot: draft.value(step.slot) or None for step in flow.steps},
        )
        if problem is not None:
            reply.say(problem.problem, problem.choices, **problem.words)
        reply.then(flow.form)

    async def _passed_on(self, turn: Turn, subject: Subject | None, reply: Reply) -> bool:
        """Whether another action answers it."""
        other = await self.flow.instead(turn, subject, self.services)
        if other is None:
            return False
        await self.house.answer(other.action, other.turn, reply)
        return True

    async def _subject(self, turn: Turn, reply: Reply) -> Subject | None:
        """What it is about; None when the reply already asks or explains."""
        customer_id = await self.customer_id(turn)
        if customer_id is not None:
            known = await self.flow.known(turn, customer_id, self.services)
            if known is not None:
                reply.remember(current_order=known.order.id)
                return known
        ask = await self.find(self.flow.of_order(turn), reply)
        if ask is None:
            if reply.awaits_detail(self.action):
                reply.await_detail(self.action, turn)  # with all that was told of the wish
            return None
        found = Subject(ask.customer_id, ask.order, ask.line)
        return await self.flow.meant(found, turn, self.services)

    async def _wanted(self, turn: Turn) -> bool:
        """Inside its own form, only a question comes here; nobody's orders are for strangers."""
        customer_id = await self.customer_id(turn)
        if turn.form == self.flow.form or customer_id is None:
            return False
        return await self.flow.wanted(turn, customer_id, self.services)

    async def _first_draft(self, subject: Subject, turn: Turn) -> tuple[Draft, Told | None]:
        """What is told already, and what keeps something told from being an answer."""
        draft, problem = Draft(subject), None
        for step in self.flow.steps:
            told = await step.hear(turn, draft, self.services)
            if told is None:
                continue
            if told.value:
                draft = Draft(subject, {**draft.values, step.slot: told.value})
            elif problem is None:
                problem = told
        return self.flow.following(Draft(subject), draft), problem

    async def _besides_a_form(self, turn: Turn, reply: Reply) -> None:
        """A question about what is just being done, or another flow while one is open."""
        if turn.form != self.flow.form:
            self._one_at_a_time(turn, reply)
        elif not await answer_from_knowledge(self, turn, reply):
            reply.keep(flow_note="reword")

    def _one_at_a_time(self, turn: Turn, reply: Reply) -> None:
        """Another flow is open: finish it, or leave it for this one."""
        wanted = self.label(f"flow.{self.flow.name}")
        details = {
            e.name: e.value for e in turn.entities if e.name in ("order_number", "order_line")
        }
        switch = payload(turn.intent, flow_switch="yes", **details)
        reply.keep(flow_note=BETWEEN)
        reply.say(
            "one_flow_at_a_time",
            [Choice(self.label("choice.flow_switch").format(wanted=wanted), switch)],
            wanted=wanted,
        )


class ValidateFlow(FlowSkill):
    """Reads each message that comes while the form of a flow is open."""

    def __init__(self, *, house: House, flows: Mapping[str, AnyFlow], flow: AnyFlow) -> None:
        super().__init__(house=house, flows=flows)
        self.flow = flow
        self.action = f"validate_{flow.form}"

    def without_the_shop(self, turn: Turn) -> Reply:
        """Nothing was heard; the question that follows says why."""
        reply = self._reply(turn)
        reply.keep(flow_note=turn.slot("flow_note") or "resume")
        return reply

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Keeping no slot at all tells Rasa that the message was about something else."""
        if not turn.asked:
            reply.keep(flow_attempts=0)  # the start has read this message
            return
        waited = turn.slot("flow_note") == RESUMED
        if turn.answered:  # a question was answered in between
            note = after_a_question(turn, turn.slot("flow_note"))
            reply.keep(flow_note=RESUMED if waited else note)
            return
        draft = await self.draft_of(self.flow, turn)
        if draft is None:
            reply.say("unidentified", [self.human()])
            reply.end_form("failed")
            return
        parts = parts_of(turn)
        told = parts.told
        if told.clicked or (parts.chosen is not None and _is_ours(told)):
            await self._clicked(told, draft, reply)
            return
        values, problem = await self._heard(told, draft)
        another = of_another(told.text) or not (values or problem)
        subject = await self._other_subject(told, draft) if another else None
        if subject is not None:
            values, problem = {}, None  # what it says is said of the other
        answers = bool(values or problem or subject)
        gives_up, agrees = self.flow.ending(draft)
        agreed = agrees.fullmatch(bare_words(told.text)) is not None
        other = wish_instead(told, self.flow.starting) if self.flow.yields and not agreed else None
        if other is not None and not (values or problem):
            await self._switch(other, subject or draft.subject, told, reply)
            return
        heard = read(
            told if answers else turn,
            starting=self.flow.starting,
            answers=answers,
            gives_up=gives_up,
            agrees=agrees,
        )
        if heard is Heard.ELSEWHERE:
            again = self.flow.told_again(turn, draft)
            if again or await self._answer_of_it(turn, draft, reply):
                reply.keep(flow_note=RESUMED if waited else "resume")
            return
        if waited and heard in _AGREEING and not answers:
            reply.keep(flow_note=RESUMED)  # 好 after hours is no yes to what was shown then
            return
        await self._take(heard, values, problem, subject, draft, turn, reply)
        await self._answer_besides(parts, turn, reply)

    async def _switch(self, intent: str, subject: Subject, turn: Turn, reply: Reply) -> None:
        """Another wish takes the place of this one, of the same thing when none is named."""
        reply.end_form("switched")
        of_it = () if names_thing(turn) else _entities_of(subject)
        turn = replace(turn.as_intent(intent), entities=(*turn.entities, *of_it), form="", asked="")
        await self.house.answer(self.house.rules[intent], turn, reply)

    async def _answer_of_it(self, turn: Turn, draft: Draft, reply: Reply) -> bool:
        """What is asked of the flow itself, though it names it not: 要钱吗; 电子的还是纸质的."""
        if asks_cost(turn, self.flow.starting):
            cost = self.flow.cost(await self.verdict(self.flow, draft, turn))
            if cost:
                reply.text(cost)
            return bool(cost)
        strayed = turn.intent in _OF_GOODS and not names_thing(turn)
        if not strayed or self.flow.questions != "action_answer":
            return False
        return await answer_from_knowledge(self, turn.as_intent(self.flow.intent), reply)

    async def _clicked(self, turn: Turn, draft: Draft, reply: Reply) -> None:
        if turn.first("flow"):
            same = turn.first("flow") == turn.slot("flow_id")
            reply.keep(**{CONFIRM_SLOT: "yes"} if same else {"flow_note": "reword"})
            return
        if turn.first("flow_switch"):
            return
        change = turn.first("flow_change")
        if change == "cancel":
            self._cancel(reply)
        elif change == "thing":
            await self._take(Heard.OTHER_THING, {}, None, None, draft, turn, reply)
        elif change in {step.slot for step in self.flow.steps}:
            kept = {slot: value for slot, value in draft.values.items() if slot != change}
            self._keep(self.flow.following(draft, Draft(draft.subject, kept)), reply)
        else:
            values, problem = await self._heard(turn, draft)
            subject = await self._other_subject(turn, draft) if not (values or problem) else None
            if values or problem or subject:
                heard = Heard.NOTHING
                await self._take(heard, values, problem, subject, draft, turn, reply)
            elif turn.intent in self.flow.starting:
                reply.keep(flow_note="reword")

    async def _heard(self, turn: Turn, draft: Draft) -> tuple[dict[str, str], Told | None]:
        """What the message answers, and what keeps an answer from being one."""
        values: dict[str, str] = {}
        first = sorted(self.flow.steps, key=lambda step: step.slot != turn.asked)
        for step in first:
            told = await step.hear(
                turn, Draft(draft.subject, {**draft.values, **values}), self.services
            )
            if told is None:
                continue
            if told.problem and not values:
                return {}, told
            if told.value and told.value != draft.value(step.slot):
                values[step.slot] = told.value
        return values, None

    async def _other_subject(self, turn: Turn, draft: Draft) -> Subject | None:
        """Another order or line that the message names."""
        about = self.flow.of_order(turn.without_denied())
        if not names_thing(about):
            return None
        customer_id = draft.subject.customer_id
        outcome = await find_order(
            self.services.shop,
            customer_id,
            about,
            now=self.services.clock(),
            prefer=(),
        )
        if isinstance(outcome, Several):
            fitting = [m for m in outcome.matches if m.order.id == draft.subject.order.id]
            match = fitting[0] if fitting else outcome.matches[0]
            found = Subject(customer_id, match.order, match.line)
        elif isinstance(outcome, Found) and not outcome.guessed:
            found = Subject(customer_id, outcome.order, outcome.line)
        else:
            return None
        found = await self.flow.meant(found, turn, self.services)
        return found if found.id != draft.subject.id else None

    async def _take(
        self,
        heard: Heard,
        values: Mapping[str, str],
        problem: Told | None,
        subject: Subject | None,
        draft: Draft,
        turn: Turn,
        reply: Reply,
    ) -> None:
        """What the message does to the flow."""
        if heard is Heard.CANCEL:
            self._cancel(reply)
        elif problem is not None:
            reply.say(problem.problem, problem.choices, **problem.words)
            self._once_more("problem", turn, reply)
        elif values or subject:
            told = self.flow.following(draft, replace_draft(draft, subject, values))
            if subject is not None:  # what was no answer of the one may be one of the other
                more, _ = await self._heard(turn, told)
                told = self.flow.following(told, replace_draft(told, None, more))
            await self._settle(told, turn, reply)
        elif heard is Heard.CONFIRM:
            reply.keep(**{CONFIRM_SLOT: "yes"})
        elif heard is Heard.OTHER_THING:
            reply.end_form("other_thing")
            reply.remember(current_order=None, current_product=None)
            again = replace(turn.as_intent(self.flow.intent), text="", entities=(), form="")
            await self._which(draft, again, reply)
        elif heard in _NOTES:
            reply.keep(flow_note=_NOTES[heard])
        else:
            self._once_more("reword", turn, reply)
            if int(reply.slots["flow_attempts"]) >= _ATTEMPTS_TO_HAND_OVER:
                await self.house.answer("action_handoff", turn.as_intent("flow_stuck"), reply)

    async def _which(self, draft: Draft, turn: Turn, reply: Reply) -> None:
        """The customer's other orders that the flow may be about."""
        customer_id = draft.subject.customer_id
        orders = await self.services.shop.orders.recent(customer_id)
        choices = [
            Choice(
                title=f"{self.name_of(Subject(customer_id, order))}（{self._ordered(order)}）",
                payload=payload(self.flow.intent, order_number=order.id),
            )
            for order in orders
            if order.id != draft.subject.order.id
        ]
        reply.say("which_recent" if choices else "no_other_order", [*choices[:4], self.human()])
        reply.await_detail(f"action_{self.flow.name}", turn)

    async def _settle(self, draft: Draft, turn: Turn, reply: Reply) -> None:
        """Take the draft as far as the rules allow it."""
        if await self.turned(self.flow, draft, turn, reply):
            return
        verdict = await self.verdict(self.flow, draft, turn)
        if not verdict.allowed:
            await self.refuse(self.flow, draft, verdict, turn, reply)
            reply.end_form("not_allowed")
            return
        reply.remember(current_order=draft.subject.order.id)
        self._keep(draft, reply)

    def _keep(self, draft: Draft, reply: Reply) -> None:
        """The draft in the slots; what is open in it is asked next."""
        reply.keep(
            flow_thing=draft.subject.id,
            flow_attempts=0,
            flow_note="",
            **{CONFIRM_SLOT: None},
            **{step.slot: draft.value(step.slot) or None for step in self.flow.steps},
        )

    def _cancel(self, reply: Reply) -> None:
        own = f"flow_{self.flow.name}_dropped"
        sentence = own if own in reply.phrases.sentences else "flow_cancelled"
        reply.say(sentence, what=self.label(f"flow.{self.flow.name}"))
        reply.end_form("cancelled")

    def _once_more(self, note: str, turn: Turn, reply: Reply) -> None:
        attempts = int(turn.slots.get("flow_attempts") or 0) + 1
        reply.keep(flow_attempts=attempts, flow_note=note)

    async def _answer_besides(self, parts: Parts, turn: Turn, reply: Reply) -> None:
        """What was asked in the same breath."""
        ended = reply.remembers("flow_outcome")
        now = replace(turn, slots={**turn.slots, **reply.slots}, form="" if ended else turn.form)
        never = self.flow.starting | _UNASKED
        needs = questions(parts.asking, now, self.house.rules, never=never, idle=FALLBACK_INTENT)
        for need in needs:
            await self.house.answer(need.action, need.turn, reply)
        if needs and not reply.slots.get("flow_note"):
            reply.keep(flow_note="resume")


class AskStep(FlowSkill):
    """One question of whichever flow is open."""

    inside_form = True

    def __init__(self, *, house: House, flows: Mapping[str, AnyFlow], slot: str) -> None:
        super().__init__(house=house, flows=flows)
        self.slot = slot
        self.action = f"action_ask_{slot}"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """The sentence `flow_<flow>_<slot>`, or `…_again` after a digression or a miss."""
        flow = self.flows[turn.slot("flow_name")]
        draft = await self.draft_of(flow, turn)
        step: Step | None = next((one for one in flow.steps if one.slot == self.slot), None)
        if draft is None or step is None:
            return
        choices = await step.ask(draft, reply, self.services)
        words = await step.words(draft, self.services)
        sentence = f"flow_{flow.name}_{self.slot.removeprefix('flow_')}"
        again = f"{sentence}_again"
        note = turn.slot("flow_note")
        if note == "later":
            reply.say("flow_later", what=self.label(f"flow.{flow.name}"))
            return
        if note in _AGAIN and again in reply.phrases.sentences:
            sentence = again
        self.say_waited(flow, turn, reply)
        reply.say(
            sentence,
            list(dict.fromkeys([*choices, *_help(self, turn)])),
            label=self.name_of(draft.subject),
            **words,
        )


class AskConfirm(FlowSkill):
    """The summary: what will happen, and the question whether it shall."""

    action = f"action_ask_{CONFIRM_SLOT}"
    inside_form = True

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """A button carries this flow's id, so that an old one confirms nothing."""
        flow = self.flows[turn.slot("flow_name")]
        draft = await self.draft_of(flow, turn)
        if draft is None:
            return
        note = turn.slot("flow_note")
        if note == "later":
            reply.say("flow_later", what=self.label(f"flow.{flow.name}"))
            return
        if note == "refused":
            reply.say("ask_what_to_change", self._changes(flow, draft))
            return
        verdict = await self.verdict(flow, draft, turn)
        if not verdict.allowed:  # it was sent, or sold, while we waited for the answer
            await self.refuse(flow, draft, verdict, turn, reply)
            reply.end_form("not_allowed")
            return
        self.say_waited(flow, turn, reply)
        confirm = Choice(
            title=self.label(f"confirm.{flow.name}"),
            payload=payload("affirm", flow=turn.slot("flow_id")),
        )
        if note not in _AGAIN | {DIRECT}:
            card = self._summary(flow, draft, verdict, reply)
            reply.card(card, text=plain(card), anew=note == RESUMED)
        direct = f"flow_{flow.name}_confirm_direct"
        sentence = f"flow_{flow.name}_confirm"
        if note == DIRECT:
            sentence = direct if direct in reply.phrases.sentences else "flow_confirm_direct"
        elif note in _AGAIN:
            again = f"{sentence}_again"
            sentence = again if again in reply.phrases.sentences else "flow_confirm_again"
        reply.say(
            sentence,
            [confirm, *self._changes(flow, draft), *_help(self, turn)],
            label=self.name_of(draft.subject),
            rule=verdict.rule,
            what=self.label(f"flow.{flow.name}"),
        )

    def _summary(self, flow: AnyFlow, draft: Draft, verdict: Verdict, reply: Reply) -> Card:
        label, subject = reply.phrases.label, draft.subject
        rows = [(label("card.order_number"), subject.order.id)]
        lines = [subject.line] if subject.line else list(subject.order.lines)
        rows += [(label("card.goods"), line_label(line)) for line in lines[:3]]
        rows += [(label(f"card.{name}"), text) for name, text in flow.rows(draft, verdict)]
        if verdict.refund:
            back = f"{money(verdict.refund)}{label('card.same_way')}"
            rows.append((label("card.refund"), back))
        if verdict.fee:
            rows.append((label("card.fee"), money(verdict.fee)))
        return Card(
            title=label(f"summary.{flow.name}"),
            subtitle="",
            rows=tuple(rows),
            image=lines[0].image if lines else "",
        )

    def _changes(self, flow: AnyFlow, draft: Draft) -> list[Choice]:
        told = [step.slot for step in flow.steps if draft.value(step.slot) != UNNEEDED]
        parts = [*told, "thing", "cancel"]
        return [
            Choice(self.label(f"change.{part}"), payload(flow.intent, flow_change=part))
            for part in parts
        ]


class FlowClose(FlowSkill):
    """The form has ended: what was confirmed is carried out, at most once."""

    action = "action_flow_close"
    inside_form = True

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Safe to run again: the key of the operation is this conversation and this flow."""
        flow = self.flows.get(turn.slot("flow_name"))
        if flow is None or turn.slot(CONFIRM_SLOT) != "yes" or turn.slot("flow_outcome"):
            self._forget(flow, reply)
            return
        try:
            draft = await self.draft_of(flow, turn)
            receipt = await self._carry_out(flow, draft, turn) if draft else None
        except (NotAllowed, UnknownOrder) as error:
            reply.say("flow_refused", [self.human()], rule=str(error))
            self._forget(flow, reply)
            return
        except ShopUnavailable:
            again = payload("affirm", flow=turn.slot("flow_id"))
            choices = [Choice(self.label("choice.try_again"), again), self.human()]
            reply.say("flow_not_done", choices, what=self.label(f"flow.{flow.name}"))
            return
        if draft is None or receipt is None:
            reply.say("failed", [self.human()])
            self._forget(flow, reply)
            return
        await self._tell(flow, receipt, draft, reply)
        reply.keep(flow_outcome="done")
        if receipt.state is ReceiptState.AWAITING_APPROVAL:
            await self.house.answer("action_handoff", turn.as_intent("approval"), reply)
        elif flow.sorry:
            await offer_compensation(self, draft.subject.customer_id, receipt.order_id, turn, reply)

    async def _carry_out(self, flow: AnyFlow, draft: Draft, turn: Turn) -> Receipt:
        return await self.services.shop.operations.carry_out(
            draft.subject.customer_id,
            await self.operation(flow, draft, turn),
            idempotency_key=f"{turn.sender}|{turn.slot('flow_id')}",
        )

    async def _tell(self, flow: AnyFlow, receipt: Receipt, draft: Draft, reply: Reply) -> None:
        words = await flow.done(receipt, draft, reply, self.services)
        due = day_and_time(receipt.due, self.services.clock()) if receipt.due else ""
        sentence = f"flow_{flow.name}_{flow.outcome(receipt)}"
        reply.say(
            sentence if sentence in reply.phrases.sentences else f"flow_{flow.name}_done",
            **{
                "label": self.name_of(draft.subject),
                "number": receipt.number,
                "refund": money(receipt.refund),
                "due": due,
                **words,
            },
        )

    def _forget(self, flow: AnyFlow | None, reply: Reply) -> None:
        told = {step.slot: None for step in flow.steps} if flow else {}
        reply.keep(**told, flow_thing=None, flow_outcome="closed", **{CONFIRM_SLOT: None})


def replace_draft(draft: Draft, subject: Subject | None, values: Mapping[str, str]) -> Draft:
    """The draft with what is new; another thing keeps what was told of the wish."""
    return Draft(subject or draft.subject, {**draft.values, **values})


def flow_skills(house: House, flows: Mapping[str, AnyFlow]) -> list[Skill]:
    """All actions of these flows."""
    slots = dict.fromkeys(step.slot for flow in flows.values() for step in flow.steps)
    found: list[Skill] = [AskConfirm(house=house, flows=flows), FlowClose(house=house, flows=flows)]
    found += [AskStep(house=house, flows=flows, slot=slot) for slot in slots]
    for flow in flows.values():
        found.append(FlowStart(house=house, flows=flows, flow=flow))
        found.append(ValidateFlow(house=house, flows=flows, flow=flow))
    return found


def _entities_of(subject: Subject) -> tuple[Entity, ...]:
    """What names that thing to another action."""
    named = "order_line" if subject.line else "order_number"
    return (Entity(named, subject.id if subject.line else subject.order.id),)


def _is_ours(turn: Turn) -> bool:
    """Whether the option that was named belongs to the flow's own questions."""
    return turn.first("flow") is not None or turn.first("flow_change") is not None


def _help(skill: Skill, turn: Turn) -> Sequence[Choice]:
    attempts = int(turn.slots.get("flow_attempts") or 0)
    return [skill.human()] if attempts >= _ATTEMPTS_TO_OFFER else []
