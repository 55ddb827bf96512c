"""The parts of a transformer on screen: tokens, patterns, scores, values, what comes next.

================  ===============================================================================
STAGES            What a grid of scores goes through, in order.
AttentionArcs     Arcs from the tokens that are seen to those that ask, as wide as the weights.
AttentionHeads    The patterns of all heads, as small multiples.
AttentionPattern  How much each token takes from each other one, as dots or as shaded cells.
BlockInside       What is in a block of a residual stream: its patterns, or a network.
EmbeddingPanel    The table of an embedding in a plane, from report to report of a training.
EmbeddingPlane    Vectors by their two first principal components.
EmbeddingTable    The table of an embedding: a row a token with its name, a column a feature.
KeyValueCache     Keys and values that a language model keeps, a column a token.
LogitBars         A token's score as a sum: each bar begins where the one before ends.
NextTokens        The likeliest next tokens as bars: the softmax of scores at a temperature.
PatternPanel      One head's attention pattern, from report to report of a training.
ProjectedHeads    The columns of a token's heads, the output matrix, and what is added.
ResidualStream    A rail a token, and taps where blocks read and add.
SamplesPanel      What a language model writes after given prompts, from report to report.
ScoreExplanation  The chain rule for one score of attention, its numbers and the proof.
ScoreGradients    The derivatives of the cost by all scores of one query, as areas.
ScoreGrid         The way of one head from queries and keys to its pattern, as a grid of numbers.
Stage             The name of a stage of a grid of scores.
TokenExplanation  How one number of an embedding acts on the cost: a sum, and the proof.
TokenRow          Tokens side by side, each in a box; a space is written as ␣.
VectorColumn      A vector as a column of cells, coloured by the sign and the size of its values.
columns_of        Return a column for each token, beside it.
================  ===============================================================================
"""

from nnviz.mobjects.attention.arcs import AttentionArcs
from nnviz.mobjects.attention.block_inside import BlockInside
from nnviz.mobjects.attention.embedding_panel import EmbeddingPanel
from nnviz.mobjects.attention.embedding_plane import EmbeddingPlane
from nnviz.mobjects.attention.embedding_table import EmbeddingTable
from nnviz.mobjects.attention.key_value_cache import KeyValueCache
from nnviz.mobjects.attention.logit_bars import LogitBars
from nnviz.mobjects.attention.next_tokens import NextTokens
from nnviz.mobjects.attention.pattern import AttentionHeads, AttentionPattern
from nnviz.mobjects.attention.pattern_panel import PatternPanel
from nnviz.mobjects.attention.projected_heads import ProjectedHeads
from nnviz.mobjects.attention.residual_stream import ResidualStream
from nnviz.mobjects.attention.samples_panel import SamplesPanel
from nnviz.mobjects.attention.score_explanation import ScoreExplanation
from nnviz.mobjects.attention.score_gradients import ScoreGradients
from nnviz.mobjects.attention.scores import STAGES, ScoreGrid, Stage
from nnviz.mobjects.attention.token_explanation import TokenExplanation
from nnviz.mobjects.attention.token_row import TokenRow
from nnviz.mobjects.attention.vector_column import VectorColumn, columns_of

__all__ = [
    "STAGES",
    "AttentionArcs",
    "AttentionHeads",
    "AttentionPattern",
    "BlockInside",
    "EmbeddingPanel",
    "EmbeddingPlane",
    "EmbeddingTable",
    "KeyValueCache",
    "LogitBars",
    "NextTokens",
    "PatternPanel",
    "ProjectedHeads",
    "ResidualStream",
    "SamplesPanel",
    "ScoreExplanation",
    "ScoreGradients",
    "ScoreGrid",
    "Stage",
    "TokenExplanation",
    "TokenRow",
    "VectorColumn",
    "columns_of",
]
