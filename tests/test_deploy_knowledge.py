"""The operator's command for the knowledge in the database: what it says and does."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.knowledge import main
from tests.conftest import copied_sqlite

FEE = "entries:\n- {id: fee, topic: t, general: true, answer: 满 59 元包邮}\n"
DAYS = "entries:\n- {id: days, topic: t, keywords: [几天], answer: 两天}\n"


class Operator:
    """Runs commands; keeps what the last one said."""

    def __init__(self, folder: Path, terminal: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._terminal = terminal
        self.out = self.err = ""

    def runs(self, *arguments: str) -> int:
        """The exit status."""
        status = main(arguments, folder=self._folder)
        self.out, self.err = self._terminal.readouterr()
        return status


@pytest.fixture
def operator(
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Operator:
    monkeypatch.setenv("DATABASE_URL", copied_sqlite(sqlite_template, tmp_path))
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "fee.yml").write_text(FEE, encoding="utf-8")
    return Operator(tmp_path, capsys)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    path = tmp_path / "days.yml"
    path.write_text(DAYS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("entries: [", "database days.yml:2"),
        (FEE, "the id fee is used twice"),
        ("", "days.yml is empty"),
    ],
)
def test_a_file_that_cannot_be_used_is_not_written(
    operator: Operator, draft: Path, text: str, told: str
) -> None:
    draft.write_text(text, encoding="utf-8")
    assert operator.runs("put", str(draft), "--by", "小王") == 1
    assert told in operator.err
    assert "Traceback" not in operator.err
    operator.runs("list")
    assert "没有知识文档" in operator.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("put", "days.yml"),
        ("put", "--by", "小王"),
        ("remove", "days.yml"),
        ("put", "days.yml", "--by", "小王", "--seen", "x"),
        ("drop",),
    ],
)
def test_a_wrong_command_is_refused(operator: Operator, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        operator.runs(*arguments)
    assert caught.value.code == 2


def test_what_is_not_there_is_said(operator: Operator, tmp_path: Path) -> None:
    for arguments in (
        ("show", "days.yml"),
        ("remove", "days.yml", "--by", "小王"),
        ("put", str(tmp_path / "nothing.yml"), "--by", "小王"),
        ("put", str(tmp_path), "--by", "小王"),
    ):
        assert operator.runs(*arguments) == 1
        assert operator.err.startswith("✗ ")


def test_text_that_is_not_utf_8_is_refused(operator: Operator, draft: Path) -> None:
    draft.write_bytes(DAYS.encode("gb18030"))
    assert operator.runs("put", str(draft), "--by", "小王") == 1
    assert "utf-8" in operator.err


def test_a_database_without_the_table_says_what_to_do(
    operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    assert operator.runs("list") == 1
    assert "deploy.database upgrade" in operator.err


def test_a_document_is_put_shown_listed_and_removed(operator: Operator, draft: Path) -> None:
    assert operator.runs("put", str(draft), "--by", "小王") == 0
    assert operator.runs("show", "days.yml") == 0
    assert operator.out == DAYS
    assert operator.runs("list") == 0
    assert "days.yml" in operator.out and "小王" in operator.out
    assert "代替" not in operator.out
    assert operator.runs("check") == 0
    assert "1 篇文档" in operator.out and "2 条" in operator.out
    assert operator.runs("remove", "days.yml", "--by", "小李") == 0
    assert operator.runs("show", "days.yml") == 1


def test_a_document_with_a_files_name_replaces_it(operator: Operator, draft: Path) -> None:
    assert operator.runs("put", str(draft), "--as", "fee.yml", "--by", "小王") == 0
    assert "代替同名文件" in operator.out
    operator.runs("list")
    assert "代替同名文件" in operator.out
    operator.runs("check")
    assert "合起来 1 条" in operator.out


def test_a_change_of_another_version_is_refused(operator: Operator, draft: Path) -> None:
    assert operator.runs("put", str(draft), "--by", "小王", "--seen", "0") == 0
    assert operator.runs("put", str(draft), "--by", "小李", "--seen", "0") == 1
    assert "小王" in operator.err


def test_check_finds_a_file_that_no_longer_fits(
    operator: Operator, draft: Path, tmp_path: Path
) -> None:
    operator.runs("put", str(draft), "--by", "小王")
    (tmp_path / "entries" / "more.yml").write_text(DAYS, encoding="utf-8")
    assert operator.runs("check") == 1
    assert "more.yml:2: the id days is used twice, first in days.yml" in operator.err


def test_what_is_hardly_meant_is_pointed_out(operator: Operator, draft: Path) -> None:
    draft.write_text(
        "entries:\n- {id: a, topic: shipping_fe, answer: x, image: /shop/images/none.svg}\n",
        encoding="utf-8",
    )
    assert operator.runs("put", str(draft), "--by", "小王") == 0
    assert "shipping_fe 不是意图" in operator.out
    assert "/shop/images/none.svg 不在这台机器上" in operator.out
    assert operator.runs("check") == 0
    assert "shipping_fe 不是意图" in operator.out
