"""The carriers' names and codes in other systems, and ours (`shop.waybills.CARRIERS`)."""

from __future__ import annotations

from shop.waybills import CARRIERS

_KUAIDI100 = {
    "SF": "shunfeng",
    "YTO": "yuantong",
    "ZTO": "zhongtong",
    "STO": "shentong",
    "YD": "yunda",
    "JT": "jtexpress",
    "JD": "jd",
    "EMS": "ems",
    "YZPY": "youzhengguonei",
    "DBL": "debangkuaidi",
}
_OURS = {theirs: ours for ours, theirs in _KUAIDI100.items()}
# What a name says of its carrier, the telling ones first: 京东快递, 邮政EMS, 邮政快递包裹.
_NAMES = (
    ("顺丰", "SF"),
    ("圆通", "YTO"),
    ("中通", "ZTO"),
    ("申通", "STO"),
    ("韵达", "YD"),
    ("极兔", "JT"),
    ("京东", "JD"),
    ("德邦", "DBL"),
    ("EMS", "EMS"),
    ("邮政", "YZPY"),
)


def code_of_name(name: str) -> str:
    """Our code for a carrier's name as a platform writes it, e.g. 顺丰速运; empty: unknown."""
    upper = name.upper()
    return next((code for word, code in _NAMES if word in upper), "")


def name_of(code: str, default: str = "") -> str:
    """The carrier's name as people say it, `default` for a code that is not ours."""
    return CARRIERS.get(code, default)


def to_kuaidi100(code: str) -> str:
    """Kuaidi100's code for one of ours; empty: unknown."""
    return _KUAIDI100.get(code, "")


def from_kuaidi100(com: str) -> str:
    """Our code for one of Kuaidi100's; empty: unknown."""
    return _OURS.get(com.lower(), "")
