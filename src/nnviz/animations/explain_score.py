"""The chain rule for one score of attention, step by step on a picture and in formulas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypedDict, Unpack

from manim import linear

from nnviz.animations.explanation_placement import place_beside
from nnviz.animations.explanation_story import TellStory
from nnviz.animations.score_story import ScorePicture, ScoreStory
from nnviz.mobjects.attention import AttentionArcs, ScoreExplanation
from nnviz.mobjects.equations.equation_parts import EquationColors
from nnviz.mobjects.primitives.writing import Writing
from nnviz.network import ScoreDerivative

__all__ = ["ExplainScore"]


class _ExplanationOptions(TypedDict, total=False):
    """Options of a `ScoreExplanation`."""

    tokens: Sequence[Any] | None
    writing: Writing
    max_terms: int
    h: float | None
    height: float
    fit: tuple[float, float] | None
    colors: EquationColors | None


class ExplainScore(TellStory):
    """Show how one score of attention acts on the cost: the chain rule, with true numbers.

    The score's cell or arc lights up. The derivative is written as the share of the pattern times
    how much more than the average the value pulls, and its factors appear one at a time: each
    beside its place in the picture, and then in its row. The average is computed key by key, while
    each key lights up. Then come the value and the proof: the score is nudged up and down, the
    pattern follows, and the cost, computed again, changes as predicted.

    Afterwards the picture is as before. The formulas stay on screen (`explanation`).

    Parameters
    ----------
    picture : ScorePicture
        The picture on screen: an `AttentionPattern`, `ScoreGrid` or `AttentionArcs` of the score's
        head.
    derivative : ScoreDerivative
        The engine's derivative: :func:`~nnviz.network.score_derivative`.
    explanation : ScoreExplanation, optional
        Formulas that you have placed; by default they are placed beside the picture,
        where there is most room.
    run_time : float, optional
        Run time in seconds; by default as long as its steps take.
    rate_func : callable, optional
        Function from the share of the time to the share of the explanation.
    **options
        As for the `ScoreExplanation` that is made by default: `tokens`, `writing`, `max_terms`,
        `h`, `height`, `fit` and `colors`.

    Attributes
    ----------
    explanation : ScoreExplanation
        The formulas.

    Raises
    ------
    ValueError
        If the picture and the head differ in queries or keys, there is no room beside the picture,
        or the explanation is of another score.

    Examples
    --------
    >>> from nnviz import AttentionPattern, ExplainScore, pretrained
    >>> from nnviz.network import score_derivative
    >>> network = pretrained("sort").with_inputs(14)
    >>> tokens = [3, 1, 4, 1, 5, 9, 2, 6, 1, 1, 2, 3, 4, 5]
    >>> found = score_derivative(network, tokens, 13 * [-1] + [6], "block0.attention", 1, -1, 5)
    >>> pattern = AttentionPattern(found.computed.pattern, tokens).shift([-4, 0, 0])
    >>> ExplainScore(pattern, found, tokens=tokens).explanation.rule.result[1].text
    '2.035 × 10⁻⁴'
    """

    def __init__(
        self,
        picture: ScorePicture,
        derivative: ScoreDerivative,
        explanation: ScoreExplanation | None = None,
        *,
        run_time: float | None = None,
        rate_func: Callable[[float], float] = linear,
        **options: Unpack[_ExplanationOptions],
    ) -> None:
        shape = picture.shape if isinstance(picture, AttentionArcs) else picture.grid.shape
        if tuple(shape) != derivative.computed.scores.shape:
            raise ValueError(
                f"the picture has queries and keys {tuple(shape)}, and the head has "
                f"{derivative.computed.scores.shape}"
            )
        if explanation is None:
            explanation = place_beside(ScoreExplanation(derivative, **options), picture)
        elif explanation.derivative is not derivative:
            raise ValueError(
                f"the explanation is of {explanation.derivative!r}, not of {derivative!r}"
            )
        elif options:
            raise ValueError(f"{', '.join(options)}: say that to the explanation that is given")
        chosen = explanation
        super().__init__(
            picture,
            chosen,
            lambda lights: ScoreStory(picture, chosen, lights),
            run_time,
            rate_func,
        )
