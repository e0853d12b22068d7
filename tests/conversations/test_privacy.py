"""Personal data never goes where it is not needed, and what shoppers ask about is left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from conversations.privacy import HIDDEN, Personal, find, mask
from shop import waybills

P = Personal


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("打13812348000", "打138****8000", P.PHONE),
        ("我的手机是138 1234 8000。", "我的手机是138****8000。", P.PHONE),
        ("138-1234-8000", "138****8000", P.PHONE),
        ("1 3 8 1 2 3 4 8 0 0 0", "138****8000", P.PHONE),
        ("+86 13812348000", "+86 138****8000", P.PHONE),
        ("8613812348000", "86138****8000", P.PHONE),
        ("１３８１２３４８０００", "１３８****８０００", P.PHONE),
        ("一三八一二三四八零零零", "一三八****八零零零", P.PHONE),
        ("vx13812348000", "vx138****8000", P.PHONE),
        ("座机0571-88888001", "座机0571-****8001", P.PHONE),
        ("(010)62348001", "(010)****8001", P.PHONE),
        ("电话：87658001", "电话：****8001", P.PHONE),
        ("110101199003071233", "1****************3", P.ID_CARD),
        ("身份证110101199003071230。", "身份证1****************0。", P.ID_CARD),
        ("身份证11010119900307123X", "身份证1****************X", P.ID_CARD),
        ("身份证号：110101900307123", "身份证号：1*************3", P.ID_CARD),
        ("6222021234567890128", "6222****0128", P.BANK_CARD),
        ("卡号6222021234567890123", "卡号6222****0123", P.BANK_CARD),
        ("4111 1111 1111 1111", "4111****1111", P.BANK_CARD),
        ("退到银行卡：4111111111111111", "退到银行卡：4111****1111", P.BANK_CARD),
        ("发到zhang.san@qq.com吧", "发到z***@qq.com吧", P.EMAIL),
        ("我的密码是abc123，帮我看看", "我的密码是******，帮我看看", P.PASSWORD),
        ("密码：Qwert!23", "密码：******", P.PASSWORD),
        ("支付密码 123456", "支付密码 ******", P.PASSWORD),
        ("登录密码我设的是hello1", "登录密码我设的是******", P.PASSWORD),
        ("my password is hello1", "my password is ******", P.PASSWORD),
        ("验证码123456", "验证码******", P.CODE),
        ("短信验证码是：8848", "短信验证码是：******", P.CODE),
        ("123456是我的验证码", "******是我的验证码", P.CODE),
        (
            "把地址改成浙江省杭州市西湖区文三路478号星光大厦3栋2单元1201室",
            "把地址改成浙江省杭州市西湖区****",
            P.ADDRESS,
        ),
        ("寄到杭州市西湖区阳光小区3栋2单元501", "寄到杭州市西湖区****", P.ADDRESS),
        ("上海市浦东新区张江路123弄45号601室", "上海市浦东新区****", P.ADDRESS),
        ("深圳市南山区科技园南区A座1201", "深圳市南山区****", P.ADDRESS),
        ("我住3栋1单元402", "我住****", P.ADDRESS),
        ("李庄镇王家村12组", "李庄镇****", P.ADDRESS),
    ],
)
def test_personal_data_is_masked_and_named(text: str, masked: str, kind: Personal) -> None:
    found = find(text)
    assert (found.text, found.kinds) == (masked, {kind})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "订单4218860012340101001",
        "4218860012340101001",
        "订单号：6222021234567890128",
        "2411110012345678",
        "单号75812340101001",
        "SF1381234567890",
        "JD13812345678 到哪了",
        "YT1381234567890",
        "4111111111111111",
        "https://item.taobao.com/item.htm?id=13812345678",
        "商品 680123456789",
        "尾号8000",
        "手机号后四位8000",
        "满300减40，一共1299.00元",
        "165/50kg",
        "身高一米六五体重一百二",
        "42码和43码",
        "11月11号发货吗",
        "2023-12-01 10:30买的",
        "密码忘了怎么办",
        "密码是多少",
        "密码锁ABC-1234多少钱",
        "密码错误3次",
        "验证码一直收不到",
        "验证码等了1000秒",
        "防伪验证码12345678怎么查",
        "帮我弄2号尺码",
        "坐3号线",
        "我在3楼",
        "2座沙发",
        "这条路12号才通",
        "配送中心3号发货",
        "400-800-1234",
        "iPhone 15 Pro 256GB",
        "浙江省杭州市西湖区能送到吗",
        "文三路附近有门店吗",
    ],
)
def test_what_shoppers_ask_about_stays(text: str) -> None:
    found = find(text)
    assert (found.text, found.kinds) == (text, frozenset())


def test_several_kinds_in_one_message() -> None:
    found = find("张三 13812348000 杭州市文三路478号，密码是abc123")
    assert found.text == "张三 138****8000 杭州市****，密码是******"
    assert found.kinds == {P.PHONE, P.ADDRESS, P.PASSWORD}


PERSONAL_PIECES = st.sampled_from(
    [
        "13812348000", "138 1234 8000", "110101199003071233", "6222021234567890128", "a@b.cn",
        "密码是abc123", "验证码1234", "文三路12号", "3栋2单元501室", "电话87658001",
        "一三八一二三四八零零零",
        "0571-88888001", "号", "栋", "室", "路", "密码", "验证码", "，", " ", "-", "5", "订单",
    ]
)  # fmt: skip
ANYTHING = st.one_of(st.text(max_size=60), st.lists(PERSONAL_PIECES, max_size=8).map("".join))


@given(ANYTHING)
@example("13812345678室")
@example("文三路1号13812345678号")
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


WORDS = st.text(st.characters(whitelist_categories=("Lo", "Po", "So")), max_size=8)
PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(before=WORDS, phone=PHONES, after=WORDS, gaps=st.sampled_from(["", " ", "-"]))
def test_no_phone_survives(before: str, phone: str, after: str, gaps: str) -> None:
    written = f"{phone[:3]}{gaps}{phone[3:7]}{gaps}{phone[7:]}"
    found = find(f"{before}，{written}，{after}")
    assert phone not in re.sub(r"[ -]", "", found.text)
    assert phone[3:7] + phone[7:] not in found.text
    assert P.PHONE in found.kinds


@given(first=st.sampled_from("12345"), rest=st.from_regex(r"[0-9]{15,18}", fullmatch=True))
def test_order_numbers_survive(first: str, rest: str) -> None:
    number = first + rest
    for text in (f"订单{number}", f"订单号：{number} 到哪了"):
        if not find(number).kinds & {P.ID_CARD}:
            assert mask(text) == text
    if P.ID_CARD not in find(number).kinds:
        assert mask(number) == number


WAYBILLS = st.one_of(
    *(
        st.from_regex(pattern, fullmatch=True)
        for pattern in (
            r"(?:SF|YT|JT)[0-9]{13}",
            r"JD[0-9]{11,15}",
            r"DP[KL][0-9]{12}",
            r"7[3-9][0-9]{12}",
            r"77[0-9]{13}",
            r"[34][0-9]{14}",
            r"[0-9]{12}",
            r"9[0-9]{12}",
        )
    )
)


@given(WAYBILLS)
def test_waybills_survive(number: str) -> None:
    assume(waybills.NumberKind.WAYBILL in waybills.classify(number).kinds)
    for text in (number, f"单号{number}到哪了"):
        assert mask(text) == text


@given(st.from_regex(r"62[0-9]{13,16}", fullmatch=True))
def test_a_bank_card_is_known_by_its_check_digit(digits: str) -> None:
    checked = [f"{digits}{last}" for last in range(10)]
    masked = [number for number in checked if find(number).kinds]
    if not any(P.ID_CARD in find(number).kinds for number in checked):
        (card,) = masked
        assert mask(card) == f"{card[:4]}{HIDDEN}{card[-4:]}"


@given(st.text(max_size=400))
def test_any_text_can_be_masked(text: str) -> None:
    mask(text)
