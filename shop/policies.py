"""The shop's rules for returns: pure, typed, read from `data/knowledge/policies.yml`.

Windows count calendar days in the shop's time zone and start the day after signing, as the
Chinese regulation on seven-day returns counts them (网络购买商品七日无理由退货暂行办法, 第十条):
signed on the 1st, a 7-day window ends with the 8th.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from conversations.errors import ConfigurationError
from shop.membership import MembershipRules, read_membership
from shop.operations.approvals import ApprovalRules, read_approvals
from shop.operations.handler import Rules, read_rules
from shop.operations.kinds import HANDLERS
from shop.types import (
    Address,
    Eligibility,
    Order,
    OrderLine,
    OrderState,
    ParcelState,
    ReturnReason,
)

_LOG = structlog.get_logger(__name__)

_SENTENCES = {
    *("allowed", "allowed_today", "allowed_fault"),
    *("paid_by_shop", "paid_by_insurance", "paid_by_shopper"),
    *("unpaid", "unshipped", "on_the_way", "going_back", "closed"),
    *("window_over", "window_over_fault"),
    *("returned", "gift", "nothing_left", "not_returnable"),
    *("apply_on_taobao", "changed_on_taobao"),
}
_ALTERNATIVES = {
    *("cancel", "change_order", "refuse_parcel", "return_after_signing"),
    *("quality_open", "warranty", "see_return", "replace_gift", "human"),
}
_GOING_BACK = {ParcelState.REJECTED, ParcelState.RETURNING, ParcelState.RETURNED}
_FIELDS = {"days", "elapsed", "last_day", "refund"}


@dataclass(frozen=True)
class Window:
    """How many calendar days after signing a reason may be given; some categories differ."""

    days: int
    categories: Mapping[str, int]

    def for_category(self, category: str) -> int:
        """Days for goods of that category."""
        return self.categories.get(category, self.days)


@dataclass(frozen=True)
class Exclusion:
    """Categories that do not come back without a reason; `conditional`: only if `rule` is kept."""

    categories: frozenset[str]
    conditional: bool
    rule: str


@dataclass(frozen=True)
class Policy:
    """All rules of one shop. Made by `load_policy`."""

    zone: tzinfo
    windows: Mapping[ReturnReason, Window]
    shop_pays: frozenset[ReturnReason]
    exclusions: tuple[Exclusion, ...]
    send_within_days: int
    return_address: Address
    warranty_days: Mapping[str, int]
    silence_hours: Mapping[str, Mapping[ParcelState, int]]
    sentences: Mapping[str, str]
    alternatives: Mapping[str, str]
    operations: Mapping[str, Rules]
    membership: MembershipRules
    approvals: ApprovalRules

    def usual_silence(self, carrier_code: str, state: ParcelState) -> int | None:
        """Hours without news that are still usual; None: silence means nothing in that state."""
        own = self.silence_hours.get(carrier_code, {})
        return own.get(state, self.silence_hours["default"].get(state))

    def exclusion(self, category: str) -> Exclusion | None:
        """The rule against returns without a reason for that category, None without one."""
        for exclusion in self.exclusions:
            if category in exclusion.categories:
                return exclusion
        return None


def load_policy(path: Path) -> Policy:
    """The rules written in `path`, with those of compensation in the file beside it.

    Raises:
        ConfigurationError: a file is missing, is not YAML, or lacks or misspells something;
            the text names the file and the key.
    """
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        beside = YAML(typ="safe").load(_compensation(path).read_text(encoding="utf-8"))
        content["operations"]["compensation"] = beside
        return policy_from(content)
    except OSError as error:
        raise ConfigurationError(
            f"{error.filename or path}: cannot be read: {error.strerror}"
        ) from error
    except KeyError as error:
        raise ConfigurationError(f"{path}: the key {error} is missing") from error
    except (YAMLError, ValueError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def policy_from(data: Mapping[str, Any]) -> Policy:
    """The rules in the loaded content of a policies file.

    Raises:
        KeyError, ValueError, TypeError, AttributeError: a key is missing or a value makes no sense.
    """
    windows = {
        ReturnReason(reason): Window(
            days=_days(entry["days"]),
            categories={
                category: _days(days) for category, days in entry.get("categories", {}).items()
            },
        )
        for reason, entry in data["windows"].items()
    }
    missing = [reason.value for reason in ReturnReason if reason not in windows]
    if missing:
        raise ValueError(f"windows: {', '.join(missing)} must be given")
    return Policy(
        zone=timezone(timedelta(hours=data["utc_offset_hours"])),
        windows=windows,
        shop_pays=frozenset(ReturnReason(reason) for reason in data["shop_pays"]),
        exclusions=tuple(_exclusion(entry) for entry in data["exclusions"]),
        send_within_days=_days(data["send_within_days"]),
        return_address=Address(**data["return_address"]),
        warranty_days={c: _days(days) for c, days in data["warranty_days"].items()},
        silence_hours=_silence(data["silence_hours"]),
        sentences=_texts(data["sentences"], _SENTENCES, "sentences"),
        alternatives=_texts(data["alternatives"], _ALTERNATIVES, "alternatives"),
        operations=read_rules(data["operations"], HANDLERS),
        membership=read_membership(data["membership"]),
        approvals=read_approvals(data["approvals"]),
    )


def _compensation(path: Path) -> Path:
    """Where the rules of compensation are, beside the policies."""
    return path.with_name("compensation.yml")


class PolicyFile:
    """The rules in force: called, gives those of the file, read again when it has changed.

    A change that makes no sense is logged and the last good rules stay in force; the studio
    checks with `load_policy` before it saves.
    """

    def __init__(self, *, path: Path) -> None:
        self._path = path
        self._version: tuple[int, ...] | None = None
        self._policy: Policy | None = None

    def __call__(self) -> Policy:
        """The rules in force.

        Raises:
            ConfigurationError: the file has never been readable and right.
        """
        version = self._version_now()
        if self._policy is None or version != self._version:
            try:
                self._policy = load_policy(self._path)
            except ConfigurationError as error:
                if self._policy is None:
                    raise
                _LOG.error("policies_kept", reason=str(error))
            self._version = version
        return self._policy

    def _version_now(self) -> tuple[int, ...] | None:
        try:
            found = [path.stat() for path in (self._path, _compensation(self._path))]
        except OSError:
            return None
        return tuple(part for status in found for part in (status.st_mtime_ns, status.st_size))


def eligibility(
    order: Order, line: OrderLine, reason: ReturnReason | None, policy: Policy, now: datetime
) -> Eligibility:
    """Whether that line may come back for that reason, in words for the shopper.

    Args:
        order: the order, with `refunded` up to date.
        line: one of its lines, with `returned` and its parcel's `signed_at` up to date.
        reason: None means not told yet and is judged as `no_longer_wanted`, the strictest.
        policy: the shop's rules.
        now: the moment of asking, with a zone.

    Returns:
        The decision. `refund` never exceeds what was paid for the line, nor what of the order's
        payment was not promised back already.
    """
    asked = reason or ReturnReason.NO_LONGER_WANTED
    case = _Case(order=order, line=line, reason=asked, policy=policy, now=now)
    answer = case.answer()
    others = tuple(
        other
        for other in ReturnReason
        if other is not asked and replace(case, reason=other).answer().allowed
    )
    return replace(answer, other_reasons=others)


@dataclass(frozen=True)
class _Case:
    order: Order
    line: OrderLine
    reason: ReturnReason
    policy: Policy
    now: datetime

    @property
    def refund(self) -> int:
        return max(0, min(self.line.paid, self.order.paid - self.order.refunded))

    @property
    def fault(self) -> bool:
        return self.reason in self.policy.shop_pays

    @property
    def signed_on(self) -> date | None:
        signed = self.line.signed_at or self.order.signed_at
        return signed.astimezone(self.policy.zone).date() if signed else None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.policy.zone).date()

    @property
    def days(self) -> int:
        return self.policy.windows[self.reason].for_category(self.line.category)

    @property
    def shipping_paid_by(self) -> str:
        if self.fault:
            return "shop"
        return "insurance" if self.order.freight_insurance else "shopper"

    @property
    def shipped(self) -> bool:
        whole = (OrderState.SHIPPED, OrderState.SIGNED, OrderState.FINISHED)
        return self.line.shipped_at is not None or self.order.state in whole

    def answer(self) -> Eligibility:
        if self.line.returned:
            return self._refuse("returned", "see_return")
        if self.order.state is OrderState.CLOSED:
            return self._refuse("closed", "human")
        if self.order.state is OrderState.AWAITING_PAYMENT:
            return self._refuse("unpaid")
        if self.line.gift:
            return self._refuse("gift", "replace_gift")
        if self.refund == 0:
            return self._refuse("nothing_left", "human")
        exclusion = None if self.fault else self.policy.exclusion(self.line.category)
        never = exclusion is not None and not exclusion.conditional
        if self.signed_on is None and not self.shipped:
            return self._refuse("unshipped", "cancel", "change_order")
        if self.line.parcel_state in _GOING_BACK:
            return self._refuse("going_back", "human")
        if self.signed_on is None:
            if never:
                return self._refuse("on_the_way", "refuse_parcel", rule=exclusion)
            return self._refuse("on_the_way", "refuse_parcel", "return_after_signing")
        if never:
            return self._refuse("", "quality_open", "human", rule=exclusion)
        if not self.fault and not self.line.returnable:
            return self._refuse("not_returnable", "quality_open", "human")
        last = self.signed_on + timedelta(days=self.days)
        if self.today > last:
            over = "window_over_fault" if self.fault else "window_over"
            return self._refuse(over, "quality_open", "warranty", "human")
        return self._allow(last, exclusion)

    def _allow(self, last: date, exclusion: Exclusion | None) -> Eligibility:
        if self.fault:
            name = "allowed_fault"
        else:
            name = "allowed_today" if self.today == last else "allowed"
        sentences, payer = self.policy.sentences, self.shipping_paid_by
        condition = exclusion.rule if exclusion else ""
        return Eligibility(
            allowed=True,
            rule=self._fill(sentences[name], self.days) + condition + sentences[f"paid_by_{payer}"],
            days_left=(last - self.today).days,
            shipping_paid_by=payer,
            refund=self.refund,
        )

    def _refuse(
        self, sentence: str, *alternatives: str, rule: Exclusion | None = None
    ) -> Eligibility:
        own = self._fill(self.policy.sentences[sentence], self.days) if sentence else ""
        offered = (self._alternative(name) for name in alternatives)
        return Eligibility(
            allowed=False,
            rule=own + (rule.rule if rule else ""),
            days_left=None,
            shipping_paid_by=self.shipping_paid_by,
            refund=0,
            alternatives=tuple(text for text in offered if text),
        )

    def _alternative(self, name: str) -> str:
        """The sentence, or nothing when it does not hold for this line now."""
        text, category = self.policy.alternatives[name], self.line.category
        if name == "quality_open":
            days = self.policy.windows[ReturnReason.QUALITY].for_category(category)
        elif name == "warranty":
            days = self.policy.warranty_days.get(category, -1)
        else:
            return text
        open_still = self.signed_on and self.today <= self.signed_on + timedelta(days=days)
        return self._fill(text, days) if open_still else ""

    def _date(self, day: date) -> str:
        year = "" if day.year == self.today.year else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日"

    def _fill(self, text: str, days: int) -> str:
        signed = self.signed_on
        last = signed + timedelta(days=days) if signed else None
        return text.format(
            days=days,
            elapsed=(self.today - signed).days if signed else 0,
            last_day=self._date(last) if last else "",
            refund=_yuan(self.refund),
        )


def _yuan(fen: int) -> str:
    """¥169, or ¥169.50."""
    yuan, cents = divmod(fen, 100)
    return f"¥{yuan}.{cents:02d}" if cents else f"¥{yuan}"


def _days(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is not a number of days")
    return value


def _exclusion(entry: Mapping[str, Any]) -> Exclusion:
    if entry["mode"] not in ("never", "condition"):
        raise ValueError(f"exclusions: mode {entry['mode']!r} is neither never nor condition")
    return Exclusion(
        categories=frozenset(entry["categories"]),
        conditional=entry["mode"] == "condition",
        rule=entry["rule"],
    )


def _silence(entries: Mapping[str, Mapping[str, int]]) -> dict[str, dict[ParcelState, int]]:
    if "default" not in entries:
        raise ValueError("silence_hours: default must be given")
    return {
        carrier: {ParcelState(state): hours for state, hours in legs.items()}
        for carrier, legs in entries.items()
    }


def _texts(entries: Mapping[str, str], names: set[str], where: str) -> dict[str, str]:
    if set(entries) != names:
        odd = ", ".join(sorted(set(entries) ^ names))
        raise ValueError(f"{where}: missing or unknown: {odd}")
    for name, text in entries.items():
        fields = {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}
        if not fields <= _FIELDS:
            raise ValueError(f"{where}.{name}: unknown words {sorted(fields - _FIELDS)} in {{}}")
    return dict(entries)
