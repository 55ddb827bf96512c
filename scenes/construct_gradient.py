"""What every training example asks for, averaged: the negative gradient of the cost."""

import numpy as np
from manim import (
    DOWN,
    LARGE_BUFF,
    LEFT,
    MED_LARGE_BUFF,
    MED_SMALL_BUFF,
    RIGHT,
    SMALL_BUFF,
    UP,
    Animation,
    AnimationGroup,
    ApplyMethod,
    Brace,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    MathTex,
    Mobject,
    MoveToTarget,
    ReplacementTransform,
    Restore,
    SurroundingRectangle,
    Tex,
    Transform,
    TransformFromCopy,
    VGroup,
    smooth,
    squish_rate_func,
    there_and_back,
)
from numpy.typing import ArrayLike

from gradient_column import brackets_around
from gradient_nudging import GradientNudging
from nnviz import mnist
from nnviz.animations import Blink, staggered, write
from nnviz.characters import Eyes, SpeechBubble
from nnviz.mobjects.primitives.arrows import arrow, vector
from nnviz.mobjects.primitives.decimal_numbers import SignedNumber
from nnviz.mobjects.primitives.palette import MAROON_B, WHITE, YELLOW, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.network import Network, one_hot
from nnviz.scene.nn_scene import NNScene
from requested_changes import RequestedChanges, requested_changes


def swell(number: Mobject) -> Animation:
    """Return an animation in which a number is larger for a moment."""
    return ApplyMethod(number.scale, 1.15, rate_func=there_and_back)


class ConstructGradientFromAllTrainingExamples(NNScene):
    """Each example asks for changes of its own; their average is the negative gradient."""

    #: The network of the gradient scenes, before training.
    seed = GradientNudging.seed
    sizes = GradientNudging.sizes
    n_examples = 6
    image_height = 0.9
    eyes_height = 0.25
    #: The rows, as indices into ``network.flatten()``. The last is the last parameter. The first
    #: weights there belong to pixels that are black in every image, so that nobody asks anything
    #: of them: in their place stand three from the hidden and output layers that can be read.
    parameters = (12675, 12709, 12838, 13001)

    def construct(self) -> None:
        self.setup_grid()
        self.setup_weights()
        self.show_two_requesting_changes()
        self.show_all_examples_requesting_changes()
        self.average_together()
        self.collapse_into_gradient_vector()

    def setup_grid(self) -> None:
        train, two = mnist.load().train, 2
        others = self.n_examples - 1
        self.images = np.vstack([mnist.first_of_each_digit()[two][0], train.images[:others]])
        digits = [two, *train.labels[:others]]
        network = Network.random(self.sizes, rng=self.rng)
        everybody = network.backprop(train.images, one_hot(train.labels))
        self.table = RequestedChanges(
            requested_changes(network, self.images, one_hot(digits), self.parameters),
            ["w_0", "w_1", "w_2", r"w_{13{,}001}"],
            averages=-everybody.flatten()[list(self.parameters)],
        )
        self.table.to_edge(DOWN, MED_LARGE_BUFF).to_edge(LEFT, 0)

    def setup_weights(self) -> None:
        self.weights = self.table.labels.to_edge(LEFT, MED_SMALL_BUFF)
        self.brace = Brace(self.weights, RIGHT)
        self.weights_words = self.brace.get_text("All weights and biases")
        self.add(self.weights, self.brace, self.weights_words)

    def show_two_requesting_changes(self) -> None:
        self.examples = [self.get_example(k) for k in range(self.n_examples)]
        two, table = self.examples[0], self.table
        eyes = two[1]
        self.add(two)
        names = [*self.weights[:-2], self.weights[-1]]
        for i, weight in enumerate(names):
            number = table.number(i, 0)
            number.save_state()
            bubble = self.get_requested_change_bubble(two, number)
            weight.save_state()
            home = weight.get_center()
            weight.generate_target().next_to(two, RIGHT, aligned_edge=DOWN)
            self.play(
                MoveToTarget(weight),
                eyes.animate.look_at(weight.target),
                FadeIn(bubble),
                write(number, run_time=1),
            )
            if i == 0:
                self.wait()
            else:
                self.play(Blink(eyes))
            added: list[Animation] = []
            if i == 0:
                added = [FadeOut(self.brace), FadeOut(self.weights_words)]
            elif weight is names[-1]:
                added = [TransformFromCopy(self.weights[-2], table.column_dots[0])]
            self.play(
                FadeOut(bubble),
                Restore(weight),
                eyes.animate.look_at(home),
                Restore(number),
                *added,
            )
        self.wait()

    def show_all_examples_requesting_changes(self) -> None:
        table, examples = self.table, VGroup(*self.examples[1:])
        self.h_dots = MathTex(r"\dots").next_to(examples, RIGHT, MED_LARGE_BUFF)
        self.play(
            staggered(FadeIn, examples),
            staggered(Create, table.h_lines),
            staggered(Create, table.v_lines),
            write(self.h_dots, run_time=2, rate_func=squish_rate_func(smooth, 0.7, 1)),
        )
        changes = VGroup(*(number for row in table.numbers for number in row[1:]))
        self.play(
            write(changes),
            write(VGroup(*table.column_dots[1:])),
            write(table.row_dots),
            *(
                eyes.animate.look_at(changes[self.rng.randint(len(changes))])
                for _, eyes in examples
            ),
        )
        for _ in range(2):
            self.play(Blink(examples[self.rng.randint(len(examples))][1]))

    def average_together(self) -> None:
        table = self.table
        rows = [table.row(i) for i in range(len(table.numbers))]
        averages = [table.average(i) for i in range(len(rows))]
        self.rects = VGroup(
            *(SurroundingRectangle(row, color=YELLOW, stroke_width=stroke(4)) for row in rows)
        )
        self.arrows = VGroup(
            *(vector(RIGHT, buff=MED_SMALL_BUFF).next_to(rect, RIGHT) for rect in self.rects)
        )
        words = Tex(r"Average over \\ all training data").scale(0.8).to_corner(UP + RIGHT)
        self.arrow_to_averages = arrow(words.get_bottom(), table.averages.get_top(), WHITE)

        def faint(rects: Mobject) -> Animation:
            return rects.animate.set_stroke(WHITE, stroke(1))

        def averaged(i: int) -> Animation:
            """Let a row's numbers swell one after the other, and then their average appear."""
            average = FadeIn(averages[i], shift=MED_LARGE_BUFF * RIGHT)
            average.rate_func = squish_rate_func(smooth, 0.5, 1)
            return AnimationGroup(staggered(swell, rows[i], share=0.4, run_time=1), average)

        self.play(write(words, run_time=1), *self.get_look_at_anims(words))
        self.play(Create(self.rects[0]), *self.get_look_at_anims(self.rects[0]))
        self.play(
            GrowArrow(self.arrows[0]),
            faint(self.rects[0]),
            averaged(0),
            *self.get_look_at_anims(averages[0]),
        )
        self.play(GrowArrow(self.arrow_to_averages))
        rest = range(1, len(rows))
        self.play(staggered(Create, self.rects[1:]), *self.get_look_at_anims(self.rects[1]))
        self.play(
            staggered(GrowArrow, self.arrows[1:], share=0.7),
            faint(self.rects[1:]),
            AnimationGroup(*map(averaged, rest), run_time=2, lag_ratio=0.15),
            write(table.averages[-2]),
            *self.get_look_at_anims(averages[1]),
        )
        self.blink(3)
        self.wait()

    def collapse_into_gradient_vector(self) -> None:
        table, averages = self.table, self.table.averages
        brackets = brackets_around(averages, "[", "]").set_fill(opacity=0)
        shift = 2 * LEFT
        lhs = MathTex(*("-", r"\nabla", "C(", "w_1,", "w_2,", r"\dots", r"w_{13{,}001}", ")", "="))
        lhs.next_to(brackets[0], LEFT).shift(shift)
        minus, dots = lhs[0], lhs[5]
        w_terms = VGroup(lhs[3], lhs[4], lhs[6])
        eta = MathTex(r"\eta", color=MAROON_B).move_to(minus, RIGHT)
        to_fade = [
            *(*table.h_lines, *table.v_lines, *table.row_dots, *table.column_dots),
            *(*table.numbers, *self.rects, *self.arrows),
        ]
        start, end = self.arrow_to_averages.get_start_and_end()
        self.play(staggered(FadeOut, to_fade))
        self.play(
            brackets.animate.shift(shift).set_fill(WHITE, 1),
            averages.animate.shift(shift),
            Transform(self.arrow_to_averages, arrow(start, end + shift, WHITE, buff=0)),
            FadeIn(lhs[:3]),
            FadeIn(lhs[-2:]),
            *self.get_look_at_anims(lhs),
        )
        first, *weights = (*self.weights[:-2], self.weights[-1])
        self.play(
            FadeOut(first, target_position=w_terms[0]),
            *map(ReplacementTransform, weights, w_terms),
            ReplacementTransform(self.weights[-2], dots),
            *self.get_look_at_anims(w_terms),
        )
        self.blink(2)
        times_eta = MathTex(r"\times", r"\eta")
        times_eta[1].match_color(eta)
        times_eta.next_to(brackets[1], RIGHT, SMALL_BUFF, aligned_edge=DOWN)
        self.play(
            GrowFromCenter(eta),
            minus.animate.shift(MED_SMALL_BUFF * LEFT),
            GrowFromCenter(times_eta),  # the column keeps its numbers, so it needs the factor too
        )
        self.wait()

    # Examples with eyes

    def get_example(self, column: int) -> VGroup:
        """Return an image and the eyes on top of it."""
        image = MNistMobject(self.images[column]).scale_to_fit_height(self.image_height)
        example = VGroup(image, Eyes(image, height=self.eyes_height))
        return example.move_to(self.table.head_center(column)).to_edge(UP, LARGE_BUFF)

    def get_requested_change_bubble(self, example: VGroup, number: SignedNumber) -> VGroup:
        """Return a bubble of the example's, and put the number into it."""
        words = Tex("Change by")
        number.scale_to_fit_height(words[0][0].height).next_to(words, RIGHT)
        bubble = SpeechBubble(height=1.5, width=3)
        bubble.shift(example.get_right() + SMALL_BUFF * RIGHT - bubble.get_corner(DOWN + LEFT))
        bubble.add_content(VGroup(words, number))
        return VGroup(bubble, words)

    def get_look_at_anims(self, target: ArrayLike | Mobject) -> list[Animation]:
        """Let all examples look at something."""
        return [eyes.animate.look_at(target) for _, eyes in self.examples]

    def blink(self, times: int) -> None:
        for _ in range(times):
            self.play(Blink(self.examples[self.rng.randint(len(self.examples))][1]))
