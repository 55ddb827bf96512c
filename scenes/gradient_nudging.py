"""A network follows its negative gradient."""

from collections.abc import Iterator
from typing import ClassVar

from manim import DOWN, LEFT, RIGHT, Animation, ChangingDecimal, FadeIn, Tex, VGroup

from nnviz.mobjects.numbers import QuickDecimalNumber
from nnviz.mobjects.palette import RED
from nnviz.scene import gradient_nudging


class GradientNudging(gradient_nudging.GradientNudging):
    """Eleven real steps down the gradient: edges change, and the gradient with them."""


class TODOInsertGradientNudging(GradientNudging):
    """Eleven real steps down the gradient, where the chapter calls for them."""


class NudgingLowersCost(GradientNudging):
    """Steps down the gradient, three in full and then quicker, and the cost that they lower."""

    factor_first = True
    slow_steps: ClassVar[int] = 3
    quick_time: ClassVar[float] = 0.6

    def add_gradient(self) -> None:
        super().add_gradient()
        self.number = QuickDecimalNumber(self.network.cost(self.x, self.y), color=RED).scale(1.2)
        words = Tex("Cost").scale(1.2).set_color(RED)
        self.counter = VGroup(words, self.number).arrange(RIGHT, buff=0.3, aligned_edge=DOWN)
        self.counter.to_corner(DOWN + LEFT, buff=0.5)
        self.play(FadeIn(self.counter))

    def plays_of_round(self, number: int) -> Iterator[list[Animation]]:
        before = self.number.number
        self.take_step()
        after = self.network.cost(self.x, self.y)
        counting = ChangingDecimal(self.number, lambda t: before + (after - before) * t)
        if number < self.slow_steps:
            yield [self.change_of_edges(), counting]
            yield self.changes_of_gradient()
            return
        values = self.downhill()[self.components]
        net = self.network_mob
        net.network = self.network
        changed = net.copy()
        changed.show_weights()
        quick = self.quick_time
        yield [
            net.edges.animate(run_time=quick).become(changed.edges),
            self.column.count_to(values, run_time=quick),
            counting.set_run_time(quick),
        ]
