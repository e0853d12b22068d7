"""What is no yes: thinking it over, courtesies, silence, another subject."""

from __future__ import annotations

import pytest

from tests.e2e.talks.conftest import People


@pytest.mark.parametrize(
    ("star", "begin", "confirm", "words"),
    [
        ("c-late", "取消订单", "确认取消", "哦那我考虑一下"),
        ("c-unpaid", "吹风机那单取消", "确认取消", "行 我先看看"),
        ("c-unpaid", "取消订单", "确认取消", "好吧那我等等看"),
        ("c-unpaid", "取消订单", "确认取消", "哦那我再看看"),
        ("c-late", "外套换L码", "确认修改", "哦那我考虑一下"),
        ("c-contested", "杯子没收到 退钱", "确认提交", "哦那我考虑一下"),
        ("c-insured", "裤子不合身退了吧", "确认退货", "好的 我考虑一下"),
        ("c-insured", "牛仔裤小了，换浅蓝XL", "确认换货", "嗯嗯 我考虑一下哈"),
        ("c-lin", "毛衣降价了，能退差价吗", "确认退差价", "嗯我考虑下"),
    ],
    ids=[
        "cancel",
        "cancel, looking first",
        "cancel, waiting",
        "cancel, looking again",
        "change",
        "refund",
        "return",
        "exchange",
        "difference",
    ],
)
async def test_thinking_it_over_is_no_yes(
    person: People, star: str, begin: str, confirm: str, words: str
) -> None:
    shopper = await person(star)
    summary = await shopper.says(begin)
    assert confirm in summary.options
    await shopper.says(words)
    assert await shopper.untouched()


async def test_thinking_aloud_puts_the_cancelling_off(person: People) -> None:
    he = await person("c-unpaid")
    await he.says("我想取消")
    await he.says("我想想啊")
    assert await he.untouched()
    await he.says("那我再考虑一下")
    assert await he.untouched()
    go_on = await he.says("继续吧")
    assert await he.untouched()
    await he.taps("确认取消", go_on)
    assert await he.kinds() == ["cancel_order"]


async def test_thanks_and_i_see_are_no_yes_to_a_return(person: People) -> None:
    lin = await person("c-lin")
    await lin.says("毛衣不想要了 退货吧")
    await lin.says("好的谢谢")
    await lin.says("知道了")
    other = await lin.says("你们有没有女款外套")
    assert "羽绒服" in other.text
    await lin.taps("不退了", other)
    assert await lin.untouched()


async def test_a_yes_after_hours_of_silence_only_brings_the_summary_back(person: People) -> None:
    he = await person("c-unpaid")
    await he.says("吹风机取消一下")
    await he.waits(hours=5)
    back = await he.says("好的")
    assert await he.untouched()
    assert "确认取消" in back.options
    await he.says("那就不取消了")
    assert await he.untouched()


async def test_after_days_and_another_subject_the_cancelling_is_forgotten(person: People) -> None:
    he = await person("c-unpaid")
    summary = await he.says("这单取消")
    assert "确认取消" in summary.options
    await he.says("有没有厚一点的外套推荐")
    await he.waits(hours=80)
    late = await he.says("嗯好的")
    assert "确认取消" not in late.options
    assert await he.untouched()


async def test_waiting_for_somebody_at_home_leaves_the_return_unsent(person: People) -> None:
    luo = await person("c-insured")
    await luo.says("牛仔裤退货 不喜欢这颜色")
    await luo.says("等我老婆看看再说")
    await luo.waits(hours=3)
    back = await luo.says("在吗")
    assert await luo.untouched()
    assert "确认退货" in back.options
    await luo.says("不退了")
    assert await luo.untouched()
