"""Parses messages with a model, in a process of its own, one at a time.

    python -m bench.parse_worker MODEL.tar.gz [whole]

Each line on stdin is a JSON list of texts; each answered by a JSON list of
`{"intent", "best", "confidence", "entities", "ms"}`: what the model settles on (`nlu_fallback`
included), its best guess whatever the threshold and how sure it is of that, what the text names
(lists of kind, words and value), and the milliseconds the parse took. With `whole`, each is Rasa's
parse result instead, as an action server gets it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
import warnings
from typing import Any

FALLBACK = "nlu_fallback"


async def _parse(agent: Any, text: str) -> dict[str, object]:
    began = time.perf_counter()
    parsed = await agent.parse_message(text)
    spent = (time.perf_counter() - began) * 1000
    ranking = [item for item in parsed["intent_ranking"] if item["name"] != FALLBACK]
    best = ranking[0] if ranking else parsed["intent"]
    return {
        "intent": parsed["intent"]["name"],
        "best": best["name"],
        "confidence": best["confidence"],
        "entities": [
            [entity["entity"], parsed["text"][entity["start"] : entity["end"]], entity["value"]]
            for entity in parsed["entities"]
        ],
        "ms": spent,
    }


async def _parse_whole(agent: Any, text: str) -> dict[str, object]:
    return dict(await agent.parse_message(text))


async def _serve(agent: Any, answers: Any, *, whole: bool) -> None:
    parse = _parse_whole if whole else _parse
    await parse(agent, "你好")
    answers.write("[]\n")  # ready
    answers.flush()
    for line in sys.stdin:
        results = [await parse(agent, text) for text in json.loads(line)]
        answers.write(json.dumps(results, ensure_ascii=False) + "\n")
        answers.flush()


def main() -> None:
    """The command."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Rasa prints is not for the parent
    warnings.simplefilter("ignore")
    from rasa.core.agent import Agent
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)
    asyncio.run(_serve(Agent.load(sys.argv[1]), answers, whole="whole" in sys.argv[2:]))


if __name__ == "__main__":
    main()
