"""What looks like somebody's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.names import is_name


@pytest.mark.parametrize(
    "text",
    [
        "王芳",
        "欧阳娜娜",
        "陈小姐",
        "谢霆锋",
        "李有才",
        "陈方安生",
        "小王",
        "阿依古丽·买买提",
        "成龙",
    ],
)
def test_a_name(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "电话换一下",
            "我老婆",
            "错了",
            "单位",
            "单位名称",
            "方便",
            "马上",
            "周五",
            "谢谢",
            "全称",
        ),
        *("黄色的", "杭州", "金水区", "文三路", "江苏省", "王", "", "张三吧", "司徒雷登先生们"),
    ],
)
def test_another_word(text: str) -> None:
    assert not is_name(text)


@given(st.text(max_size=30))
def test_any_text_is_read_without_a_fall(text: str) -> None:
    assert is_name(text) in (True, False)
