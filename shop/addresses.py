"""Addresses as people type them: name, phone, region and street, in one line or several. Pure.

The text is the shopper's own, unmasked: nothing of it, and nothing made of it but `shown`, may be
kept, logged or said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from shop.names import AFTER_NAME, NAME, RELATIVE, is_name
from shop.regions import CITIES, PROVINCE_OF, PROVINCES, WITHOUT_DISTRICTS
from shop.types import Address

HIDDEN = "****"

_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?(1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[ -]?\d{7,8})(?!\d)")
_ODD_PHONE = re.compile(r"(?:电话|手机|号码)[^\d]{0,6}(\d{6,14})(?!\d)")
_HAN = r"[\u4e00-\u9fff]"
_LABEL = (
    r"(?:收[货件]人?|联系人|姓名|名字|(?:收货|联系|手机)?(?:电话|手机)号?码?|(?:收货|收件|详细|新)?地址"
    r"|所在地区|地区|省市区)"
)
# 小区名字, 公司名称: not whose it is.
_RECEIVER = (
    r"(?:(?:收[货件]人|联系人)(?:的?(?:名字|姓名|信息))?|(?<![区司校街村厦园])(?<![区司校街村厦园]的)(?:姓名|名字))"
    r"(?!的?(?:地址|电话|手机|号码|联系|邮))"
)
_BESIDES = r"(?:[和跟及、](?:电话|手机号?|地址))*"
_INSTEAD = (
    r"(?:更?[改换]成?|[变更]更|[写填]成?|应[该当]?|正确|其实|重新|[是叫为就请也都要想给的:：\s,，]|[寄送发交]给|帮?我|麻烦"
    rf"|{RELATIVE}|名字|姓名|公司|单位|学校|前台|门卫|物业)*"
)
_LATIN = r"[A-Za-z][A-Za-z .]{1,24}[A-Za-z]"
_NAMED = re.compile(
    rf"{_RECEIVER}{_BESIDES}{_INSTEAD}(?P<name>{NAME}|(?<![A-Za-z]){_LATIN}){AFTER_NAME}"
)
_CORRECTED = re.compile(
    rf"(?:[改换]成?|应[该当]?是|[是叫写填]){_INSTEAD}(?P<name>{NAME}){AFTER_NAME}"
)
# Before what the name is not, or was.
_NOT_NOW = re.compile(
    r"(?:不|别|不要|不用|原来|之前|以前|原先|本来|现在|目前|[写填]的)的?(?:名字|收[货件]人)?[是叫写填]?$"
)
# Whose name is to be another, without the name.
_ANOTHER_NAME = re.compile(
    rf"{_RECEIVER}{_BESIDES}[都也要想给帮我忙]*"
    rf"(?:[改换](?!到|天)|[写填打弄]?错|不对|[叫写是]{RELATIVE})|[改换](?:一?[下个]|成?新的?)?{_RECEIVER}"
)
_TO = re.compile(
    r"(?:[改换][成到为去]|[寄送发][到往去给]|搬[到去]了?|地址(?:是|为|[:：])|[:：]|(?:^|[\s,，。]|应该|正确的?)是)\s*"
)
_ADDRESS_LABEL = re.compile(rf"{_LABEL}[:：\s]*$")
_STOP = re.compile(rf"[;；。!！?？]|[\s,，、]*{_LABEL}(?:[:：\s]|$)")
_DISTRICT = re.compile(
    rf"(?P<district>{_HAN}{{0,8}}?(?:工业园区|开发区|高新区)"
    rf"|{_HAN}{{1,7}}?(?:新区|自治县|自治旗|林区|特区|矿区|区|县|旗|市)"
    r"(?<!小区)(?<!社区)(?<!园区)(?<!校区)(?<!厂区)(?<!片区)(?<!景区)(?<!院区))"
)
_IN_TWO = re.compile(r"(?:所在地区|地区|省市区)[:：]")
_DETAIL = re.compile(r"[\s,，;；]*(?:详细|街道)地址[:：\s]*")
_ROAD = re.compile(
    rf"{_HAN}{{1,12}}?(?:路|街道?|大道|巷|胡同|弄|镇|乡|村|庄|屯|小区|社区|花园|家园|公寓|新村|苑|大厦"
    rf"|广场|中心|宿舍|学校|大学|学院|中学|小学|医院|公司|工业园|科技园|园区?|城|府|湾|庭|院|驿站)"
)
_UNIT = r"(?:号楼|号院|栋|幢|座|单元|层|楼|室|房|号)"
_COUNT = r"(?:[A-Za-z]?\d{1,5}[A-Za-z]?|[A-Za-z]|[一二三四五六七八九十]{1,3})"
_PART = re.compile(rf"{_COUNT}\s?(?P<unit>{_UNIT})")
_PARTS = rf"(?:{_COUNT}\s?{_UNIT}\s?)+"
_DOOR = re.compile(
    rf"(?P<door>{_PARTS}(?:\d{{3,4}})?|\d{{1,3}}(?:-\d{{1,4}}){{1,3}}"
    r"|(?<=[成到为是号:： ])\d{3,4}(?!\d))"
)
_BARE_DOOR = re.compile(r"\d{1,3}(?:-\d{1,4}){1,3}|[A-Za-z]?\d{3,4}[A-Za-z]?")
_TAIL_DOOR = re.compile(rf"{_PARTS}$")
_ALONE = re.compile(rf"{_INSTEAD}(?P<name>{NAME})(?:{AFTER_NAME}[吧的就行可以谢收]*)")


@dataclass(frozen=True)
class AddressParts:
    """What was found; empty where nothing was said.

    `door` is a number alone (3幢502) for the street as it is. `odd_phone`: a number was called a
    phone's and is none; `odd_name`: somebody else is to receive it, whose name was not told.
    """

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    street: str = ""
    door: str = ""
    odd_phone: bool = False
    odd_name: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was found."""
        return not any(getattr(self, field.name) for field in fields(self))


def parse(text: str, *, asked: bool = False) -> AddressParts:
    """The parts of an address in a message.

    Args:
        text: what was written, line breaks and all.
        asked: we had asked for it, so that a bare name or number is one.
    """
    plain = unicodedata.normalize("NFKC", text)
    phones = [*_MOBILE.finditer(plain), *_LANDLINE.finditer(plain)]
    phone = re.sub(r"[ -]", "", max(phones, key=lambda match: match.start())[1]) if phones else ""
    odd = not phone and _ODD_PHONE.search(plain) is not None
    rest = plain
    for match in sorted(phones, key=lambda match: -match.start()):
        rest = rest[: match.start()] + "\n" + rest[match.end() :]
    name, span = _name_in(rest, asked=asked)
    rest = rest[: span[0]] + "\n" + rest[span[1] :]
    if _IN_TWO.search(rest):
        rest = _DETAIL.sub(" ", rest)
    where, outside = _place(rest, asked=asked)
    found = replace(where, phone=phone, odd_phone=odd, name=name)
    another = _ANOTHER_NAME.search(plain) is not None
    if not found.name and (asked or another or not found.empty):
        found = replace(found, name=_bare_name(outside))
    return replace(found, odd_name=another and not found.name)


def merged(parts: Iterable[AddressParts]) -> AddressParts:
    """Several messages as one: what comes later replaces what it contradicts."""
    whole = AddressParts()
    for part in parts:
        if part.city and part.city != whole.city:
            whole = replace(whole, province="", city="", district="", street="", door="")
        elif part.district and part.district != whole.district and whole.district:
            whole = replace(whole, district="", street="", door="")
        if part.street:
            whole = replace(whole, door="")
        told = {f.name: getattr(part, f.name) for f in fields(part) if getattr(part, f.name)}
        whole = replace(whole, **told)
    return whole


def missing(parts: AddressParts, old: Address | None) -> Sequence[str]:
    """What must still be told before it is an address: names of its fields, in their order."""
    if old is None:
        wanted = ["name", "phone", "city", "district", "street"]
        lacking = [field for field in wanted if not getattr(parts, field)]
        return [one for one in lacking if one != "district" or parts.city not in WITHOUT_DISTRICTS]
    moved = parts.city and parts.city != old.city
    other_province = parts.province and parts.province != old.province and not parts.city
    if other_province:
        return ["city", *(one for one in ("district", "street") if not getattr(parts, one))]
    if moved:
        wanted = ["street"] if parts.city in WITHOUT_DISTRICTS else ["district", "street"]
        return [field for field in wanted if not getattr(parts, field)]
    if parts.district and parts.district != old.district:
        lacking = [] if parts.city else ["city"]
        return [*lacking, *([] if parts.street else ["street"])]
    return []


def updated(old: Address | None, parts: AddressParts) -> Address:
    """The address with those parts in it; nothing may be `missing`."""
    old = old or Address(name="", phone="", province="", city="", district="", street="")
    city = parts.city or old.city
    province = parts.province or PROVINCE_OF.get(parts.city, "") or old.province
    moved = city != old.city or (parts.district and parts.district != old.district)
    street = parts.street or ("" if moved else old.street)
    if parts.door:
        street = _with_door(street, parts.door)
    return Address(
        name=parts.name or old.name,
        phone=parts.phone or old.phone,
        province=province,
        city=city,
        district=parts.district or ("" if city != old.city else old.district),
        street=street,
    )


def shown(address: Address) -> tuple[str, str, str]:
    """Name, phone and place as they may be shown: enough to know one's own by."""
    name = address.name[:1] + "*" * max(1, len(address.name) - 1)
    phone = address.phone
    phone = f"{phone[:-8]}{HIDDEN}{phone[-4:]}" if len(phone) >= 11 else f"{HIDDEN}{phone[-2:]}"
    city = "" if address.city == address.province else address.city
    kept = address.street[: 3 if len(address.street) > 5 else 1]
    return name, phone, f"{address.province}{city}{address.district}{kept}{HIDDEN}"


# ---- the place -------------------------------------------------------------------------------

_REGION = re.compile("|".join(sorted({*PROVINCES, *CITIES}, key=len, reverse=True)))
# 南京西路, 朝阳区: the name of a street or a district.
_NO_REGION = re.compile(r"[东南西北中]?[一二三四五环]?(?:路|街|大道|巷|区|县)")
_WORDS_TOO = frozenset(
    ("东方", "朝阳", "文昌", "安康", "白银", "天门", "大同", "大庆", "黄山", "中山", "万宁", "哈密")
)


def _place(text: str, *, asked: bool) -> tuple[AddressParts, str]:
    """Region, street or door; and the text around them."""
    start = max((match.end() for match in _TO.finditer(text)), default=0)
    for begin in dict.fromkeys((start, 0)):
        found, span = _address_from(text, begin, asked=asked)
        if not found.empty:
            around = text[: span[0]] + "\n" + text[span[1] :]
            return found, around
    return AddressParts(), text


def _address_from(text: str, begin: int, *, asked: bool) -> tuple[AddressParts, tuple[int, int]]:
    region = _region_from(text, begin)
    road = _ROAD.search(text, begin)
    district = _DISTRICT.search(text, begin)
    starts = [m.start() for m in (region, road, district) if m is not None]
    if not starts or (region is None and not _numbered(text, begin) and not asked):
        return _door_from(text, begin, asked=asked)
    start = region.start() if region else min(starts)
    end = _end(text, start)
    return _read(text[start:end]), (start, end)


def _numbered(text: str, begin: int) -> bool:
    """Whether a place is more than a word like 小区 or 公司: it has a number or a district."""
    return bool(re.search(r"\d|号|[一二三四五六七八九十][栋幢楼单]", text[begin:])) or bool(
        _DISTRICT.search(text, begin)
    )


def _end(text: str, start: int) -> int:
    """Where the address ends: at a stop, or before a word that is no part of it."""
    stop = _STOP.search(text, start)
    end = stop.start() if stop else len(text)
    position = start
    for word in re.finditer(r"[^\s,，、/|]+", text[start:end]):
        if word.start() and not _continues(word[0]):
            return start + position
        position = word.end()
    return end


def _continues(word: str) -> bool:
    """Whether a word after a gap still belongs to the address."""
    if _region_from(word, 0) or _DISTRICT.match(word) or _ROAD.search(word):
        return True
    return bool(re.match(rf"[A-Za-z]?\d|{_UNIT}", word) or re.search(rf"\d{_UNIT}", word))


def _region_from(text: str, begin: int) -> re.Match[str] | None:
    """The first region named; a word that means other things too needs its 市."""
    for match in _REGION.finditer(text, begin):
        if not _NO_REGION.match(text, match.end()) and match[0] not in _WORDS_TOO:
            return match
    return None


def _read(place: str) -> AddressParts:
    place = re.sub(r"[\s,，、/|]+", " ", place).strip()
    province, at = _region_at(place, 0, PROVINCES)
    city, at = _region_at(place, at, CITIES)
    if province in PROVINCE_OF:
        _, at = _region_at(place, at, PROVINCES)  # 北京市北京市
        city = province
    province = province or PROVINCE_OF.get(city, "")
    district = _DISTRICT.match(place, at)
    at = district.end() if district else at
    return AddressParts(
        province=province,
        city=city,
        district=district["district"] if district else "",
        street=place[at:].strip(" ,，的吧。."),
    )


def _region_at(place: str, at: int, names: Mapping[str, str]) -> tuple[str, int]:
    """The region named there, in full, and where what follows it begins."""
    match = _REGION.match(place, at)
    if match is None or match[0] not in names or _NO_REGION.match(place, match.end()):
        return "", at
    end = match.end()
    while end < len(place) and place[end] in "省市 ":
        end += 1
    return names[match[0]], end


def _door_from(text: str, begin: int, *, asked: bool) -> tuple[AddressParts, tuple[int, int]]:
    match = _DOOR.search(text, begin)
    if match is None and asked:
        match = re.fullmatch(rf"[\s\n]*(?P<door>{_BARE_DOOR.pattern})[\s\n吧。]*", text)
    if match is None:
        return AddressParts(), (0, 0)
    return AddressParts(door=match["door"].strip()), match.span()


def _with_door(street: str, door: str) -> str:
    """The street with that number: what it names replaces its like, the rest stays."""
    told = {match["unit"]: match[0] for match in _PART.finditer(door)}
    if not told:
        kept = re.sub(r"(?:\d{1,3}(?:-\d{1,4}){1,3}|\d{3,4})(?:室|房)?$", "", street)
        return f"{kept.rstrip()}{door}"
    tail = _TAIL_DOOR.search(street)
    head, before = (street[: tail.start()], tail[0]) if tail else (street, "")
    parts = {match["unit"]: match[0] for match in _PART.finditer(before)}
    if room := _PART.sub("", door).strip():
        unit = "房" if "房" in parts else "室"
        told[unit] = f"{room}{unit}"
    return head + "".join({**parts, **told}.values())


# ---- the name --------------------------------------------------------------------------------


def _name_in(text: str, *, asked: bool) -> tuple[str, tuple[int, int]]:
    """The last name that is called the receiver's, and where it stands; empty for none."""
    found = [*_NAMED.finditer(text)]
    if asked or re.search(_RECEIVER, text):
        found += _CORRECTED.finditer(text)
    meant = [match for match in found if _is_meant(match)]
    if not meant:
        return "", (0, 0)
    last = max(meant, key=lambda match: match.start("name"))
    return last["name"], last.span()


def _is_meant(match: re.Match[str]) -> bool:
    name = match["name"]
    if not is_name(name) and re.fullmatch(_LATIN, name) is None:
        return False
    return _NOT_NOW.search(match.string, 0, match.start("name")) is None


def _bare_name(text: str) -> str:
    """A name by itself among what is no address."""
    for word in re.split(r"[\s,，、;；。:：/|!！?？()]+", text):
        alone = _ALONE.fullmatch(word)
        if alone and is_name(alone["name"]):
            return alone["name"]
    return ""
