"""What is private is not repeated, and what nobody needs is not wanted."""

from __future__ import annotations

import json

import sqlalchemy as sa

from conversations.schema import tracker_events
from tests.e2e.talks.conftest import People
from tests.e2e.talks.stage import Person


async def _remembered(person: Person) -> str:
    """Everything that Rasa keeps of the talk."""
    mine = tracker_events.c.conversation == person.talk.key
    async with person.stage.house.database.read() as connection:
        rows = await connection.execute(sa.select(tracker_events.c.data).where(mine))
    return "\n".join(json.dumps(json.loads(row.data), ensure_ascii=False) for row in rows)


async def test_a_bank_card_number_is_not_kept_and_nobody_wants_it(person: People) -> None:
    late = await person("c-late")
    heard = await late.says("钱退到我卡上 6217003810012345677")
    assert "卡" in heard.text
    assert "6217003810012345677" not in heard.text
    assert "6217003810012345677" not in await _remembered(late)
    assert await late.untouched()


async def test_an_identity_number_is_not_kept(person: People) -> None:
    lin = await person("c-lin")
    heard = await lin.says("身份证330106198805201234，你核实下是不是我")
    assert "330106198805201234" not in heard.text
    assert "330106198805201234" not in await _remembered(lin)
    assert await lin.untouched()


async def test_a_password_warns(person: People) -> None:
    he = await person("c-unpaid")
    heard = await he.says("我付不了，验证码是 554210，你替我付一下")
    assert "554210" not in heard.text
    assert "验证码" in heard.text
    assert await he.untouched()


async def test_a_new_phone_is_masked_on_the_card_and_whole_on_the_order(person: People) -> None:
    late = await person("c-late")
    await late.says("收货电话要换")
    summary = await late.says("换成 13766668888")
    assert "13766668888" not in summary.text
    assert "8888" in summary.text
    await late.taps("确认修改", summary)
    (order,) = await late.orders()
    assert order.address is not None
    assert order.address.phone == "13766668888"
    assert "13766668888" not in await _remembered(late)


async def test_a_street_is_masked_on_the_card_and_not_kept_by_the_machine(person: People) -> None:
    late = await person("c-late")
    summary = await late.says("地址换一下，山东省青岛市市南区香港中路61号乙")
    assert "青岛市" in summary.text
    assert "61号" not in summary.text
    remembered = await _remembered(late)
    assert "青岛市" in remembered
    assert "香港中路61号" not in remembered
    assert await late.untouched()
