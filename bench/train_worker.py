"""Trains a model in the current folder, in a process of its own; tells each stage on stdout.

    python -m bench.train_worker OUT.tar.gz

Reads config.yml, domain/ (or domain.yml) and data/. The last line is `{"seconds": …}`: the
training itself, without the import of Rasa.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path


class _Stages(logging.Handler):
    """Rasa's "Starting to train component 'X'." and its like, one JSON line each."""

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("Starting to train") and "'" in message:
            _tell({"stage": message.split("'")[1]})


def _tell(line: dict[str, object]) -> None:
    print(json.dumps(line), file=sys.__stdout__, flush=True)


def main() -> None:
    """The command."""
    out = Path(sys.argv[1])
    sys.stdout = sys.stderr  # what Rasa prints is not for the parent
    warnings.simplefilter("ignore")
    _tell({"stage": "import"})
    import rasa.model_training
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    hooks = logging.getLogger("rasa.engine.training.hooks")
    hooks.addHandler(_Stages())
    hooks.setLevel(logging.INFO)
    hooks.propagate = False
    began = time.monotonic()
    result = rasa.model_training.train(
        domain="domain" if Path("domain").is_dir() else "domain.yml",
        config="config.yml",
        training_files=["data"],
        output=str(out.parent),
        fixed_model_name=out.name,
    )
    if not result.model:
        raise SystemExit("Rasa made no model")
    _tell({"seconds": time.monotonic() - began})


if __name__ == "__main__":
    main()
