"""The questions that the bot could not answer well: who asked what, what was said, what came after.

Written with the turn that they belong to (`TurnQueue.complete`), personal data masked.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations import privacy
from conversations.database import Database
from conversations.keys import ConversationKey
from conversations.messages import Content, Sender, Unknown, UnknownReason
from conversations.schema import messages, unknown_questions

_BEFORE = 4  # messages
_AFTER = 3  # messages of the shopper
_AFTER_WITHIN = 15  # messages of anybody


@dataclass(frozen=True)
class Said:
    """One message around a question, masked."""

    seq: int
    sender: Sender
    text: str
    at: datetime


@dataclass(frozen=True)
class UnknownQuestion:
    """A stored `Unknown` with its surroundings, all masked.

    `seq` is the number of the message it came with, the last one if several were read together;
    `answer` all that the bot said to it, empty when a person took over meanwhile. `before` are the
    messages that led to it, `after` what the shopper wrote next, both oldest first.
    """

    id: int
    key: ConversationKey
    seq: int
    unknown: Unknown
    answer: str
    at: datetime
    before: tuple[Said, ...]
    after: tuple[Said, ...]


class Unknowns:
    """Reading them; `record` writes."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def recent(
        self, *, since: datetime, reason: UnknownReason | None = None, limit: int = 100
    ) -> Sequence[UnknownQuestion]:
        """The questions stored at or after `since`, for that reason only if given, newest first."""
        chosen = (
            sa.select(unknown_questions)
            .where(unknown_questions.c.created_at >= since)
            .order_by(unknown_questions.c.created_at.desc(), unknown_questions.c.id.desc())
            .limit(limit)
        )
        if reason is not None:
            chosen = chosen.where(unknown_questions.c.reason == reason.value)
        async with self._database.read() as connection:
            rows = (await connection.execute(chosen)).all()
            around = await _around(connection, [row.id for row in rows])
        return [_question(row, around[row.id]) for row in rows]


async def record(
    connection: AsyncConnection,
    key: ConversationKey,
    unknowns: Sequence[Unknown],
    *,
    seq: int,
    heard: str,
    answers: Sequence[Content],
    at: datetime,
) -> None:
    """Store them inside a turn's transaction.

    Args:
        connection: the transaction.
        key: the conversation.
        unknowns: what the bot announced, possibly nothing.
        seq: the last message that the turn answers.
        heard: all that the shopper said in the turn.
        answers: what the bot said to it.
        at: the time of the turn's end.
    """
    if not unknowns:
        return
    answer = privacy.mask("\n".join(content.text for content in answers if content.text))
    await connection.execute(
        sa.insert(unknown_questions),
        [
            {
                "conversation": str(key),
                "seq": seq,
                "reason": unknown.reason.value,
                "text": privacy.mask(unknown.text or heard),
                "intent": unknown.intent,
                "confidence": unknown.confidence,
                "ranking": json.dumps(unknown.ranking, ensure_ascii=False),
                "answer": answer,
                "created_at": at,
            }
            for unknown in unknowns
        ],
    )


async def _around(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Said]]:
    """The public messages around each of these questions, by its id, oldest first."""
    near = sa.and_(
        messages.c.conversation == unknown_questions.c.conversation,
        messages.c.seq >= unknown_questions.c.seq - _BEFORE,
        messages.c.seq <= unknown_questions.c.seq + _AFTER_WITHIN,
        messages.c.sender != Sender.NOTE.value,
    )
    query = (
        sa.select(unknown_questions.c.id.label("question"), messages)
        .select_from(unknown_questions.join(messages, near))
        .where(unknown_questions.c.id.in_(ids))
        .order_by(messages.c.seq)
    )
    around: dict[int, list[Said]] = defaultdict(list)
    for row in await connection.execute(query):
        text = privacy.mask(Content.from_json(json.loads(row.body)).text)
        around[row.question].append(
            Said(seq=row.seq, sender=Sender(row.sender), text=text, at=row.at)
        )
    return around


def _question(row: sa.engine.Row, around: Sequence[Said]) -> UnknownQuestion:
    later = [said for said in around if said.seq > row.seq and said.sender is Sender.SHOPPER]
    return UnknownQuestion(
        id=row.id,
        key=ConversationKey.parse(row.conversation),
        seq=row.seq,
        unknown=Unknown(
            reason=UnknownReason(row.reason),
            text=row.text,
            intent=row.intent,
            confidence=row.confidence,
            ranking=tuple((name, confidence) for name, confidence in json.loads(row.ranking)),
        ),
        answer=row.answer,
        at=row.created_at,
        before=tuple(said for said in around if said.seq < row.seq),
        after=tuple(later[:_AFTER]),
    )
