"""What one training example asks of the network: the walk back from one output neuron."""

import numpy as np
from manim import (
    DOWN,
    LARGE_BUFF,
    LEFT,
    MED_LARGE_BUFF,
    MED_SMALL_BUFF,
    PI,
    RIGHT,
    SMALL_BUFF,
    UP,
    Animation,
    ApplyFunction,
    ApplyMethod,
    Arrow,
    ChangingDecimal,
    Create,
    Dot,
    FadeIn,
    FadeOut,
    GrowArrow,
    Line,
    MathTex,
    ReplacementTransform,
    Restore,
    SurroundingRectangle,
    Tex,
    Transform,
    VGroup,
    interpolate,
    there_and_back,
    wiggle,
)

from averaging_cost import ShowAveragingCost
from nnviz import mnist
from nnviz.animations import Blink, CreateThenErase, staggered, wiggle_edges, write
from nnviz.characters import Mortimer
from nnviz.mobjects.primitives.arrows import vector
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.palette import BLUE, MAROON_B, RED, WHITE, YELLOW, stroke


class WalkThroughTwoExample(ShowAveragingCost):
    """One image of a 2, and the changes of weights, biases and activations it asks for."""

    digit = 2

    def construct(self) -> None:
        self.setup_network()
        self.setup_diff_words()
        self.show_single_example()
        self.single_example_influencing_weights()
        self.expand_last_layer()
        self.show_activation_formula()
        self.three_ways_to_increase()
        self.note_connections_to_brightest_neurons()
        self.fire_together_wire_together()
        self.show_desired_increase_to_previous_neurons()
        self.only_keeping_track_of_changes()
        self.show_other_output_neurons()
        self.show_recursion()

    def show_single_example(self) -> None:
        x = mnist.first_of_each_digit()[self.digit][0]
        self.activations = self.network.forward_pass(x).activations
        self.show_one_example(x, self.digit)
        self.network_mob.hide_activations()
        self.activate_network(x)
        self.wait()

    def single_example_influencing_weights(self) -> None:
        two, groups = self.image, self.network_mob.edge_groups
        two.save_state()
        self.play(
            two.animate.next_to(groups[0].get_corner(DOWN + RIGHT), DOWN),
            wiggle_edges(groups[0], run_time=1),
        )
        self.play(
            two.animate(path_arc=PI / 6).next_to(groups[1].get_corner(UP + RIGHT), UP),
            wiggle_edges(reversed(groups[1]), run_time=1),
        )
        self.play(
            two.animate(path_arc=-PI / 6).next_to(groups[2].get_corner(DOWN + RIGHT), DOWN),
            wiggle_edges(groups[2], run_time=1),
        )
        self.play(Restore(two))
        self.wait()

    # The output layer, twice as large

    def expand_last_layer(self) -> None:
        net = self.network_mob
        self.home = net.copy()
        expanded, desired = net.copy(), self.desired_output.copy()
        neurons = expanded.layers[-1].neurons.scale(2).to_edge(DOWN, MED_LARGE_BUFF)
        expanded.output_labels.scale(2).next_to(neurons, RIGHT, MED_SMALL_BUFF)
        expanded.put_edges_on_neurons()
        desired[0].neurons.scale(2).next_to(neurons, RIGHT, buff=2)
        desired[1].scale(2).next_to(desired[0].neurons, RIGHT, MED_SMALL_BUFF)
        self.play(
            FadeOut(VGroup(self.brace, self.cost_words, self.double_arrow)),
            Transform(net.layers[-1].neurons, neurons),
            Transform(net.output_labels, expanded.output_labels),
            Transform(net.edge_groups[-1], expanded.edge_groups[-1]),
            Transform(self.desired_output, desired),
        )
        self.show_decimals()
        self.cannot_directly_affect_activations()
        self.show_desired_activation_nudges()
        self.focus_on_one_neuron()

    def show_decimals(self) -> None:
        self.decimals = VGroup(
            *(
                ActivationNumber(activation, neuron, bright=0.8)
                for activation, neuron in zip(
                    self.activations[-1], self.network_mob.layers[-1].neurons, strict=True
                )
            )
        )
        self.play(write(self.decimals, run_time=2))
        self.wait()

    def cannot_directly_affect_activations(self) -> None:
        words = Tex("You can only adjust weights and biases")
        words.next_to(self.image, RIGHT, MED_SMALL_BUFF, UP)
        order = list(range(len(self.network_mob.edges)))
        self.rng.shuffle(order)
        edges = self.network_mob.edges[order]
        # For each a colour, then a width.
        drawn = [(self.rng.randint(2), self.rng.random_sample()) for _ in order]
        colors = [(BLUE, RED)[which] for which, _ in drawn]
        widths = [stroke(2) * share**2 for _, share in drawn]
        adjusted = edges.copy().set_stroke(colors, widths)
        self.play(
            staggered(
                Transform,
                edges,
                lambda edges: (edges, adjusted),
                run_time=4,
                rate_func=there_and_back,
            ),
            write(words, run_time=2),
        )
        self.play(FadeOut(words))

    def show_desired_activation_nudges(self) -> None:
        net, two = self.network_mob, self.digit
        neurons = net.layers[-1].neurons
        self.arrows, rects = VGroup(), VGroup()
        for i, (neuron, activation) in enumerate(zip(neurons, self.activations[-1], strict=True)):
            color = BLUE if i == two else RED
            change = float(i == two) - activation
            nudge = vector(change * neuron.height * UP, color=color)
            self.arrows.add(nudge.move_to(neuron.get_right()).shift(0.175 * RIGHT))
            rects.add(
                SurroundingRectangle(
                    VGroup(neuron, self.desired_labels[i]), color=color, stroke_width=stroke(4)
                )
            )
        self.play(
            net.output_labels.animate.shift(SMALL_BUFF * RIGHT),
            staggered(GrowArrow, self.arrows, run_time=1),
        )
        self.wait()

        changes: list[Animation] = []
        for i, (neuron, decimal) in enumerate(zip(neurons, self.decimals, strict=True)):
            start, end = decimal.number, 1.0 if i == two else 0.01
            changes += [
                neuron.animate.set_fill(WHITE, end),
                ChangingDecimal(decimal, lambda a, s=start, e=end: interpolate(s, e, a)),
            ]
        self.play(*changes, run_time=3, rate_func=there_and_back)

        two_rect, eight_rect = rects[two], rects[8].copy()
        others = VGroup(*(rect for rect in rects if rect is not two_rect))
        self.play(Create(two_rect))
        self.wait()
        self.remove(two_rect)
        self.play(ReplacementTransform(VGroup(*(two_rect.copy() for _ in others)), others))
        self.wait()
        self.play(staggered(FadeOut, others, run_time=1))
        self.play(
            staggered(
                ApplyFunction,
                self.arrows,
                lambda nudge: (lambda m: m.scale(0.5, scale_tips=True).set_color(YELLOW), nudge),
                rate_func=wiggle,
            )
        )
        self.play(Create(two_rect))
        self.wait()
        self.play(ReplacementTransform(two_rect, eight_rect))
        self.wait()
        self.play(FadeOut(eight_rect))

    def focus_on_one_neuron(self) -> None:
        net, two = self.network_mob, self.digit
        self.two_neuron = net.layers[-1].neurons[two]
        self.two_label = net.output_labels[two]
        self.two_decimal, self.two_arrow = self.decimals[two], self.arrows[two]
        self.two_edges = net.edges_into(-1, two)
        self.others = [i for i in range(len(self.decimals)) if i != two]
        last = len(net.layers) - 1
        to_fade = VGroup(
            *net.layers[: last - 1],
            *net.edge_groups[: last - 1],
            self.desired_output,
            *(
                part
                for i in self.others
                for part in (
                    net.layers[-1].neurons[i],
                    net.output_labels[i],
                    self.decimals[i],
                    self.arrows[i],
                    net.edges_into(-1, i),
                )
            ),
        )
        self.play(FadeOut(to_fade))
        self.wait()

        # Out of sight, the others go back to where they were before they grew.
        home = self.home
        for i in self.others:
            neuron = net.layers[-1].neurons[i].become(home.layers[-1].neurons[i])
            net.output_labels[i].become(home.output_labels[i]).shift(SMALL_BUFF * RIGHT)
            net.edges_into(-1, i).become(home.edges_into(-1, i))
            self.decimals[i].scale(0.5).move_to(neuron)
            self.arrows[i].scale(0.5, scale_tips=True).move_to(neuron.get_right()).shift(
                SMALL_BUFF * RIGHT
            )

    # One neuron: its formula, and three ways to raise it

    def show_activation_formula(self) -> None:
        # fmt: off
        self.rhs = MathTex(
            "=", r"\sigma(", "w_0", "a_0", "+", "w_1", "a_1", "+", r"\cdots", "+",
            "w_{n-1}", "a_{n-1}", "+", "b", ")",
        )
        # fmt: on
        equals, dots, self.b = self.rhs[0], self.rhs[8], self.rhs[13]
        sigma = VGroup(self.rhs[1], self.rhs[14])
        self.w_terms = VGroup(*(self.rhs[k] for k in (2, 5, 10)))
        self.a_terms = VGroup(*(self.rhs[k] for k in (3, 6, 11)))
        *plus_terms, last_plus = (self.rhs[k] for k in (4, 7, 9, 12))
        self.w_terms.set_color(BLUE)
        self.b.set_color(MAROON_B)
        sigma.set_color(YELLOW)
        self.rhs.to_corner(UP + RIGHT)
        sigma.save_state()
        sigma.shift(DOWN).set_fill(opacity=0)

        self.lhs = VGroup(self.two_neuron.copy(), self.two_decimal.copy())
        self.play(
            self.lhs.animate.next_to(equals.get_left(), LEFT),
            self.image.animate.to_corner(UP + LEFT),
            write(equals),
        )
        self.play(
            ReplacementTransform(self.two_edges.copy(), self.w_terms),
            write(VGroup(*plus_terms)),
            write(dots),
            run_time=1.5,
        )
        self.wait()
        previous = self.network_mob.layers[-2].neurons
        self.play(ReplacementTransform(previous.copy(), self.a_terms, path_arc=PI / 2))
        self.wait()
        self.play(write(last_plus), write(self.b))
        self.wait()
        self.play(Restore(sigma))
        self.wait(2)

    def three_ways_to_increase(self) -> None:
        self.increase_words = VGroup(
            Tex("Increase ", "$b$"), Tex("Increase ", "$w_i$"), Tex("Change ", "$a_i$")
        )
        sources = (self.b, self.w_terms[0], self.a_terms[0])
        for words, source in zip(self.increase_words, sources, strict=True):
            words[1].set_color(source.get_color())
        self.increase_words.arrange(DOWN, aligned_edge=LEFT, buff=LARGE_BUFF).to_edge(LEFT)
        for words, source in zip(self.increase_words, sources, strict=True):
            self.play(write(words[0], run_time=1), ReplacementTransform(source.copy(), words[1]))
            self.wait()

    def note_connections_to_brightest_neurons(self) -> None:
        neurons = self.network_mob.layers[-2].neurons
        brightest = np.argsort(self.activations[-2])[-4:]
        self.bright_neurons = VGroup(*(neurons[i].copy() for i in brightest))
        self.bright_neurons.set_stroke(YELLOW, stroke(3))
        self.bright_edges = self.two_edges[brightest].copy().set_stroke(YELLOW, stroke(4))
        self.in_proportion_to_a = Tex("in proportion to $a_i$").set_color(YELLOW)
        self.in_proportion_to_a.next_to(self.increase_words[1], DOWN, 1.5 * SMALL_BUFF, LEFT)
        terms_rect = SurroundingRectangle(
            VGroup(self.w_terms[0], self.a_terms[0]), color=WHITE, stroke_width=stroke(4)
        )
        self.play(wiggle_edges(self.two_edges))
        self.wait()
        self.play(Create(self.bright_edges), Create(self.bright_neurons))
        self.wait()
        self.play(
            ReplacementTransform(self.bright_edges[0].copy(), self.w_terms[0]),
            ReplacementTransform(self.bright_neurons[0].copy(), self.a_terms[0]),
            Create(terms_rect),
        )
        self.wait()
        for _ in range(2):
            self.play(self.flash_bright_edges(share=0.5))
        self.play(staggered(Create, self.bright_edges))
        self.play(FadeOut(terms_rect))
        self.wait()
        self.play(self.image.animate(rate_func=wiggle).shift(MED_LARGE_BUFF * RIGHT))
        self.wait()
        self.play(write(self.in_proportion_to_a))
        self.wait()

    def flash_bright_edges(self, share: float = 0.7) -> Animation:
        # The flash takes the place of the edges: they are gone when it has passed.
        return staggered(CreateThenErase, self.bright_edges, share=share)

    def fire_together_wire_together(self) -> None:
        two_activation = self.two_decimal.number
        neuron_arrows = VGroup(
            *(vector(MED_LARGE_BUFF * RIGHT).next_to(n, LEFT) for n in self.bright_neurons)
        )
        two_arrow = vector(MED_LARGE_BUFF * DOWN).next_to(self.two_neuron, UP)
        rects = VGroup(
            *(
                SurroundingRectangle(n, color=YELLOW, stroke_width=stroke(4))
                for n in self.bright_neurons
            )
        )
        two_rect = SurroundingRectangle(self.two_neuron, color=YELLOW, stroke_width=stroke(4))
        seeing = Tex("Seeing a 2").scale(0.8).next_to(rects, UP)
        thinking = Tex("Thinking about a 2").scale(0.8).next_to(two_arrow, RIGHT)
        words = Tex(r"``Neurons that \\ fire together \\ wire together''").to_edge(RIGHT)
        morty = Mortimer().scale(0.8).to_corner(DOWN + RIGHT).shift(0.3 * DOWN)

        self.play(FadeIn(morty))
        self.play(write(words), morty.animate.change("speaking", words))
        self.play(Blink(morty))
        self.play(self.flash_bright_edges(), morty.animate.change("pondering", self.bright_edges))
        self.play(self.flash_bright_edges())
        self.play(staggered(GrowArrow, neuron_arrows), self.flash_bright_edges())
        self.play(GrowArrow(two_arrow), morty.animate.change("raise_right_hand", self.two_neuron))
        self.play(*self.change_two_to(1.0), staggered(Create, self.bright_edges), run_time=2)
        self.wait()
        self.play(
            staggered(Create, rects),
            write(seeing, run_time=2),
            morty.animate.change("thinking", seeing),
        )
        self.wait()
        self.play(Create(two_rect), write(thinking, run_time=2), morty.animate.look_at(thinking))
        self.wait()
        # fmt: off
        self.play(staggered(FadeOut, [
            rects, two_rect, seeing, thinking, words, morty, neuron_arrows, two_arrow,
            self.bright_edges, self.bright_neurons,
        ]))
        # fmt: on
        self.play(*self.change_two_to(two_activation))

    def change_two_to(self, activation: float) -> list[Animation]:
        """Fill the 2 and its number together."""
        start = self.two_decimal.number
        return [
            ApplyMethod(self.two_neuron.set_fill, WHITE, activation),
            ChangingDecimal(self.two_decimal, lambda a: interpolate(start, activation, a)),
        ]

    # The layer before: what it is asked for, by one output and then by all

    def show_desired_increase_to_previous_neurons(self) -> None:
        net = self.network_mob
        neurons = net.layers[-2].neurons
        self.prev_neuron_arrows = VGroup(
            *(
                self.get_neuron_nudge_arrow(i, self.digit)
                .move_to(neuron.get_left())
                .shift(SMALL_BUFF * LEFT)
                for i, neuron in enumerate(neurons)
            )
        )
        self.in_proportion_to_w = Tex("in proportion to $w_i$").set_color(BLUE)
        self.in_proportion_to_w.next_to(
            self.increase_words[-1], DOWN, SMALL_BUFF, aligned_edge=LEFT
        )
        self.play(
            staggered(
                ApplyFunction,
                neurons,
                lambda neuron: (lambda m: m.scale(0.5).set_color(YELLOW), neuron),
                rate_func=wiggle,
            )
        )
        self.wait()
        weights = net.shown_weights(-1)[:, self.digit]
        lines = self.two_edges.lines()  # which can turn into anything
        self.replace(self.two_edges, lines)
        for chosen, color in ((weights > 0, BLUE), (weights <= 0, RED)):
            indices = np.flatnonzero(chosen)
            some_neurons = VGroup(*(neurons[i] for i in indices))
            self.play(
                staggered(
                    Transform,
                    [lines[i] for i in indices],
                    lambda line, color=color: (line, self.ring_at(line, color)),
                    rate_func=there_and_back,
                ),
                some_neurons.animate.set_stroke(color, stroke(3)),
            )
            self.play(
                staggered(GrowArrow, [self.prev_neuron_arrows[i] for i in indices]),
                ApplyMethod(some_neurons.set_fill, color, 1, rate_func=there_and_back),
            )
        self.replace(lines, self.two_edges)
        self.wait()
        self.play(write(self.in_proportion_to_w, run_time=1))
        self.play(neurons.animate.set_stroke(WHITE, stroke(2)))

    @staticmethod
    def ring_at(line: Line, color: object) -> Dot:
        return Dot(
            line.get_center(),
            radius=0.25 * SMALL_BUFF,
            stroke_color=color,
            stroke_width=stroke(1),
            fill_opacity=0,
        )

    def only_keeping_track_of_changes(self) -> None:
        rect = SurroundingRectangle(
            VGroup(self.prev_neuron_arrows, self.network_mob.layers[-2].neurons),
            color=YELLOW,
            stroke_width=stroke(4),
        )
        words = Tex("No direct influence").next_to(rect, UP)
        self.play(Create(rect))
        self.play(write(words))
        self.wait()
        self.play(FadeOut(VGroup(words, rect)))

    def show_other_output_neurons(self) -> None:
        net, home = self.network_mob, self.home
        two_at_home = home.layers[-1].neurons[self.digit]
        self.play(
            Transform(self.two_neuron, two_at_home),
            self.two_decimal.animate.scale(0.5).move_to(two_at_home),
            self.two_arrow.animate.scale(0.5, scale_tips=True).next_to(
                two_at_home, RIGHT, 0.5 * SMALL_BUFF
            ),
            self.two_label.animate.scale(0.5).next_to(two_at_home, RIGHT, 1.5 * SMALL_BUFF),
            FadeOut(VGroup(self.lhs, self.rhs)),
            Transform(self.two_edges, home.edges_into(-1, self.digit)),
        )
        parts = {
            i: VGroup(
                net.layers[-1].neurons[i], self.decimals[i], self.arrows[i], net.output_labels[i]
            )
            for i in self.others
        }
        to_squish = VGroup(self.prev_neuron_arrows)
        last_arrows = self.prev_neuron_arrows
        first, second, *rest = self.others
        for j in first, second:
            plusses, new_arrows = VGroup(), VGroup()
            for i, last_arrow in enumerate(last_arrows):
                plus = MathTex("+").scale(0.5).move_to(last_arrow).shift(2 * SMALL_BUFF * LEFT)
                new_arrow = self.get_neuron_nudge_arrow(i, j).move_to(plus)
                plusses.add(plus)
                new_arrows.add(new_arrow.shift(2 * SMALL_BUFF * LEFT))
            edges = net.edges_into(-1, j)
            self.play(FadeIn(parts[j]), staggered(Create, edges))
            self.play(ReplacementTransform(edges.copy(), new_arrows), write(plusses, run_time=2))
            to_squish.add(new_arrows, plusses)
            last_arrows = new_arrows
        all_dots_plus = VGroup(
            *(
                MathTex(r"\cdots +")
                .scale(0.5)
                .move_to(last_arrow.get_center(), RIGHT)
                .shift(2 * SMALL_BUFF * LEFT)
                for last_arrow in last_arrows
            )
        )
        to_squish.add(all_dots_plus)
        self.play(
            staggered(FadeIn, [parts[j] for j in rest]),
            staggered(FadeIn, [net.edges_into(-1, j) for j in rest]),
            write(all_dots_plus, run_time=3),
        )
        self.wait(2)
        previous = net.layers[-2].neurons
        # The sum of all requests goes into the neurons: squashed to no width, it is out of sight.
        squished = to_squish.copy().apply_function(lambda p: p[1] * UP).move_to(previous)
        self.play(Transform(to_squish, squished.set_stroke(width=0)))

    def show_recursion(self) -> None:
        net = self.network_mob
        network_start = [net.edge_groups[1], net.layers[1], net.edge_groups[0], net.layers[0]]
        words = VGroup(self.increase_words, self.in_proportion_to_w, self.in_proportion_to_a)
        self.play(FadeOut(words), staggered(FadeIn, network_start, run_time=3, edge_by_edge=True))
        self.wait()
        for group in net.edge_groups[1], net.edge_groups[0]:
            self.play(wiggle_edges(group))
            self.wait()

    def get_neuron_nudge_arrow(self, i: int, j: int) -> Arrow:
        """Return the nudge that output j asks of neuron i before it: as the weight between them."""
        weight = 3 * float(self.network_mob.relative_weights(-1)[i, j])
        height = 0.1 * np.sign(weight) + 0.1 * weight
        return vector(height * UP, color=BLUE if weight > 0 else RED)
