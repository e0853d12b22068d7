"""One catalogue for everything staff read, complete in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import desk
from conversations.state import State
from desk.accounts import Role
from desk.texts import Catalogue
from shop.errors import Obstacle
from shop.operations.compensation import Mishap
from shop.operations.kinds import APPROVALS
from shop.operations.refund import RefundCause, Share
from shop.operations.types import Ground
from shop.types import OrderState, ParcelState, ReturnReason, ReturnState

ROOM = Path(desk.__file__).parent
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
SCRIPTS = sorted((ROOM / "static" / "js").glob("*.js"))
TEMPLATES = sorted((ROOM / "templates").glob("*.html"))
STYLES = sorted((ROOM / "static").glob("*.css"))

CODES = {
    "state": [state.value for state in State] + ["mine"],
    "locked": [state.value for state in State] + ["role"],
    "role": [role.value for role in Role],
    "order": [state.value for state in OrderState],
    "parcel": [state.value for state in ParcelState],
    "return": [state.value for state in ReturnState],
    "return.reason": [reason.value for reason in ReturnReason],
    "tab": ["queued", "mine", "bot", "all"],
    "tier": ["normal", "silver", "gold", "vip"],
    "channel": ["web", "wechat", "wecom_kf", "taobao"],
    "wait": ["ok", "warn", "late"],
    "delivery": ["pending", "parked", "failed"],
    "handoff.status": ["resolved", "cancelled"],
    "trend": ["rising", "steady", "falling"],
    "approval": ["agree_title", "agree_text", "refuse_title", "refuse_text"],
    "approval.kind": list(APPROVALS),
    "approval.ground": [ground.value for ground in Ground],
    "approval.cause": [cause.value for cause in RefundCause],
    "approval.share": [share.value for share in Share],
    "approval.case": [mishap.value for mishap in Mishap],
    "approval.trouble": ["wrong", "missing", "charged", "double"],
    "approval.reason": ["quality", "damaged"],
    "approval.solution": ["exchange", "reship", "refund"],
    "approval.as": ["coupon", "cash"],
    "approval.needs": ["agent", "supervisor"],
    "approval.quick": ["photo", "parcel", "rules"],
    "done": ["agree", "refuse"],
    "resolve.quick": ["solved", "follow", "silent"],
    "empty": ["queued.title", "mine.text", "bot.text", "all.title", "go_queue", "go_bot"],
}


def keys(language: str) -> dict[str, str]:
    return dict(Catalogue.load().languages[language].entries)


def python_strings() -> list[tuple[str, str]]:
    """(file, text) of every string literal that is no docstring."""
    found = []
    for path in sorted(ROOM.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        documentation = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        found += [
            (path.name, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation
        ]
    return found


def test_both_languages_have_the_same_keys_and_placeholders() -> None:
    chinese, english = keys("zh-CN"), keys("en")
    assert chinese.keys() == english.keys()
    for key, text in chinese.items():
        holes = set(re.findall(r"{\w+}", text))
        assert holes == set(re.findall(r"{\w+}", english[key])), key
        assert text.strip() and english[key].strip()


def test_english_is_english() -> None:
    chinese = {k for k, text in keys("en").items() if CHINESE.search(text)}
    assert chinese == {"language.other"}


def test_every_text_named_in_templates_scripts_and_handlers_exists() -> None:
    known = keys("zh-CN")
    for path in [*TEMPLATES, *SCRIPTS]:
        for key in re.findall(r"""\bt\(\s*["']([\w.]+\w)["']""", path.read_text("utf-8")):
            assert key in known, (path.name, key)
        for key in re.findall(r"""["']((?:\w+\.)+\w+)["']""", path.read_text("utf-8")):
            if key.split(".")[0] in {"panel", "chat", "composer", "send", "action", "done", "who"}:
                assert key in known, (path.name, key)
    codes = re.findall(r'ApiError\(\s*\d+,\s*"(\w+)"', (ROOM / "api.py").read_text("utf-8"))
    codes += re.findall(r'ApiError\(\s*\d+,\s*"(\w+)"', (ROOM / "http.py").read_text("utf-8"))
    assert codes
    for code in set(codes) - {"state_conflict", "decided"}:
        assert f"error.{code}" in known, code
    for state in [*(s.value for s in State), "mine"]:
        assert f"error.conflict_{state}" in known
    for obstacle in Obstacle:
        assert f"error.approval_{obstacle.value}" in known
    assert {"error.decided_approved", "error.decided_refused"} <= known.keys()


@pytest.mark.parametrize("prefix", CODES)
def test_every_code_has_a_name(prefix: str) -> None:
    known = keys("zh-CN")
    for code in CODES[prefix]:
        assert f"{prefix}.{code}" in known, code


def test_every_text_is_used() -> None:
    sources = "".join(p.read_text("utf-8") for p in [*TEMPLATES, *SCRIPTS, *ROOM.rglob("*.py")])
    built = {f"{prefix}.{code}" for prefix, codes in CODES.items() for code in codes}
    for key in keys("zh-CN"):
        prefix = key.rpartition(".")[0]
        dynamic = key in built or prefix in ("error", "state", "empty.queued", "empty.mine")
        dynamic = dynamic or prefix in ("empty.bot", "empty.all", "channel", "tier")
        assert dynamic or key in sources, key


@pytest.mark.parametrize("path", [*TEMPLATES, *SCRIPTS, *STYLES], ids=lambda path: path.name)
def test_no_chinese_stands_outside_the_catalogue(path: Path) -> None:
    assert not CHINESE.search(path.read_text("utf-8"))


def test_no_chinese_stands_in_python_strings() -> None:
    assert [(name, text) for name, text in python_strings() if CHINESE.search(text)] == []


@pytest.mark.parametrize(
    ("wanted", "accepts", "language"),
    [
        ("", "", "zh-CN"),
        ("en", "zh-CN", "en"),
        ("zh-CN", "en", "zh-CN"),
        ("fr", "en", "en"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "zh-TW,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("", "en;q=0.3,zh;q=0.7", "zh-CN"),
        ("", "de,fr;q=0.9", "zh-CN"),
        ("", "en;q=0", "zh-CN"),
        ("", "en;q=abc", "zh-CN"),
    ],
)
def test_the_language_that_was_asked_for(wanted: str, accepts: str, language: str) -> None:
    chosen = Catalogue.load().choose(wanted=wanted, accept_language=accepts)
    assert chosen.language == language
