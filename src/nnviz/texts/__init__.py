"""Names and small texts, for networks that read and write tokens.

==================  ==============================================================================
NAMES_TOKENIZER     The letters of names, and the "." that ends one.
BytePairTokenizer   Pieces of words as integers: pairs of neighbours are merged.
CharacterTokenizer  Characters as integers, and back.
Merge               A merge as it is applied to a text: which pair, and the tokens afterwards.
NextTokens          Examples for a model that predicts the next token.
SplitTexts          Training, validation and test set.
TextError           A text cannot be encoded, or a file of names is missing or damaged.
names               Read the first names that come with nnviz.
next_tokens         Make the tokens of texts, and at every position the one that follows.
==================  ==============================================================================

Examples
--------
>>> from nnviz import texts
>>> train, validation, test = texts.names()
>>> len(train), len(validation), len(test)
(4163, 500, 500)
>>> texts.NAMES_TOKENIZER.encode("anna.")
[1, 14, 14, 1, 0]
"""

from nnviz.texts.byte_pairs import BytePairTokenizer, Merge
from nnviz.texts.first_names import NAMES_TOKENIZER, SplitTexts, names
from nnviz.texts.tokenizer import CharacterTokenizer, NextTokens, TextError, next_tokens

__all__ = [
    "NAMES_TOKENIZER",
    "BytePairTokenizer",
    "CharacterTokenizer",
    "Merge",
    "NextTokens",
    "SplitTexts",
    "TextError",
    "names",
    "next_tokens",
]
