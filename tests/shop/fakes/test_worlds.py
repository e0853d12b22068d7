"""The demo shop as if it had been copied from Taobao: the ids are those of the trades."""

from __future__ import annotations

from shop.demo_world import build_world
from shop.fakes.worlds import as_copied, oid_of, trade_of
from shop.taobao.trades import OwnTrade, order_from
from tests.shop.world import DATA_DIR, LINE, NOW, order


def test_every_id_is_unique_and_refers_to_what_it_did() -> None:
    before, after = build_world(DATA_DIR, anchor=NOW), as_copied(build_world(DATA_DIR, anchor=NOW))
    lines = {row["id"]: row for row in after.lines}
    parcels = {row["id"]: row for row in after.parcels}
    assert (len(lines), len(parcels)) == (len(before.lines), len(before.parcels))
    for row in after.lines:
        assert not row["parcel_id"] or parcels[row["parcel_id"]]["order_id"] == row["order_id"]
    assert {row["parcel_id"] for row in after.nodes} <= parcels.keys()
    for old, new in zip(before.returns, after.returns, strict=True):
        assert lines[new["line_id"]]["order_id"] == old["order_id"]
    assert after.orders == before.orders


def test_a_trade_made_of_an_order_has_the_ids_of_its_copy() -> None:
    two = order(LINE, LINE)
    trade = trade_of(two, (), open_uid="u", item_ids={})
    read = order_from(OwnTrade(account="main", tid=two.id, fields=trade), customer_id="c-1")
    assert [line.id for line in read.lines] == [str(oid_of(two, line)) for line in two.lines]
    assert len({line.id for line in read.lines}) == 2
