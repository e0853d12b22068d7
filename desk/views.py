"""Values as the JSON that desk clients read (described in `desk.openapi`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import quote

from conversations.handoffs import Handoff
from conversations.messages import StoredMessage
from conversations.pictures import served_at
from conversations.privacy import mask_name, mask_phone
from desk.accounts import Staff
from desk.approvals import Approval
from desk.briefing import read_briefing
from desk.customers import ParcelView, Profile
from desk.inbox import Counts, Delivery, PastHandoff, Summary
from desk.masking import full_address, mask_address
from shop.operations.types import Receipt
from shop.types import Address, Customer, Order, Return


def staff_json(member: Staff) -> dict[str, Any]:
    """Who is signed in."""
    return {"id": member.id, "name": member.name, "role": member.role.value}


def summary_json(summary: Summary, customers: Mapping[str, Customer]) -> dict[str, Any]:
    """A row of the list."""
    customer = customers.get(summary.customer_id or "")
    return {
        "id": str(summary.key),
        "channel": summary.key.channel,
        "account": summary.key.account,
        "user": summary.key.user,
        "state": summary.state.value,
        "version": summary.version,
        "assignee": summary.assignee,
        "assignee_name": summary.assignee_name,
        "customer": customer
        and {"id": customer.id, "nickname": customer.nickname, "tier": customer.tier},
        "last_seq": summary.last_seq,
        "last_sender": summary.last_sender,
        "last_text": summary.last_text,
        "waiting_since": _time(summary.waiting_since),
        "updated_at": _time(summary.updated_at),
        "reason": summary.reason,
        "reason_text": summary.reason_text,
        "priority": summary.priority,
        "queued_at": _time(summary.queued_at),
    }


def counts_json(counts: Counts) -> dict[str, Any]:
    """The numbers on the tabs."""
    return asdict(counts)


def message_json(message: StoredMessage, delivery: Delivery | None) -> dict[str, Any]:
    """A message; `delivery` is null for shoppers' messages, notes, and channels that fetch."""
    body = message.public()
    pictures = f"/api/conversations/{quote(str(message.key), safe='')}/pictures/"
    return body | {
        "image": served_at(body["image"], pictures),
        "delivery": delivery and asdict(delivery),
    }


def handoff_json(handoff: Handoff) -> dict[str, Any]:
    """The newest handoff with its package, raw and as the panel draws it."""
    return {
        "id": handoff.id,
        "status": handoff.status,
        "reason": handoff.reason,
        "reason_text": handoff.reason_text,
        "summary": list(handoff.summary),
        "package": dict(handoff.package),
        "briefing": read_briefing(handoff.package).to_json(),
        "priority": handoff.priority,
        "assignee": handoff.assignee,
        "outcome": handoff.outcome,
        "requested_at": _time(handoff.requested_at),
        "taken_at": _time(handoff.taken_at),
        "first_reply_at": _time(handoff.first_reply_at),
        "closed_at": _time(handoff.closed_at),
    }


def past_handoff_json(handoff: PastHandoff) -> dict[str, Any]:
    """An earlier handoff of the same shopper."""
    return {
        "id": handoff.id,
        "status": handoff.status,
        "reason_text": handoff.reason_text,
        "assignee_name": handoff.assignee_name,
        "outcome": handoff.outcome,
        "requested_at": _time(handoff.requested_at),
        "closed_at": _time(handoff.closed_at),
    }


def profile_json(profile: Profile | None) -> dict[str, Any]:
    """Customer, orders, parcels and returns, personal data masked."""
    if profile is None:
        return {"customer": None, "orders": [], "parcels": [], "returns": []}
    customer = profile.customer
    return {
        "customer": {
            "id": customer.id,
            "nickname": customer.nickname,
            "tier": customer.tier,
            "phone": mask_phone(customer.phone),
            "city": customer.city,
            "registered_at": _time(customer.registered_at),
            "order_count": customer.order_count,
            "total_paid": customer.total_paid,
        },
        "orders": [_order(order) for order in profile.orders],
        "parcels": [_parcel(view) for view in profile.parcels],
        "returns": [_return(item) for item in profile.returns],
    }


# Of a receipt's details: what was asked for, and why.
_TOLD = ("cause", "share", "case", "trouble", "solution", "as", "reason", "count", "fault")


def approval_json(approval: Approval, member: Staff) -> dict[str, Any]:
    """What waits for a decision, and whether this member may decide about it."""
    pending, receipt = approval.pending, approval.pending.receipt
    senior_only = pending.senior_only
    return {
        "number": receipt.number,
        "kind": receipt.kind,
        "order_id": receipt.order_id,
        "line_id": receipt.line_id,
        "label": pending.label,
        "amount": pending.amount,
        "details": {name: receipt.details[name] for name in _TOLD if receipt.details.get(name)},
        "grounds": [ground.value for ground in pending.grounds],
        "limit": pending.limit,
        "photos": [message_json(photo, None)["image"] for photo in approval.photos],
        "created_at": _time(receipt.created_at),
        "due": _time(receipt.due),
        "needs": "supervisor" if senior_only else "agent",
        "may_decide": member.role.serves and (member.role.senior or not senior_only),
    }


def decided_json(receipt: Receipt, name: str) -> dict[str, Any]:
    """The decision on a receipt; `name` is of whom made it."""
    decision = receipt.decision
    return {
        "number": receipt.number,
        "kind": receipt.kind,
        "state": receipt.state.value,
        "approved": decision is not None and decision.approved,
        "by": decision.by if decision else "",
        "by_name": name,
        "reason": decision.reason if decision else "",
        "at": _time(decision.at if decision else None),
    }


def revealed_json(customer: Customer, orders: Sequence[Order]) -> dict[str, Any]:
    """Phone and addresses in full: only after an agent asked, and put on record."""
    return {
        "phone": customer.phone,
        "addresses": {
            order.id: {
                "name": order.address.name,
                "phone": order.address.phone,
                "address": full_address(order.address),
            }
            for order in orders
            if order.address is not None
        },
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "state": order.state.value,
        "paid": order.paid,
        "refunded": order.refunded,
        "shipping_fee": order.shipping_fee,
        "freight_insurance": order.freight_insurance,
        "remark": order.remark,
        "created_at": _time(order.created_at),
        "paid_at": _time(order.paid_at),
        "ship_by": _time(order.ship_by),
        "shipped_at": _time(order.shipped_at),
        "signed_at": _time(order.signed_at),
        "address": order.address and _masked(order.address),
        "lines": [
            {
                "id": line.id,
                "label": line.label,
                "title": line.title,
                "quantity": line.quantity,
                "paid": line.paid,
                "image": line.image,
                "gift": line.gift,
                "returned": line.returned,
            }
            for line in order.lines
        ],
    }


def _parcel(view: ParcelView) -> dict[str, Any]:
    parcel = view.parcel
    return {
        "id": parcel.id,
        "order_id": parcel.order_id,
        "carrier": parcel.carrier,
        "waybill": parcel.waybill,
        "state": parcel.state.value,
        "contested": parcel.contested,
        "origin_city": parcel.origin_city,
        "destination_city": parcel.destination_city,
        "shipped_at": _time(parcel.shipped_at),
        "eta_earliest": _time(view.eta.earliest),
        "eta_latest": _time(view.eta.latest),
        "stuck_hours": view.eta.stuck_hours,
        "trace": [
            {
                "at": _time(node.at),
                "state": node.state.value,
                "city": node.city,
                "text": node.text,
            }
            for node in reversed(parcel.trace)
        ],
    }


def _return(item: Return) -> dict[str, Any]:
    return {
        "number": item.number,
        "order_id": item.order_id,
        "line_id": item.line_id,
        "reason": item.reason.value,
        "state": item.state.value,
        "refund": item.refund,
        "shipping_paid_by": item.shipping_paid_by,
        "created_at": _time(item.created_at),
        "send_by": _time(item.send_by),
    }


def _masked(address: Address) -> dict[str, Any]:
    return {
        "name": mask_name(address.name),
        "phone": mask_phone(address.phone),
        "address": mask_address(address),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
