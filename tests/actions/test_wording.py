"""What takes our offer of a person, in words alone."""

from __future__ import annotations

import time

import pytest

from actions.wording import accepts

YES = """
ok快点 我正装着呢/中嘞/有劳了/好啊 麻煩晒/好滴呀~/yes that would be great ty/回1/xuyao
好的谢谢/可以的,让他来/嗯嗯 转吧/没问题 转吧/1/快点/那就麻烦你了/要/嗯/转/行吧/来吧/需要的
太好了/好的好的/请吧/sure/yes please/麻烦了/对/好 转吧/叫吧/可以呀/那好吧/嗯呢/得行/请转
好的 麻烦您了/帮我转/要的要的/嗯嗯嗯/好的呢亲/嗯嗯好/要的谢谢/好那你转一下/可以，麻烦了
好额,麻烦侬了/行 不过我五点要去接娃 赶紧的
"""
NO = """
后面那个吧/好的我再试试/不用了/需要多久/好 那我先看看/要是能退就好了/转账给谁/好难用
行吧那退货/是不是机器人/中午到吗/来一件/得多少钱/对了 发票/成都能到吗/好的,那给我发货吧
对不起/谢谢/谢谢,不用/要黑色的/好多灰/是我自己弄的/可以洗衣机洗/没有/先不用/行李箱/请问
请问一下/来个小号/换一个/好吃/快坏了/那个/呢/先不转/不需要谢谢/好的，那运费多少/我要退货/，
"""


def _each(texts: str) -> list[str]:
    return texts.strip("\n").replace("\n", "/").split("/")


@pytest.mark.parametrize("text", _each(YES))
def test_an_offer_of_a_person_is_taken_in_many_words(text: str) -> None:
    assert accepts(text)


@pytest.mark.parametrize("text", _each(NO))
def test_what_only_begins_like_a_yes_takes_nothing(text: str) -> None:
    assert not accepts(text)


@pytest.mark.parametrize(
    "text", ["好的" * 19 + "x", "嗯" * 39 + "x", "请你帮我给我" * 6, "好" * 5000]
)
def test_reading_takes_no_time(text: str) -> None:
    begun = time.perf_counter()
    accepts(text)
    assert time.perf_counter() - begun < 1
