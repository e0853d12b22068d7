"""Sizes against charts, above all those of the demo shop."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.demo_world import build_world
from shop.sizing import Fit, Wish, advise, chart_of, measures_of, row_of
from shop.types import Measure, Product, Range, SizeRow, Sku
from tests.shop.world import DATA_DIR, NOW

H, W = Measure.HEIGHT, Measure.WEIGHT
SHIRT = tuple(
    SizeRow(size, (Range(H, *heights), Range(W, *weights)))
    for size, heights, weights in (
        ("S", (155, 165), (43, 52)),
        ("M", (160, 170), (50, 60)),
        ("L", (168, 176), (58, 70)),
        ("XL", (173, 182), (68, 80)),
    )
)
WORLD = build_world(DATA_DIR, anchor=NOW)
CHARTS = {
    row["id"]: tuple(
        SizeRow(size, tuple(Range(Measure(name), *limits) for name, limits in ranges.items()))
        for size, ranges, _ in row["size_chart"]
    )
    for row in WORLD.products
    if row["size_chart"]
}
PRODUCTS = {
    product: Product(
        id=product,
        item_id="",
        title="",
        short_name="",
        category="",
        aliases=(),
        attributes=(),
        care="",
        skus=tuple(
            Sku(one["id"], product, one["color"], one["size"], one["price"], one["stock"])
            for one in WORLD.skus
            if one["product_id"] == product
        ),
        size_chart=chart,
    )
    for product, chart in CHARTS.items()
}


@pytest.mark.parametrize(
    ("height", "weight", "wish", "fit", "best"),
    [
        (170, 65, None, Fit.ONE, "L"),
        (170, 65, Wish.LOOSE, Fit.ONE, "XL"),
        (170, 65, Wish.SLIM, Fit.ONE, "L"),
        (169, 59, None, Fit.SEVERAL, "M"),
        (169, 59, Wish.LOOSE, Fit.SEVERAL, "L"),
        (180, 55, None, Fit.SPLIT, "XL"),
        (190, 70, None, Fit.TOO_LARGE, None),
        (150, 45, None, Fit.TOO_SMALL, None),
    ],
)
def test_a_size_by_height_and_weight(
    height: int, weight: int, wish: Wish | None, fit: Fit, best: str | None
) -> None:
    advice = advise(SHIRT, {H: height, W: weight}, wish=wish)
    assert (advice.fit, advice.best and advice.best.size) == (fit, best)


def test_what_the_chart_does_not_go_by_says_nothing() -> None:
    assert advise(SHIRT, {Measure.FOOT: 250}).fit is Fit.UNKNOWN


def test_between_two_rows_with_a_gap_the_larger_is_taken() -> None:
    beds = (
        SizeRow("1.5m床", (Range(Measure.BED, 150, 150),)),
        SizeRow("1.8m床", (Range(Measure.BED, 180, 180),)),
    )
    advice = advise(beds, {Measure.BED: 160})
    assert (advice.fit, advice.best and advice.best.size) == (Fit.ONE, "1.8m床")


@pytest.mark.parametrize("written", ["l", "L码", " L ", "L号"])
def test_a_size_is_found_however_it_is_written(written: str) -> None:
    row = row_of(SHIRT, written)
    assert row is not None
    assert row.size == "L"


@pytest.mark.parametrize("product", sorted(CHARTS))
def test_the_shops_charts_run_from_small_to_large(product: str) -> None:
    chart = CHARTS[product]
    for measure in measures_of(chart):
        ranges = [limits for row in chart if (limits := row.range(measure)) is not None]
        assert [one.low for one in ranges] == sorted(one.low for one in ranges)
        assert [one.high for one in ranges] == sorted(one.high for one in ranges)
        assert all(one.low <= one.high for one in ranges)


@given(st.data(), st.sampled_from(sorted(CHARTS)), st.sampled_from([None, *Wish]))
def test_a_larger_body_never_gets_a_smaller_size(
    data: st.DataObject, product: str, wish: Wish | None
) -> None:
    chart = CHARTS[product]
    body, larger = {}, {}
    for measure in measures_of(chart):
        ranges = [limits for row in chart if (limits := row.range(measure)) is not None]
        low, high = min(one.low for one in ranges), max(one.high for one in ranges)
        body[measure] = data.draw(st.floats(low, high))
        larger[measure] = data.draw(st.floats(body[measure], high))
    small, large = advise(chart, body, wish=wish).best, advise(chart, larger, wish=wish).best
    assert small is not None
    assert large is not None
    assert chart.index(small) <= chart.index(large)


@given(st.data(), st.sampled_from(sorted(CHARTS)), st.sampled_from([None, *Wish]))
def test_only_sizes_that_the_product_is_made_in_are_advised(
    data: st.DataObject, product: str, wish: Wish | None
) -> None:
    made = {sku.size for sku in PRODUCTS[product].skus}
    body = {}
    for measure in measures_of(CHARTS[product]):
        ranges = [limits for row in CHARTS[product] if (limits := row.range(measure)) is not None]
        low, high = min(one.low for one in ranges), max(one.high for one in ranges)
        body[measure] = data.draw(st.floats(low, high))
    advice = advise(chart_of(PRODUCTS[product]), body, wish=wish)
    assert {row.size for row in advice.rows} <= made
    assert advice.best is None or advice.best.size in made
    assert (advice.best is None) == (advice.fit in (Fit.TOO_LARGE, Fit.TOO_SMALL))


@pytest.mark.parametrize("product", sorted(CHARTS))
def test_every_size_of_a_product_with_a_chart_is_in_it(product: str) -> None:
    assert {row.size for row in chart_of(PRODUCTS[product])} == {
        sku.size for sku in PRODUCTS[product].skus
    }
