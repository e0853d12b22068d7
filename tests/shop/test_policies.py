"""The rules for returns: windows, exclusions, who pays, and what is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.errors import ConfigurationError
from shop.policies import Policy, PolicyFile, eligibility, load_policy
from shop.types import Eligibility, Order, OrderLine, OrderState, ParcelState, ReturnReason
from tests.shop.world import CHINA, COMPENSATION, LINE, NOW, POLICIES, china, order, signed

POLICY = load_policy(POLICIES)
WANTED, QUALITY = ReturnReason.NO_LONGER_WANTED, ReturnReason.QUALITY


def ask(
    line: OrderLine, reason: ReturnReason | None = WANTED, *, now: datetime = NOW, **changes: object
) -> Eligibility:
    """The decision for the only line of an order."""
    whole = order(line, **{"state": OrderState.SIGNED, "paid": line.paid, **changes})
    return eligibility(whole, whole.lines[0], reason, POLICY, now)


def test_within_seven_days_goods_come_back_without_a_reason() -> None:
    answer = ask(signed(3))
    assert (answer.allowed, answer.days_left, answer.refund) == (True, 4, 16900)
    assert answer.shipping_paid_by == "shopper"
    assert answer.rule == (
        "可以退的，签收 7 天内都支持，11月22日当天及之前申请都来得及，退款 ¥169，原路退回。"
        "寄回的运费由您承担。"
    )


def test_the_last_day_is_called_the_last() -> None:
    answer = ask(signed(7))
    assert (answer.allowed, answer.days_left) == (True, 0)
    assert "今天是 7 天期限的最后一天" in answer.rule


def test_after_the_window_the_rule_and_other_ways_are_told() -> None:
    answer = ask(signed(8))
    assert (answer.allowed, answer.days_left, answer.refund) == (False, None, 0)
    assert "7 天无理由退货到11月17日为止，今天是签收后第 8 天" in answer.rule
    assert answer.alternatives == (
        "如果是质量问题，11月25日当天及之前都可以退，运费我们承担",
        "请人工客服再帮您看看",
    )
    assert QUALITY in answer.other_reasons


def test_a_warranty_of_next_year_names_the_year() -> None:
    answer = ask(signed(20, category="耳机"))
    assert "还在保修期内（到2027年10月29日），有故障可以免费检修" in answer.alternatives


def test_a_shop_fault_has_its_own_refusal() -> None:
    answer = ask(signed(16), QUALITY)
    assert "退货期限是签收后 15 天（到11月17日）" in answer.rule
    assert answer.alternatives == ("请人工客服再帮您看看",)


def test_the_day_changes_at_midnight_of_the_shop() -> None:
    line = replace(LINE, signed_at=china(2026, 11, 1, 23, 59))
    last = china(2026, 11, 8, 23, 59)
    assert ask(line, now=last).allowed
    assert not ask(line, now=last + timedelta(minutes=1)).allowed
    assert ask(replace(line, signed_at=china(2026, 11, 2, 0, 0)), now=china(2026, 11, 9)).allowed


@given(
    signed_minute=st.integers(0, 3 * 365 * 24 * 60),
    minutes=st.integers(0, 60 * 24 * 40),
    category=st.sampled_from(["衬衫", "手机", "耳机"]),
    reason=st.sampled_from(ReturnReason),
)
def test_the_window_counts_calendar_days_of_the_shop(
    signed_minute: int, minutes: int, category: str, reason: ReturnReason
) -> None:
    at = datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=signed_minute)
    now = at + timedelta(minutes=minutes)
    days = POLICY.windows[reason].for_category(category)
    elapsed = (now.astimezone(CHINA).date() - at.astimezone(CHINA).date()).days
    answer = ask(replace(LINE, category=category, signed_at=at), reason, now=now)
    assert answer.allowed == (elapsed <= days)
    assert answer.days_left == (days - elapsed if answer.allowed else None)


moments = st.none() | st.integers(0, 50).map(lambda days: NOW - timedelta(days=days))
lines = st.builds(
    OrderLine,
    id=st.just("1"),
    product_id=st.just("p"),
    sku_id=st.just("s"),
    title=st.just("t"),
    short_name=st.just("n"),
    category=st.sampled_from(["衬衫", "食品", "护肤", "手机", "内衣", "没见过"]),
    color=st.just(""),
    size=st.just(""),
    quantity=st.integers(1, 3),
    paid=st.integers(0, 500_000),
    gift=st.booleans(),
    returned=st.booleans(),
    returnable=st.booleans(),
    shipped_at=moments,
    signed_at=moments,
    parcel_state=st.none() | st.sampled_from(ParcelState),
)
orders = st.builds(
    Order,
    id=st.just("1"),
    customer_id=st.just("c"),
    state=st.sampled_from(OrderState),
    lines=st.just(()),
    paid=st.integers(0, 500_000),
    shipping_fee=st.just(0),
    created_at=st.just(NOW),
    signed_at=moments,
    freight_insurance=st.booleans(),
    refunded=st.integers(0, 500_000),
)


@given(orders, lines, st.none() | st.sampled_from(ReturnReason))
def test_a_refund_never_exceeds_what_was_paid_and_everything_is_explained(
    whole: Order, line: OrderLine, reason: ReturnReason | None
) -> None:
    answer = eligibility(whole, line, reason, POLICY, NOW)
    assert 0 <= answer.refund <= line.paid
    assert answer.refund + whole.refunded <= max(whole.paid, whole.refunded)
    assert answer.rule
    assert "{" not in answer.rule + "".join(answer.alternatives)
    if answer.allowed:
        assert answer.refund > 0
        assert answer.days_left is not None
        assert not line.returned
        assert line.signed_at or whole.signed_at
    else:
        assert answer.refund == 0
        assert answer.days_left is None


@given(orders, lines)
def test_other_reasons_are_those_that_would_be_allowed(whole: Order, line: OrderLine) -> None:
    answer = eligibility(whole, line, None, POLICY, NOW)
    for reason in ReturnReason:
        if reason is not WANTED:
            direct = eligibility(whole, line, reason, POLICY, NOW)
            assert direct.allowed == (reason in answer.other_reasons)


def test_no_reason_is_judged_by_the_strictest_rule() -> None:
    for days in (3, 8, 20):
        assert ask(signed(days), None) == ask(signed(days), WANTED)


@pytest.mark.parametrize(
    ("reason", "insured", "payer"),
    [
        (WANTED, False, "shopper"),
        (WANTED, True, "insurance"),
        (ReturnReason.WRONG_SIZE, True, "insurance"),
        (QUALITY, True, "shop"),
        (ReturnReason.DAMAGED, False, "shop"),
        (ReturnReason.WRONG_ITEM, False, "shop"),
        (ReturnReason.NOT_AS_DESCRIBED, False, "shop"),
    ],
)
def test_the_reason_decides_who_pays_the_way_back(
    reason: ReturnReason, insured: bool, payer: str
) -> None:
    answer = ask(signed(2), reason, freight_insurance=insured)
    assert answer.allowed
    assert answer.shipping_paid_by == payer
    assert answer.rule.endswith(POLICY.sentences[f"paid_by_{payer}"])


@pytest.mark.parametrize("category", ["食品", "内衣"])
def test_excluded_categories_come_back_for_a_fault_only(category: str) -> None:
    refused = ask(signed(2, category=category))
    assert not refused.allowed
    assert "不支持无理由退货" in refused.rule
    assert refused.alternatives
    assert ask(signed(2, category=category), ReturnReason.DAMAGED).allowed


@pytest.mark.parametrize(("category", "condition"), [("护肤", "未拆封"), ("手机", "未激活")])
def test_conditional_categories_name_their_condition(category: str, condition: str) -> None:
    answer = ask(signed(2, category=category))
    assert answer.allowed
    assert condition in answer.rule
    assert condition not in ask(signed(2, category=category), QUALITY).rule


def test_products_marked_so_do_not_come_back_without_a_fault() -> None:
    assert "不支持无理由退货" in ask(signed(2, returnable=False)).rule
    assert ask(signed(2, returnable=False), QUALITY).allowed


def test_what_was_not_shipped_is_cancelled_instead() -> None:
    answer = ask(LINE, state=OrderState.PAID)
    assert not answer.allowed
    assert "还没有发货" in answer.rule
    assert answer.alternatives[0] == "现在就取消"


def test_the_waiting_line_of_a_partly_shipped_order_is_cancelled_too() -> None:
    assert "还没有发货" in ask(LINE, state=OrderState.PARTLY_SHIPPED).rule


def test_what_is_under_way_may_be_refused_or_returned_later() -> None:
    answer = ask(replace(LINE, shipped_at=NOW), state=OrderState.SHIPPED)
    assert "拒收" in answer.rule
    assert answer.alternatives == ("派送时拒收", "先收下，签收后再申请退货")
    food = ask(replace(LINE, shipped_at=NOW, category="食品"), state=OrderState.SHIPPED)
    assert food.alternatives == ("派送时拒收",)


def test_an_orders_status_alone_proves_no_signing() -> None:
    answer = ask(replace(LINE, shipped_at=NOW), state=OrderState.SIGNED)
    assert "还没签收" in answer.rule


def test_a_parcel_going_back_needs_no_return() -> None:
    line = replace(LINE, shipped_at=NOW, parcel_state=ParcelState.RETURNING)
    assert "正在退回仓库" in ask(line, state=OrderState.SHIPPED).rule


@pytest.mark.parametrize(
    ("line", "state", "words"),
    [
        (LINE, OrderState.AWAITING_PAYMENT, "还没有付款"),
        (LINE, OrderState.CLOSED, "已经关闭"),
        (signed(2, returned=True), OrderState.SIGNED, "已经有一笔退货"),
        (signed(2, gift=True, paid=0), OrderState.SIGNED, "赠品"),
        (signed(2, paid=0), OrderState.SIGNED, "没有可以再退的款项"),
    ],
)
def test_other_refusals_say_why(line: OrderLine, state: OrderState, words: str) -> None:
    answer = ask(line, state=state)
    assert not answer.allowed
    assert words in answer.rule


def test_silence_depends_on_carrier_and_leg() -> None:
    assert POLICY.usual_silence("SF", ParcelState.IN_TRANSIT) == 30
    assert POLICY.usual_silence("SF", ParcelState.COLLECTED) == 24
    assert POLICY.usual_silence("ZTO", ParcelState.IN_TRANSIT) == 48
    assert POLICY.usual_silence("ZTO", ParcelState.SIGNED) is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("send_within_days: 7", "send_days: 7", "send_within_days"),
        ("  quality: {days: 15,", "  quality: {days: -1,", "-1"),
        ("  other: {days: 7}\n", "", "other"),
        ("  - categories: [食品]\n    mode: never", "  - categories: [食品]\n    mode: nie", "nie"),
        ("  unpaid:", "  unpayed:", "unpaid"),
        ("{elapsed}", "{elapsd}", "elapsd"),
        ("silence_hours:\n  default:", "silence_hours:\n  usual:", "default"),
        ("shop_pays: [quality,", "shop_pays: [qualität,", "qualität"),
        ("windows:", "windows: [", "line"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "policies.yml"
    text = POLICIES.read_text("utf-8")
    shutil.copy(COMPENSATION, tmp_path)
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ConfigurationError, match=words) as error:
        load_policy(path)
    assert "policies.yml" in str(error.value)


def test_the_rules_of_compensation_stand_beside(tmp_path: Path) -> None:
    path = tmp_path / "policies.yml"
    shutil.copy(POLICIES, path)
    with pytest.raises(ConfigurationError, match=r"compensation\.yml: cannot be read"):
        load_policy(path)
    beside = tmp_path / "compensation.yml"
    beside.write_text(COMPENSATION.read_text("utf-8").replace("as: cash", "as: cheque"), "utf-8")
    with pytest.raises(ConfigurationError, match="neither coupon nor cash"):
        load_policy(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yml"):
        PolicyFile(path=tmp_path / "none.yml")()


def test_an_edit_is_live_at_once_and_a_broken_one_keeps_the_last(tmp_path: Path) -> None:
    path = tmp_path / "policies.yml"
    text = POLICIES.read_text("utf-8")
    shutil.copy(COMPENSATION, tmp_path)
    path.write_text(text, "utf-8")
    policies = PolicyFile(path=path)

    def days(policy: Policy) -> int:
        return policy.windows[WANTED].days

    assert days(policies()) == 7
    assert policies() is policies()
    path.write_text(text.replace("no_longer_wanted: {days: 7}", "no_longer_wanted: {days: 10}"))
    assert days(policies()) == 10
    path.write_text("windows: [")
    assert days(policies()) == 10
    path.unlink()
    assert days(policies()) == 10
