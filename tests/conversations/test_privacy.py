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
        ("１３８１２３４８０００", "138****8000", P.PHONE),
        ("一三八一二三四八零零零", "一三八****八零零零", P.PHONE),
        ("vx13812348000", "vx138****8000", P.PHONE),
        ("座机0571-88888001", "座机0571-****8001", P.PHONE),
        ("(010)62348001", "(010)****8001", P.PHONE),
        ("电话：87658001", "电话:****8001", P.PHONE),
        ("110101199003071233", "1****************3", P.ID_CARD),
        ("身份证110101199003071230。", "身份证1****************0。", P.ID_CARD),
        ("身份证11010119900307123X", "身份证1****************X", P.ID_CARD),
        ("身份证号：110101900307123", "身份证号:1*************3", P.ID_CARD),
        ("6222021234567890128", "6222****0128", P.BANK_CARD),
        ("卡号6222021234567890123", "卡号6222****0123", P.BANK_CARD),
        ("4111 1111 1111 1111", "4111****1111", P.BANK_CARD),
        ("退到银行卡：4111111111111111", "退到银行卡:4111****1111", P.BANK_CARD),
        ("发到zhang.san@qq.com吧", "发到z***@qq.com吧", P.EMAIL),
        ("我的密码是abc123，帮我看看", "我的密码是******,帮我看看", P.PASSWORD),
        ("密码：Qwert!23", "密码:******", P.PASSWORD),
        ("支付密码 123456", "支付密码 ******", P.PASSWORD),
        ("登录密码我设的是hello1", "登录密码我设的是******", P.PASSWORD),
        ("my password is hello1", "my password is ******", P.PASSWORD),
        ("验证码123456", "验证码******", P.CODE),
        ("短信验证码是：8848", "短信验证码是:******", P.CODE),
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
    ("text", "masked", "kind"),
    [
        ("密碼是abc123", "密码是******", P.PASSWORD),
        ("手機138\u200b1234\u200b8000", "手机138****8000", P.PHONE),
        ("138/1234/8000", "138****8000", P.PHONE),
        ("138_1234_8000", "138****8000", P.PHONE),
        ("138——1234——8000", "138****8000", P.PHONE),
        ("138，1234，8000", "138****8000", P.PHONE),
        ("138.1234.8000", "138****8000", P.PHONE),
        ("138；1234；8000", "138****8000", P.PHONE),
        ("1，3，8，1，2，3，4，8，0，0，0", "138****8000", P.PHONE),
        ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣8️⃣0️⃣0️⃣0️⃣", "138****8000", P.PHONE),
        ("我想问一下，手机，138，0013，8000", "我想问一下,手机,138****8000", P.PHONE),
        ("我电话，138，00，13，8000", "我电话,138****8000", P.PHONE),
        ("幺三八幺二三四八零零零", "幺三八****八零零零", P.PHONE),
        ("壹叁捌壹贰叁肆捌零零零", "壹叁捌****捌零零零", P.PHONE),
        ("一三八一二三四八〇〇〇", "一三八****八〇〇〇", P.PHONE),
        ("身份证号一一零一零五一九四九一二三一零零二X", "身份证号一" + "*" * 16 + "X", P.ID_CARD),
        ("1101 0519 4912 3100 2X", "1" + "*" * 16 + "X", P.ID_CARD),
        ("身份证号给你 110105194912", "身份证号给你 ******", P.ID_CARD),
        ("银行卡号 6 2 2 2 0 2 1 2 3 4 5 6 7 8 9 0 1 2 8", "银行卡号 6222****0128", P.BANK_CARD),
        ("卡号给你了 622202123456", "卡号给你了 ******", P.BANK_CARD),
        ("验证码四五六七八九", "验证码******", P.CODE),
        ("验证码1 2 3", "验证码******", P.CODE),
        ("验证码 123-456", "验证码 ******", P.CODE),
        ("456789(登录验证码)", "******(登录验证码)", P.CODE),
        ("验证码收到了，123456", "验证码收到了,******", P.CODE),
        ("密码 zhangsan", "密码 ******", P.PASSWORD),
        ("密码：hello", "密码:******", P.PASSWORD),
        ("pw zhang1990", "pw ******", P.PASSWORD),
        ("mima: zhangsan", "mima: ******", P.PASSWORD),
        ("pin 1234", "pin ******", P.PASSWORD),
        ("密码是1 2 3 4 5 6", "密码是******", P.PASSWORD),
        ("密码是一二三四五六", "密码是******", P.PASSWORD),
        ("密码设成abcdef", "密码设成******", P.PASSWORD),
        ("密码我改成abcdef", "密码我改成******", P.PASSWORD),
        ("密码就是abcdef", "密码就是******", P.PASSWORD),
        ("zhang1990是我的密码", "******是我的密码", P.PASSWORD),
        ("那个，密码是，zhang1990", "那个,密码是,******", P.PASSWORD),
        ("密码发你了zhang1990", "密码发你了******", P.PASSWORD),
        ("我住12楼3门501", "我住****", P.ADDRESS),
        ("我住3栋2单元五零一", "我住****", P.ADDRESS),
        ("我住3栋2单元301B", "我住****", P.ADDRESS),
        ("我住文三路478号20F", "我住****", P.ADDRESS),
        ("我住文三路甲12号", "我住****", P.ADDRESS),
        ("我住阳光小区丙座501", "我住****", P.ADDRESS),
        ("成都市人民南路四段12号", "成都市****", P.ADDRESS),
        ("燕园37楼412", "****", P.ADDRESS),
    ],
)
def test_personal_data_is_masked_however_it_is_spelled(
    text: str, masked: str, kind: Personal
) -> None:
    found = find(text)
    assert (found.text, found.kinds) == (masked, {kind})


def test_what_lies_beyond_what_can_be_read_is_never_shown() -> None:
    for filler in ("\u200b", "长短", "ﷺ"):
        assert "13812348000" not in mask(filler * 3000 + "13812348000")


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
        "6楼没电梯",
        "口令红包1234怎么领",
        "淘口令 ¥AbCd1234¥",
        "pin针 12345",
        "pw2000型号还有吗",
        "spring pin 1234 有货吗",
        "价格 158 1580 1599",
        "5门2000元的衣柜",
        "第3层1200的货架",
        "家在6楼100斤的柜子能送上来吗",
        "住6楼 1299的沙发送货上门吗",
        "12楼3天能到吗",
        "密码锁支持6-20位密码吗",
        "密码是6-20位吗",
        "密码忘了,iPhone15 Pro多少钱",
        "密码忘了 4218860012340101001",
        "密码 iPhone怎么设置",
        "密码输错3次被锁了",
        "验证码一天都没收到",
        "验证码等了1000秒",
        "验证码收不到,我的订单是4218860012340101001",
        "验证码 收不到 2024年的",
        "银行卡退款1299.00元到了吗",
        "银行卡尾号1234退款",
        "卡号尾号12345678",
        "信用卡分12期1299元",
        "身份证需要吗,订单4218860012340101001",
        "身份证后四位1234",
        "尺码 1,35,40,42,43,44",
        "价格139/1299/1599元",
        "138/1299/1599块",
        "165/88A 170/92A",
        "2024.11.11下单的",
        "11,12,13号",
        "2024-12-01到2024-12-31",
        "一二三四五六件都要",
        "一百二十斤穿什么码",
        "第一二三季",
        "满200-20,满300-40",
        "24pin接口线",
        "Type-C 24 pin 1200mm",
        "SF1381234567890",
        "SF1381234567890是我的单号",
        "三楼有货吗",
        "甲醛超标吗",
        "A座椅多少钱",
        "B门把手",
        "一号链接",
        "3门冰箱501升多少钱",
        "双开门501L冰箱",
        "四门衣柜1200元",
        "两门1200的衣柜",
        "三门冰箱618活动价",
        "2楼618活动",
        "一单元多少钱",
        "我要3个1388的",
        "175 140 穿什么码",
        "身高175,体重1400",
        "宽138高2000厚500",
        "138cm 2000mm 5000",
    ],
)
def test_what_shoppers_ask_about_stays(text: str) -> None:
    found = find(text)
    assert (found.text, found.kinds) == (text, frozenset())


def test_several_kinds_in_one_message() -> None:
    found = find("张三 13812348000 杭州市文三路478号，密码是abc123")
    assert found.text == "张三 138****8000 杭州市****,密码是******"
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


@example("JD01000000000")  # 010 and eight digits are a landline elsewhere
@given(WAYBILLS)
def test_waybills_survive(number: str) -> None:
    assume(waybills.NumberKind.WAYBILL in waybills.classify(number).kinds)
    for text in (number, f"单号{number}到哪了"):
        assert mask(text) == text


@pytest.mark.parametrize("before", ["打我卡上", "退到卡里", "卡上是", "银行卡号："])
def test_a_number_called_a_card_is_one_though_it_was_mistyped(before: str) -> None:
    assert "4352" not in mask(f"{before}6217001234564352119")


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
