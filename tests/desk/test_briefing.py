"""The package is read as far as it is understood, whatever is in it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desk.briefing import BriefCard, Tried, read_briefing
from tests.desk.scenes import PACKAGE


def test_a_full_package() -> None:
    brief = read_briefing(PACKAGE)
    assert (brief.nickname, brief.tier, brief.order_count) == ("林晓月", "vip", 37)
    assert (brief.mood, brief.mood_trend) == ("生气", "falling")
    assert (brief.intent, brief.confidence) == ("物流不更新", 0.93)
    assert brief.tried[0] == Tried("查了圆通 YT7512345678901 的轨迹", "停在武汉 38 小时")
    assert brief.slots[1] == ("商品", "牛津纺衬衫 黑色 L")
    assert len(brief.suggestions) == 3


def test_the_short_forms() -> None:
    brief = read_briefing(
        {
            "mood": "平静",
            "tried": ["查了订单"],
            "slots": [["尺码", "L"], ["空", ""]],
            "suggestions": [{"text": "a"}, "b", "c", "d"],
            "orders": [{"title": "订单 1", "rows": [["金额", "¥1"]]}, {"subtitle": "no title"}],
        }
    )
    assert brief.mood == "平静"
    assert brief.tried == (Tried("查了订单", ""),)
    assert brief.slots == (("尺码", "L"),)
    assert brief.suggestions == ("a", "b", "c")
    assert brief.orders == (BriefCard("订单 1", "", (("金额", "¥1"),), "", ""),)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["text", "title", "rows", "label", "orders"]), inner)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*sorted(PACKAGE), "orders", "parcels"]), _json))
def test_no_package_makes_it_fail(package: dict[str, Any]) -> None:
    read_briefing(package).to_json()
