"""Another address, step by step, without a word of it in what the bot remembers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from actions.base import Services
from conversations import privacy
from conversations.text import neutralize
from shop.operations.types import ReceiptState
from shop.types import Address
from tests.actions.conftest import Talks, Written
from tests.actions.talk import Heard, Talk

LATE, SHIPPED, UNPAID, HERE, PICKUP = "c-late", "c-lin", "c-unpaid", "c-insured", "c-pickup"
WHOLE = "张三丰 13812345678 浙江省杭州市西湖区文三路259号3幢1502室"
# The mask of `conversations.privacy` knows no names: what is typed as one stays in the talk.
SECRETS = ("13812345678", "12345678", "259号", "3幢", "1502", "文三路259")


@dataclass
class Writer:
    """Types messages as the house passes them on: masked, with their numbers."""

    talk: Talk
    written: Written
    last: int = 0

    async def type(self, text: str, intent: str = "change_address", **entities: str) -> Heard:
        self.last += 2
        self.written.texts[self.last] = text
        masked = privacy.find(text)
        kinds = sorted(kind.value for kind in masked.kinds)
        named: dict[str, Any] = {
            name: words for name, words in entities.items() if words in masked.text
        }
        return await self.talk.say(
            neutralize(masked.text),
            intent,
            metadata={"seqs": [self.last], "personal": kinds},
            **named,
        )


async def address(services: Services, customer: str) -> Address:
    found = (await services.shop.orders.recent(customer))[0].address
    assert found is not None
    return found


@pytest.fixture
def typing(talk_as: Talks, written: Written) -> Writer:
    return Writer(talk_as(LATE), written)


async def test_an_address_told_at_once_is_shown_masked_and_written_to_the_order(
    typing: Writer, services: Services
) -> None:
    summary = await typing.type(f"帮我改下地址 {WHOLE}")
    assert "浙江省杭州市西湖区文三路****" in summary.text
    assert "138****5678" in summary.text
    assert "张**" in summary.text
    before = await address(services, LATE)
    assert before.city == "郑州市"
    done = await typing.talk.click("确认修改", summary)
    assert await address(services, LATE) == Address(
        name="张三丰",
        phone="13812345678",
        province="浙江省",
        city="杭州市",
        district="西湖区",
        street="文三路259号3幢1502室",
    )
    (receipt,) = await services.shop.operations.receipts(LATE)
    assert receipt.state is ReceiptState.DONE
    assert receipt.number in done.text


async def test_nothing_of_it_rests_anywhere_but_in_the_order(
    typing: Writer, services: Services
) -> None:
    with structlog.testing.capture_logs() as logs:
        await typing.type("改一下收货地址")
        await typing.type("新地址 浙江省杭州市西湖区文三路259号3幢1502室", "nlu_fallback")
        await typing.type("电话13812345678", "nlu_fallback")
        heard = await typing.type("在吗在吗", "greet")
        handed = await typing.type("转人工", "ask_human")
        again = Writer(Talk(typing.talk.house, typing.talk.sender), typing.written, last=50)
        summary = await again.type(f"改地址 {WHOLE}")
        await again.talk.click("确认修改", summary)
    (receipt,) = await services.shop.operations.receipts(LATE)
    kept = json.dumps(
        [
            typing.talk.events,
            typing.talk.slots,
            again.talk.events,
            again.talk.slots,
            dict(handed.handoff.package),
            handed.handoff.summary,
            [str(one) for one in heard.reply.unknowns],
            logs,
            [receipt.kind, dict(receipt.details)],
        ],
        ensure_ascii=False,
        default=str,
    )
    for secret in SECRETS:
        assert secret not in kept, secret


async def test_only_what_is_told_changes(typing: Writer, services: Services) -> None:
    before = await address(services, LATE)
    summary = await typing.type("电话换成13812345678")
    assert "138****5678" in summary.text
    await typing.talk.say("对", "affirm")
    after = await address(services, LATE)
    assert (after.phone, after.street, after.name) == ("13812345678", before.street, before.name)


async def test_only_another_flat(typing: Writer, services: Services) -> None:
    before = await address(services, LATE)
    summary = await typing.type("门牌号改成9幢301室")
    assert "确认修改" in summary.titles
    await typing.talk.click("确认修改", summary)
    after = await address(services, LATE)
    assert after.street.startswith(before.street[:6])
    assert after.street.endswith("9幢301室")


async def test_what_is_missing_is_asked_once_and_nothing_twice(
    typing: Writer, services: Services
) -> None:
    asked = await typing.type("地址改到上海")
    assert "区或县、街道和门牌" in asked.text
    summary = await typing.type("浦东新区花木路18号2单元", "nlu_fallback")
    assert "上海市浦东新区" in summary.text
    await typing.talk.click("确认修改", summary)
    after = await address(services, LATE)
    assert (after.province, after.city, after.district) == ("上海市", "上海市", "浦东新区")
    assert after.street == "花木路18号2单元"


async def test_a_number_that_is_no_phone_is_asked_again(typing: Writer) -> None:
    asked = await typing.type("电话改成1381234567")
    assert "11 位手机号" in asked.text
    summary = await typing.type("13812345678", "nlu_fallback")
    assert "138****5678" in summary.text


async def test_who_else_receives_it_is_asked_by_name(typing: Writer, services: Services) -> None:
    asked = await typing.type("收件人换成我老公，电话13812345678")
    assert "收货人" in asked.text
    assert "确认修改" not in asked.titles
    summary = await typing.type("刘洋", "nlu_fallback")
    await typing.talk.click("确认修改", summary)
    after = await address(services, LATE)
    assert (after.name, after.phone) == ("刘洋", "13812345678")


async def test_another_number_leaves_the_name(typing: Writer, services: Services) -> None:
    before = await address(services, LATE)
    summary = await typing.type("收件人电话换一下，拨13812345678")
    await typing.talk.click("确认修改", summary)
    after = await address(services, LATE)
    assert (after.name, after.phone) == (before.name, "13812345678")


async def test_several_lines_in_one_burst(
    talk_as: Talks, written: Written, services: Services
) -> None:
    talk = talk_as(LATE)
    await talk.say("改地址", "change_address", metadata={"seqs": [1], "personal": []})
    written.texts.update({3: "张三丰", 4: "13812345678", 5: "杭州市西湖区文三路259号"})
    summary = await talk.say(
        "张三丰,138****5678,杭州市西湖区****",
        "change_address",
        metadata={"seqs": [3, 4, 5], "personal": ["phone", "address"]},
    )
    await talk.click("确认修改", summary)
    after = await address(services, LATE)
    assert (after.name, after.phone, after.street) == ("张三丰", "13812345678", "文三路259号")


async def test_a_correction_replaces_what_it_contradicts(
    typing: Writer, services: Services
) -> None:
    await typing.type(f"改地址 {WHOLE}")
    summary = await typing.type("不对，电话是13911112222", "change_address")
    assert "139****2222" in summary.text
    await typing.talk.click("确认修改", summary)
    after = await address(services, LATE)
    assert (after.phone, after.city) == ("13911112222", "杭州市")


async def test_a_name_is_corrected_at_the_summary(typing: Writer, services: Services) -> None:
    await typing.type("收货人改成李雷")
    summary = await typing.type("不对，是李磊", "deny")
    await typing.talk.click("确认修改", summary)
    assert (await address(services, LATE)).name == "李磊"


async def test_two_taps_change_it_once(typing: Writer, services: Services) -> None:
    summary = await typing.type(f"改地址 {WHOLE}")
    await typing.talk.click("确认修改", summary)
    again = await typing.talk.click("确认修改", summary)
    assert "没有重复" in again.text
    assert len(await services.shop.operations.receipts(LATE)) == 1


async def test_what_travels_is_intercepted_for_a_fee(
    talk_as: Talks, written: Written, services: Services
) -> None:
    typing = Writer(talk_as(SHIPPED), written)
    summary = await typing.type(f"地址写错了，改成{WHOLE}")
    assert "费用：¥10" in summary.text
    assert "不一定拦得到" in summary.text
    done = await typing.talk.say("可以，拦吧", "affirm")
    (receipt,) = await services.shop.operations.receipts(SHIPPED)
    assert receipt.state is ReceiptState.UNDER_WAY
    assert receipt.details["waybill"] == "75812340101001"
    assert receipt.number in done.text
    again = await typing.type("电话换成13911112222")
    assert receipt.number in again.text
    assert typing.talk.form is None


@pytest.mark.parametrize(("customer", "cost"), [(SHIPPED, "¥10"), (LATE, "不收费")])
@pytest.mark.parametrize(
    ("words", "intent"), [("改寄要另外收钱吗", "shipping_fee"), ("改地址要钱吗", "change_address")]
)
async def test_what_it_costs_is_told_in_between(
    talk_as: Talks, written: Written, customer: str, cost: str, words: str, intent: str
) -> None:
    typing = Writer(talk_as(customer), written)
    await typing.type(f"地址写错了，改成{WHOLE}")
    heard = await typing.type(words, intent)
    assert cost in heard.texts[0]
    assert "确认修改" in heard.titles


@pytest.mark.parametrize(("customer", "expected"), [(HERE, "已经签收"), (PICKUP, "派送这一步")])
async def test_what_is_too_late_is_refused_with_ways_out(
    talk_as: Talks, written: Written, customer: str, expected: str
) -> None:
    typing = Writer(talk_as(customer), written)
    heard = await typing.type(f"改地址 {WHOLE}")
    assert expected in heard.text
    assert "可以的办法" in heard.text
    assert typing.talk.form is None


async def test_an_unpaid_order_can_go_elsewhere_too(
    talk_as: Talks, written: Written, services: Services
) -> None:
    typing = Writer(talk_as(UNPAID), written)
    summary = await typing.type("收货人改成王小明")
    await typing.talk.click("确认修改", summary)
    assert (await address(services, UNPAID)).name == "王小明"


async def test_a_question_in_between_leaves_it_open(typing: Writer) -> None:
    await typing.type("改一下地址")
    heard = await typing.type("什么时候发货", "ask_delivery_time")
    assert typing.talk.form == "change_address_form"
    assert "收货" in heard.texts[-1]
    summary = await typing.type("13812345678", "nlu_fallback")
    assert "138****5678" in summary.text


async def test_giving_up_changes_nothing(typing: Writer, services: Services) -> None:
    before = await address(services, LATE)
    await typing.type(f"改地址 {WHOLE}")
    heard = await typing.type("算了不改了", "deny")
    assert "没有改" in heard.text
    assert await address(services, LATE) == before
    assert typing.talk.slots["flow_address"] is None


async def test_what_was_written_and_is_gone_changes_nothing(
    typing: Writer, services: Services
) -> None:
    before = await address(services, LATE)
    summary = await typing.type(f"改地址 {WHOLE}")
    typing.written.texts.clear()
    heard = await typing.talk.click("确认修改", summary)
    assert "没有读到" in heard.text
    assert await address(services, LATE) == before


async def test_a_stranger_changes_nothing(talk_as: Talks, written: Written) -> None:
    typing = Writer(talk_as("stranger"), written)
    heard = await typing.type(f"改地址 {WHOLE}")
    assert "确认修改" not in heard.titles


@pytest.mark.parametrize("words", ["对了，可以指定快递公司吗", "另外，送到学校要加钱吗"])
async def test_what_is_asked_besides_is_no_place(typing: Writer, words: str) -> None:
    await typing.type("能帮我把冲锋衣的地址改了吗", category="冲锋衣")
    heard = await typing.type(words, "ask_carrier")
    assert "确认修改" not in heard.titles
    assert not typing.talk.slots.get("flow_address")


@pytest.mark.parametrize("words", ["换成公司那个", "改成公司的地址", "寄到家里那边"])
async def test_an_address_we_do_not_know_is_asked_for(
    typing: Writer, services: Services, words: str
) -> None:
    await typing.type("改地址")
    heard = await typing.type(words)
    assert "写全" in heard.text
    assert "哪一笔" not in heard.text
    summary = await typing.type("浙江省杭州市西湖区文三路259号3幢1502室")
    assert "确认修改" in summary.titles
    await typing.talk.click("确认修改", summary)
    assert "公司" not in (await address(services, LATE)).street


async def test_an_address_that_cannot_be_changed_stays_so(
    talk_as: Talks, written: Written, services: Services
) -> None:
    typing = Writer(talk_as(HERE), written)
    heard = await typing.type("改地址")
    assert "改不了" in heard.text
    for words in ("换成公司那个", "写错了 是3号楼不是2号楼"):
        heard = await typing.type(words)
        assert "改不了" in heard.text
        assert not typing.talk.form
    assert not await services.shop.operations.receipts(HERE)
