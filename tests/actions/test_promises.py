"""Whether more time has gone by than we said, as the shopper tells it."""

from __future__ import annotations

from datetime import datetime

import pytest

from actions.handoff_words import heard
from actions.promises import outlasted, without_open_terms


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ("请稍等，十分钟内给您答复", "半个多小时了"),
        ("我去查一下，5分钟后告诉您结果", "快一个钟头咯 查出来没得"),
        ("两小时内专员会联系您", "都三个钟头了，电话没响过"),
        ("退款 3 天内到账", "今天第五天了啊…等了5天了"),
        ("24小时之内给您回复", "两天了"),
        ("1-3个工作日处理好", "一个星期了都"),
        ("一周左右能发出", "十天过去了"),
        ("一个半小时送到", "俩小时还没见人"),
        ("半小时内给您回电", "一个半小时了"),
        ("已为您催促，今晚8点前给您回电", "九点四十了 手机我攥手里的 一声没响"),
        ("下午三点前发出", "四点半了还没单号"),
        ("20点前答复您", "9:40了"),
    ],
)
def test_longer_than_we_said_is_told(ours: str, said: str) -> None:
    assert outlasted([heard(ours)], heard(said))


@pytest.mark.parametrize(
    ("ours", "said"),
    [
        ("请稍等，十分钟内给您答复", "五分钟了"),
        ("十分钟内给您答复", "好的，我过半小时再来"),
        ("本店支持7天无理由退货", "买了十天了还能退吗"),
        ("15天内可以换新", "用了二十天了，屏幕闪"),
        ("充电两小时，能用8小时", "用了三天了还有电"),
        ("3天内送到", "上次等了五天了才到"),
        ("3天内送到", "5月3日到也行"),
        ("两天内发货", "两天了"),
        ("退款 3 天内到账", "要五天吗"),
        ("您好", "三天了"),
        ("10分钟内回复您，一周内解决", "半小时了"),
        ("今晚8点前给您回电", "现在七点了"),
        ("今晚8点前给您回电", "好的，我九点下班"),
        ("营业时间是早上9点到晚上6点", "十点了有人吗"),
    ],
)
def test_what_is_not_over_is_not_held_against_us(ours: str, said: str) -> None:
    assert not outlasted([heard(ours)], heard(said))


def _moment(written: str) -> float:
    return datetime.fromisoformat(f"2026-{written}+08:00").timestamp()


@pytest.mark.parametrize(
    ("text", "now", "left"),
    [
        ("预计后天（周二）送到", "12-01 23:00", "预计送到"),
        ("预计后天（周二）送到", "12-02 00:01", "预计后天（周二）送到"),
        ("最晚今天 18:00 发出", "11-29 17:59", "最晚 发出"),
        ("最晚今天 18:00 发出", "11-29 18:01", "最晚今天 18:00 发出"),
        ("12月3日（周四）前退回", "12-03 09:00", "前退回"),
        ("12月3日（周四）前退回", "12-04 09:00", "12月3日（周四）前退回"),
        ("2 小时内回复您", "11-29 11:00", "回复您"),
        ("2 小时内回复您", "11-29 12:01", "2 小时内回复您"),
        ("预计明天（周一）到后天（周二）送到", "12-01 09:00", "预计送到"),
        (
            "11月30日（周一）到12月3日（周四）送到",
            "12-04 09:00",
            "11月30日（周一）到12月3日（周四）送到",
        ),
        ("更新于：今天 09:12 预计送达：后天（周二）", "11-29 11:00", "更新于： 预计送达："),
        ("11月25日签收，两天内回复", "12-05 11:00", "签收，两天内回复"),
        ("2月30日到账", "11-29 11:00", "到账"),
        ("999999999999999天内到账", "11-29 11:00", "999999999999999天内到账"),
        ("9999年12月31日到账", "11-29 11:00", "9999年到账"),
    ],
)
def test_our_word_counts_once_its_time_is_over(text: str, now: str, left: str) -> None:
    said = _moment("11-29 10:00")
    assert without_open_terms(text, said=said, now=_moment(now)) == left
