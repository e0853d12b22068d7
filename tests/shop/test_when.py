"""Chinese words for past times."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import when
from shop.when import Interval
from tests.shop.world import CHINA, NOW, china

# NOW is Wednesday, 18 November 2026, 15:30 in China.
DAY = timedelta(days=1)


def parse(text: str, now: datetime = NOW) -> Interval | None:
    return when.parse(text, now=now, zone=CHINA)


def days(text: str, now: datetime = NOW) -> tuple[date, date]:
    """First and last day of the interval, both inclusive."""
    found = parse(text, now)
    assert found is not None, text
    first, end = found.start.astimezone(CHINA), found.end.astimezone(CHINA)
    assert (first.hour, first.minute, end.hour, end.minute) == (0, 0, 0, 0)
    return first.date(), (end - DAY).date()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今天下的单", (2026, 11, 18), (2026, 11, 18)),
        ("我昨天买的黑色L码衬衫到哪了", (2026, 11, 17), (2026, 11, 17)),
        ("前天", (2026, 11, 16), (2026, 11, 16)),
        ("大前天买的", (2026, 11, 15), (2026, 11, 15)),
        ("上周三买的", (2026, 11, 11), (2026, 11, 11)),
        ("上个星期天", (2026, 11, 15), (2026, 11, 15)),
        ("上周", (2026, 11, 9), (2026, 11, 15)),
        ("上上周", (2026, 11, 2), (2026, 11, 8)),
        ("这周买的", (2026, 11, 16), (2026, 11, 22)),
        ("上周末", (2026, 11, 14), (2026, 11, 15)),
        ("周末拍的", (2026, 11, 14), (2026, 11, 15)),
        ("周三", (2026, 11, 18), (2026, 11, 18)),
        ("星期四买的", (2026, 11, 12), (2026, 11, 12)),
        ("上个月", (2026, 10, 1), (2026, 10, 31)),
        ("上上个月", (2026, 9, 1), (2026, 9, 30)),
        ("这个月初", (2026, 11, 1), (2026, 11, 10)),
        ("上个月底", (2026, 10, 20), (2026, 10, 31)),
        ("3天前", (2026, 11, 15), (2026, 11, 15)),
        ("三天前", (2026, 11, 15), (2026, 11, 15)),
        ("十天前", (2026, 11, 7), (2026, 11, 9)),
        ("两周前", (2026, 11, 1), (2026, 11, 7)),
        ("半个月前", (2026, 10, 30), (2026, 11, 7)),
        ("两个月前", (2026, 9, 1), (2026, 9, 30)),
        ("6月18号", (2026, 6, 18), (2026, 6, 18)),
        ("６月１８日", (2026, 6, 18), (2026, 6, 18)),
        ("六月十八号", (2026, 6, 18), (2026, 6, 18)),
        ("12月3号", (2025, 12, 3), (2025, 12, 3)),
        ("2月29号", (2024, 2, 29), (2024, 2, 29)),
        ("2024年6月18日", (2024, 6, 18), (2024, 6, 18)),
        ("去年6月", (2025, 6, 1), (2025, 6, 30)),
        ("6月份", (2026, 6, 1), (2026, 6, 30)),
        ("2026-11-03", (2026, 11, 3), (2026, 11, 3)),
        ("6.18买的", (2026, 6, 18), (2026, 6, 18)),
        ("11/5下单", (2026, 11, 5), (2026, 11, 5)),
        ("3号买的", (2026, 11, 3), (2026, 11, 3)),
        ("25号拍的", (2026, 10, 25), (2026, 10, 25)),
        ("双十一买的", (2026, 10, 20), (2026, 11, 12)),
        ("去年双11", (2025, 10, 20), (2025, 11, 12)),
        ("618囤的", (2026, 5, 25), (2026, 6, 20)),
        ("双12", (2025, 12, 5), (2025, 12, 13)),
        ("国庆", (2026, 10, 1), (2026, 10, 7)),
        ("去年", (2025, 1, 1), (2025, 12, 31)),
        ("最近", (2026, 11, 4), (2026, 11, 18)),
    ],
)
def test_words_become_days(
    text: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert days(text) == (date(*first), date(*last))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("昨晚下的单", china(2026, 11, 17, 17), china(2026, 11, 18, 3)),
        ("昨天上午", china(2026, 11, 17, 5), china(2026, 11, 17, 13)),
        ("今早", china(2026, 11, 18, 5), china(2026, 11, 18, 11)),
        ("上周五晚上", china(2026, 11, 13, 17), china(2026, 11, 14, 3)),
        ("两小时前", china(2026, 11, 18, 13), china(2026, 11, 18, 14)),
        ("半小时前", china(2026, 11, 18, 14, 50), china(2026, 11, 18, 15, 10)),
        ("明天", china(2026, 11, 19), china(2026, 11, 20)),
    ],
)
def test_parts_of_days_have_hours(text: str, start: datetime, end: datetime) -> None:
    found = parse(text)
    assert found is not None
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize("text", ["刚才买的", "刚刚拍的", "刚买的"])
def test_just_now_is_within_two_hours(text: str) -> None:
    found = parse(text)
    assert found is not None
    assert found.covers(NOW)
    assert found.end - found.start < timedelta(hours=3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "到哪了",
        "1.5匹的空调",
        "42号鞋",
        "目前天气不好",
        "618元",
        "星期八",
        "2月30号",
        "13月5号",
        "下周三能到吗",
        "99.9%",
        "订单4218860012340101001",
        "十五一斤",
    ],
)
def test_other_words_are_no_time(text: str) -> None:
    assert parse(text) is None


def test_a_weekday_is_no_festival() -> None:
    assert days("星期五一直没动") == (date(2026, 11, 13), date(2026, 11, 13))


def test_several_times_come_in_order_with_their_words() -> None:
    found = when.find("上周三买的昨天签收", now=NOW, zone=CHINA)
    assert [one.words for one in found] == ["上周三", "昨天"]
    assert [one.position for one in found] == [0, 5]


def test_midnight_is_the_zones() -> None:
    late = china(2026, 11, 18, 0, 30)
    assert days("昨天", late) == (date(2026, 11, 17), date(2026, 11, 17))
    in_london = when.parse("昨天", now=late, zone=timezone.utc)
    assert in_london is not None
    assert in_london.start == datetime(2026, 11, 16, tzinfo=timezone.utc)


nows = st.integers(0, 10 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=CHINA) + timedelta(minutes=minutes)
)


@given(nows, st.integers(0, 60))
def test_a_date_without_a_year_is_the_latest(now: datetime, back: int) -> None:
    day = (now - timedelta(days=back)).date()
    assert days(f"{day.month}月{day.day}号", now) == (day, day)


@given(nows, st.integers(1, 90))
def test_n_days_ago_covers_that_day(now: datetime, count: int) -> None:
    found = parse(f"{count}天前", now)
    assert found is not None
    assert found.covers(now - timedelta(days=count))
    assert found.end - found.start <= 3 * DAY


@given(nows, st.integers(1, 7))
def test_last_weeks_day_is_in_last_week(now: datetime, weekday: int) -> None:
    first, last = days(f"上周{'一二三四五六日'[weekday - 1]}", now)
    monday = now.date() - timedelta(days=now.weekday())
    assert first == last
    assert first.isoweekday() == weekday
    assert monday - 7 * DAY <= first < monday


@given(nows, st.integers(1, 99))
def test_chinese_numbers_and_digits_mean_the_same(now: datetime, count: int) -> None:
    tens, ones = divmod(count, 10)
    digits = "零一二三四五六七八九"
    words = (
        digits[ones]
        if tens == 0
        else f"{digits[tens] if tens > 1 else ''}十{digits[ones] if ones else ''}"
    )
    assert when.number(words) == count
    chinese, arabic = parse(f"{words}天前", now), parse(f"{count}天前", now)
    assert chinese is not None
    assert arabic is not None
    assert (chinese.start, chinese.end) == (arabic.start, arabic.end)


@pytest.mark.parametrize("words", ["", "百", "十二十", "x"])
def test_other_words_are_no_number(words: str) -> None:
    with pytest.raises(ValueError, match="number below 100"):
        when.number(words)


@given(
    st.text(alphabet="今昨前天上周三月号日年0123456789.-/一十两个半刚双618去晚末初 ", max_size=14),
    nows,
)
def test_any_text_gives_ordered_intervals_inside_it(text: str, now: datetime) -> None:
    end = 0
    for found in when.find(text, now=now, zone=CHINA):
        assert found.start < found.end
        assert found.start.tzinfo is timezone.utc
        assert text[found.position : found.position + len(found.words)] == found.words
        assert found.position >= end
        end = found.position + len(found.words)
