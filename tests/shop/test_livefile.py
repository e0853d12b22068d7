"""Knowledge files are read again when they change; a slip of the editor breaks nothing."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from conversations.errors import ConfigurationError
from shop.knowledge import FileContent, Knowledge, entries_in
from shop.livefile import LiveDocuments, LiveFile

FEE = "entries:\n- {id: fee, topic: t, general: true, answer: 满 59 元包邮}\n"
DAYS = "entries:\n- {id: days, topic: t, keywords: [几天], answer: 两天}\n"


@pytest.fixture
def entries(tmp_path: Path) -> Path:
    folder = tmp_path / "entries"
    folder.mkdir()
    (folder / "fee.yml").write_text(FEE, encoding="utf-8")
    return folder


@pytest.fixture
def live(entries: Path) -> LiveDocuments[FileContent, Knowledge]:
    return entries_in(entries.parent)


def save(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def answers(live: LiveDocuments[FileContent, Knowledge]) -> dict[str, str]:
    return {key: entry.answer[0] for key, entry in live.current().entries.items()}


def test_a_file_is_as_new_as_itself(tmp_path: Path) -> None:
    path = tmp_path / "x.yml"
    save(path, "a: 1")
    file = LiveFile(path=path, parse=lambda data: int(data["a"]))
    assert file.current() == 1
    save(path, "a: 2")
    os.utime(path, (2, 2))
    assert file.current() == 2
    save(path, "a: [")
    assert file.current() == 2
    path.unlink()
    assert file.current() == 2


def test_files_come_change_and_go(
    entries: Path, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    assert answers(live) == {"fee": "满 59 元包邮"}
    save(entries / "days.yml", DAYS)
    assert set(answers(live)) == {"fee", "days"}
    save(entries / "fee.yml", FEE.replace("59", "49.9"))
    assert answers(live)["fee"] == "满 49.9 元包邮"
    (entries / "days.yml").unlink()
    assert set(answers(live)) == {"fee"}


def test_an_edit_is_live_at_the_next_question(
    entries: Path, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    live.current()
    save(entries / "fee.yml", FEE.replace("59", "100"))
    began = time.monotonic()
    assert answers(live)["fee"] == "满 100 元包邮"
    assert time.monotonic() - began < 1


def test_nothing_changed_gives_the_same_object(live: LiveDocuments[FileContent, Knowledge]) -> None:
    assert live.current() is live.current()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("entries: [", "fee.yml:2"),
        ("entries:\n- {id: a, topic: t, answer: x}\n- {id: b, topic: t}\n", "fee.yml:3"),
        ("entries:\n- {id: a, topic: t, answer: x, since: soon}\n", "fee.yml:2"),
        ("# nothing yet\n", "fee.yml: the file is empty"),
    ],
)
def test_a_broken_edit_keeps_that_file_and_lets_the_others_go_on(
    entries: Path, live: LiveDocuments[FileContent, Knowledge], text: str, place: str
) -> None:
    live.current()
    save(entries / "fee.yml", text)
    save(entries / "days.yml", DAYS)
    with capture_logs() as logs:
        assert answers(live) == {"fee": "满 59 元包邮", "days": "两天"}
    (told,) = [line["error"] for line in logs if line["event"] == "knowledge.kept_old"]
    assert "fee.yml" in told
    assert place in told
    with capture_logs() as logs:
        live.current()
    assert logs == []


def test_files_that_contradict_one_another_change_nothing(
    entries: Path, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    live.current()
    save(entries / "more.yml", FEE)
    with capture_logs() as logs:
        assert set(answers(live)) == {"fee"}
    assert "more.yml:2: the id fee is used twice, first in fee.yml" in logs[0]["error"]
    save(entries / "more.yml", DAYS)
    assert set(answers(live)) == {"fee", "days"}


def test_a_file_refused_once_holds_up_no_other(
    entries: Path, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    save(entries / "days.yml", DAYS)
    live.current()
    both = FEE + DAYS.removeprefix("entries:\n")
    save(entries / "fee.yml", both)
    live.current()
    save(entries / "days.yml", DAYS.replace("两天", "三天"))
    with capture_logs() as logs:
        assert answers(live) == {"fee": "满 59 元包邮", "days": "三天"}
    assert [line["event"] for line in logs] == ["knowledge.kept_old"]
    save(entries / "fee.yml", "entries: [")
    save(entries / "days.yml", DAYS.replace("两天", "四天"))
    with capture_logs() as logs:
        assert answers(live) == {"fee": "满 59 元包邮", "days": "四天"}
    assert "fee.yml:2" in logs[0]["error"]
    assert not any("twice" in line["error"] for line in logs)
    (entries / "days.yml").unlink()
    save(entries / "fee.yml", both)
    assert answers(live) == {"fee": "满 59 元包邮", "days": "两天"}


def test_a_file_that_others_need_is_missed_when_it_goes(
    entries: Path, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    named = FEE.replace("general: true", "general: true, choices: [到几天了]")
    days = DAYS + "choices:\n  到几天了: {title: 到几天了, payload: /track_logistics}\n"
    save(entries / "fee.yml", named)
    save(entries / "days.yml", days)
    live.current()
    (entries / "days.yml").unlink()
    with capture_logs() as logs:
        assert set(answers(live)) == {"fee", "days"}
    assert "fee.yml:2: fee: there is no option 到几天了" in logs[0]["error"]
    save(entries / "fee.yml", FEE)
    assert set(answers(live)) == {"fee"}


def test_a_folder_that_never_was_right_stops_the_start(
    entries: Path, live: LiveDocuments[FileContent, Knowledge]
) -> None:
    save(entries / "fee.yml", "entries:\n- {id: a, topic: t}\n")
    with pytest.raises(ConfigurationError, match=r"fee\.yml:2: the key 'answer' is missing"):
        live.current()
