"""`shop.gateway.Operations` over the shop's own tables."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from conversations.database import Clock, Database, utc_now
from shop.errors import NotAllowed, ShopUnavailable
from shop.eta import stuck_hours
from shop.operations.handler import Case, Effect, Handler
from shop.operations.kinds import HANDLERS
from shop.operations.types import Operation, Receipt, ReceiptState, Verdict
from shop.policies import Policy, eligibility
from shop.rows import load_order, load_parcels, product_of, reading, sku_of, writing
from shop.schema import customers, operations, orders, products, skus
from shop.shipped import line_of
from shop.types import Product, ReturnReason

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
            case = await self._case(connection, customer_id, operation, writing=False)
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
            case = await self._case(connection, customer_id, operation, writing=True)
            verdict = handler.judge(operation, case)
            if not verdict.allowed:
                raise NotAllowed(verdict.rule)
            effect = await handler.apply(operation, case, verdict, connection)
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

    async def _known(
        self, connection: AsyncConnection, customer_id: str, idempotency_key: str
    ) -> Receipt | None:
        query = sa.select(operations).where(
            operations.c.customer_id == customer_id,
            operations.c.idempotency_key == idempotency_key,
        )
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else receipt_of(row)

    async def _case(
        self,
        connection: AsyncConnection,
        customer_id: str,
        operation: Operation,
        *,
        writing: bool,
    ) -> Case:
        found = await load_order(connection, customer_id, operation.order_id)
        line_id = operation.line_id or (found.lines[0].id if found else "")
        order, line = line_of(found, line_id)
        policy, now = self._policies(), self._clock()
        history = tuple(await _receipts(connection, customer_id))
        sent = order.shipped_at is not None
        travelling = await load_parcels(connection, order.id) if sent else ()
        tier = await connection.execute(
            sa.select(customers.c.tier).where(customers.c.id == customer_id)
        )
        case = Case(
            order=order,
            line=line if operation.line_id else None,
            product=await _product(connection, line.product_id),
            tier=tier.scalar_one_or_none() or "",
            earlier=tuple(one for one in history if one.order_id == order.id),
            rules=policy.operations[operation.kind],
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
        return await _handler(operation).look(operation, case, connection, writing=writing)

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
    )


def _values(receipt: Receipt) -> dict[str, Any]:
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
    }


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
