"""The queue towards the bot: claim a conversation, answer in order, commit each turn whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import bursts, choices, handoffs, privacy, texts, unknowns
from conversations.database import Clock, Database, utc_now
from conversations.keys import ConversationKey
from conversations.ledger import LEASE, append, last_words
from conversations.memory import rows_of
from conversations.messages import BotReply, Choice, Content, HandoffRequest, Kind, Sender
from conversations.schema import conversations, inbox, messages, tracker_events
from conversations.state import State, Step, advance

MAX_ATTEMPTS = 3
"""How often a message may fail before a person gets it."""

_RETRY_AFTER = timedelta(seconds=2)

KEPT_FOR = tuple(timedelta(seconds=s) for s in (20, 40, 60, 120, 300, 600, 900))
"""How long a kept question waits before it is asked again, and again; then a person gets it."""

_QUOTED = 30  # characters of a kept question
_CHOICE_CHARACTERS = 40  # longer text is never meant as one of our options
_CHOICE_LOOK_BACK = 6  # messages of ours that may stand between a question and its answer


@dataclass(frozen=True)
class Turn:
    """What a shopper said and is to be answered, held under a lease by `owner`.

    Mostly one message; short lines sent in a burst are read together (`conversations.bursts`) and
    answered, failed or given to a person together: `seqs` are their numbers, `content` their text.
    `more_until` is set while more of a burst may come. `choice` is the option that a single
    message names among the ones asked last; `trigger` a Rasa payload of the connector's own for
    what is not text. `kept` tells how often it was kept because a system was away.
    `early`: it was written before our latest words, so it cannot be about them.
    """

    key: ConversationKey
    seqs: tuple[int, ...]
    state: State
    version: int
    content: Content
    trigger: str
    choice: Choice | None
    attempts: int
    owner: str
    more_until: datetime | None = None
    kept: int = 0
    early: bool = False

    @property
    def seq(self) -> int:
        """The number of the last message answered for."""
        return self.seqs[-1]


class TurnQueue:
    """Durable, in order per conversation, at most one worker for a conversation at a time."""

    def __init__(self, *, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def claim(self, owner: str, *, limit: int = 50) -> Sequence[ConversationKey]:
        """Lease conversations that have messages waiting and that nobody works on."""
        async with self._database.read() as connection:
            if (await connection.execute(_waiting(self._clock(), limit=1))).first() is None:
                return []
        async with self._database.write() as connection:
            now = self._clock()
            waiting = _waiting(now, limit=limit).with_for_update(skip_locked=True)
            rows = await connection.execute(waiting)
            ids = rows.scalars().all()
            if ids:
                await connection.execute(
                    sa.update(conversations)
                    .where(conversations.c.id.in_(ids))
                    .values(lease_owner=owner, lease_until=now + LEASE)
                )
        return [ConversationKey.parse(id_) for id_ in ids]

    async def renew(self, owner: str, keys: Sequence[ConversationKey]) -> None:
        """Keep the leases of a worker that is still busy with these conversations."""
        if not keys:
            return
        async with self._database.write() as connection:
            await connection.execute(
                sa.update(conversations)
                .where(
                    conversations.c.id.in_([str(key) for key in keys]),
                    conversations.c.lease_owner == owner,
                )
                .values(lease_until=self._clock() + LEASE)
            )

    async def next(self, key: ConversationKey, owner: str) -> Turn | None:
        """The oldest waiting message of a conversation leased to `owner`, or None.

        While the bot serves, the texts that follow it closely come with it.
        """
        async with self._database.read() as connection:
            return await self._next(connection, key, owner)

    async def unread(self, key: ConversationKey, owner: str) -> Turn | None:
        """The oldest waiting message without its content, to be failed when `next` cannot read it.

        None when there is none, or the lease was lost.
        """
        query = (
            sa.select(inbox.c.seq, inbox.c.attempts, conversations.c.version)
            .select_from(inbox.join(conversations, conversations.c.id == inbox.c.conversation))
            .where(
                inbox.c.conversation == str(key),
                conversations.c.lease_owner == owner,
                _due(self._clock()),
            )
            .order_by(inbox.c.seq)
            .limit(1)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return Turn(
            key=key,
            seqs=(row.seq,),
            state=State.BOT,
            version=row.version,
            content=Content(text=""),
            trigger="",
            choice=None,
            attempts=row.attempts,
            owner=owner,
        )

    async def complete(self, turn: Turn, reply: BotReply) -> Turn | None:
        """Commit the turn whole or not at all.

        Messages done, answers recorded and queued, memory and unknown questions kept. When the
        lease was lost nothing is written. When a person took over while the bot was thinking, the
        bot's words are dropped. A question that the bot asks to keep stays in the queue for later,
        and only its first answer is heard until there is a true one. Returns the conversation's
        next turn, still under the lease, or None after giving the lease back.
        """
        async with self._database.write() as connection:
            row = await self._held(connection, turn)
            if row is None:
                return None
            now = self._clock()
            if reply.keep_question and State(row.state).bot_serves and turn.kept < len(KEPT_FOR):
                await connection.execute(
                    sa.update(inbox)
                    .where(*_rows_of(turn))
                    .values(kept=turn.kept + 1, kept_until=now + KEPT_FOR[turn.kept])
                )
                if turn.kept:
                    reply = BotReply(contents=())
            else:
                await connection.execute(sa.delete(inbox).where(*_rows_of(turn)))
                if turn.kept:
                    reply = await self._after_all(connection, turn, reply)
            if reply.tracker_events:
                await connection.execute(
                    sa.insert(tracker_events), rows_of(str(turn.key), reply.tracker_events)
                )
            state = State(row.state)
            await unknowns.record(
                connection,
                turn.key,
                reply.unknowns,
                seq=turn.seq,
                heard=turn.content.text,
                answers=reply.contents if state.bot_serves else (),
                at=now,
            )
            changes: dict[str, Any] = {"updated_at": now}
            if state.bot_serves and (reply.contents or reply.handoff):
                changes |= await self._say(connection, turn.key, row, reply, now)
            await connection.execute(
                sa.update(conversations).where(conversations.c.id == str(turn.key)).values(changes)
            )
            following = await self._following(connection, turn)
            if following is None:
                await _release(connection, turn.key, until=None)
        return following

    async def fail(self, turn: Turn) -> None:
        """The bot could not answer: again shortly; after MAX_ATTEMPTS a person gets it."""
        if turn.attempts + 1 >= MAX_ATTEMPTS:
            wish = HandoffRequest(
                reason="bot_failed",
                reason_text="机器人处理这条消息时出错，需要人工看一下",
                summary=(
                    f"客户说：{privacy.mask(turn.content.text)[:60]}",
                    "机器人连续几次没有处理成功",
                ),
            )
            apology = (Content(text=texts.bot_failed()),)
            await self.complete(turn, BotReply(contents=apology, handoff=wish))
            return
        async with self._database.write() as connection:
            if await self._held(connection, turn) is None:
                return
            await connection.execute(
                sa.update(inbox).where(*_rows_of(turn)).values(attempts=inbox.c.attempts + 1)
            )
            await _release(connection, turn.key, until=self._clock() + _RETRY_AFTER)

    async def _after_all(
        self, connection: AsyncConnection, turn: Turn, reply: BotReply
    ) -> BotReply:
        """The last word on a kept question: its answer, with what was asked, or a person.

        Nothing when that answer has been given meanwhile.
        """
        question = privacy.mask(turn.content.text)[:_QUOTED]
        if reply.keep_question:
            wish = HandoffRequest(
                reason="system_down",
                reason_text="店里的系统一直没有恢复，机器人查不到",
                summary=(f"客户问：{question}", "机器人答应系统恢复后回复，等了半小时仍未恢复"),
            )
            apology = Content(text=texts.system_stays_away(question))
            return BotReply(contents=(apology,), handoff=wish)
        query = sa.select(messages.c.body).where(
            messages.c.conversation == str(turn.key),
            messages.c.seq > turn.seq,
            messages.c.sender == Sender.BOT.value,
        )
        bodies = (await connection.execute(query)).scalars()
        said = tuple(text for body in bodies if (text := Content.from_json(json.loads(body)).text))
        # 和刚才说的一样：… ends with what was said.
        if all(content.text.endswith(said) for content in reply.contents):
            return BotReply(contents=(), handoff=reply.handoff)
        announced = Content(text=texts.system_is_back(question))
        return replace(reply, contents=(announced, *reply.contents))

    async def _following(self, connection: AsyncConnection, turn: Turn) -> Turn | None:
        try:
            return await self._next(connection, turn.key, turn.owner)
        except SQLAlchemyError:
            raise
        except Exception:
            # This turn is done; the message that cannot be read is claimed, and fails, by itself.
            return None

    async def _held(self, connection: AsyncConnection, turn: Turn) -> sa.engine.Row | None:
        """The conversation's row, locked, if the turn is still its owner's to finish."""
        query = (
            sa.select(conversations).where(conversations.c.id == str(turn.key)).with_for_update()
        )
        row = (await connection.execute(query)).one()
        if row.lease_owner != turn.owner:
            return None
        waiting = sa.select(sa.func.count()).select_from(inbox).where(*_rows_of(turn))
        if (await connection.execute(waiting)).scalar_one() < len(turn.seqs):
            return None
        return row

    async def _say(
        self,
        connection: AsyncConnection,
        key: ConversationKey,
        row: sa.engine.Row,
        reply: BotReply,
        now: datetime,
    ) -> dict[str, Any]:
        """Append the bot's words, queue the handoff if asked; returns the columns to update."""
        changes: dict[str, Any] = {"waiting_since": None}
        await append(
            connection,
            key,
            first_seq=row.last_seq + 1,
            sender=Sender.BOT,
            contents=reply.contents,
            at=now,
        )
        last_seq = row.last_seq + len(reply.contents)
        if reply.handoff is None:
            changes |= last_words(Sender.BOT, reply.contents)
        else:  # lists go on showing the shopper's words, for which a person is needed
            notice = await handoffs.request(connection, key, reply.handoff, now)
            await append(
                connection,
                key,
                first_seq=last_seq + 1,
                sender=Sender.SYSTEM,
                contents=[notice],
                at=now,
            )
            last_seq += 1
            changes |= {
                "state": advance(State(row.state), Step.HANDOFF).value,
                "version": row.version + 1,
                "waiting_since": now,
            }
        return changes | {"last_seq": last_seq}

    async def _next(
        self, connection: AsyncConnection, key: ConversationKey, owner: str
    ) -> Turn | None:
        later = messages.alias()
        early = sa.exists().where(
            later.c.conversation == inbox.c.conversation,
            later.c.seq > inbox.c.seq,
            later.c.sender == Sender.BOT.value,
        )
        query = (
            sa.select(
                inbox,
                messages.c.body,
                conversations.c.state,
                conversations.c.version,
                early.label("early"),
            )
            .select_from(
                inbox.join(
                    messages,
                    sa.and_(
                        messages.c.conversation == inbox.c.conversation,
                        messages.c.seq == inbox.c.seq,
                    ),
                ).join(conversations, conversations.c.id == inbox.c.conversation)
            )
            .where(
                inbox.c.conversation == str(key),
                conversations.c.lease_owner == owner,
                _due(self._clock()),
            )
            .order_by(inbox.c.seq)
            .limit(bursts.MOST_LINES)
        )
        head, *behind = (await connection.execute(query)).all() or (None,)
        if head is None:
            return None
        content = _content(head)
        choice = await self._choice(connection, key, head.seq, content.text, head.choice_id)
        turn = Turn(
            key=key,
            seqs=(head.seq,),
            state=State(head.state),
            version=head.version,
            content=content,
            trigger=head.trigger,
            choice=choice,
            attempts=head.attempts,
            owner=owner,
            kept=head.kept,
            early=bool(head.early),
        )
        if turn.state.bot_serves and choice is None and _is_plain(head):
            return await self._with_burst(connection, turn, head, behind)
        return turn

    async def _with_burst(
        self,
        connection: AsyncConnection,
        turn: Turn,
        head: sa.engine.Row,
        behind: Sequence[sa.engine.Row],
    ) -> Turn:
        """The turn with the texts behind its first one that belong to it.

        What failed once is tried again as it was: only messages that failed as often join.
        """
        lines = [turn.content.text]
        burst = [head]
        end = await self._taken_over_at(connection, turn.key, head.seq) if behind else None
        for row in behind:
            text = _content(row).text
            if (
                (end is not None and row.seq > end)
                or row.received_at - burst[-1].received_at > bursts.TOGETHER
                or (row.attempts, row.kept) != (head.attempts, head.kept)
                or not _is_plain(row)
                or not bursts.fits(lines, text)
                or await self._choice(connection, turn.key, row.seq, text, "")
            ):
                more_until = None
                break
            burst.append(row)
            lines.append(text)
        else:
            more_until = bursts.settled_at(
                lines, first_at=head.received_at, last_at=burst[-1].received_at
            )
        return replace(
            turn,
            seqs=tuple(row.seq for row in burst),
            content=turn.content if len(burst) == 1 else Content(text=bursts.together(lines)),
            more_until=more_until,
        )

    async def _taken_over_at(
        self, connection: AsyncConnection, key: ConversationKey, seq: int
    ) -> int | None:
        """The number of the first word of a person, or of the house about one, after `seq`."""
        query = sa.select(sa.func.min(messages.c.seq)).where(
            messages.c.conversation == str(key),
            messages.c.seq > seq,
            messages.c.sender.in_((Sender.AGENT.value, Sender.SYSTEM.value)),
        )
        return (await connection.execute(query)).scalar_one()

    async def _choice(
        self,
        connection: AsyncConnection,
        key: ConversationKey,
        seq: int,
        text: str,
        choice_id: str,
    ) -> Choice | None:
        """The option of our latest question that the message clicks, words or numbers.

        One answer of ours may ask twice; then the later question goes first.
        """
        if not choice_id and (not text or len(text) > _CHOICE_CHARACTERS):
            return None
        query = (
            sa.select(messages.c.seq, messages.c.body)
            .where(
                messages.c.conversation == str(key),
                messages.c.seq < seq,
                messages.c.sender.in_((Sender.BOT.value, Sender.SYSTEM.value)),
            )
            .order_by(messages.c.seq.desc())
            .limit(_CHOICE_LOOK_BACK)
        )
        answer_from: int | None = None  # where the answer begins that holds our latest question
        for row in (await connection.execute(query)).all():
            if answer_from is not None and row.seq < answer_from - 1:
                break
            content = _content(row)
            if content.kind is Kind.CHOICES or answer_from is not None:
                answer_from = row.seq
            for option in content.choices:
                if option.id == choice_id:
                    return option
            # A click on an older question means that one, not an option here of the same name.
            if not choice_id and (picked := choices.pick(content.choices, text)) is not None:
                return picked
        return None


def _rows_of(turn: Turn) -> tuple[Any, ...]:
    """The turn's messages in the queue."""
    return (inbox.c.conversation == str(turn.key), inbox.c.seq.in_(turn.seqs))


def _due(now: datetime) -> Any:
    """Not kept for later."""
    return sa.or_(inbox.c.kept_until.is_(None), inbox.c.kept_until <= now)


def _content(row: sa.engine.Row) -> Content:
    return Content.from_json(json.loads(row.body))


def _is_plain(row: sa.engine.Row) -> bool:
    """Whether a message is nothing but words: no click, no picture, no event of the platform."""
    return not row.choice_id and not row.trigger and _content(row).kind is Kind.TEXT


def _waiting(now: datetime, *, limit: int) -> sa.sql.Select:
    """The conversations with messages to answer that nobody holds, the longest untouched first."""
    free = sa.or_(conversations.c.lease_until.is_(None), conversations.c.lease_until <= now)
    return (
        sa.select(conversations.c.id)
        .where(free, sa.exists().where(inbox.c.conversation == conversations.c.id, _due(now)))
        .order_by(conversations.c.updated_at)
        .limit(limit)
    )


async def _release(
    connection: AsyncConnection, key: ConversationKey, *, until: datetime | None
) -> None:
    await connection.execute(
        sa.update(conversations)
        .where(conversations.c.id == str(key))
        .values(lease_owner="", lease_until=until)
    )
