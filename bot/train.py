"""`python -m bot.train` (also `make train`): a model for what the files say now.

Does nothing when such a model exists already, whoever trained it. A new model is tried out before
it takes its place in `models/`; whatever goes wrong leaves the old one in use.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import hashlib
import io
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from conversations.errors import ZhangguiError

MODELS = "models"
MEMORY = ".rasa"  # what trainings leave for later ones, Rasa's and ours
KEPT = 3
TRIAL = "我的快递到哪了"

_ROOT = Path(__file__).resolve().parents[1]
# Everything a model depends on; folders are read with what lies below them.
_SOURCES = (
    "config.yml",
    "requirements.lock",
    "domain",
    "data/nlu",
    "data/stories",
    "data/shop/products.yml",
    "data/knowledge/mood.yml",
    "data/knowledge/handoff_examples.yml",
    "bot/nlu",
    "conversations/text.py",
    "shop/waybills.py",
    "shop/when.py",
)
_SUFFIXES = {".yml", ".yaml", ".py", ".lock"}
_STAGES = {
    "MemoizationPolicy": "对话样例",
    "RulePolicy": "对话规则",
    "ShopEntityExtractor": "商品词典与实体",
    "ShopIntentClassifier": "意图分类",
    "ShopMoodReader": "情绪",
    "ShopCallReader": "谁要人工",
}


class TrainingFailed(ZhangguiError):
    """No usable model came out; the text says why."""


def fingerprint(root: Path) -> str:
    """Changes with every file under `root` that a model depends on."""
    digest = hashlib.sha256()
    for source in _SOURCES:
        path = root / source
        files = sorted(p for p in path.rglob("*") if p.suffix in _SUFFIXES)
        for file in files if path.is_dir() else [path]:
            digest.update(str(file.relative_to(root)).encode() + b"\0")
            digest.update(file.read_bytes() if file.exists() else b"")
            digest.update(b"\0")
    return digest.hexdigest()[:12]


def existing(folder: Path, mark: str) -> Path | None:
    """The newest model of that fingerprint."""
    return max(folder.glob(f"*-{mark}.tar.gz"), default=None)


def prune(folder: Path, *, keep: int = KEPT) -> None:
    """Remove all but the models used last."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for model in models[keep:]:
        model.unlink()


def train(root: Path, *, force: bool = False) -> Path:
    """A model for the files under `root`, trained only when there is none; its path.

    With `force` it is trained anew in any case, from nothing that earlier trainings remembered.

    Raises:
        TrainingFailed: the files cannot be trained on, or the new model cannot be used.
    """
    folder, mark = root / MODELS, fingerprint(root)
    if not force and (model := existing(folder, mark)):
        os.utime(model)  # Rasa serves the model touched last: this may be an older one
        _say(f"✓ 模型已是最新：{model.relative_to(root)}")
        return model
    began = time.monotonic()
    if force:
        shutil.rmtree(root / MEMORY, ignore_errors=True)
    _say("▸ 读取配置、对话和问法（载入 Rasa 约 5 秒）")
    folder.mkdir(exist_ok=True)
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{mark}.tar.gz"
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as workshop:
        with _learning_ahead(root):
            fresh = _train(root, Path(workshop), name)
        _say("▸ 试用新模型")
        intent = _try_out(fresh)
        _say(f"  「{TRIAL}」→ {intent}")
        model = folder / name
        fresh.replace(model)
    prune(folder)
    _say(f"✓ 完成，共 {time.monotonic() - began:.0f} 秒：{model.relative_to(root)}")
    return model


@contextlib.contextmanager
def _learning_ahead(root: Path) -> Iterator[None]:
    """See `bot.nlu.ahead`. Should it fail, the training does its work, and says what is wrong."""
    command = [sys.executable, "-W", "ignore", "-m", "bot.nlu.ahead"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell, nothing from outside
        command, cwd=root, stdin=quiet, stdout=quiet, stderr=quiet
    ) as ahead:
        try:
            yield
        finally:
            ahead.kill()


def _train(root: Path, output: Path, name: str) -> Path:
    with _quiet_rasa():
        import rasa.model_training
        from rasa.engine.exceptions import GraphComponentException
        from rasa.shared.exceptions import RasaException

        heard = io.StringIO()
        try:
            with _stages(), contextlib.redirect_stdout(heard):
                result = rasa.model_training.train(
                    domain=str(root / "domain"),
                    config=str(root / "config.yml"),
                    training_files=[str(root / "data/nlu"), str(root / "data/stories")],
                    output=str(output),
                    fixed_model_name=name,
                )
        except (RasaException, GraphComponentException) as error:
            raise TrainingFailed(str(error.__cause__ or error)) from error
        except SystemExit as error:  # Rasa's way to say that the files contradict one another
            raise TrainingFailed(heard.getvalue().strip()) from error
    if not result.model:
        raise TrainingFailed(heard.getvalue().strip() or "Rasa 没有产出模型")
    return Path(result.model)


def _try_out(model: Path) -> str:
    """The intent of a plain question.

    Raises:
        TrainingFailed: the model cannot be loaded, or understands nothing.
    """
    with _quiet_rasa():
        from rasa.core.agent import Agent

        agent = Agent.load(str(model))
        parsed: dict[str, Any] = asyncio.run(agent.parse_message(TRIAL))
    intent = parsed["intent"].get("name")
    if not intent or len(parsed.get("intent_ranking", ())) < 2:
        raise TrainingFailed(
            f"新模型听不懂「{TRIAL}」，仍用旧模型。请检查 config.yml 和 data/nlu。"
        )
    return str(intent)


@contextlib.contextmanager
def _quiet_rasa() -> Iterator[None]:
    """Silence what only concerns the makers of Rasa's libraries, and a notice about Rasa 2.

    Filters would not do: pyparsing and TensorFlow change them at import.
    """
    with warnings.catch_warnings():
        show = warnings.showwarning

        def show_relevant(
            message: Warning | str, category: type[Warning], *place: Any, **more: Any
        ) -> None:
            old = "Slot auto-fill has been removed" in str(message)
            if not old and not issubclass(category, (DeprecationWarning, FutureWarning)):
                show(message, category, *place, **more)

        warnings.showwarning = show_relevant
        from rasa.utils.log_utils import configure_structlog

        configure_structlog(logging.ERROR)
        yield


@contextlib.contextmanager
def _stages() -> Iterator[None]:
    """Tell each stage of the training and how long it took."""
    logger = logging.getLogger("rasa.engine.training.hooks")
    handler = _StageTeller()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = True


class _StageTeller(logging.Handler):
    """Turns Rasa's "Starting to train component 'X'." and its like into a line for people."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()
        self._out = sys.stdout  # Rasa's own output goes elsewhere meanwhile

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        component = message.split("'")[1] if "'" in message else ""
        stage = _STAGES.get(component, component)
        if message.startswith("Starting"):
            self._began = time.monotonic()
        elif message.startswith("Finished"):
            self._out.write(f"▸ {stage}：{time.monotonic() - self._began:.1f} 秒\n")
        elif message.startswith("Restored"):
            self._out.write(f"▸ {stage}：没有变化，沿用\n")
        self._out.flush()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 0 when a usable model is in place, 1 when not."""
    parser = argparse.ArgumentParser(
        prog="python -m bot.train",
        description="训练客服模型，存入 models/。文件没有变化时不重新训练。",
        epilog="读取 config.yml、domain/、data/nlu/、data/stories/、data/shop/products.yml。",
    )
    parser.add_argument(
        "--force", action="store_true", help="全部从头训练，不用以前记下的结果（约 2 分钟）"
    )
    options = parser.parse_args(arguments)
    os.environ.update(
        RASA_TELEMETRY_ENABLED="false",
        LOG_LEVEL="ERROR",  # also hides Rasa's progress bars
        TF_CPP_MIN_LOG_LEVEL="3",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
    )
    os.chdir(_ROOT)  # config.yml names its folders from here
    gc.disable()  # it would look at hundreds of thousands of examples again and again, for nothing
    try:
        train(_ROOT, force=options.force)
    except ZhangguiError as error:
        sys.stderr.write(f"✗ 训练失败：{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
