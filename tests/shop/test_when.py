"""Chinese words for times."""

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


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("周三能到吗", (2026, 11, 18), (2026, 11, 18)),
        ("周一能到吗", (2026, 11, 23), (2026, 11, 23)),
        ("周六来拉", (2026, 11, 21), (2026, 11, 21)),
        ("周六买的", (2026, 11, 14), (2026, 11, 14)),
        ("下周三能到吗", (2026, 11, 25), (2026, 11, 25)),
        ("下下周一再发", (2026, 11, 30), (2026, 11, 30)),
        ("周末送吧", (2026, 11, 21), (2026, 11, 22)),
        ("3号能发吗", (2026, 12, 3), (2026, 12, 3)),
        ("我2月14要送人", (2027, 2, 14), (2027, 2, 14)),
        ("12月3日下单的", (2025, 12, 3), (2025, 12, 3)),
        ("十月二号599买的", (2026, 10, 2), (2026, 10, 2)),
        ("12.5买的", (2025, 12, 5), (2025, 12, 5)),
        ("上个月28号买的", (2026, 10, 28), (2026, 10, 28)),
        ("这月25号", (2026, 11, 25), (2026, 11, 25)),
        ("下月初补的话", (2026, 12, 1), (2026, 12, 10)),
        ("月底能补货不", (2026, 11, 20), (2026, 11, 30)),
        ("月底买的", (2026, 10, 20), (2026, 10, 31)),
        ("双十一会降价吗", (2027, 10, 20), (2027, 11, 12)),
        ("去年冬天买的", (2025, 11, 1), (2026, 2, 28)),
        ("前年双十一", (2024, 10, 20), (2024, 11, 12)),
        ("黑色星期五有活动没", (2026, 11, 27), (2026, 11, 27)),
        ("母亲节买的", (2026, 5, 10), (2026, 5, 10)),
        ("5天后补", (2026, 11, 22), (2026, 11, 24)),
        ("去年年底", (2025, 11, 1), (2025, 12, 31)),
        ("春节发货吗", (2027, 2, 5), (2027, 2, 12)),
        ("中秋买的", (2026, 9, 25), (2026, 9, 25)),
        ("端午能到吗", (2027, 6, 9), (2027, 6, 9)),
        ("七夕买的", (2026, 8, 19), (2026, 8, 19)),
        ("大年初一能送吗", (2027, 2, 6), (2027, 2, 6)),
        ("腊月二十几停发", (2027, 1, 27), (2027, 2, 5)),
        ("年后再发", (2027, 2, 13), (2027, 3, 14)),
    ],
)
def test_what_comes_round_again_lies_where_the_words_beside_it_say(
    text: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert days(text) == (date(*first), date(*last))


# Published by the Hong Kong Observatory and the State Council's holiday notices.
@pytest.mark.parametrize(
    ("year", "spring", "dragon_boat", "mid_autumn"),
    [
        (2020, (1, 25), (6, 25), (10, 1)),
        (2021, (2, 12), (6, 14), (9, 21)),
        (2022, (2, 1), (6, 3), (9, 10)),
        (2023, (1, 22), (6, 22), (9, 29)),
        (2024, (2, 10), (6, 10), (9, 17)),
        (2025, (1, 29), (5, 31), (10, 6)),
        (2026, (2, 17), (6, 19), (9, 25)),
        (2027, (2, 6), (6, 9), (9, 15)),
        (2028, (1, 26), (5, 28), (10, 3)),
        (2029, (2, 13), (6, 16), (9, 22)),
        (2030, (2, 3), (6, 5), (9, 12)),
        (2033, (1, 31), (6, 1), (9, 8)),
        (2035, (2, 8), (6, 10), (9, 16)),
    ],
)
def test_the_festivals_of_the_moon(
    year: int, spring: tuple[int, int], dragon_boat: tuple[int, int], mid_autumn: tuple[int, int]
) -> None:
    now = datetime(year, 11, 18, 12, tzinfo=CHINA)
    assert days("正月初一买的", now) == (date(year, *spring), date(year, *spring))
    assert days("端午买的", now) == (date(year, *dragon_boat), date(year, *dragon_boat))
    assert days("中秋买的", now) == (date(year, *mid_autumn), date(year, *mid_autumn))


@pytest.mark.parametrize(
    ("text", "words", "start", "end"),
    [
        ("今晚八点前能付款吗", "今晚八点前", NOW, china(2026, 11, 18, 20)),
        ("周五之前能到不", "周五之前", NOW, china(2026, 11, 20)),
        ("12月1日前发得出来吗", "12月1日前", NOW, china(2026, 12, 1)),
        ("昨天之前买的", "昨天之前", china(2025, 11, 17), china(2026, 11, 17)),
        ("国庆之后买的", "国庆之后", china(2026, 10, 8), NOW + timedelta(minutes=1)),
        ("春节后发吧", "春节后", china(2027, 2, 13), china(2027, 3, 15)),
        (
            "昨晚十一点半拍的",
            "昨晚十一点半",
            china(2026, 11, 17, 23, 30),
            china(2026, 11, 18, 0, 30),
        ),
        ("今早八点就发了", "今早八点", china(2026, 11, 18, 8), china(2026, 11, 18, 9)),
        ("明天下午三点来取", "明天下午三点", china(2026, 11, 19, 15), china(2026, 11, 19, 16)),
        ("下午3:20到的", "下午3:20", china(2026, 11, 18, 15, 20), china(2026, 11, 18, 16, 20)),
        ("昨晚两点下的单", "昨晚两点", china(2026, 11, 18, 2), china(2026, 11, 18, 3)),
        ("昨天一点动静没有", "昨天", china(2026, 11, 17), china(2026, 11, 18)),
        ("晚上七点以后来", "晚上七点以后", china(2026, 11, 18, 20), china(2026, 12, 18, 20)),
    ],
)
def test_hours_and_bounds(text: str, words: str, start: datetime, end: datetime) -> None:
    found = parse(text)
    assert found is not None
    assert (found.words, found.start, found.end) == (words, start, end)


@pytest.mark.parametrize(("text", "hours"), [("刚才买的", 3), ("刚刚拍的", 3), ("刚买的", 25)])
def test_just_now_is_within_two_hours_and_newly_within_a_day(text: str, hours: int) -> None:
    found = parse(text)
    assert found is not None
    assert found.covers(NOW)
    assert hours - 1 < (found.end - found.start) / timedelta(hours=1) < hours


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
        "99.9%",
        "订单4218860012340101001",
        "十五一斤",
        "换小一号",
        "3号楼502",
        "一周一次",
        "三天了还没动",
        "等了一个礼拜",
        "12个月免息",
        "2-3天到",
        "提3点意见",
        "便宜一点",
        "618个赞",
        "圣诞树",
        "以后天天买",
        "退我12.5就行",
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


@pytest.mark.parametrize("words", ["", "十二十", "x"])
def test_other_words_are_no_number(words: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        when.number(words)


PIECES = st.one_of(
    st.sampled_from(
        [
            "今天",
            "昨晚",
            "前年",
            "去年",
            "下周",
            "周三",
            "月底",
            "上个月",
            "6月",
            "18号",
            "双十一",
            "春节",
            "腊月二十几",
            "冬天",
            "下午",
            "三点",
            "半",
            "8:30",
            "之前",
            "后",
            "能到",
            "买的",
            "3天后",
            "半小时前",
            "2月30号",
            "12.5",
            "2026-11-03",
            "99",
            "小时",
            "初",
            "个",
        ]
    ),
    st.text(
        alphabet="今昨前天上周三月号日年0123456789.-/一十两个半刚双618去晚末初点: ", max_size=6
    ),
)


@given(st.lists(PIECES, max_size=6).map("".join), nows)
def test_any_text_gives_ordered_intervals_inside_it(text: str, now: datetime) -> None:
    end = 0
    for found in when.find(text, now=now, zone=CHINA):
        assert found.start < found.end
        assert found.start.tzinfo is timezone.utc
        assert text[found.position : found.position + len(found.words)] == found.words
        assert found.position >= end
        end = found.position + len(found.words)
