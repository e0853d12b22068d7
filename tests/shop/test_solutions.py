"""Which way settles a trouble best: by the goods, the means, the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from shop.solutions import OFTEN, History, Means, Trouble, Way, proposals

ALL = Means(in_stock=True, back=16900, partial=3000, missing=8000, warranty_until=date(2027, 1, 1))
NEW = History()


def ways(trouble: Trouble, means: Means = ALL, history: History = NEW) -> list[Way]:
    return [one.way for one in proposals(trouble, means, history)]


def test_bad_goods_are_exchanged_first_then_returned() -> None:
    assert ways(Trouble.QUALITY)[:2] == [Way.EXCHANGE, Way.RETURN]


def test_without_stock_the_money_comes_first_and_says_why() -> None:
    first = proposals(Trouble.QUALITY, replace(ALL, in_stock=False), NEW)[0]
    assert (first.way, first.reason, first.amount) == (Way.RETURN, "sold_out", 16900)


def test_an_exchange_that_did_not_help_is_not_proposed_first_again() -> None:
    found = proposals(Trouble.QUALITY, ALL, History(tried=frozenset({Way.EXCHANGE})))
    assert found[0].way is Way.RETURN
    assert next(one for one in found if one.way is Way.EXCHANGE).reason == "again"


def test_what_cannot_be_sent_back_is_kept_and_paid() -> None:
    food = replace(ALL, sent_back=False, warranty_until=None)
    assert ways(Trouble.QUALITY, food) == [Way.PARTIAL_REFUND, Way.PERSON]


def test_after_the_window_the_warranty_is_left() -> None:
    late = replace(ALL, back=0, partial=0)
    assert ways(Trouble.QUALITY, late) == [Way.REPAIR, Way.PERSON]


def test_money_without_goods_sinks_for_who_asks_often() -> None:
    often = History(cases=OFTEN)
    assert ways(Trouble.NOT_RECEIVED)[0] is Way.REFUND
    assert ways(Trouble.NOT_RECEIVED, history=often)[0] is Way.RESHIP
    assert proposals(Trouble.MISSING, ALL, often)[-1].reason == "often"


def test_a_good_customer_gets_the_money_sooner() -> None:
    assert ways(Trouble.QUALITY, history=History(tier="vip"))[0] is Way.RETURN


@given(
    trouble=st.sampled_from(Trouble),
    means=st.builds(
        Means,
        in_stock=st.booleans(),
        back=st.integers(0, 9),
        partial=st.integers(0, 9),
        missing=st.integers(0, 9),
        warranty_until=st.none() | st.just(date(2027, 1, 1)),
        sent_back=st.booleans(),
    ),
    history=st.builds(
        History,
        tier=st.sampled_from(["normal", "vip"]),
        tried=st.frozensets(st.sampled_from(Way)),
        cases=st.integers(0, 9),
    ),
)
def test_each_way_once_a_person_always_and_no_money_that_is_not_there(
    trouble: Trouble, means: Means, history: History
) -> None:
    found = proposals(trouble, means, history)
    assert len({one.way for one in found}) == len(found)
    assert found[-1].way is Way.PERSON or Way.PERSON in {one.way for one in found}
    paid = {Way.RETURN: means.back, Way.PARTIAL_REFUND: means.partial, Way.REFUND: means.missing}
    assert all(one.amount == paid.get(one.way, 0) for one in found)
