"""When `python -m bot.train` trains, what it keeps, and what it says."""

import contextlib
import os
from pathlib import Path

import pytest

from bot import train


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for source in (
        "domain/a.yml",
        "data/nlu/a.yml",
        "bot/nlu/x.py",
        "data/shop/products.yml",
        "data/knowledge/mood.yml",
        "data/knowledge/handoff_examples.yml",
    ):
        path = tmp_path / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1", encoding="utf-8")
    (tmp_path / "config.yml").write_text("recipe: default.v1", encoding="utf-8")
    return tmp_path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Rasa replaced: every training leaves a file, every trial succeeds."""
    names: list[str] = []

    def pretend(_root: Path, output: Path, name: str) -> Path:
        names.append(name)
        model = output / name
        model.write_bytes(b"model")
        return model

    monkeypatch.setattr(train, "_train", pretend)
    monkeypatch.setattr(train, "_learning_ahead", lambda _root: contextlib.nullcontext())
    monkeypatch.setattr(train, "_try_out", lambda _model: "track_logistics")
    return names


@pytest.mark.parametrize(
    "changed",
    [
        "config.yml",
        "domain/b.yml",
        "data/nlu/a.yml",
        "bot/nlu/x.py",
        "data/shop/products.yml",
        "data/knowledge/mood.yml",
        "data/knowledge/handoff_examples.yml",
    ],
)
def test_every_source_counts(root: Path, changed: str) -> None:
    before = train.fingerprint(root)
    (root / changed).write_text("2", encoding="utf-8")
    assert train.fingerprint(root) != before


def test_other_files_do_not_count(root: Path) -> None:
    before = train.fingerprint(root)
    (root / "bot/nlu/x.pyc").write_text("2", encoding="utf-8")
    (root / "data/knowledge.yml").write_text("2", encoding="utf-8")
    assert train.fingerprint(root) == before


def test_trains_once(root: Path, trained: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    model = train.train(root)
    assert model.exists()
    assert train.train(root) == model
    assert len(trained) == 1
    assert "模型已是最新" in capsys.readouterr().out


def test_force_trains_from_nothing(root: Path, trained: list[str]) -> None:
    train.train(root)
    remembered = root / ".rasa" / "calls" / "mark"
    remembered.parent.mkdir(parents=True)
    remembered.touch()
    train.train(root)
    assert remembered.exists()
    train.train(root, force=True)
    assert len(trained) == 2
    assert not remembered.exists()


def test_going_back_brings_back_the_old_model(root: Path, trained: list[str]) -> None:
    old = train.train(root)
    os.utime(old, (1, 1))
    (root / "config.yml").write_text("new", encoding="utf-8")
    new = train.train(root)
    os.utime(new, (2, 2))
    (root / "config.yml").write_text("recipe: default.v1", encoding="utf-8")
    assert train.train(root) == old
    assert old.stat().st_mtime > new.stat().st_mtime
    assert len(trained) == 2


def test_a_bad_model_leaves_the_old_one(
    root: Path, trained: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = train.train(root)
    (root / "config.yml").write_text("new", encoding="utf-8")

    def fail(_model: Path) -> str:
        raise train.TrainingFailed("听不懂")

    monkeypatch.setattr(train, "_try_out", fail)
    with pytest.raises(train.TrainingFailed):
        train.train(root)
    assert list((root / "models").iterdir()) == [old]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for number in range(5):
        model = tmp_path / f"{number}.tar.gz"
        model.touch()
        os.utime(model, (number, number))
    train.prune(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2.tar.gz",
        "3.tar.gz",
        "4.tar.gz",
    ]


def test_help_is_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        train.main(["--help"])
    assert stopped.value.code == 0
    assert "训练客服模型" in capsys.readouterr().out


def test_failure_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_root: Path, *, force: bool) -> Path:
        raise train.TrainingFailed("原因")

    monkeypatch.setattr(train, "train", fail)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert train.main([]) == 1
    assert "训练失败：原因" in capsys.readouterr().err
