"""Addresses as people type them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.addresses import AddressParts, merged, missing, parse, shown, updated
from shop.regions import PROVINCE_OF, WITHOUT_DISTRICTS
from shop.types import Address

OLD = Address(
    name="马超",
    phone="19900000001",
    province="河南省",
    city="郑州市",
    district="金水区",
    street="文化路街道示例路 8 号 3幢301室",
)


def found(text: str, *, asked: bool = False) -> dict[str, str]:
    parts = parse(text, asked=asked)
    return {f.name: getattr(parts, f.name) for f in fields(parts) if getattr(parts, f.name)}


@pytest.mark.parametrize(
    "text",
    [
        "张三 13812345678 浙江省杭州市西湖区文三路1号",
        "张三,13812345678,浙江杭州西湖区文三路1号",
        "浙江省杭州市西湖区文三路1号 张三 138 1234 5678",
        "收货人：张三\n电话：13812345678\n地址：浙江省杭州市西湖区文三路1号",
        "姓名:张三 手机号:+86 13812345678 所在地区:浙江省杭州市西湖区 详细地址:文三路1号",
        "张三\n13812345678\n浙江省杭州市\n西湖区文三路1号",
        "帮我把地址改成杭州市西湖区文三路1号，收件人张三，电话13812345678",
        "不寄上海了，改到浙江省杭州市西湖区文三路1号 张三 13812345678",
        "新地址是杭州西湖区文三路1号 张三收 13812345678",
    ],
)
def test_the_same_address_however_it_is_written(text: str) -> None:
    assert found(text) == {
        "name": "张三",
        "phone": "13812345678",
        "province": "浙江省",
        "city": "杭州市",
        "district": "西湖区",
        "street": "文三路1号",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电话改成13700001111", {"phone": "13700001111"}),
        ("电话13812345678换成13700001111", {"phone": "13700001111"}),
        ("座机0571-85541234", {"phone": "057185541234"}),
        ("收货人改成王小明", {"name": "王小明"}),
        ("收件人换成陈小姐", {"name": "陈小姐"}),
        ("改到文三路99号", {"street": "文三路99号"}),
        ("门牌号改成3幢502", {"door": "3幢502"}),
        ("改成502室", {"door": "502室"}),
        ("门牌写错了，是人民路9号", {"street": "人民路9号"}),
        ("路名错了，应该是人民路9号", {"street": "人民路9号"}),
        ("不是6号，是8号", {"door": "8号"}),
        ("电话1381234567", {"odd_phone": True}),
        ("改到上海", {"province": "上海市", "city": "上海市"}),
    ],
)
def test_one_part_alone(text: str, expected: dict[str, object]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("北京市朝阳区望京街道示例路1号", ("北京市", "北京市", "朝阳区", "望京街道示例路1号")),
        ("吉林省吉林市船营区北京路3号", ("吉林省", "吉林市", "船营区", "北京路3号")),
        ("广东省东莞市长安镇德政中路12号", ("广东省", "东莞市", "", "长安镇德政中路12号")),
        ("江苏省苏州市工业园区星湖街328号", ("江苏省", "苏州市", "工业园区", "星湖街328号")),
        (
            "内蒙古呼和浩特赛罕区大学西街2号",
            ("内蒙古自治区", "呼和浩特市", "赛罕区", "大学西街2号"),
        ),
        (
            "杭州西湖区翠苑街道 翠苑一区 2幢 4单元 401",
            ("浙江省", "杭州市", "西湖区", "翠苑街道 翠苑一区 2幢 4单元 401"),
        ),
        ("浦东新区花木路1号", ("", "", "浦东新区", "花木路1号")),
        ("南京西路1号", ("", "", "", "南京西路1号")),
    ],
)
def test_places(text: str, expected: tuple[str, str, str, str]) -> None:
    parts = parse(text, asked=True)
    assert (parts.province, parts.city, parts.district, parts.street) == expected


@pytest.mark.parametrize(
    "text",
    [
        "地址错了",
        "能改地址吗",
        "改一下收货地址和电话",
        "好的",
        "算了",
        "那个小区的快递柜行吗",
        "谢谢",
        "寄到公司去",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert parse(text).empty


@pytest.mark.parametrize(
    ("text", "expected"),
    [("张三", "张三"), ("好的", ""), ("没有", ""), ("方便的", ""), ("欧阳娜娜", "欧阳娜娜")],
)
def test_a_bare_name_is_one_when_it_was_asked_for(text: str, expected: str) -> None:
    assert parse(text, asked=True).name == expected
    assert parse(text).empty


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("把收货人换成我老公 刘洋 13700001111", "刘洋"),
        ("收件人改成我妈李秀英", "李秀英"),
        ("收货人姓名打错了，正确的是陈静", "陈静"),
        ("收货人张三改成李四", "李四"),
        ("收件人不是张三，是李四", "李四"),
        ("收货人叫李四，不是张三", "李四"),
        ("收件人现在写的是张三，麻烦换成李四", "李四"),
        ("名字打成昵称了，取件要实名，改成谢文", "谢文"),
        ("联系人换成小王吧", "小王"),
        ("收件人改成公司前台陈静", "陈静"),
        ("收货人改成阿依古丽·买买提", "阿依古丽·买买提"),
        ("收件人换成Amy Wong", "Amy Wong"),
        ("换个收货人，欧阳明，13700001111", "欧阳明"),
    ],
)
def test_the_name_is_found_among_what_people_say_of_it(text: str, name: str) -> None:
    assert parse(text).name == name


@pytest.mark.parametrize(
    "text",
    [
        *("收件人电话换一下，拨13700001111", "收货人的手机号换成13700001111"),
        *("收货人不变，地址改成金水区文化路9号", "小区名字错了，是万科城"),
    ],
)
def test_what_is_said_of_another_part_is_no_name(text: str) -> None:
    parts = parse(text)
    assert not parts.name
    assert not parts.odd_name
    assert not parts.empty or "小区" in text


@pytest.mark.parametrize(
    "text", ["收货人改成我妈", "收货人写错了", "收件人换成公司前台，电话13700001111"]
)
def test_a_receiver_without_a_name_is_odd(text: str) -> None:
    parts = parse(text)
    assert (parts.name, parts.odd_name) == ("", True)


@pytest.mark.parametrize(
    ("told", "lacks"),
    [
        ("改到上海", ["district", "street"]),
        ("改到江苏省", ["city", "district", "street"]),
        ("杭州市西湖区", ["street"]),
        ("浦东新区花木路1号", ["city"]),
        ("东莞市长安镇德政中路12号", []),
        ("文化路99号", []),
        ("电话13812345678", []),
    ],
)
def test_what_is_still_to_be_told(told: str, lacks: list[str]) -> None:
    assert list(missing(parse(told, asked=True), OLD)) == lacks


def test_an_order_without_an_address_needs_all_of_it() -> None:
    assert list(missing(parse("电话13812345678"), None)) == ["name", "city", "district", "street"]
    whole = parse("张三 13812345678 浙江省杭州市西湖区文三路1号")
    assert not missing(whole, None)
    assert updated(None, whole).province == "浙江省"


@pytest.mark.parametrize(
    ("told", "street"),
    [
        ("改成9幢502室", "文化路街道示例路 8 号 9幢502室"),
        ("改成502室", "文化路街道示例路 8 号 3幢502室"),
        ("门牌改成9幢502", "文化路街道示例路 8 号 9幢502室"),
        ("文三路1号", "文三路1号"),
    ],
)
def test_a_number_changes_its_like(told: str, street: str) -> None:
    new = updated(OLD, parse(told, asked=True))
    assert new.street.replace(" ", "") == street.replace(" ", "")
    assert replace(new, street=OLD.street) == OLD


def test_what_comes_later_replaces_what_it_contradicts() -> None:
    parts = merged(
        [
            parse("张三 13812345678 浙江省杭州市西湖区文三路1号"),
            parse("不对，改到上海市浦东新区花木路2号"),
            parse("电话13911112222"),
        ]
    )
    assert (parts.name, parts.phone) == ("张三", "13911112222")
    assert (parts.province, parts.city, parts.street) == ("上海市", "上海市", "花木路2号")
    assert merged([parse("改到上海"), parse("浦东新区花木路2号")]).city == "上海市"


def test_what_is_shown_tells_nobody_where_it_is() -> None:
    name, phone, place = shown(replace(OLD, street="文三路259号3幢1502室", phone="13812345678"))
    assert (name, phone) == ("马*", "138****5678")
    assert place == "河南省郑州市金水区文三路****"


CITY = st.sampled_from(sorted(set(PROVINCE_OF) - WITHOUT_DISTRICTS))
DISTRICT = st.sampled_from(["西湖区", "浦东新区", "余杭区", "长沙县", "义乌市"])
NUMBER = st.integers(1, 999)


@given(city=CITY, district=DISTRICT, number=NUMBER, phone=st.integers(13000000000, 19999999999))
def test_a_whole_address_of_any_city_is_read_back(
    city: str, district: str, number: int, phone: int
) -> None:
    province = PROVINCE_OF[city]
    region = city if province == city else f"{province}{city}"
    parts = parse(f"李雷 {phone} {region}{district}人民路{number}号")
    assert parts == AddressParts("李雷", str(phone), province, city, district, f"人民路{number}号")


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_fall(text: str) -> None:
    parts = parse(text, asked=True)
    assert isinstance(parts.empty, bool)
    if not missing(parts, OLD):
        assert updated(OLD, parts).city
