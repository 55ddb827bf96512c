"""The parts of a transformer on screen: tokens, patterns, scores, values, what comes next.

================  ==================================================================================
STAGES            What a grid of scores goes through, in order.
AttentionArcs     Arcs from the tokens that are seen to those that ask, as wide as the weights.
AttentionHeads    The patterns of all heads, as small multiples.
AttentionPattern  How much each token takes from each other one, as dots or as shaded cells.
NextTokens        The likeliest next tokens as bars: the softmax of scores at a temperature.
ScoreGrid         The way of one head from queries and keys to its pattern, as a grid of numbers.
Stage             The name of a stage of a grid of scores.
TokenRow          Tokens side by side, each in a box; a space is written as ␣.
VectorColumn      A vector as a column of cells, coloured by the sign and the size of its values.
columns_of        Return a column for each token, beside it.
================  ==================================================================================
"""

from nnviz.mobjects.attention.arcs import AttentionArcs
from nnviz.mobjects.attention.next_tokens import NextTokens
from nnviz.mobjects.attention.pattern import AttentionHeads, AttentionPattern
from nnviz.mobjects.attention.scores import STAGES, ScoreGrid, Stage
from nnviz.mobjects.attention.tokens import TokenRow
from nnviz.mobjects.attention.vectors import VectorColumn, columns_of

__all__ = [
    "STAGES",
    "AttentionArcs",
    "AttentionHeads",
    "AttentionPattern",
    "NextTokens",
    "ScoreGrid",
    "Stage",
    "TokenRow",
    "VectorColumn",
    "columns_of",
]
