"""`shop.gateway.Operations` over the shop's own tables."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from shop.errors import (
    CannotDecide,
    NotAllowed,
    Obstacle,
    ShopUnavailable,
    UnknownReceipt,
)
from shop.eta import stuck_hours
from shop.gateway import Tell
from shop.operations.approvals import ApprovalHandler, plain_reason, words
from shop.operations.handler import Case, Effect, Handler
from shop.operations.kinds import APPROVALS, HANDLERS
from shop.operations.types import (
    Decided,
    Decision,
    Ground,
    Operation,
    Pending,
    Receipt,
    ReceiptState,
    Ruling,
    Verdict,
)
from shop.policies import Policy, eligibility
from shop.rows import load_order, load_parcels, product_of, reading, sku_of, writing
from shop.schema import customers, operations, orders, products, skus
from shop.shipped import line_of
from shop.types import Order, Product, ReturnReason

_NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: it is copied by hand
_INSERT_TRIES = 3


def receipt_number(day: date) -> str:
    """A fresh number that a shopper can quote, e.g. OP260718K7M2QX."""
    return f"OP{day:%y%m%d}" + "".join(secrets.choice(_NUMBER_LETTERS) for _ in range(6))


class SqlOperations:
    """`shop.gateway.Operations`."""

    def __init__(
        self,
        *,
        database: Database,
        policies: Callable[[], Policy],
        clock: Clock = utc_now,
        numbers: Callable[[date], str] = receipt_number,
    ) -> None:
        self._database = database
        self._policies = policies
        self._clock = clock
        self._numbers = numbers

    async def check(self, customer_id: str, operation: Operation) -> Verdict:
        """See `shop.gateway.Operations.check`."""
        async with reading(self._database) as connection:
            case = await self._looked(connection, customer_id, operation, writing=False)
        return _handler(operation).judge(operation, case)

    async def carry_out(
        self, customer_id: str, operation: Operation, *, idempotency_key: str
    ) -> Receipt:
        """See `shop.gateway.Operations.carry_out`; one transaction that holds the order."""
        handler = _handler(operation)
        async with writing(self._database) as connection:
            await connection.execute(
                sa.select(orders.c.id)
                .where(orders.c.id == operation.order_id, orders.c.customer_id == customer_id)
                .with_for_update()
            )
            known = await self._known(connection, customer_id, idempotency_key)
            if known is not None:
                return known
            case = await self._looked(connection, customer_id, operation, writing=True)
            verdict = handler.judge(operation, case)
            if not verdict.allowed:
                raise NotAllowed(verdict.rule)
            effect = await handler.apply(operation, case, verdict, connection)
            if effect.state is ReceiptState.AWAITING_APPROVAL:
                effect = replace(effect, details={**effect.details, **_grounds(verdict)})
            for _ in range(_INSERT_TRIES):
                receipt = self._receipt(customer_id, operation, effect, case)
                inserted = await connection.execute(
                    self._database.insert(operations)
                    .values(
                        **_values(receipt),
                        holds_line=effect.holds_line,
                        idempotency_key=idempotency_key,
                    )
                    .on_conflict_do_nothing()
                )
                if inserted.rowcount:
                    return receipt
            # Leaving with an error takes back what `apply` has done.
            raise ShopUnavailable(
                f"{operation.kind}: no receipt could be written after {_INSERT_TRIES} tries: "
                "its number or its line is taken; ask again"
            )

    async def receipts(self, customer_id: str, *, order_id: str = "") -> Sequence[Receipt]:
        """See `shop.gateway.Operations.receipts`."""
        async with reading(self._database) as connection:
            found = await _receipts(connection, customer_id)
        return tuple(one for one in found if order_id in ("", one.order_id))

    async def pending(self, customer_id: str) -> Sequence[Pending]:
        """See `shop.gateway.Operations.pending`."""
        async with reading(self._database) as connection:
            waiting = [
                one
                for one in await _receipts(connection, customer_id)
                if one.state is ReceiptState.AWAITING_APPROVAL
            ]
            found = []
            for receipt in reversed(waiting):
                order = await load_order(connection, customer_id, receipt.order_id)
                if order is not None:
                    found.append(self._pending(receipt, order))
        return tuple(found)

    async def decide(self, customer_id: str, number: str, ruling: Ruling, *, tell: Tell) -> Decided:
        """See `shop.gateway.Operations.decide`; one transaction that holds the order."""
        async with writing(self._database) as connection:
            mine = sa.and_(operations.c.number == number, operations.c.customer_id == customer_id)
            await connection.execute(
                sa.select(orders.c.id)
                .where(orders.c.id.in_(sa.select(operations.c.order_id).where(mine)))
                .with_for_update()
            )
            row = (await connection.execute(sa.select(operations).where(mine))).one_or_none()
            if row is None:
                raise UnknownReceipt("no such receipt among the customer's own")
            receipt = receipt_of(row)
            if receipt.decision is not None:
                return Decided(receipt, fresh=False)
            handler = APPROVALS.get(receipt.kind)
            if handler is None or receipt.state is not ReceiptState.AWAITING_APPROVAL:
                withdrawn = receipt.state is ReceiptState.WITHDRAWN
                raise CannotDecide(Obstacle.WITHDRAWN if withdrawn else Obstacle.NOT_WAITING)
            case = await self._case(
                connection,
                customer_id,
                receipt.kind,
                receipt.order_id,
                receipt.line_id,
                without=number,
            )
            if not ruling.senior and self._for_seniors(handler, receipt, case.order):
                raise CannotDecide(Obstacle.SENIOR_ONLY)
            decided = await self._decided(receipt, ruling, handler, case, connection)
            await tell(connection, words(decided, handler, case, self._policies().approvals))
        return Decided(decided, fresh=True)

    async def _decided(
        self,
        receipt: Receipt,
        ruling: Ruling,
        handler: ApprovalHandler[Any],
        case: Case,
        connection: AsyncConnection,
    ) -> Receipt:
        """Carry the ruling out and write it down."""
        if ruling.approve:
            obstacle = handler.obstacle(receipt, case)
            if obstacle is not None:
                raise CannotDecide(obstacle)
            effect = await handler.approve(receipt, case, connection)
        else:
            await handler.withdraw(receipt, case, connection)
            effect = Effect(ReceiptState.REFUSED, receipt.refund, details=receipt.details)
        decided = replace(
            receipt,
            state=effect.state,
            refund=effect.refund,
            details=dict(effect.details),
            due=_utc(effect.due),
            decision=Decision(
                approved=ruling.approve,
                by=ruling.by,
                at=case.now.astimezone(timezone.utc),
                reason=plain_reason(ruling.reason),
            ),
        )
        await connection.execute(
            sa.update(operations)
            .where(operations.c.number == receipt.number)
            .values(**_values(decided), holds_line=effect.holds_line)
        )
        return decided

    def _pending(self, receipt: Receipt, order: Order) -> Pending:
        handler = APPROVALS[receipt.kind]
        lines = [line for line in order.lines if receipt.line_id in ("", line.id)]
        grounds = receipt.details.get("grounds", "")
        return Pending(
            receipt=receipt,
            label="、".join(line.label for line in lines),
            amount=handler.amount(receipt, order),
            grounds=tuple(Ground(name) for name in grounds.split(",") if name),
            limit=int(receipt.details.get("limit", "0")),
            senior_only=self._for_seniors(handler, receipt, order),
        )

    def _for_seniors(self, handler: ApprovalHandler[Any], receipt: Receipt, order: Order) -> bool:
        return handler.amount(receipt, order) > self._policies().approvals.agent_limit

    async def _known(
        self, connection: AsyncConnection, customer_id: str, idempotency_key: str
    ) -> Receipt | None:
        query = sa.select(operations).where(
            operations.c.customer_id == customer_id,
            operations.c.idempotency_key == idempotency_key,
        )
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else receipt_of(row)

    async def _looked(
        self,
        connection: AsyncConnection,
        customer_id: str,
        operation: Operation,
        *,
        writing: bool,
    ) -> Case:
        case = await self._case(
            connection, customer_id, operation.kind, operation.order_id, operation.line_id
        )
        return await _handler(operation).look(operation, case, connection, writing=writing)

    async def _case(
        self,
        connection: AsyncConnection,
        customer_id: str,
        kind: str,
        order_id: str,
        line_id: str,
        *,
        without: str = "",
    ) -> Case:
        """What is known of that order and line; `without`: as if that receipt did not exist."""
        found = await load_order(connection, customer_id, order_id, without=without)
        order, line = line_of(found, line_id or (found.lines[0].id if found else ""))
        policy, now = self._policies(), self._clock()
        history = tuple(
            one for one in await _receipts(connection, customer_id) if one.number != without
        )
        sent = order.shipped_at is not None
        travelling = await load_parcels(connection, order.id) if sent else ()
        tier = await connection.execute(
            sa.select(customers.c.tier).where(customers.c.id == customer_id)
        )
        return Case(
            order=order,
            line=line if line_id else None,
            product=await _product(connection, line.product_id),
            tier=tier.scalar_one_or_none() or "",
            earlier=tuple(one for one in history if one.order_id == order.id),
            rules=policy.operations[kind],
            now=now,
            zone=policy.zone,
            history=history,
            parcels=travelling,
            stuck={
                parcel.id: hours
                for parcel in travelling
                if (hours := stuck_hours(parcel, policy=policy, now=now)) is not None
            },
            returns={
                reason: eligibility(order, line, reason, policy, now) for reason in ReturnReason
            },
            warranty_days=policy.warranty_days.get(line.category),
            return_address=policy.return_address,
        )

    def _receipt(
        self, customer_id: str, operation: Operation, effect: Effect, case: Case
    ) -> Receipt:
        return Receipt(
            number=self._numbers(case.today),
            kind=operation.kind,
            customer_id=customer_id,
            order_id=operation.order_id,
            line_id=operation.line_id,
            state=effect.state,
            refund=effect.refund,
            details=dict(effect.details),
            created_at=case.now.astimezone(timezone.utc),
            due=_utc(effect.due),
        )


def receipt_of(row: Any) -> Receipt:
    """A row of `shop_operations`."""
    return Receipt(
        number=row.number,
        kind=row.kind,
        customer_id=row.customer_id,
        order_id=row.order_id,
        line_id=row.line_id,
        state=ReceiptState(row.state),
        refund=row.refund,
        details=row.details,
        created_at=row.created_at,
        due=row.due,
        decision=None
        if row.decided_at is None
        else Decision(
            approved=row.approved,
            by=row.decided_by,
            at=row.decided_at,
            reason=row.decision_reason,
        ),
    )


def _values(receipt: Receipt) -> dict[str, Any]:
    decision = receipt.decision
    return {
        "number": receipt.number,
        "kind": receipt.kind,
        "customer_id": receipt.customer_id,
        "order_id": receipt.order_id,
        "line_id": receipt.line_id,
        "state": receipt.state.value,
        "refund": receipt.refund,
        "details": dict(receipt.details),
        "created_at": receipt.created_at,
        "due": receipt.due,
        "approved": decision.approved if decision else None,
        "decided_by": decision.by if decision else "",
        "decided_at": decision.at if decision else None,
        "decision_reason": decision.reason if decision else "",
    }


def _grounds(verdict: Verdict) -> Mapping[str, str]:
    """Why a person must agree, as a receipt's details keep it."""
    limit = {"limit": str(verdict.limit)} if verdict.limit else {}
    return {"grounds": ",".join(ground.value for ground in verdict.grounds), **limit}


async def _receipts(connection: AsyncConnection, customer_id: str) -> tuple[Receipt, ...]:
    query = (
        sa.select(operations)
        .where(operations.c.customer_id == customer_id)
        .order_by(operations.c.created_at.desc(), operations.c.number)
    )
    return tuple(receipt_of(row) for row in await connection.execute(query))


async def _product(connection: AsyncConnection, product_id: str) -> Product | None:
    row = (
        await connection.execute(sa.select(products).where(products.c.id == product_id))
    ).one_or_none()
    if row is None:
        return None
    variants = await connection.execute(
        sa.select(skus).where(skus.c.product_id == product_id).order_by(skus.c.position)
    )
    return product_of(row, tuple(sku_of(variant) for variant in variants))


def _handler(operation: Operation) -> Handler[Any]:
    return HANDLERS[operation.kind]


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(timezone.utc)
