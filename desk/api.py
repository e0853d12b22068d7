"""The desk's JSON API: thin handlers over `conversations`, `shop` and the desk's own parts."""

from __future__ import annotations

import asyncio
import contextlib
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from conversations.changes import Changes
from conversations.database import Database
from conversations.errors import NotFound, StateConflict
from conversations.handoffs import Agent, Handoffs
from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import Content
from conversations.pictures import ShopperPictures
from conversations.state import State
from desk import openapi, views
from desk.accounts import Accounts, Staff, canonical_name
from desk.approvals import MAX_REASON, Approvals
from desk.audit import Action, Audit
from desk.customers import RECENT_ORDERS, CustomerDirectory
from desk.http import (
    ApiError,
    address_of,
    agent_of,
    body_of,
    drop_session,
    encodable,
    error_response,
    json_response,
    key_of,
    number_in_query,
    set_session,
    staff_of,
    text_in,
    token_of,
    whole_in,
)
from desk.inbox import Inbox, Summary
from desk.live import Event, Live
from desk.settings import Settings
from desk.throttle import Throttle
from shop.errors import CannotDecide, Obstacle, UnknownReceipt
from shop.gateway import Shop
from shop.operations.types import Receipt

HEARTBEAT = 15.0
"""Seconds of silence after which an event stream shows that it is alive."""

_LIST = 100
_LONGEST_LIST = 500
_HISTORY = 100
_LONGEST_HISTORY = 500
_CLIENT_ID = 100
_NAME = 64


@dataclass(frozen=True)
class Api:
    """All handlers and what they need."""

    settings: Settings
    database: Database
    shop: Shop
    accounts: Accounts
    audit: Audit
    ledger: Ledger
    pictures: ShopperPictures
    handoffs: Handoffs
    approvals: Approvals
    changes: Changes
    inbox: Inbox
    directory: CustomerDirectory
    live: Live
    by_name: Throttle
    by_address: Throttle
    heartbeat: float = HEARTBEAT

    def routes(self) -> list[web.RouteDef]:
        """Every route of the API."""
        one = "/api/conversations/{id}"
        return [
            web.post("/api/session", self.sign_in),
            web.get("/api/session", self.who, allow_head=False),
            web.delete("/api/session", self.sign_out),
            web.get("/api/conversations", self.list, allow_head=False),
            web.get(one, self.detail, allow_head=False),
            web.get(f"{one}/pictures/{{picture}}", self.picture, allow_head=False),
            web.get(f"{one}/customer", self.customer, allow_head=False),
            web.post(f"{one}/customer/reveal", self.reveal),
            web.get(f"{one}/approvals", self.pending, allow_head=False),
            web.post(f"{one}/approvals/{{number}}", self.decide),
            web.post(f"{one}/take", self.take),
            web.post(f"{one}/messages", self.reply),
            web.post(f"{one}/notes", self.note),
            web.post(f"{one}/resolve", self.resolve),
            web.get("/api/events", self.events, allow_head=False),
            web.get("/api/openapi.json", self.describe, allow_head=False),
            web.get("/api/health", self.health, allow_head=False),
        ]

    async def sign_in(self, request: web.Request) -> web.Response:
        """POST /api/session"""
        body = await body_of(request)
        name = canonical_name(text_in(body, "name", limit=_NAME))[:_NAME]  # ß becomes two
        password = body.get("password")
        if not isinstance(password, str) or not password:
            raise ApiError(422, "empty_field", field="password")
        if not encodable(password):
            raise ApiError(422, "bad_field", field="password")
        address = address_of(request, self.settings)
        wait = self.by_address.attempt(address)
        if not wait:
            wait = self.by_name.attempt(name)
            if wait:
                self.by_address.give_back(address)
        if wait:
            raise ApiError(429, "too_many_tries", retry_after=wait, minutes=math.ceil(wait / 60))
        session = await self.accounts.sign_in(name, password)
        if session is None:
            await self.audit.record(Action.SIGN_IN_FAILED, staff=name, address=address)
            raise ApiError(401, "wrong_password")
        self.by_name.give_back(name)
        self.by_address.give_back(address)
        await self.audit.record(Action.SIGN_IN, staff=name, address=address)
        response = json_response(views.staff_json(session.staff), status=201)
        set_session(request, response, session, self.settings)
        return response

    async def who(self, request: web.Request) -> web.Response:
        """GET /api/session"""
        return json_response(views.staff_json(staff_of(request)))

    async def sign_out(self, request: web.Request) -> web.Response:
        """DELETE /api/session"""
        await self.accounts.sign_out(token_of(request))
        await self.audit.record(Action.SIGN_OUT, staff=staff_of(request).id)
        response = web.Response(status=204)
        drop_session(response)
        return response

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/conversations"""
        member = staff_of(request)
        try:
            states = [State(value) for value in request.query.getall("state", []) if value]
        except ValueError:
            known = ", ".join(state.value for state in State)
            raise ApiError(422, "bad_state", known=known) from None
        mine = number_in_query(request, "mine", default=0, highest=1)
        limit = number_in_query(request, "limit", default=_LIST, highest=_LONGEST_LIST)
        summaries = await self.inbox.list(
            states=states, assignee=member.id if mine else "", limit=limit
        )
        counts = await self.inbox.counts(assignee=member.id)
        customers = await self.directory.named(s.customer_id for s in summaries)
        return json_response(
            {
                "conversations": [views.summary_json(s, customers) for s in summaries],
                "counts": views.counts_json(counts),
            }
        )

    async def detail(self, request: web.Request) -> web.Response:
        """GET /api/conversations/{id}"""
        key = key_of(request)
        limit = number_in_query(request, "limit", default=_HISTORY, highest=_LONGEST_HISTORY)
        after: int | None = number_in_query(request, "after", default=0, highest=2**31 - 1) or None
        before = number_in_query(request, "before", default=0, highest=2**31 - 1)
        summary = await self._summary(key)
        if before:
            after = max(before - limit - 1, 0)
            limit = min(limit, before - 1)
        messages = await self.ledger.history(key, after=after, limit=limit, notes=True)
        deliveries = await self.inbox.deliveries(
            key, first_seq=messages[0].seq if messages else summary.last_seq + 1
        )
        handoff = await self.handoffs.latest(key)
        past = await self.inbox.past_handoffs(key)
        customers = await self.directory.named([summary.customer_id])
        return json_response(
            {
                **views.summary_json(summary, customers),
                "messages": [views.message_json(m, deliveries.get(m.seq)) for m in messages],
                "handoff": handoff and views.handoff_json(handoff),
                "past_handoffs": [
                    views.past_handoff_json(item)
                    for item in past
                    if handoff is None or item.id != handoff.id
                ],
            }
        )

    async def picture(self, request: web.Request) -> web.Response:
        """GET /api/conversations/{id}/pictures/{picture}"""
        try:
            found = await self.pictures.load(key_of(request), request.match_info["picture"])
        except NotFound:
            raise ApiError(404, "no_picture") from None
        return web.Response(
            body=found.data,
            content_type=found.content_type,
            headers={"Content-Security-Policy": "default-src 'none'; sandbox"},
        )

    async def customer(self, request: web.Request) -> web.Response:
        """GET /api/conversations/{id}/customer"""
        summary = await self._summary(key_of(request))
        profile = None
        if summary.customer_id:
            profile = await self.directory.profile(summary.customer_id)
        return json_response(views.profile_json(profile))

    async def reveal(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/customer/reveal"""
        member = agent_of(request)
        summary = await self._summary(key_of(request))
        customer = None
        if summary.customer_id:
            customer = await self.shop.customers.customer(summary.customer_id)
        if customer is None:
            raise ApiError(404, "no_customer")
        await self._record(Action.REVEAL, member, summary.key)
        orders = await self.shop.orders.recent(customer.id, limit=RECENT_ORDERS)
        return json_response(views.revealed_json(customer, orders))

    async def pending(self, request: web.Request) -> web.Response:
        """GET /api/conversations/{id}/approvals"""
        member = staff_of(request)
        summary = await self._summary(key_of(request))
        if not summary.customer_id:
            return json_response({"approvals": [], "decided": []})
        waiting = await self.approvals.pending(summary.customer_id)
        decided = await self.directory.decided(summary.customer_id)
        return json_response(
            {
                "approvals": [views.approval_json(one, member) for one in waiting],
                "decided": [await self._decided_json(receipt) for receipt in decided],
            }
        )

    async def decide(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/approvals/{number}"""
        member, key = agent_of(request), key_of(request)
        body = await body_of(request)
        approve = body.get("approve")
        if not isinstance(approve, bool):
            raise ApiError(422, "bad_field", field="approve")
        reason = text_in(body, "reason", required=not approve, limit=MAX_REASON)
        summary = await self._summary(key)
        if not summary.customer_id:
            raise ApiError(404, "no_approval")
        number = request.match_info["number"]
        try:
            decided = await self.approvals.decide(
                key, summary.customer_id, number, member=member, approve=approve, reason=reason
            )
        except UnknownReceipt:
            raise ApiError(404, "no_approval") from None
        except CannotDecide as error:
            status = 403 if error.obstacle is Obstacle.SENIOR_ONLY else 409
            raise ApiError(status, f"approval_{error.obstacle.value}") from None
        except StateConflict:
            return await self._conflict(request, key, member)
        decision = decided.receipt.decision
        if decided.fresh:
            action = Action.APPROVE if approve else Action.REFUSE
            await self._record(action, member, key, detail=number)
            await self.changes.ring()
        elif decision is not None and (decision.by, decision.approved) != (member.id, approve):
            text = "decided_approved" if decision.approved else "decided_refused"
            name = await self.accounts.name_of(decision.by)
            raise ApiError(409, "decided", text=text, name=name)
        return json_response(await self._decided_json(decided.receipt))

    async def take(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/take"""
        member, key = agent_of(request), key_of(request)
        version = whole_in(await body_of(request), "version")
        try:
            await self.handoffs.take(key, agent=_agent(member), version=version)
        except StateConflict:
            return await self._conflict(request, key, member)
        return await self._done(Action.TAKE, member, key)

    async def reply(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/messages"""
        member, key = agent_of(request), key_of(request)
        body = await body_of(request)
        try:
            seq = await self.handoffs.reply(
                key,
                agent=_agent(member),
                content=Content(text=text_in(body, "text")),
                client_id=_client_id(body),
            )
        except StateConflict:
            return await self._conflict(request, key, member)
        await self._record(Action.REPLY, member, key, detail=f"seq {seq}")
        await self.changes.ring()
        return json_response({"seq": seq}, status=201)

    async def note(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/notes"""
        member, key = staff_of(request), key_of(request)
        body = await body_of(request)
        seq = await self.handoffs.note(
            key, agent=_agent(member), text=text_in(body, "text"), client_id=_client_id(body)
        )
        await self._record(Action.NOTE, member, key, detail=f"seq {seq}")
        await self.changes.ring()
        return json_response({"seq": seq}, status=201)

    async def resolve(self, request: web.Request) -> web.Response:
        """POST /api/conversations/{id}/resolve"""
        member, key = agent_of(request), key_of(request)
        outcome = text_in(await body_of(request), "outcome", required=False)
        try:
            await self.handoffs.resolve(key, agent=_agent(member), outcome=outcome)
        except StateConflict:
            return await self._conflict(request, key, member)
        return await self._done(Action.RESOLVE, member, key)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """GET /api/events"""
        since = _time_mark(request.headers.get("Last-Event-ID") or request.query.get("since"))
        token = token_of(request)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        with self.live.page() as page:
            await response.prepare(request)
            # Whatever breaks the stream: the page reconnects and resumes from its last event.
            with contextlib.suppress(ConnectionResetError, SQLAlchemyError):
                await self._stream(response, page, since, token)
        return response

    async def describe(self, request: web.Request) -> web.Response:
        """GET /api/openapi.json"""
        return json_response(openapi.document())

    async def health(self, request: web.Request) -> web.Response:
        """GET /api/health"""
        async with self.database.read() as connection:
            await connection.execute(sa.text("SELECT 1"))
        return json_response({"status": "ok"})

    async def _stream(
        self,
        response: web.StreamResponse,
        page: asyncio.Queue[Event | None],
        since: datetime | None,
        token: str,
    ) -> None:
        """Write what was missed, then what happens, until the session or the process ends."""
        await response.write(b"retry: 2000\n\n")
        newest = since or datetime.fromtimestamp(0, timezone.utc)
        if since is not None:
            async for event in self.live.missed(since):
                newest = max(newest, event.at)
                await response.write(_frame(event, newest))
        now = asyncio.get_running_loop().time
        checked = now()
        while True:
            frame = b": still here\n\n"
            with contextlib.suppress(asyncio.TimeoutError):
                told = await asyncio.wait_for(page.get(), self.heartbeat)
                if told is None:
                    return
                newest = max(newest, told.at)
                frame = _frame(told, newest)
            if now() - checked >= self.heartbeat:  # on a busy stream, too
                if await self.accounts.who(token) is None:
                    return
                checked = now()
            await response.write(frame)

    async def _decided_json(self, receipt: Receipt) -> dict[str, Any]:
        by = receipt.decision.by if receipt.decision else ""
        return views.decided_json(receipt, await self.accounts.name_of(by))

    async def _summary(self, key: ConversationKey) -> Summary:
        found = await self.inbox.summaries([key])
        if not found:
            raise ApiError(404, "no_conversation")
        return found[0]

    async def _done(self, action: Action, member: Staff, key: ConversationKey) -> web.Response:
        """Record the step, tell everybody, answer with the conversation as it is now."""
        await self._record(action, member, key)
        await self.changes.ring()
        summary = await self._summary(key)
        customers = await self.directory.named([summary.customer_id])
        return json_response(views.summary_json(summary, customers))

    async def _conflict(
        self, request: web.Request, key: ConversationKey, member: Staff
    ) -> web.Response:
        """409 with the conversation as it is now and a sentence that says who has it."""
        summary = await self._summary(key)
        text = f"conflict_{summary.state.value}"
        if summary.state is State.HUMAN and summary.assignee == member.id:
            text = "conflict_mine"
        error = ApiError(409, "state_conflict", text=text, name=summary.assignee_name)
        customers = await self.directory.named([summary.customer_id])
        return error_response(request, error, conversation=views.summary_json(summary, customers))

    async def _record(
        self, action: Action, member: Staff, key: ConversationKey, *, detail: str = ""
    ) -> None:
        await self.audit.record(action, staff=member.id, conversation=str(key), detail=detail)


def _agent(member: Staff) -> Agent:
    return Agent(id=member.id, name=member.name)


def _client_id(body: Mapping[str, Any]) -> str:
    return text_in(body, "id", required=False, limit=_CLIENT_ID) or uuid.uuid4().hex


def _time_mark(value: str | None) -> datetime | None:
    """The moment of an event id; None for one that is not ours."""
    try:
        return datetime.fromtimestamp(float(value or ""), timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def _frame(event: Event, mark: datetime) -> bytes:
    return f"id: {mark.timestamp():.6f}\nevent: conversation\ndata: {event.data}\n\n".encode()
