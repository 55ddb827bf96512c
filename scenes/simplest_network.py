"""The chain rule on a network of one neuron a layer."""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from manim import (
    DOWN,
    LARGE_BUFF,
    LEFT,
    MED_LARGE_BUFF,
    MED_SMALL_BUFF,
    ORIGIN,
    PI,
    RIGHT,
    SMALL_BUFF,
    UP,
    UR,
    Animation,
    ApplyMethod,
    Arrow,
    Brace,
    Create,
    FadeIn,
    FadeOut,
    GrowArrow,
    GrowFromCenter,
    Indicate,
    MathTex,
    MobjectMatrix,
    MoveToTarget,
    ReplacementTransform,
    Restore,
    SurroundingRectangle,
    Tex,
    Transform,
    VGroup,
    VMobject,
    smooth,
    squish_rate_func,
    there_and_back,
    there_and_back_with_pause,
    wiggle,
)

from chain_rule_steps import bring_down_exponent, product_of, with_cause
from nnviz.animations import (
    Blink,
    FollowValue,
    change_activation,
    draw_edges,
    light_up_path,
    staggered,
    write,
)
from nnviz.characters import Randolph
from nnviz.mobjects.equations.chain_rule import ChainRule, Derivative
from nnviz.mobjects.equations.computational_graph import ComputationalGraph
from nnviz.mobjects.equations.formula import Formula, color_of, layer_before
from nnviz.mobjects.equations.value_line import ValueLine
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.arrows import arrow, double_arrow
from nnviz.mobjects.primitives.decimal_numbers import ActivationNumber
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.palette import RED, WHITE, YELLOW, stroke
from nnviz.network import Network
from preview_learning import PreviewLearning
from weight_to_cost import WeightToCost

# The quantities, by the names under which formulas, graph and chain rule know them.
W, B, Z, A, A_PREV, Y, C = "w^{(L)}", "b^{(L)}", "z^{(L)}", "a^{(L)}", "a^{(L-1)}", "y", "C_0"
CHAIN = (W, Z, A, C)


class SimplestNetworkExample(PreviewLearning):
    """One neuron a layer: how much does the last weight matter to the cost? The chain rule."""

    network_seed = 6
    input_activation = 0.5
    desired_output = 1.0
    derivative_scale = 0.85
    weight_change = -0.5
    n_flickering_examples = 20

    def construct(self) -> None:
        self.seed_random_libraries()
        self.collapse_ordinary_network()
        self.focus_just_on_last_two_layers()
        self.label_neurons()
        self.show_desired_output()
        self.show_cost()
        self.show_activation_formula()
        self.introduce_z()
        self.break_into_computational_graph()
        self.show_preceding_layer_in_computational_graph()
        self.show_number_lines()
        self.ask_about_w_sensitivity()
        self.show_derivative_wrt_w()
        self.show_chain_of_events()
        self.show_chain_rule()
        self.name_chain_rule()
        self.indicate_everything_on_screen()
        self.prepare_for_derivatives()
        self.compute_derivatives()
        self.get_lost_in_formulas()
        self.fire_together_wire_together()
        self.organize_chain_rule_rhs()
        self.show_average_derivative()
        self.show_gradient()
        self.transition_to_derivative_wrt_b()
        self.show_derivative_wrt_b()
        self.show_derivative_wrt_a()
        self.show_previous_weight_and_bias()
        self.animate_long_path()

    def seed_random_libraries(self) -> None:
        self.rng = np.random.RandomState(self.network_seed)

    # The network, and what its numbers are called

    def collapse_ordinary_network(self) -> None:
        big, small = self.network_mob, self.make_simple_network()
        self.color_network_edges()
        last = len(small.layers) - 1

        def melt(parts: VGroup, into: VMobject) -> list[Animation]:
            stays, gone = len(parts) // 2, into.copy().set_stroke(opacity=0)
            return [
                ReplacementTransform(part, into)
                if k == stays
                else Transform(part, gone, remover=True)
                for k, part in enumerate(parts)
            ]

        def collapse(i: int) -> list[Animation]:
            """Melt a layer's neurons into one, and the edges into it; those out of it follow."""
            layer, neuron = big.layers[i], small.layers[i].neurons[0]
            moves = melt(layer.neurons, neuron)
            moves += [FadeOut(part) for part in (*layer.dots, *layer.size_label)]
            if i > 0:
                edges, edge = big.edge_groups[i - 1], small.edge_groups[i - 1][0]
                target = edges.copy().set_ends(edge.starts, edge.ends)
                target.set_stroke(edge.get_stroke_color(), edge.get_stroke_width(), opacity=0)
                target[len(edges) // 2].set_stroke(opacity=1)
                moves.append(Transform(edges, target))
            if i < last:
                edges = big.edge_groups[i]
                moves.append(edges.animate.set_ends(neuron.get_right(), edges.ends))
            return moves

        for i in range(last):
            self.play(*collapse(i))
        self.play(*collapse(last), FadeOut(big.output_labels))
        self.clear()
        self.add(small)
        self.network_mob = small
        self.feed_forward([self.input_activation])
        self.wait()

    def make_simple_network(self) -> NetworkMobject:
        self.network = Network.random([1, 1, 1, 1], rng=self.rng)
        self.example = WeightToCost(self.network, [self.input_activation], [self.desired_output])
        self.activations = [
            float(a.item()) for a in self.network.forward_pass([self.input_activation]).activations
        ]
        net = NetworkMobject(self.network, self.style, neuron_radius=0.3, edge_width=stroke(3))
        net.show_weights()
        for edge, weights in zip(net.edges, self.network.weights, strict=True):
            edge.set_stroke(width=stroke(2 * abs(weights.item())))
        return net

    def focus_just_on_last_two_layers(self) -> None:
        net = self.network_mob
        self.early_parts = VGroup(
            net.layers[0], net.edge_groups[0], net.layers[1], net.edge_groups[1]
        )
        for part in self.early_parts:
            part.save_state()
        self.play(staggered(ApplyMethod, self.early_parts, lambda part: (part.fade, 0.8)))
        self.wait()

    def label_neurons(self) -> None:
        self.neurons, self.numbers, self.labels, self.label_arrows = {}, {}, {}, {}
        for name, layer in ((A, -1), (A_PREV, -2)):
            neuron = self.network_mob.layers[layer].neurons[0]
            number = self.get_activation_number(self.activations[layer], neuron)
            label = Formula(name).next_to(neuron, DOWN, LARGE_BUFF)
            label_arrow = arrow(label, neuron, color=WHITE, buff=SMALL_BUFF)
            self.play(write(label, run_time=1), GrowArrow(label_arrow))
            self.play(FadeIn(number, target_position=label))
            self.play(change_activation(neuron, number, 0.0, run_time=2, rate_func=there_and_back))
            self.wait()
            self.neurons[name], self.numbers[name] = neuron, number
            self.labels[name], self.label_arrows[name] = label, label_arrow

        rects = VGroup(
            *(self.box(VGroup(*label[0][1:]), SMALL_BUFF / 2) for label in self.labels.values())
        )
        not_exponents = Tex("Not exponents").set_color(YELLOW).next_to(rects, DOWN, MED_LARGE_BUFF)
        self.play(
            staggered(Create, rects, share=0.8, run_time=1.5), write(not_exponents, run_time=2)
        )
        self.wait()
        self.play(FadeOut(not_exponents), FadeOut(rects))

    def show_desired_output(self) -> None:
        neuron = self.neurons[A].copy().shift(2 * RIGHT).set_fill(WHITE, self.desired_output)
        number = self.get_activation_number(self.desired_output, neuron)
        rect = self.box(neuron)
        words = Tex(r"Desired \\ output").set_color(YELLOW).next_to(rect, UP)
        label = Formula(Y).next_to(neuron, DOWN, LARGE_BUFF).align_to(self.labels[A], DOWN)
        label_arrow = arrow(label, neuron, color=WHITE, buff=SMALL_BUFF)
        self.play(FadeIn(neuron), FadeIn(number))
        self.play(Create(rect), write(words, run_time=1))
        self.wait()
        self.play(write(label, run_time=1), GrowArrow(label_arrow))
        self.wait()
        self.neurons[Y], self.numbers[Y] = neuron, number
        self.labels[Y], self.label_arrows[Y] = label, label_arrow
        self.desired_rect, self.desired_words = rect, words

    # Formulas

    def show_cost(self) -> None:
        self.cost = Formula(C, "(", r"\dots", ")", "=", "(", A, "-", Y, ")", "^2")
        self.cost.to_corner(UR)
        a, y, c = self.cost[A], self.cost[Y], self.cost[C]
        self.cost_word = Tex("Cost").set_color(RED).next_to(c[0], LEFT, LARGE_BUFF)
        self.cost_arrow = arrow(self.cost_word, c, color=RED, buff=SMALL_BUFF)
        self.play(
            ReplacementTransform(self.labels[A][A].copy(), a),
            ReplacementTransform(self.labels[Y][Y].copy(), y),
        )
        self.play(staggered(FadeIn, self.cost.without(a, y)))
        self.wait()
        self.play(write(self.cost_word, run_time=1), GrowArrow(self.cost_arrow))
        self.add(self.cost)
        self.play(c.animate(rate_func=wiggle).shift(MED_SMALL_BUFF * UP))
        self.wait()

    def show_activation_formula(self) -> None:
        formula = Formula(A, "=", r"\sigma", "(", W, A_PREV, "+", B, ")")
        formula.next_to(self.neurons[A], UP, MED_LARGE_BUFF, aligned_edge=RIGHT)
        sigma = VGroup(formula[r"\sigma"], formula["("], formula[")"])
        self.play(ReplacementTransform(self.labels[A][A].copy(), formula[A]), write(formula["="]))
        self.play(ReplacementTransform(self.network_mob.edges[-1].copy(), formula[W]))
        self.wait()
        self.play(ReplacementTransform(self.labels[A_PREV][A_PREV].copy(), formula[A_PREV]))
        self.wait()
        self.play(write(formula.part("+", B), run_time=1))
        self.wait()
        self.play(FadeIn(sigma, shift=UP))
        self.wait()
        self.formula = formula

    def introduce_z(self) -> None:
        old, weighted_sum = self.formula, (W, A_PREV, "+", B)
        self.z_formula = Formula(Z, "=", *weighted_sum)
        self.z_formula.next_to(old, UP, MED_LARGE_BUFF, aligned_edge=RIGHT).shift(
            MED_LARGE_BUFF * RIGHT
        )
        self.a_formula = Formula(A, "=", r"\sigma", "(", Z, ")")
        the_rest = self.a_formula.without(self.a_formula[Z])
        self.a_formula.align_to(self.z_formula, LEFT)
        self.a_formula.shift((old["="].get_y() - self.a_formula["="].get_y()) * UP)
        self.play(*map(ReplacementTransform, old.part(*weighted_sum), self.z_formula.after("=")))
        self.play(write(self.z_formula[Z]), write(self.z_formula["="]))
        self.add(self.z_formula)
        self.play(
            ReplacementTransform(self.z_formula[Z].copy(), self.a_formula[Z]),
            *map(ReplacementTransform, old.without(*old.part(*weighted_sum)), the_rest),
        )
        self.add(self.a_formula)
        self.wait()

    # The computational graph

    def break_into_computational_graph(self) -> None:
        graph = ComputationalGraph(
            [[W, A_PREV, B], [Z], [A], [C]],
            [(W, Z), (A_PREV, Z), (B, Z), (Z, A), (A, C), (Y, C)],
            beside={Y: A},
        )
        column = VGroup(*(graph.node(name) for name in (W, A_PREV, B, Z, A, C)))
        graph.shift(column.copy().to_corner(DOWN + LEFT).get_center() - column.get_center())

        def grow(source: VMobject, *names: str) -> list[Animation]:
            return [ReplacementTransform(source[n].copy(), graph.node(n)[n]) for n in names]

        self.play(*grow(self.z_formula, W, A_PREV, B))
        self.wait()
        self.play(*grow(self.z_formula, Z))
        self.play(draw_edges(graph.edges_into(Z)))
        self.wait()
        self.play(*grow(self.a_formula, A))
        self.play(self.early_parts.animate.fade(1), draw_edges(graph.edges_into(A)))
        self.wait()
        self.play(*grow(self.labels[Y], Y))
        self.play(*grow(self.cost, C))
        self.play(draw_edges(graph.edges_into(C)))
        self.add(graph)
        self.wait(2)
        self.graph = graph

    def show_preceding_layer_in_computational_graph(self) -> None:
        graph = self.graph
        graph.save_state()
        smaller = 0.9  # so that the cost stays in the picture
        graph.generate_target().scale(smaller, about_edge=DOWN + LEFT)
        preceding = self.get_preceding_layer()
        home = preceding.get_center()
        preceding.scale(smaller).next_to(graph.target, UP, SMALL_BUFF)
        rect = self.box(graph.node(A_PREV))
        self.play(Create(rect))
        self.play(
            FadeIn(preceding, shift=preceding.get_center() - home),
            MoveToTarget(graph),
            Transform(rect, self.box(graph.target.node(A_PREV))),
        )
        self.wait(2)
        self.play(
            FadeOut(preceding),
            Restore(graph),
            FadeOut(rect, target_position=graph.saved_state.node(A_PREV)),
        )
        self.wait()

    def get_preceding_layer(self) -> ComputationalGraph:
        """Return what a(L-1) is computed from, as the graph shows it for a(L)."""
        return self.graph.subgraph([W, A_PREV, B, Z], rename=layer_before)

    def show_number_lines(self) -> None:
        graph, self.pointers = self.graph, VGroup()
        for name, value in self.get_values().items():
            node = graph.node(name)
            is_cost, arc = name == C, 0.0 if name == W else -0.7 * PI
            line = ValueLine(value, (0, 0.5 if is_cost else 1, 0.1), color=color_of(name))
            if name == W:
                line.next_to(node, UP, MED_LARGE_BUFF, aligned_edge=LEFT)
            else:
                line.next_to(node, RIGHT)
            start = (node[0][0] if is_cost else node).get_corner(UR)
            pointer = line.pointer_from(start, arc, tip_length=0.15 if is_cost else 0.2)
            self.play(Create(line.axis, lag_ratio=0.1))
            self.play(Create(pointer), ReplacementTransform(node[0].copy(), line.dot, path_arc=arc))
            self.pointers.add(pointer)
            graph.add_line(name, line)
        self.add(graph)
        self.wait()

    def get_values(self, weight: float | None = None) -> dict[str, float]:
        """Return what the engine computes along the chain for a value of the last weight."""
        links = self.example.links(weight)
        return {W: links.w, Z: links.z, A: links.a, C: links.cost}

    # How much the cost moves when the weight does

    def shake_weight(self) -> FollowValue:
        to = self.graph.line(W).value + self.weight_change
        return FollowValue(self.graph, W, to, self.get_values)

    def ask_about_w_sensitivity(self) -> None:
        nudged = self.get_values(self.graph.line(W).value + self.weight_change)
        self.marks = {
            name: self.graph.line(name).mark_change(
                nudged[name],
                rf"\partial {name}",
                hangs=name in (Z, A),
                scale=self.derivative_scale,
            )
            for name in CHAIN
        }
        for name in (W, C):
            mark = self.marks[name]
            self.play(GrowFromCenter(mark.brace), write(mark.symbol, run_time=1))
            self.play(self.shake_weight())
        self.wait()

    def show_derivative_wrt_w(self) -> None:
        self.rule = ChainRule(*CHAIN, scale=self.derivative_scale)
        derivative = self.rule.left
        place = derivative.copy().to_edge(UP, MED_SMALL_BUFF).set_x(-3.5)
        self.rule.shift(place.get_center() - derivative.get_center())
        changes = {C: derivative.numerator, W: derivative.denominator}
        rect, whole_rect = self.box(derivative), self.box(derivative)
        words = Tex("What we want").set_color(YELLOW).next_to(rect, RIGHT)

        self.play(
            *(
                ReplacementTransform(self.marks[name].symbol[0].copy(), term)
                for name, term in changes.items()
            ),
            write(derivative.bar, run_time=1),
        )
        self.add(derivative)
        self.play(
            # Gone before the words are long enough to run into it.
            FadeOut(self.cost_word, run_time=0.4),
            FadeOut(self.cost_arrow, run_time=0.4),
            Create(rect),
            write(words, run_time=1),
        )
        self.wait(2)
        self.play(FadeOut(words), Transform(rect, self.box(changes[W])))
        self.play(self.send(changes[W], self.marks[W].symbol[0]))
        self.play(self.shake_weight())
        self.play(Transform(rect, self.box(changes[C])))
        self.play(self.send(changes[C], self.marks[C].symbol[0]))
        self.play(self.shake_weight())
        self.wait()
        self.play(Transform(rect, whole_rect))
        self.play(FadeOut(rect))
        self.wait()

    @staticmethod
    def send(term: VMobject, to: VMobject) -> Transform:
        """Let a copy of a term fly to its likeness, and disappear in it."""
        return Transform(term.copy(), to, remover=True)

    def show_chain_of_events(self) -> None:
        for cause, effect in pairwise(CHAIN):
            before, after = self.marks[cause], self.marks[effect]
            # What is on screen already is met by its likeness.
            arrive = self.send if effect == C else self.send_to_new
            self.play(arrive(before.symbol[0], after.symbol[0]), arrive(before.brace, after.brace))
            self.play(self.shake_weight())
            self.wait(0.5)
        self.wait()

    @staticmethod
    def send_to_new(term: VMobject, to: VMobject) -> ReplacementTransform:
        """Let a copy of a term fly to where it becomes another one."""
        return ReplacementTransform(term.copy(), to)

    # The chain rule

    def show_chain_rule(self) -> None:
        rule = self.rule
        self.play(write(rule.equals, run_time=1))
        last_change = rule.left.denominator
        for factor in rule.factors:
            self.play(staggered(FadeIn, [factor.numerator, factor.bar], share=0.75, run_time=1))
            self.play(self.send_to_new(last_change, factor.denominator))
            self.wait()
            last_change = factor.numerator
        self.add(rule)
        self.play(self.shake_weight())
        self.wait()

    def name_chain_rule(self) -> None:
        self.graph_parts = VGroup(self.graph, self.pointers, *self.marks.values())
        rect = self.box(self.rule)
        named = VGroup(self.rule, rect)
        named.generate_target().to_corner(UP + LEFT)
        words = Tex("Chain rule").set_color(YELLOW).next_to(named.target, DOWN)
        self.play(Create(rect))
        self.play(
            MoveToTarget(named),
            write(words, run_time=1),
            self.graph_parts.animate.scale(0.7, about_edge=DOWN),
        )
        self.wait(2)
        self.play(FadeOut(rect), FadeOut(words))

    def indicate_everything_on_screen(self) -> None:
        everything = [
            part
            for mobject in self.mobjects
            for member in mobject.family_members_with_points()
            for part in (member if isinstance(member, EdgeArray) else [member])
            if max(part.get_fill_opacity(), part.get_stroke_opacity()) > 0
        ]
        self.play(
            staggered(Indicate, everything, share=0.2, run_time=5, color=YELLOW, rate_func=wiggle)
        )
        self.wait()

    def prepare_for_derivatives(self) -> None:
        formulas = VGroup(self.z_formula, self.a_formula)
        formulas.generate_target().to_edge(RIGHT)
        cost = self.cost.generate_target().collapse("(", r"\dots", ")", buff=MED_SMALL_BUFF)
        cost.shift((formulas.target[0]["="].get_x() - cost["="].get_x()) * RIGHT)
        self.play(
            FadeOut(self.graph_parts),
            FadeOut(self.desired_words),
            MoveToTarget(formulas),
            MoveToTarget(self.cost),
        )

    # Its factors, one by one

    def compute_derivatives(self) -> None:
        self.equations = self.rule.equations(
            Formula("=", A_PREV),
            Formula("=", r"\sigma", "'", "(", Z, ")"),
            bring_down_exponent(Formula("=", "(", A, "-", Y, ")", "^2"), "("),
        )

        def compute(
            index: int, formula: Formula, source: Iterable[VMobject], path_arc: float = 0.0
        ) -> None:
            factor, equation = self.rule.factors[index], self.equations[index]
            others = [f for f in (self.cost, self.z_formula, self.a_formula) if f is not formula]
            others += [self.labels[A_PREV], self.label_arrows[A_PREV]]
            terms = VGroup(*(term.copy() for term in source))
            self.play(
                ReplacementTransform(factor.copy(), equation.fraction),
                write(equation.equals),
                *map(self.out_of_the_way, self.equations[index + 1 :]),
            )
            formula.save_state()
            self.play(
                formula.animate.next_to(equation.value, DOWN, MED_LARGE_BUFF, aligned_edge=LEFT),
                *map(self.out_of_the_way, others),
            )
            terms.shift(formula.get_center() - formula.saved_state.get_center())
            self.wait()
            self.play(ReplacementTransform(terms, equation.value, path_arc=path_arc))
            self.wait()
            self.play(Restore(formula), *map(self.out_of_the_way, others))
            self.wait()

        def show_difference() -> None:
            neuron, number = self.neurons[A], self.numbers[A]
            difference = double_arrow(
                neuron.get_right(), self.neurons[Y].get_left(), color=RED, buff=SMALL_BUFF
            )
            self.play(ReplacementTransform(self.equations[2].value.copy(), difference))
            for activation in (0.0, self.activations[-1]):
                self.wait(2)
                self.play(change_activation(neuron, number, activation))
            self.play(FadeOut(difference))

        compute(2, self.cost, self.cost.after(")", "="), path_arc=PI / 2)
        show_difference()
        sigma, *arguments = self.a_formula.after("=")
        compute(1, self.a_formula, [sigma, sigma, *arguments])
        compute(0, self.z_formula, [self.z_formula[A_PREV]])

    def get_lost_in_formulas(self) -> None:
        randy = Randolph(flipped=True).scale(0.7).to_edge(DOWN).shift(LEFT)
        self.play(FadeIn(randy))
        self.play(randy.animate.change("pleading", self.rule))
        self.play(Blink(randy))
        self.play(randy.animate.change("maybe"))
        self.play(Blink(randy))
        self.play(FadeOut(randy))

    def fire_together_wire_together(self) -> None:
        equation, edge = self.equations[0], self.network_mob.edges[-1]
        neuron, number = self.neurons[A_PREV], self.numbers[A_PREV]
        change = equation.fraction.denominator.copy()
        activation = self.activations[-2]
        rect = self.box(equation)
        edge.save_state()
        self.play(Create(rect))
        self.play(FadeOut(rect))
        self.play(change.animate.next_to(edge, UP, SMALL_BUFF))
        self.play(
            # Stronger twice: a width cannot swing below nothing.
            edge.animate(rate_func=lambda t: abs(wiggle(t)), run_time=3).set_stroke(
                width=stroke(10)
            )
        )
        self.wait()
        self.play(equation.value.animate(rate_func=wiggle).shift(MED_LARGE_BUFF * UP))
        self.play(FadeOut(equation.value.copy(), target_position=neuron))
        self.play(change_activation(neuron, number, 0.0, run_time=3, rate_func=there_and_back))
        self.wait()

        self.play(change_activation(neuron, number, 0.99))
        self.play(edge.animate.set_stroke(width=stroke(8)))
        self.play(change_activation(neuron, number, activation))
        self.play(Restore(edge), FadeOut(change))
        self.wait(3)

    def organize_chain_rule_rhs(self) -> None:
        # The product comes where the formulas have gone.
        early, late = squish_rate_func(smooth, 0, 0.5), squish_rate_func(smooth, 0.5, 1)
        self.product = product_of(self.rule, self.equations)
        equals, *values = self.product
        right_group = VGroup(
            self.cost,
            self.z_formula,
            self.a_formula,
            self.network_mob,
            self.desired_rect,
            *self.neurons.values(),
            *self.numbers.values(),
            *self.labels.values(),
            *self.label_arrows.values(),
        )
        self.play(
            *(
                ReplacementTransform(equation.value, value, rate_func=late)
                for equation, value in zip(self.equations, values, strict=True)
            ),
            write(equals, run_time=1),
            *(FadeOut(VGroup(equation.fraction, equation.equals)) for equation in self.equations),
            right_group.animate(rate_func=early).to_corner(DOWN + RIGHT),
        )
        self.wait()

    # The average over the training examples, and the whole gradient

    def show_average_derivative(self) -> None:
        full = Formula(
            r"{\partial C",
            r"\over",
            rf"\partial {W}}}",
            "=",
            r"\frac{1}{n}",
            r"\sum_{k=0}^{n-1}",
            r"{\partial C_k",
            r"\over",
            rf"\partial {W}}}",
        )
        full.to_edge(LEFT)
        lhs, rhs, of_one_example = full.before("="), full.after("="), full[-3:]
        braces = VGroup(Brace(lhs, DOWN), Brace(rhs, UP))
        words = VGroup(
            braces[0].get_text(r"Derivative of \\ full cost function"),
            braces[1].get_text(r"Average of all \\ training examples"),
        )
        VGroup(full, braces, words).to_corner(DOWN + LEFT)
        self.play(*map(ReplacementTransform, self.rule.left.copy(), of_one_example))
        self.play(write(full[:-3], run_time=2))
        self.play(
            *(GrowFromCenter(brace) for brace in braces), *(write(w, run_time=2) for w in words)
        )
        self.cycle_through_altnernate_training_examples()
        self.play(FadeOut(full["="]), FadeOut(rhs), FadeOut(braces), FadeOut(words))
        self.dc_dw = lhs

    def cycle_through_altnernate_training_examples(self) -> None:
        neurons, numbers = self.neurons.values(), self.numbers.values()
        for mobject in (*neurons, *numbers):
            mobject.save_state()
        for _ in range(self.n_flickering_examples):
            for name in (Y, A, A_PREV):
                # Other examples, other numbers: which ones does not matter.
                activation = self.rng.random_sample()
                if name == Y:
                    activation = np.round(activation)
                neuron = self.neurons[name].set_fill(WHITE, activation)
                self.numbers[name].become(self.get_activation_number(activation, neuron))
            self.wait(0.2)
        for number in numbers:
            number.restore()
        self.play(*(Restore(neuron, run_time=0.2) for neuron in neurons))

    def show_gradient(self) -> None:
        by_last_weight = Derivative("C", W)
        entries = [
            Derivative("C", "w^{(1)}"),
            Derivative("C", "b^{(1)}"),
            MathTex(r"\vdots"),
            by_last_weight,
            Derivative("C", B),
        ]
        vector = MobjectMatrix(
            [[entry] for entry in entries],
            v_buff=1.5,
            bracket_h_buff=SMALL_BUFF,
            element_alignment_corner=ORIGIN,
        )
        vector.scale_to_fit_height(5)
        lhs = Formula(r"\nabla C", "=").next_to(vector, LEFT)
        VGroup(lhs, vector).to_corner(DOWN + LEFT, LARGE_BUFF)
        others = VGroup(
            vector.get_brackets(), *(entry for entry in entries if entry is not by_last_weight)
        )
        self.play(*map(ReplacementTransform, self.dc_dw, by_last_weight), write(others, run_time=1))
        self.play(write(lhs, run_time=2))
        self.wait(2)
        self.play(FadeOut(lhs), FadeOut(others), FadeOut(by_last_weight))

    # Other causes: the bias, the activation before, and what is behind that

    def transition_to_derivative_wrt_b(self) -> None:
        self.graph_parts.scale(1.3, about_edge=DOWN)
        self.graph.remove_lines()
        rect = self.box(VGroup(self.rule, self.product))
        self.play(Create(rect))
        self.play(FadeIn(self.graph), FadeOut(rect))
        for _ in range(2):
            self.play(self.light_up(*CHAIN))
        self.wait()

    def show_derivative_wrt_b(self) -> None:
        rule = with_cause(self.rule, B)
        dz_dw, dz_db = self.rule.factors[0], rule.factors[0]
        self.free_place = self.product[1]
        one = Formula("1").move_to(self.free_place, RIGHT)
        one.align_to(self.product[2][0], DOWN)
        pointer = self.get_pointer(dz_db, one, width=2)

        self.play(self.light_up(B, *CHAIN[1:]))
        self.play(FadeOut(VGroup(dz_dw, self.free_place), shift=DOWN))
        self.play(ReplacementTransform(self.rule.left, rule.left), FadeIn(dz_db))
        self.play(self.light_up(B, *CHAIN[1:]))
        self.play(
            Create(pointer),
            ReplacementTransform(dz_db.copy(), one, path_arc=pointer.path_arc),
        )
        self.wait(2)
        self.play(FadeOut(dz_db), FadeOut(pointer), FadeOut(one))
        self.remove(self.rule.equals, *self.rule.factors)
        self.add(rule.left, rule.equals, *rule.factors[1:])
        self.rule = rule

    def show_derivative_wrt_a(self) -> None:
        old, rule = self.rule, with_cause(self.rule, A_PREV)
        dz_da = rule.factors[0]
        w = Formula(W).move_to(self.free_place, RIGHT)
        pointer = self.get_pointer(dz_da, w, width=4)

        self.play(self.light_up(A_PREV, *CHAIN[1:]))
        self.play(
            ReplacementTransform(old.left, rule.left),
            FadeIn(dz_da),
            *map(ReplacementTransform, old.factors[1:], rule.factors[1:]),
            self.product[0].animate.shift((rule.get_right() - old.get_right())[0] * RIGHT),
        )
        self.wait()
        self.play(
            Create(pointer),
            ReplacementTransform(dz_da.copy(), w, path_arc=pointer.path_arc),
        )
        self.wait(2)
        self.remove(old.equals)
        self.add(rule)
        self.rule = rule
        self.product_for_a = [self.product[0], w, *self.product[2:], pointer]

    def show_previous_weight_and_bias(self) -> None:
        net = self.network_mob
        self.preceding = self.get_preceding_layer().next_to(self.graph, UP, SMALL_BUFF)
        self.play(staggered(FadeOut, self.product_for_a, run_time=1))
        self.play(Create(self.preceding, run_time=1), self.rule.animate.to_edge(RIGHT))
        previous = VGroup(net.layers[1], net.edge_groups[1])
        for part in previous:
            place = part.get_center()
            part.restore().move_to(place)
        self.play(FadeIn(previous))

        neuron = net.layers[1].neurons[0]
        number = self.get_activation_number(self.activations[1], neuron)
        step = neuron.get_center() - self.neurons[A_PREV].get_center()
        label = Formula(layer_before(A_PREV)).move_to(self.labels[A_PREV]).shift(step)
        label_arrow = self.label_arrows[A_PREV].copy().shift(step)
        self.play(write(label, run_time=1), write(number, run_time=1), GrowArrow(label_arrow))

    def animate_long_path(self) -> None:
        path = [
            *self.preceding.path(layer_before(W), layer_before(Z)),
            *self.graph.path(A_PREV, *CHAIN[1:]),
        ]
        for _ in range(2):
            self.play(light_up_path(path, share=0.4))
        self.wait(2)

    # What many steps use

    @staticmethod
    def out_of_the_way(mobject: VMobject) -> Animation:
        """Let something fade while something else crosses it, and come back."""
        away = there_and_back_with_pause
        return mobject.animate(rate_func=lambda t: away(t, 0.6)).set_opacity(0)

    @staticmethod
    def box(mobject: VMobject, buff: float = SMALL_BUFF) -> SurroundingRectangle:
        return SurroundingRectangle(mobject, color=YELLOW, stroke_width=stroke(4), buff=buff)

    @staticmethod
    def get_activation_number(activation: float, neuron: VMobject) -> ActivationNumber:
        return ActivationNumber(activation, neuron, share=0.85, num_decimal_places=2, bright=0.8)

    @staticmethod
    def get_pointer(fraction: Derivative, value: Formula, width: float) -> Arrow:
        """Return an arrow that leads from a factor, below the equals sign, to its value."""
        return Arrow(
            fraction.get_bottom(),
            value.get_bottom(),
            path_arc=PI / 2,
            stroke_width=stroke(width),
            tip_length=0.25,
            color=WHITE,
        )

    def light_up(self, *names: str) -> Animation:
        return light_up_path(self.graph.path(*names))
