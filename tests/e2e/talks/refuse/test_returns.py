"""Goods that cannot be sent back: the rule is told, and nothing is done."""

from __future__ import annotations

from tests.e2e.talks.conftest import People


async def test_headphones_after_three_weeks_are_not_taken_back_for_taste(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("降噪耳机戴着不喜欢，可以退吗")
    assert "7 天" in heard.text
    assert "质量" in heard.text
    assert "确认退货" not in heard.options
    await lin.says("好吧")
    assert await lin.untouched()


async def test_nuts_are_not_taken_back_for_taste(person: People) -> None:
    tian = await person("c-fresh")
    heard = await tian.says("坚果不想吃了，申请退货")
    assert "食品" in heard.text
    assert "确认退货" not in heard.options
    await tian.says("那算了")
    assert await tian.untouched()


async def test_underwear_that_is_too_large_is_not_taken_back(person: People) -> None:
    tian = await person("c-fresh")
    heard = await tian.says("保暖内衣大了一号，退了吧")
    assert "内衣" in heard.text
    assert "卫生" in heard.text
    assert "确认退货" not in heard.options
    assert await tian.untouched()


async def test_an_engraved_cup_is_not_taken_back(person: People) -> None:
    tian = await person("c-fresh")
    heard = await tian.says("刻字杯不好看，退货")
    assert "不支持无理由" in heard.text
    assert "确认退货" not in heard.options
    assert await tian.untouched()


async def test_a_quilt_after_two_months_is_not_exchanged(person: People) -> None:
    shen = await person("c-vip")
    heard = await shen.says("那床被子想换个大点的")
    assert "7 天" in heard.text
    assert "确认换货" not in heard.options
    await shen.says("哦")
    assert await shen.untouched()


async def test_a_phone_after_a_month_has_its_warranty_left(person: People) -> None:
    shen = await person("c-vip")
    heard = await shen.says("手机用着不顺手，退货")
    assert "7 天" in heard.text
    assert "保修" in heard.text
    assert "确认退货" not in heard.options
    assert await shen.untouched()


async def test_a_gift_has_no_money_of_its_own(person: People) -> None:
    shen = await person("c-vip")
    heard = await shen.says("送的毛巾我用不上，退了给我钱")
    assert "赠品" in heard.text
    assert "已经退了" not in heard.text
    assert await shen.untouched()


async def test_what_is_on_its_way_back_is_not_returned_twice(person: People) -> None:
    han = await person("c-return")
    heard = await han.says("雾霾蓝那条连衣裙再帮我退一遍")
    assert "239" in heard.text
    assert "确认退货" not in heard.options
    await han.says("好")
    assert await han.untouched()


async def test_a_return_that_has_been_posted_is_not_taken_back(person: People) -> None:
    han = await person("c-return")
    heard = await han.says("连衣裙我又想留着了，退货撤了吧")
    assert "寄出" in heard.text
    assert "确认撤销" not in heard.options
    assert await han.untouched()
