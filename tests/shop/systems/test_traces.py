"""What a node of TOP's trace means."""

from __future__ import annotations

import pytest

from shop.taobao.traces import node_state, trace_from
from shop.types import ParcelState


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("揽收", ParcelState.COLLECTED),
        ("派送", ParcelState.DELIVERING),
        ("签收", ParcelState.SIGNED),
        ("accept", ParcelState.COLLECTED),
        ("TRANSPORT", ParcelState.IN_TRANSIT),
        ("AGENT_SIGN", ParcelState.PICKUP_READY),
        ("FAILED", ParcelState.EXCEPTION),
        ("REVERSE_RETURN", ParcelState.RETURNING),
    ],
)
def test_the_action_decides(action: str, state: ParcelState) -> None:
    assert node_state(action, "已签收") is state


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("【杭州市】您的快件已揽收", ParcelState.COLLECTED),
        ("快件离开【杭州转运中心】，发往【北京转运中心】", ParcelState.IN_TRANSIT),
        ("快件已到达【北京海淀网点】", ParcelState.IN_TRANSIT),
        ("【北京市】快递员王师傅正在派送，请保持电话畅通", ParcelState.DELIVERING),
        ("派件中，派件员电话已保密", ParcelState.DELIVERING),
        ("快件已暂存至菜鸟驿站，请凭取件码领取", ParcelState.PICKUP_READY),
        ("快件已在丰巢柜存放，待取", ParcelState.PICKUP_READY),
        ("已签收，签收人：本人", ParcelState.SIGNED),
        ("您的快件已由门卫代签收", ParcelState.SIGNED),
        ("快件已被前台签收", ParcelState.SIGNED),
        ("收件人拒收，快件将退回", ParcelState.REJECTED),
        ("快件已退回，正发往寄件人", ParcelState.RETURNING),
    ],
)
def test_without_an_action_the_words_decide(said: str, state: ParcelState) -> None:
    assert node_state("", said) is state
    assert node_state("SOMETHING_NEW", said) is state


@pytest.mark.parametrize(
    "said",
    [
        "请您签收后再确认",
        "待签收",
        "如未签收请联系客服",
        "签收失败，明日再派",
        "已联系收件人，约定明日签收",
        "预计明天签收",
        "等待签收",
        "快件已到达，等待客户签收",
    ],
)
def test_words_that_only_sound_signed_are_not(said: str) -> None:
    assert node_state("", said) is not ParcelState.SIGNED


def test_nodes_come_oldest_first_and_those_without_a_time_not_at_all() -> None:
    trace = trace_from(
        {
            "trace_list": {
                "transit_step_info": [
                    {"status_time": "2026-11-18 12:00:00", "status_desc": "b", "action": "签收"},
                    {"status_time": "", "status_desc": "c"},
                    {"status_time": "2026-11-17 12:00:00", "status_desc": "a"},
                ]
            }
        }
    )
    assert [node.text for node in trace] == ["a", "b"]
    assert trace_from({}) == ()
