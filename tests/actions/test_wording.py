"""What a message says in words alone: a yes to our offer of a person, an order, a refusal."""

from __future__ import annotations

import time

import pytest

from actions.wording import (
    accepts,
    how_to_buy,
    looked_for,
    pieces_wanted,
    refusing,
    rest_asked,
    without_picture,
)

YES = """
ok快点 我正装着呢/中嘞/有劳了/好啊 麻煩晒/好滴呀~/yes that would be great ty/回1/xuyao
好的谢谢/可以的,让他来/嗯嗯 转吧/没问题 转吧/1/快点/那就麻烦你了/要/嗯/转/行吧/来吧/需要的
太好了/好的好的/请吧/sure/yes please/麻烦了/对/好 转吧/叫吧/可以呀/那好吧/嗯呢/得行/请转
好的 麻烦您了/帮我转/要的要的/嗯嗯嗯/好的呢亲/嗯嗯好/要的谢谢/好那你转一下/可以，麻烦了
排吧/那排队吧/排着吧/好额,麻烦侬了/可以的 快一点哈/行吧也只能这样了
需要的，我看了规则还是不懂/行行行 快点哈我怕发走了/好嘅 唔该/行 不过我五点要去接娃 赶紧的
好的呀 谢谢你小妹/好啊 快啲接/方便/恩呐/那麻烦联系一下伐/现在就方便 刚下夜班
"""
NO = """
后面那个吧/好的我再试试/不用了/需要多久/好 那我先看看/要是能退就好了/转账给谁/好难用
行吧那退货/是不是机器人/中午到吗/来一件/得多少钱/对了 发票/成都能到吗/好的,那给我发货吧
对不起/谢谢/谢谢,不用/要黑色的/好多灰/是我自己弄的/可以洗衣机洗/没有/先不用/行李箱/请问
需要 不用了/要的，先不转/嗯，问完了，谢谢
排骨有吗/排队多久
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


BUYING = """
怎么下单/请问怎么买？/咋拍/在哪里下单/去哪买呀/发个链接/链接发我/有链接吗/链接呢/我要下单/我想买
直接拍就行吗/可以直接下单吗/那我就拍了/想买这款/从哪拍啊/我想要怎么下单呢
那个怎么下单/行 那就这个 怎么下单
"""
NOT_BUYING = """
怎么买延保/在哪看订单/下单了怎么不发货/我要退/链接打不开/想买便宜点/怎么拍照/我要买手机送妈妈
下单多久发/怎么取消/我买了/在哪/怎么下单用不了券
"""
PIECES = "来一件/给我来两箱/要三双/我要两个/那就来一套吧/先拿一瓶/这个来两盒/拍三件/买一对"
NOT_PIECES = """
来了一件/只来一件/少来一件/要一件大的/再来一件/来一件少一件/一件/要一对不/来一趟/拿两件八折吗/换一件/退两件
"""


@pytest.mark.parametrize("text", _each(BUYING))
def test_how_to_order_is_asked_in_many_words(text: str) -> None:
    assert how_to_buy(text)


@pytest.mark.parametrize("text", _each(NOT_BUYING))
def test_what_only_holds_such_words_asks_something_else(text: str) -> None:
    assert not how_to_buy(text)


@pytest.mark.parametrize("text", _each(PIECES))
def test_pieces_are_wanted(text: str) -> None:
    assert pieces_wanted(text)


@pytest.mark.parametrize("text", _each(NOT_PIECES))
def test_pieces_that_came_are_missing_or_go_are_not_wanted(text: str) -> None:
    assert not pieces_wanted(text)


def test_who_has_no_picture_says_so_and_no_more() -> None:
    yes = ("没拍照", "真没拍照", "没有照片啊", "忘了拍照了", "没有图", "当时没来得及拍")
    assert all(map(without_picture, yes))
    assert not any(map(without_picture, ("没有", "不拍了", "没照片怎么办", "没拍到货", "照片")))


def test_what_is_refused_stands_after_the_word() -> None:
    assert all(map(refusing, ("不要", "除了", "别推荐", "不想要", "我不喜欢", "别给我推荐")))
    assert not any(map(refusing, ("", "要", "不要太贵的", "不要紧，", "别的")))


LOOKED_FOR = """
门卫那也没有/我问了邻居没有/问过邻居了 没有/家里也没有/驿站也没有/物业保安都没看见/家里人都说没见过
都没有/没有啊/快递柜里没有/找了一圈没找到/邻居说不知道/门卫不知道/那去查一下吧/登记吧/家门口没有
"""
NOT_LOOKED_FOR = (
    "我还没问门卫/门卫那没去看/不用了/没时间/问问邻居/家里有人吗/找到了/没有发票吗/算了"
)


@pytest.mark.parametrize("text", _each(LOOKED_FOR))
def test_who_has_looked_in_vain_says_so(text: str) -> None:
    assert looked_for(text)


@pytest.mark.parametrize("text", _each(NOT_LOOKED_FOR))
def test_who_has_not_looked_yet_or_found_it_says_something_else(text: str) -> None:
    assert not looked_for(text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("耳机收到了 四件套呢", "四件套"),
        ("鞋到了，裤子怎么还没来", "裤子"),
        ("耳机拿到了但是四件套没收到", "四件套"),
        ("收到了耳机 四件套在哪", "耳机 四件套"),
    ],
)
def test_what_has_not_come_is_named_beside_what_has(text: str, rest: str) -> None:
    place = rest_asked(text)
    assert place is not None
    assert text[slice(*place)] == rest
