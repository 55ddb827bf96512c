"""Animations of networks, images, graphs, charts and creatures.

They are Manim's animations: play them with ``self.play(...)`` in any scene. Afterwards each picture
shows what the engine computed.

===================  =============================================================================
AddVectors           A column goes onto another one, and is added to it.
ApplyMask            A mask comes over a pattern, and what is left grows to 1 again.
Attend               Values travel along arcs to the token that asks, and add up there.
AttendBackwards      The derivative by what a token took goes back along arcs to the keys.
Backpropagate        The cost's derivatives travel back, from the output to the input.
Blink                Shut a creature's eyes, or a pair of eyes, and open them again.
ContinualEdgeUpdate  Edges whose weights keep changing: an updater that depends on time alone.
ConcatenateHeads     The columns of a token's heads slide together to one.
Convolve             The kernel slides over the maps before, and the feature map fills in.
CreateThenErase      Draw a path, then erase it from its start.
Descend              A path is drawn at an even pace, and a marker moves at its end.
DotProducts          A query meets keys, and products of components add up to a number each.
DrawToken            A token that was drawn goes from its bar to the end of the text.
EngineAnimation      A group of animations of one network, which are made when it begins.
ExplainNeuron        Show how one neuron computes its activation.
ExplainScore         Show how one score of attention acts on the cost.
ExplainWeight        Show how one weight or bias acts on the cost.
ExtendCache          New columns of a key-value cache fill in; the others stay as they are.
FeedForward          An input travels through a network, layer after layer.
FollowValue          One value changes, and all values computed from it follow.
GrowStream           A residual stream grows from below.
MergeTokens          Tokens that are side by side become one.
MultiplyMatrix       Rows of a matrix sweep over a vector, and their products add up.
ProjectHeads         The output matrix reads the heads, row by row.
ShowGradient         Edges turn into those of a gradient, all at once.
ShowScores           A grid of scores goes on to its next stage, row after row.
TakeStep             A network takes a step down a gradient, and edges and numbers follow.
TakeRow              A row of a table lights up, leaves it, and turns into a column.
Train                A network on screen, and panels beside it, go through a training.
Turn                 A surface turns, with everything on it.
change_activation    Fill a neuron to another activation, while its number counts to it.
draw_edges           Draw lines all at once, with a flash that runs along each.
flash_edges          Send a flash along each edge, one starting after the other.
flip_edges           Collapse each edge to its middle and let it grow back, end for end.
light_up_path        Indicate the nodes along a path, one starting after the other.
staggered            Play one animation on every member of a group, their starts evenly staggered.
wiggle_edges         Shake each edge about its middle, one after the other, in another colour.
write                Write a formula or a text, in a time that fits its length.
===================  =============================================================================
"""

from nnviz.animations.activation_change import (
    change_activation,
)
from nnviz.animations.attend import Attend
from nnviz.animations.attend_backwards import AttendBackwards
from nnviz.animations.backpropagate import Backpropagate
from nnviz.animations.blink import Blink
from nnviz.animations.computational_graph_steps import (
    FollowValue,
    draw_edges,
    light_up_path,
)
from nnviz.animations.convolve import Convolve
from nnviz.animations.cost_descent import Descend
from nnviz.animations.draw_token import DrawToken
from nnviz.animations.edge_animations import (
    ContinualEdgeUpdate,
    flash_edges,
    flip_edges,
    wiggle_edges,
)
from nnviz.animations.engine_animation import EngineAnimation
from nnviz.animations.explain_neuron import ExplainNeuron
from nnviz.animations.explain_score import ExplainScore
from nnviz.animations.explain_weight import ExplainWeight
from nnviz.animations.extend_cache import ExtendCache
from nnviz.animations.feed_forward import FeedForward
from nnviz.animations.gradient_steps import ShowGradient, TakeStep
from nnviz.animations.heads_and_stream import ConcatenateHeads, GrowStream, ProjectHeads
from nnviz.animations.multiplication import DotProducts, MultiplyMatrix
from nnviz.animations.score_grid_steps import ApplyMask, ShowScores
from nnviz.animations.timing import (
    CreateThenErase,
    staggered,
    write,
)
from nnviz.animations.tokens_to_vectors import AddVectors, MergeTokens, TakeRow
from nnviz.animations.train import Train
from nnviz.mobjects.charts.cost_surface import Turn

__all__ = [
    "AddVectors",
    "ApplyMask",
    "Attend",
    "AttendBackwards",
    "Backpropagate",
    "Blink",
    "ConcatenateHeads",
    "ContinualEdgeUpdate",
    "Convolve",
    "CreateThenErase",
    "Descend",
    "DotProducts",
    "DrawToken",
    "EngineAnimation",
    "ExplainNeuron",
    "ExplainScore",
    "ExplainWeight",
    "ExtendCache",
    "FeedForward",
    "FollowValue",
    "GrowStream",
    "MergeTokens",
    "MultiplyMatrix",
    "ProjectHeads",
    "ShowGradient",
    "ShowScores",
    "TakeRow",
    "TakeStep",
    "Train",
    "Turn",
    "change_activation",
    "draw_edges",
    "flash_edges",
    "flip_edges",
    "light_up_path",
    "staggered",
    "wiggle_edges",
    "write",
]
