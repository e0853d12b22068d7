"""Entries of the knowledge, found in messages: the index, its upkeep, and the Rasa component."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.knowledge import CROWDED, REPEATED, KnowledgeIndex, LiveIndex, plain
from bot.nlu.retrieval import KNOWLEDGE, ShopKnowledgeRetriever, database_url_here
from conversations.database import DEFAULT_URL, Database
from shop.documents import DocumentTable, LiveTable
from shop.knowledge import check_entries, entries_in
from tests.bot.fakes import HashEncoder

SHIPPING = """
entries:
- {id: fee, topic: shipping_fee, questions: [运费多少钱, 邮费怎么收], answer: 满 59 元包邮}
- id: far
  topic: shipping_fee
  questions: [寄新疆加钱吗]
  keywords: [新疆]
  answer: 也是满 59 元包邮
"""
RETURNS = """
entries:
- id: days
  topic: return_policy
  questions: [七天能退吗, 超过七天怎么退]
  answer: 签收后 7 天内可以退
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "entries").mkdir()
    (tmp_path / "entries" / "shipping.yml").write_text(SHIPPING, encoding="utf-8")
    return tmp_path


def live(folder: Path, encoder: HashEncoder) -> LiveIndex:
    return LiveIndex(folder=entries_in(folder), encoder=encoder)


@pytest.fixture
def watched(folder: Path) -> Iterator[LiveIndex]:
    """An index that looks at its folder by itself, for the length of a test."""
    index = live(folder, HashEncoder())
    index.look()
    index.watch()
    yield index
    index.close()


def found(index: KnowledgeIndex, text: str, *, meaning: bool = True) -> list[str]:
    words = plain(text)
    vector = HashEncoder().encode([words])[0] if meaning else None
    return [match.entry for match in index.search(words, vector, limit=5)]


def eventually(holds: Callable[[], bool], *, seconds: float) -> float:
    """How long it took until another thread had made it true."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, "never"
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.mark.parametrize("meaning", [True, False])
def test_a_question_finds_its_entry_first(folder: Path, meaning: bool) -> None:
    index = live(folder, HashEncoder())
    index.look()
    index.encode()
    assert found(index.current, "邮费怎么收", meaning=meaning) == ["fee", "far"]
    assert found(index.current, "寄到新疆要加钱吗", meaning=meaning) == ["far", "fee"]


def test_scores_are_chances_and_the_same_words_are_surer(folder: Path) -> None:
    index = live(folder, HashEncoder())
    index.look()
    same = index.current.search("邮费怎么收", None, limit=1)[0]
    other = index.current.search("你们有实体店没有", None, limit=1)[0]
    assert 0 <= other.score < same.score <= 1


def test_an_empty_folder_finds_nothing(tmp_path: Path) -> None:
    index = live(tmp_path, HashEncoder())
    assert index.look()
    index.encode()
    assert index.current.search("运费", HashEncoder().encode(["运费"])[0], limit=5) == []


def test_new_entries_are_found_by_characters_before_they_are_encoded(folder: Path) -> None:
    encoder = HashEncoder()
    index = live(folder, encoder)
    index.look()
    index.encode()
    (folder / "entries" / "returns.yml").write_text(RETURNS, encoding="utf-8")
    encoder.encoded.clear()
    assert index.look()
    assert encoder.encoded == []
    assert found(index.current, "超过七天怎么退", meaning=False)[0] == "days"
    assert "days" in found(index.current, "超过七天怎么退")
    assert not index.look()


def test_an_edit_is_live_within_a_second_while_messages_go_on(
    folder: Path, watched: LiveIndex
) -> None:
    index = watched
    (folder / "entries" / "returns.yml").write_text(RETURNS, encoding="utf-8")
    took = eventually(lambda: found(index.current, "七天能退吗")[0] == "days", seconds=5)
    assert took <= 1
    (folder / "entries" / "returns.yml").unlink()
    assert eventually(lambda: "days" not in index.current.ids, seconds=5) <= 1


@pytest.fixture
def reader(database_url: str) -> Iterator[LiveTable]:
    """The documents of the database, read in the background."""
    table = LiveTable(database=Database.from_url(database_url))
    table.start()
    yield table
    table.close()


async def test_a_change_in_the_database_is_live_within_a_second(
    folder: Path, database: Database, reader: LiveTable
) -> None:
    index = LiveIndex(folder=entries_in(folder, table=reader), encoder=HashEncoder())
    index.look()
    index.watch()
    table = DocumentTable(database=database, check=partial(check_entries, folder))
    try:
        await table.put("studio.yml", RETURNS, by="小王", seen=0)
        assert eventually(lambda: found(index.current, "七天能退吗")[0] == "days", seconds=5) <= 1
        await table.remove("studio.yml", by="小王", seen=None)
        assert eventually(lambda: "days" not in index.current.ids, seconds=5) <= 1
    finally:
        index.close()


def test_rasa_looks_where_the_tracker_store_does_and_makes_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert database_url_here() == ""
    assert not list(tmp_path.iterdir())
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "zhanggui.db").touch()
    assert database_url_here() == DEFAULT_URL
    monkeypatch.setenv("DATABASE_URL", "sqlite:///other.db")
    assert database_url_here() == "sqlite:///other.db"


def test_a_broken_edit_changes_nothing_and_the_next_one_counts(folder: Path) -> None:
    index = live(folder, HashEncoder())
    index.look()
    path = folder / "entries" / "shipping.yml"
    path.write_text("entries: [", encoding="utf-8")
    index.look()
    assert index.current.ids == ("fee", "far")
    path.write_text(SHIPPING.replace("id: far", "id: remote"), encoding="utf-8")
    index.look()
    assert index.current.ids == ("fee", "remote")


def retriever(folder: Path, encoder: HashEncoder) -> ShopKnowledgeRetriever:
    index = live(folder, HashEncoder())
    index.look()
    index.encode()
    return ShopKnowledgeRetriever(index=index, encoder=encoder, limit=2)


def message(text: str, intent: str = "shipping_fee", confidence: float = 0.5) -> Message:
    return Message({TEXT: text, INTENT: {"name": intent, "confidence": confidence}})


def test_the_component_attaches_entries_to_what_is_kept(folder: Path) -> None:
    (parsed,) = retriever(folder, HashEncoder()).process([message("寄新疆加钱吗")])
    kept = parsed.as_dict(only_output_properties=True)[KNOWLEDGE]
    assert [one["id"] for one in kept] == ["far", "fee"]
    assert all(0 <= one["score"] <= 1 for one in kept)


@pytest.mark.parametrize("text", ["/greet", "", "？？", "👌"])
def test_commands_and_signs_ask_for_nothing(folder: Path, text: str) -> None:
    encoder = HashEncoder()
    (parsed,) = retriever(folder, encoder).process([message(text)])
    assert parsed.get(KNOWLEDGE) is None
    assert encoder.encoded == []


def test_a_sure_intent_of_few_entries_costs_no_vector(folder: Path) -> None:
    encoder = HashEncoder()
    component = retriever(folder, encoder)
    component.process([message("快递到哪了", "track_logistics", 0.99)])
    component.process([message("寄新疆加钱吗", "shipping_fee", 0.99)])
    assert encoder.encoded == []
    component.process([message("快递到哪了", "track_logistics", 0.5)])
    assert encoder.encoded == ["快递到哪了"]


def test_a_variant_asked_word_by_word_finds_its_entry_first(folder: Path) -> None:
    index = live(folder, HashEncoder())
    index.look()
    index.encode()
    best = index.current.search("寄新疆加钱吗", None, limit=1)[0]
    assert (best.entry, best.score >= REPEATED) == ("far", True)
    assert index.current.search("新疆加多少钱", None, limit=1)[0].score < REPEATED


def test_many_entries_of_a_topic_are_told_apart_by_meaning(folder: Path) -> None:
    many = "".join(
        f"- {{id: many-{n}, topic: shipping_fee, questions: [第{n}种运费], answer: 好}}\n"
        for n in range(CROWDED)
    )
    (folder / "entries" / "many.yml").write_text(f"entries:\n{many}", encoding="utf-8")
    encoder = HashEncoder()
    retriever(folder, encoder).process([message("寄新疆加钱吗", "shipping_fee", 0.99)])
    assert encoder.encoded == ["寄新疆加钱吗"]
