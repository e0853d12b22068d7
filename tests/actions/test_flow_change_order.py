"""Another colour or size, or a remark, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from actions.base import Services
from conversations.database import Database
from shop.operations.types import ReceiptState
from shop.schema import order_lines, skus
from shop.types import Order, OrderLine
from tests.actions.conftest import Talks

LATE, UNPAID, SHIPPED = "c-late", "c-unpaid", "c-lin"
JACKET = "680012340403"  # 深空灰 M, L, XL; 湖蓝 M, L, XL


async def bought(services: Services, customer: str = LATE) -> OrderLine:
    return (await services.shop.orders.recent(customer))[0].lines[0]


async def change(tables: Database, *statements: sa.sql.Executable) -> None:
    async with tables.write() as connection:
        for statement in statements:
            await connection.execute(statement)


async def stock_of(tables: Database, sku_id: str) -> int:
    async with tables.read() as connection:
        found = await connection.execute(sa.select(skus.c.stock).where(skus.c.id == sku_id))
        return int(found.scalar_one())


async def two_lines(services: Services, shop_tables: Database) -> Order:
    """c-late's order has a second line, trousers."""
    order = (await services.shop.orders.recent(LATE))[0]
    line = order.lines[0]
    more = replace(line, id=f"{order.id}-9")
    row = {
        "id": more.id,
        "order_id": order.id,
        "position": 9,
        "product_id": "p-straight-jeans",
        "sku_id": "none",
        "title": "直筒牛仔裤",
        "short_name": "直筒牛仔裤",
        "category": "裤装",
        "color": "深蓝",
        "size": "L",
        "quantity": 1,
        "paid": 0,
    }
    await change(shop_tables, sa.insert(order_lines).values(**row))
    return (await services.shop.orders.recent(LATE))[0]


async def test_a_size_that_is_told_is_only_confirmed(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    talk = talk_as(LATE)
    before = await bought(services)
    stock = await stock_of(shop_tables, before.sku_id)
    summary = await talk.say("尺码拍错了，换成L码", "change_order", size=("L码", "L"))
    assert "深空灰 XL" in summary.text
    assert "深空灰 L" in summary.text
    assert (await bought(services)).size == "XL"
    done = await talk.say("对，就这样改", "affirm")
    assert (await bought(services)).size == "L"
    assert await stock_of(shop_tables, before.sku_id) == stock + 1
    (receipt,) = await services.shop.operations.receipts(LATE)
    assert (receipt.kind, receipt.state, receipt.refund) == ("change_order", ReceiptState.DONE, 0)
    assert receipt.number in done.text


async def test_what_is_open_is_asked_with_what_can_be_had(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    asked = await talk.say("我想换个颜色", "change_order")
    assert "湖蓝 XL" in asked.titles
    assert "深空灰 XL" not in asked.titles
    summary = await talk.click("湖蓝 XL", asked)
    assert "确认修改" in summary.titles
    await talk.click("确认修改", summary)
    assert (await bought(services)).color == "湖蓝"


async def test_a_smaller_size_is_the_next_of_its_row(talk_as: Talks) -> None:
    heard = await talk_as(LATE).say("能不能换小一码", "change_order")
    assert "改成：深空灰 L" in heard.text


async def test_of_black_into_white_the_second_is_wished(talk_as: Talks) -> None:
    heard = await talk_as(LATE).colours(
        "把灰色换成蓝色", "change_order", [("灰色", 1), ("蓝色", 5)]
    )
    assert "改成：湖蓝 XL" in heard.text


async def test_what_is_wanted_without_saying_is_asked_once(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    asked = await talk.say("改一下订单", "change_order")
    assert asked.titles[:2] == ["颜色、尺码", "加备注"]
    asked = await talk.click("加备注", asked)
    assert "备注写什么" in asked.text or "看到什么话" in asked.text
    summary = await talk.say("送到前先打电话", "nlu_fallback")
    assert "送到前先打电话" in summary.text
    await talk.say("确认", "affirm")
    order = (await services.shop.orders.recent(LATE))[0]
    assert order.remark == "麻烦尽快发，出差要用；送到前先打电话"


async def test_a_remark_told_at_once_is_only_confirmed(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("帮我备注一下：别放驿站", "change_order")
    assert "备注：别放驿站" in summary.text
    await talk.click("确认修改", summary)
    await talk.click("确认修改", summary)
    assert (await services.shop.orders.recent(LATE))[0].remark.count("别放驿站") == 1


async def test_a_time_of_delivery_is_a_remark_before_shipping(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("能不能周六再送呢", "change_delivery_time", time="周六")
    assert "备注：周六再送" in summary.text
    await talk.say("可以", "affirm")
    assert "周六再送" in (await services.shop.orders.recent(LATE))[0].remark


async def test_a_time_of_delivery_on_the_way_is_agreed_with_the_courier(talk_as: Talks) -> None:
    heard = await talk_as(SHIPPED).say("改成周六送", "change_delivery_time", time="周六")
    assert "快递员" in heard.text
    assert "转人工" in heard.titles


async def test_a_number_in_a_remark_is_not_taken(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    asked = await talk.say("加个备注", "change_order")
    heard = await talk.say("到了打138****5678", "nlu_fallback", metadata={"personal": ["phone"]})
    assert "改地址" in heard.text
    assert talk.slots["flow_remark"] is None
    assert asked.text


async def test_what_is_sold_out_is_said_and_the_others_are_offered(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    gone = sa.update(skus).where(skus.c.id.startswith(JACKET), skus.c.size == "L").values(stock=0)
    await change(shop_tables, gone)
    talk = talk_as(LATE)
    heard = await talk.say("换成L码", "change_order", size=("L码", "L"))
    assert "没有货" in heard.text
    assert "湖蓝 XL" in heard.titles
    assert talk.form == "change_order_form"


async def test_what_is_dearer_is_bought_anew(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    dear = sa.update(skus).where(skus.c.id.startswith(JACKET), skus.c.color == "湖蓝")
    await change(shop_tables, dear.values(price=99900))
    heard = await talk_as(LATE).say("换成蓝色", "change_order", color="蓝色")
    assert "补差价我这里收不了" in heard.text
    assert "确认修改" not in heard.titles


async def test_what_is_cheaper_gives_the_difference_back(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    cheap = sa.update(skus).where(skus.c.id.startswith(JACKET), skus.c.color == "湖蓝")
    await change(shop_tables, cheap.values(price=sa.text("price - 1000")))
    talk = talk_as(LATE)
    summary = await talk.say("换成蓝色", "change_order", color="蓝色")
    assert "退款：¥10（原路退回）" in summary.text
    done = await talk.say("好", "affirm")
    assert "¥10" in done.text
    assert (await services.shop.orders.recent(LATE))[0].refunded == 1000


async def test_which_line_is_asked_and_the_colour_is_kept(
    talk_as: Talks, services: Services, shop_tables: Database
) -> None:
    order = await two_lines(services, shop_tables)
    talk = talk_as(LATE)
    asked = await talk.say("换成L码", "change_order", size=("L码", "L"))
    assert [one for one in asked.titles if "冲锋衣" in one]
    summary = await talk.click("三合一冲锋衣", asked)
    assert "改成：深空灰 L" in summary.text
    await talk.click("确认修改", summary)
    after = (await services.shop.orders.recent(LATE))[0]
    assert after.lines[0].size == "L"
    assert after.lines[1] == order.lines[1]


async def test_another_wish_replaces_the_first(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await talk.say("换成L码", "change_order", size=("L码", "L"))
    summary = await talk.say("不对，换成M码", "change_order", size=("M码", "M"))
    assert "改成：深空灰 M" in summary.text
    await talk.say("确认", "affirm")
    assert (await bought(services)).size == "M"


async def test_a_remark_instead_of_the_colour(talk_as: Talks, services: Services) -> None:
    talk = talk_as(LATE)
    await talk.say("换成L码", "change_order", size=("L码", "L"))
    summary = await talk.say("颜色尺码不改了，备注：放门口", "change_order")
    assert "备注：放门口" in summary.text
    await talk.say("确认", "affirm")
    assert (await bought(services)).size == "XL"


async def test_a_question_in_between_is_answered_and_the_summary_waits(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    await talk.say("换成L码", "change_order", size=("L码", "L"))
    heard = await talk.say("什么时候发货", "ask_delivery_time")
    assert talk.form == "change_order_form"
    assert "改订单" in heard.texts[-1]


@pytest.mark.parametrize("words", ["算了不改了", "不用改了"])
async def test_giving_up_leaves_everything(talk_as: Talks, services: Services, words: str) -> None:
    talk = talk_as(LATE)
    await talk.say("换成L码", "change_order", size=("L码", "L"))
    heard = await talk.say(words, "deny")
    assert "没有改" in heard.text
    assert talk.form is None
    assert (await bought(services)).size == "XL"


@pytest.mark.parametrize(
    ("customer", "words", "expected"),
    [
        (UNPAID, "换个颜色", "重新下单"),
        (SHIPPED, "换成M码", "改不了"),
        (LATE, "能不能拆成两个包裹发", "拆不了单"),
        (LATE, "两个订单合并一起发", "合不到一起"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_way_out(
    talk_as: Talks, customer: str, words: str, expected: str
) -> None:
    talk = talk_as(customer)
    heard = await talk.say(words, "change_order")
    assert expected in heard.text
    assert "转人工" in heard.titles
    assert talk.form is None


async def test_a_stale_button_starts_nothing(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("换成L码", "change_order", size=("L码", "L"))
    await talk.say("算了不改了", "deny")
    heard = await talk.click("不办了", summary)
    assert talk.form is None
    assert "失效" in heard.text


@pytest.mark.parametrize("words", ["不改了，直接取消订单吧", "算了，整单不要了，取消订单"])
async def test_the_order_is_cancelled_instead(
    talk_as: Talks, services: Services, words: str
) -> None:
    talk = talk_as(LATE)
    await talk.say("尺码拍错了，换成L码", "change_order", size=("L码", "L"))
    summary = await talk.say(words, "cancel_order")
    assert talk.form == "cancel_order_form"
    assert "确认取消" in summary.titles
    assert not await services.shop.operations.receipts(LATE)


async def test_the_order_is_changed_instead_of_cancelled(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await talk.say("取消订单", "cancel_order")
    await talk.say("不取消了，改成L码", "change_order", size=("L码", "L"))
    assert talk.form == "change_order_form"


async def test_who_does_not_cancel_after_all_changes_nothing(
    talk_as: Talks, services: Services
) -> None:
    talk = talk_as(LATE)
    await talk.say("取消订单", "cancel_order")
    await talk.say("还是不取消了", "undo_request")
    assert talk.form is None
    assert not await services.shop.operations.receipts(LATE)


async def test_what_shall_be_written_may_stand_before_it(talk_as: Talks) -> None:
    talk = talk_as(LATE)
    summary = await talk.say("送到楼下先打我电话，麻烦备注一下", "change_order")
    assert talk.slots["flow_remark"] == "送到楼下先打我电话"
    assert "送到楼下先打我电话" in summary.text


@pytest.mark.parametrize("words", ["尺码帮我改小一个", "往小改一码", "改小一个码"])
async def test_one_size_less_in_other_words(talk_as: Talks, words: str) -> None:
    talk = talk_as(LATE)
    await talk.say(words, "change_order")
    assert talk.slots["flow_choice"].endswith("/L")


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        ("备注错了，应该是放楼下快递柜", "放楼下快递柜"),
        ("备注写错了 是放前台", "放前台"),
        ("备注不对，应该写先打电话", "先打电话"),
    ],
)
async def test_a_corrected_remark_is_only_what_shall_be_read(
    talk_as: Talks, words: str, remark: str
) -> None:
    talk = talk_as(LATE)
    await talk.say("备注一下 放楼下超市", "change_order")
    summary = await talk.say(words, "change_order")
    assert f"备注：{remark}\n" in f"{summary.text}\n"
    assert "错" not in summary.text


@pytest.mark.parametrize(
    "words", ["我想了下不用备注了", "备注不写了", "取消备注吧", "备注还是不要了"]
)
async def test_no_remark_after_all(talk_as: Talks, words: str) -> None:
    talk = talk_as(LATE)
    await talk.say("备注一下 到了打电话", "change_order")
    ended = await talk.say(words, "cancel_order")
    assert talk.form is None
    assert "确认修改" not in ended.titles


async def test_a_remark_may_say_what_is_not_to_be_done(talk_as: Talks) -> None:
    summary = await talk_as(LATE).say("备注不要放门口", "change_order")
    assert "不要放门口" in summary.text
