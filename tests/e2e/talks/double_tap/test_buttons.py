"""A button that is pressed again, or too late, does nothing more."""

from __future__ import annotations

import pytest

from shop.types import OrderState
from tests.e2e.talks.conftest import People


async def test_the_cancel_button_twice_is_one_refund(person: People) -> None:
    late = await person("c-late")
    (order,) = await late.orders()
    summary = await late.says("等太久了，这单给我撤了吧")
    assert order.id in summary.text
    done = await late.taps("确认取消", summary)
    await late.taps("确认取消", summary)
    (receipt,) = await late.new()
    assert (receipt.kind, receipt.refund) == ("cancel_order", order.paid)
    assert receipt.number in done.text


async def test_the_return_button_twice_is_one_return(person: People) -> None:
    luo = await person("c-insured")
    summary = await luo.says("牛仔裤穿着不好看，想退")
    done = await luo.taps("确认退货", summary)
    await luo.taps("确认退货", summary)
    (back,) = await luo.returns()
    assert back.number in done.text
    assert await luo.kinds() == ["return"]


async def test_the_repair_button_twice_is_one_repair(person: People) -> None:
    gao = await person("c-phone")
    ways = await gao.says("手机老是自动关机，给我报个修")
    summary = await gao.taps("我自己寄", ways)
    done = await gao.taps("确认报修", summary)
    await gao.taps("确认报修", summary)
    (receipt,) = await gao.new()
    assert receipt.kind == "warranty_repair"
    assert receipt.number in done.text


async def test_the_button_of_a_dropped_wish_does_nothing(person: People) -> None:
    late = await person("c-late")
    summary = await late.says("算了这单取消吧")
    await late.taps("不办了", summary)
    await late.taps("确认取消", summary)
    assert await late.untouched()


async def test_no_after_yes_does_not_do_it_again_or_undo_it(person: People) -> None:
    late = await person("c-late")
    summary = await late.says("麻烦备注一下，包装盒别压扁")
    await late.taps("确认修改", summary)
    await late.taps("不办了", summary)
    assert await late.kinds() == ["change_order"]
    (order,) = await late.orders()
    assert "包装盒别压扁" in order.remark


@pytest.mark.parametrize(
    ("wish", "button"),
    [("那加一句备注，放菜鸟驿站就行", "确认修改"), ("帮我催催发货", "催一下")],
    ids=["remark", "urge"],
)
async def test_the_first_button_of_two_wishes_does_not_do_the_second(
    person: People, wish: str, button: str
) -> None:
    late = await person("c-late")
    first = await late.says("取消这单")
    await late.taps("不办了", first)
    second = await late.says(wish)
    assert button in second.options, second.text
    await late.taps("确认取消", first)
    (order,) = await late.orders()
    assert order.state is OrderState.PAID
    assert await late.untouched()
