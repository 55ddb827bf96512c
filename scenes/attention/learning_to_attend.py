"""Where the weights of a head come from: its pattern gets sharp while the cost falls."""

from __future__ import annotations

from typing import ClassVar

from manim import FadeIn, FadeOut, Indicate, Rectangle, VMobject, linear

from nnviz.mobjects import AttentionPattern, CostCurve, Panel, PatternPanel, SamplesPanel
from nnviz.mobjects.primitives.palette import YELLOW, stroke
from nnviz.network import Snapshot, recorded
from telling import ROW, ToldScene

#: Steps of the training at which the scene stops to tell something.
SECOND_ONE_MISSING, RIGHT, ON = 50, 100, 300


class ThePatternSharpens(ToldScene):
    """The recorded training of the sorter: one head's pattern, its answer, and its cost."""

    block: ClassVar[str] = "block0.attention"
    head: ClassVar[int] = 1

    def setup(self) -> None:
        super().setup()
        self.training = recorded(self.model)
        self.answer = sorted(ROW)
        self.reached = 0

    def construct(self) -> None:
        self.ask("Who told this head where to look?")
        self.show_random_pattern()
        self.show_answer()
        self.show_cost()
        self.learn_to_look()
        self.point_at_last_row()
        self.miss_the_second_one()
        self.learn_the_answer()
        self.learn_the_rest()
        self.answer_the_question()

    # --- before the training

    def show_random_pattern(self) -> None:
        asking = range(len(ROW) - 1, len(ROW) + len(self.answer) - 1)
        self.pattern = PatternPanel(
            (*ROW, *self.answer[:-1]),
            self.block,
            self.head,
            width=7.3,
            height=4.75,
            queries=asking,
            title="what each row looks at",
            style=self.look,
        ).show_report(self.training[0])
        self.pattern.move_to((-3.1, self.top - 2.375, 0))
        text = "At first every weight is random, and the head looks everywhere."
        self.tell(text, FadeIn(self.pattern))

    def show_answer(self) -> None:
        self.samples = SamplesPanel([ROW], len(self.answer), 12, 0.9, wanted=[self.answer])
        self.samples.show_report(self.training[0]).move_to((0, self.bottom + 0.65, 0))
        self.tell("Asked to sort, the model writes anything.", FadeIn(self.samples))

    def show_cost(self) -> None:
        self.cost = CostCurve(width=5.3, height=4.2, epochs=RIGHT, x_name="step")
        self.cost.show_report(self.training[0])
        self.cost.move_to((4.1, self.top - 2.4, 0))
        self.tell("The cost says how wrong it is, over 1,000 other rows.", FadeIn(self.cost))

    # --- the training

    def learn_to_look(self) -> None:
        count = self.network.n_parameters
        self.tell(f"Every step moves all {count:,} weights a little, so that it falls.", wait=False)
        self.learn(SECOND_ONE_MISSING, 1.2)

    def point_at_last_row(self) -> None:
        self.mark = self.around_row(-1)
        last, largest = self.answer[-2:]
        self.tell(
            f"After {self.now.epoch} steps rows are sharp: {last} looks for {largest}.",
            FadeIn(self.mark),
        )

    def miss_the_second_one(self) -> None:
        self.tell("But it forgets that there are two ones.", FadeOut(self.mark))

    def learn_the_answer(self) -> None:
        self.learn(RIGHT, 1.4)
        self.tell(
            f"After {self.now.epoch} steps the whole row is right.",
            Indicate(self.samples, scale_factor=1.06, color=None),
        )

    def learn_the_rest(self) -> None:
        self.tell("Other rows take longer.", wait=False)
        self.learn(ON, 0.8)
        self.learn(self.training[-1].epoch, 1.6)
        share, steps = f"{100 * self.accuracy:.0f}", self.now.epoch
        self.tell(f"After {steps:,} steps {share} % of the digits in other rows are right.")

    def answer_the_question(self) -> None:
        self.tell("Nobody told it. Looking there is what made the cost small.")
        self.wait(1)

    # --- what the steps need

    @property
    def panels(self) -> tuple[Panel, ...]:
        return self.pattern, self.samples, self.cost

    @property
    def now(self) -> Snapshot:
        return self.training[self.reached]

    @property
    def accuracy(self) -> float:
        share = self.now.accuracy
        assert share is not None
        return share

    def learn(self, step: int, seconds: float) -> None:
        """Go on to a step of the training, so many seconds from one snapshot to the next."""
        while self.now.epoch < step:
            self.reached += 1
            moves = [panel.animate.show_report(self.now) for panel in self.panels]
            self.play(*moves, run_time=seconds, rate_func=linear)

    def around_row(self, row: int) -> VMobject:
        """Return a frame around a row of the pattern."""
        pattern = self.pattern.pattern
        assert isinstance(pattern, AttentionPattern)
        cells = pattern.middles()[row]
        frame = Rectangle(
            width=len(cells) * pattern.cell,
            height=pattern.cell,
            color=YELLOW,
            stroke_width=stroke(5),
        )
        return frame.move_to((cells[0] + cells[-1]) / 2)
