"""Stochastic gradient descent: the training data shuffled, and divided into mini-batches."""

from itertools import pairwise

from manim import (
    PI,
    SMALL_BUFF,
    UP,
    Animation,
    ApplyFunction,
    Brace,
    FadeIn,
    FadeOut,
    GrowFromCenter,
    Mobject,
    Restore,
    SurroundingRectangle,
    Tex,
    VGroup,
    there_and_back,
    wiggle,
)

from nnviz import mnist
from nnviz.animations import staggered, write
from nnviz.mobjects.primitives.palette import YELLOW, stroke
from nnviz.mobjects.primitives.pixel_image import MNistMobject
from nnviz.scene.nn_scene import NNScene


class OrganizeDataIntoMiniBatches(NNScene):
    """48 random training images become four mini-batches, and each gives a step."""

    n_rows = 4
    n_cols = 12
    example_height = 1.0
    #: As mini-batches the images are smaller, so that the rows are apart.
    batch_height = 0.9
    #: Upper edges of the rows after dividing. A row that has had its turn moves up by 1.
    row_tops = (2.5, 0.95, -0.65, -2.22)

    def construct(self) -> None:
        self.add_examples()
        self.shuffle_examples()
        self.divide_into_minibatches()
        self.one_step_per_batch()

    def add_examples(self) -> None:
        self.examples = self.get_examples()
        self.arrange_examples_in_grid(self.examples)
        for example in self.examples:
            example.save_state()
        places = list(self.examples)
        self.rng.shuffle(places)
        self.arrange_examples_in_grid(VGroup(*places))
        in_turn = list(self.examples)
        self.rng.shuffle(in_turn)
        self.play(staggered(FadeIn, in_turn, share=0.2, run_time=4))
        self.wait()

    def shuffle_examples(self) -> None:
        in_turn = list(self.examples)
        self.rng.shuffle(in_turn)
        self.play(staggered(Restore, in_turn, share=0.3, run_time=3, path_arc=PI / 3))
        self.wait()

    def divide_into_minibatches(self) -> None:
        self.rows = VGroup(
            *(
                VGroup(*self.examples[i * self.n_cols : (i + 1) * self.n_cols])
                for i in range(self.n_rows)
            )
        )
        self.words = Tex("``Mini-batches''", color=YELLOW).to_edge(UP)

        def divided(rows: VGroup) -> VGroup:
            for row, top in zip(rows, self.row_tops, strict=True):
                for example in row:
                    example.scale_to_fit_height(self.batch_height)
                row.move_to(top * UP, UP)
            return rows

        self.play(ApplyFunction(divided, self.rows), write(self.words, run_time=1))
        rects = VGroup(
            *(
                SurroundingRectangle(row, stroke_width=0, fill_color=YELLOW, fill_opacity=0.25)
                for row in self.rows
            )
        )
        self.play(staggered(FadeIn, rects, share=0.7, rate_func=there_and_back, remover=True))
        self.wait()

    def one_step_per_batch(self) -> None:
        rows = self.rows
        brace = Brace(rows[0], UP, buff=SMALL_BUFF)
        text = brace.get_text("Compute gradient descent step (using backprop)", buff=SMALL_BUFF)

        def indicate(row: VGroup) -> Animation:
            def pressed(example: Mobject) -> Mobject:
                return example.scale(0.75).set_color(YELLOW)

            return staggered(
                ApplyFunction, row, lambda example: (pressed, example), rate_func=wiggle
            )

        self.play(FadeOut(self.words), GrowFromCenter(brace), write(text, run_time=2))
        self.play(indicate(rows[0]))
        step = VGroup(brace, text)
        for last_row, row in pairwise(rows):
            self.play(
                last_row.animate.shift(UP),
                step.animate.shift((row.get_top()[1] + SMALL_BUFF - brace.get_bottom()[1]) * UP),
            )
            self.play(indicate(row))
        self.wait()

    def get_examples(self) -> VGroup:
        train = mnist.load().train
        drawn = self.rng.permutation(len(train))[: self.n_rows * self.n_cols]
        return VGroup(
            *(
                MNistMobject(x, frame_width=stroke(2)).scale_to_fit_height(self.example_height)
                for x in train.images[drawn]
            )
        )

    def arrange_examples_in_grid(self, examples: VGroup) -> None:
        examples.arrange_in_grid(rows=self.n_rows, buff=SMALL_BUFF)
