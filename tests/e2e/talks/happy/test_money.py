"""Invoices, prices that fell, payments that went wrong, coupons that do not count."""

from __future__ import annotations

from shop.operations.types import ReceiptState
from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import bought, receipts

TAX_NUMBER = "91350100M000100Y43"  # the example of GB 32100-2015
COMPANY = "杭州云山文化有限公司"


async def test_a_company_invoice_told_at_once_lacks_only_where_to(person: People) -> None:
    luo = await person("c-insured")
    (order,) = await luo.orders()
    where = await luo.says(f"给这单开个票，抬头写{COMPANY} 税号{TAX_NUMBER}")
    summary = await luo.taps("不用", where)
    assert COMPANY in summary.text
    assert TAX_NUMBER in summary.text
    assert await luo.untouched()
    done = await luo.taps("确认开票", summary)
    (receipt,) = await receipts(luo)
    assert (receipt.kind, receipt.order_id) == ("invoice", order.id)
    details = receipt.details
    assert (details["title"], details["tax_number"]) == (COMPANY, TAX_NUMBER)
    assert details["amount"] == str(order.paid)
    assert receipt.number in done.text


async def test_a_personal_invoice_goes_to_an_address_that_is_not_shown(person: People) -> None:
    luo = await person("c-insured")
    buyer = await luo.says("开张电子发票")
    await luo.taps("个人", buyer)
    await luo.says("王小明")
    summary = await luo.says("发到 wangxm@example.com")
    assert "王小明" in summary.text
    assert "wangxm@example.com" not in summary.text
    assert await luo.untouched()
    await luo.says("开吧")
    (receipt,) = await receipts(luo)
    assert receipt.details["title"] == "王小明"
    assert receipt.details["email"] == "wangxm@example.com"
    assert await luo.kinds() == ["invoice"]


async def test_an_invoice_for_a_company_is_replaced_by_a_personal_one(person: People) -> None:
    wu = await person("c-contested")
    await wu.says("给我开票，抬头：成都梧桐商贸有限公司")
    await wu.says(TAX_NUMBER)
    await wu.taps("确认开票", await wu.says("不用了"))
    (first,) = await receipts(wu)
    await wu.says("发票抬头我要换成个人的，名字吴桐")
    summary = await wu.says("不用")
    assert "吴桐" in summary.text
    assert len(await receipts(wu)) == 1
    await wu.taps("确认开票", summary)
    old, new = await receipts(wu)
    assert (old.number, old.state) == (first.number, ReceiptState.WITHDRAWN)
    assert (new.details["title"], new.details["replaces"]) == ("吴桐", first.number)


async def test_the_sweater_that_became_cheaper_gives_the_difference_back(person: People) -> None:
    lin = await person("c-lin")
    order, line = await bought(lin, "p-wool-sweater")
    summary = await lin.says("毛衣我买完就便宜三十，差的钱补给我")
    assert "¥30" in summary.text
    assert await lin.untouched()
    await lin.taps("确认退差价", summary)
    (new,) = await lin.new()
    assert (new.kind, new.order_id, new.line_id) == ("price_protection", order.id, line.id)
    assert new.refund == 3000
    assert await lin.changed() == {"paid"}


async def test_beside_a_dress_on_its_way_back_the_skirt_is_protected(person: People) -> None:
    han = await person("c-return")
    _, line = await bought(han, "p-knit-skirt")
    summary = await han.says("半身裙我买完第二天就便宜了，价保退差")
    assert "¥199" in summary.text
    assert "¥169" in summary.text
    assert await han.untouched()
    await han.taps("确认退差价", summary)
    (new,) = await han.new()
    assert (new.kind, new.line_id, new.refund) == ("price_protection", line.id, 3000)


async def test_a_payment_that_fails_is_explained_and_nothing_noted(person: People) -> None:
    he = await person("c-unpaid")
    heard = await he.says("付不出去钱啊怎么回事")
    assert "¥329" in heard.text
    assert "待付款" in heard.text
    assert await he.untouched()
    assert not await he.handoffs()


async def test_money_that_left_and_did_not_come_is_looked_into(person: People) -> None:
    he = await person("c-unpaid")
    (order,) = await he.orders()
    summary = await he.says("钱扣了可你们说我没付")
    assert "¥329" in summary.text
    assert await he.untouched()
    assert not await he.handoffs()
    done = await he.says("登记吧")
    (receipt,) = await receipts(he)
    assert (receipt.kind, receipt.order_id) == ("payment_check", order.id)
    assert receipt.details["trouble"] == "charged"
    assert receipt.number in done.text
    assert [one.reason for one in await he.handoffs()] == ["approval"]


async def test_a_coupon_one_yuan_short_says_so(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("满300减20那张为啥用不了，就买一件羊毛毛衣")
    assert "¥299" in heard.text
    assert "¥1 " in heard.text
    assert await lin.untouched()


async def test_just_write_a_name_means_that_name(person: People) -> None:
    wu = await person("c-contested")
    await wu.says("开发票 个人抬头 就写吴桐")
    summary = await wu.says("不用")
    await wu.taps("确认开票", summary)
    (receipt,) = await receipts(wu)
    assert receipt.details["title"] == "吴桐"


async def test_a_personal_one_answers_the_question_whom_it_is_for(person: People) -> None:
    luo = await person("c-insured")
    await luo.says("帮我开张发票")
    title = await luo.says("个人的")
    assert "公司或单位" not in title.options
    where = await luo.says("王小明")
    assert "邮箱" in where.text


async def test_paid_but_shown_as_unpaid_is_a_payment_trouble(person: People) -> None:
    he = await person("c-unpaid")
    summary = await he.says("钱都扣了，订单还显示没付")
    assert "登记核对" in summary.options
    assert await he.untouched()


async def test_a_wrong_title_is_replaced_by_what_is_told_with_it(person: People) -> None:
    wu = await person("c-contested")
    await wu.says(f"给我开票，抬头：{COMPANY}")
    await wu.says(TAX_NUMBER)
    await wu.taps("确认开票", await wu.says("不用了"))
    await wu.says(f"抬头写错了，重新开成北京青禾科技有限公司的，税号{TAX_NUMBER}")
    summary = await wu.says("不发邮箱")
    assert "北京青禾科技有限公司" in summary.text
    assert "确认开票" in summary.options


async def test_please_issue_the_invoice_for_the_trousers_begins_it(person: People) -> None:
    luo = await person("c-insured")
    buyer = await luo.says("裤子的发票麻烦开一下")
    assert "个人" in buyer.options


async def test_write_this_name_answers_the_question_for_the_title(person: People) -> None:
    wu = await person("c-contested")
    await wu.says("给我开发票")
    await wu.says("个人")
    where = await wu.says("抬头写李雷吧")
    assert "邮箱" in where.text
