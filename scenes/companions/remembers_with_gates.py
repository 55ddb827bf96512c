"""A GRU of two units remembers the last capital letter: its gates are shut at small ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import (
    DOWN,
    RIGHT,
    UP,
    AnimationGroup,
    FadeIn,
    FadeOut,
    LaggedStart,
    ReplacementTransform,
    SurroundingRectangle,
    TransformFromCopy,
    VGroup,
)
from numpy.typing import NDArray

from nnviz.mobjects.attention import TokenRow
from nnviz.mobjects.network import NetworkStyle
from nnviz.mobjects.network.matrix_cells import CellGrid, cell_colors
from nnviz.mobjects.primitives.baselines import put_on_a_line
from nnviz.mobjects.primitives.palette import MAROON_B, TEAL, YELLOW, stroke
from nnviz.mobjects.primitives.typeface import SansText
from nnviz.network import pretrained
from nnviz.scene import ToldScene

#: What is read. Small letters are the tokens 0 to 2, capital ones 3 to 5.
TEXT = "CabcAbcbBaca"
LETTERS = "abcABC"
#: Colours of gates and proposals, in pictures and in words.
GATE, PROPOSAL = TEAL, MAROON_B
#: In scene units: from one letter to the next, the first one's place, a cell's height.
PITCH, FIRST, CELL = 0.95, -4.35, 0.5
#: Heights of the rows' middles.
ROWS = {"letter": 2.4, "proposal": 1.45, "gate": 0.25, "state": -0.95, "answer": -2.05}
#: The two letters whose step is shown in detail: one that is written down, and one that is not.
WRITTEN, HELD = 4, 5


class RemembersWithGates(ToldScene):
    """How does a network remember? A gate lets something in, or is shut, and the state stays."""

    colors = {"gate": GATE, "gates": GATE, "proposal": PROPOSAL, "propose": PROPOSAL}

    def setup(self) -> None:
        super().setup()
        self.network = pretrained("remember")
        self.tokens = [LETTERS.index(letter) for letter in TEXT]
        self.forward = self.network.forward_pass(self.tokens)
        self.gate_look = self.look.changed(neuron_fill_color=GATE)

    def construct(self) -> None:
        self.ask("How does a network remember?")
        self.show_letters()
        self.show_answers()
        self.show_one_step(WRITTEN)
        self.go_to_the_next_step(HELD)
        self.unroll()
        self.look_at_proposals()
        self.say_how_often_it_is_right()

    # --- what the engine says

    def state(self, step: int) -> NDArray[np.float64]:
        """Return the state after a step, shape (2,)."""
        return self.forward[f"gru.{step}.hidden"]

    def gate(self, step: int) -> NDArray[np.float64]:
        """Return the update gate at a step: the share of the old state that stays."""
        return self.forward[f"gru.{step}.update_gate"]

    def proposal(self, step: int) -> NDArray[np.float64]:
        """Return the candidate for the new state."""
        return self.forward[f"gru.{step}.candidate"]

    def answers(self) -> str:
        """Return which capital letter the network says was the last, after each letter."""
        return "".join(LETTERS[3 + kind] for kind in self.network.predict(self.tokens))

    def share_right(self, n: int = 1000) -> float:
        """Return how many of some rows, drawn by chance, are right at every letter."""
        rows = self.rng.randint(0, len(LETTERS), (n, len(TEXT)))
        rows[:, 0] = rows[:, 0] % 3 + 3
        places = np.maximum.accumulate(np.where(rows >= 3, np.arange(len(TEXT)), 0), axis=1)
        last = np.take_along_axis(rows, places, axis=1) - 3
        return float((self.network.predict(rows) == last).all(axis=1).mean())

    # --- what is drawn

    def place(self, step: int, row: str) -> NDArray[np.float64]:
        """Return where something of a step stands."""
        return np.array([FIRST + step * PITCH, ROWS[row], 0.0])

    def cells(
        self, values: NDArray[np.float64], look: NetworkStyle | None = None, cell: float = CELL
    ) -> CellGrid:
        """Return a vector as a column of cells with numbers."""
        look = look or self.look
        column = values[:, None]
        grid = CellGrid(len(values), 1, cell, look)
        grid.stretch(1.8, 0).add_numbers(0.38 * cell, 2)
        return grid.show_values(column, cell_colors(column, 1.0, look), np.ones(column.shape, bool))

    def word(self, text: str, size: float = 26) -> SansText:
        """Return a word in the colour that it has in sentences."""
        color = self.colors.get(text.split(" ")[0], self.look.text_color)
        return SansText(text, font_size=size, color=color)

    # --- the script

    def show_letters(self) -> None:
        """Show what is read."""
        self.letters = TokenRow(TEXT, 0.62, pitch=PITCH, style=self.look)
        self.letters.move_to((FIRST + (len(TEXT) - 1) / 2 * PITCH, ROWS["letter"], 0))
        self.tell(
            "It reads one letter after the other.",
            LaggedStart(
                *(
                    FadeIn(VGroup(box, word), shift=0.2 * DOWN)
                    for box, word in zip(self.letters.boxes, self.letters.words, strict=True)
                ),
                lag_ratio=0.2,
            ),
            run_time=2.0,
        )

    def show_answers(self) -> None:
        """Ask for the last capital letter, and show what is right."""
        said = self.answers()
        self.answer_row = TokenRow(said, 0.62, pitch=PITCH, style=self.look)
        self.answer_row.move_to((self.letters.get_x(), ROWS["answer"], 0))
        capitals = [k for k, letter in enumerate(TEXT) if letter.isupper()]
        self.labels = VGroup(self.label("letter", "reads"), self.label("answer", "answers"))
        self.tell(
            "After each one it is asked: which capital letter was the last?",
            FadeIn(self.labels),
            self.letters.animate.mark(*capitals),
            LaggedStart(
                *(
                    FadeIn(VGroup(box, word), shift=0.2 * UP)
                    for box, word in zip(self.answer_row.boxes, self.answer_row.words, strict=True)
                ),
                lag_ratio=0.2,
            ),
            run_time=3.0,
        )
        self.tell(
            "All that it carries from letter to letter is a state: two numbers.",
            FadeOut(self.answer_row, self.labels[1]),
        )

    def label(self, row: str, text: str) -> SansText:
        """Return what is written at the left of a row."""
        return self.word(text).move_to((-5.1, ROWS[row], 0), aligned_edge=RIGHT)

    def step_parts(self, step: int) -> tuple[VGroup, VGroup]:
        """Return one step as a formula, column by column, and the names of the columns."""
        gate, proposal = self.gate(step), self.proposal(step)
        columns = [
            self.cells(gate, self.gate_look, 0.85),
            self.cells(self.state(step - 1), cell=0.85),
            self.cells(1 - gate, self.gate_look, 0.85),
            self.cells(proposal, cell=0.85),
            self.cells(self.state(step), cell=0.85),
        ]
        signs = [SansText(sign, font_size=48) for sign in "·+·="]
        parts = VGroup(columns[0])
        for sign, column in zip(signs, columns[1:], strict=True):
            parts.add(sign, column)
        parts.arrange(RIGHT, buff=0.4).move_to((0, -0.6, 0))
        names = ["gate", "old state", "1 − gate", "proposal", "new state"]
        labels = VGroup(*(self.word(name, 30) for name in names))
        labels[2].set_color(GATE)
        for label, column in zip(labels, columns, strict=True):
            label.next_to(column, UP, buff=0.3)
        put_on_a_line(labels)
        return parts, labels

    def show_one_step(self, step: int) -> None:
        """Show how the state changes at a capital letter."""
        parts, names = self.step_parts(step)
        self.at = self.frame_of(step)
        gate, times, old, plus, rest, times2, proposal, equals, new = parts
        self.tell(
            f"Look at the {TEXT[step]}. Before it, the state is this:",
            FadeIn(self.at, old, names[1]),
        )
        self.tell("The letter makes a proposal for a new state.", FadeIn(proposal, names[3]))
        self.tell(
            "And a gate says which share of the old state stays.", FadeIn(gate, times, names[0])
        )
        self.tell(
            "The rest comes from the proposal: the gate is open.",
            FadeIn(plus, rest, times2, names[2]),
        )
        self.tell(
            "So the state is overwritten.",
            FadeIn(equals, names[4]),
            TransformFromCopy(proposal, new),
        )
        self.parts, self.names = parts, names

    def frame_of(self, step: int) -> SurroundingRectangle:
        """Return what is put around the letter that is read."""
        box = self.letters.boxes[step]
        return SurroundingRectangle(box, color=YELLOW, buff=0.06, stroke_width=stroke(4))

    def go_to_the_next_step(self, step: int) -> None:
        """Show how the state stays at a small letter."""
        parts, _ = self.step_parts(step)
        before: list[Any] = list(self.parts)
        at = self.frame_of(step)
        columns = (0, 4, 6)  # gate, the rest, proposal
        self.tell(
            f"Now the {TEXT[step]}. The new state is the old one …",
            ReplacementTransform(self.at, at),
            ReplacementTransform(before[8], parts[2]),
            *(FadeOut(before[k]) for k in (2, *columns)),
            *(ReplacementTransform(before[k], parts[k]) for k in (1, 3, 5, 7)),
            run_time=1.5,
        )
        self.tell("… and a small letter makes a proposal, too.", FadeIn(parts[6]))
        self.tell("But the gate is shut: all of the old state stays.", FadeIn(parts[0], parts[4]))
        self.play(TransformFromCopy(parts[2], parts[8]), run_time=1.2)
        self.wait(1.2)
        self.hush(parts, self.names, at)

    def unroll(self) -> None:
        """Show all steps: where the gate is shut, the state stays."""
        rows = {"proposal": "proposal", "gate": "gate", "state": "state", "answer": "answers"}
        labels = VGroup(*(self.label(row, text) for row, text in rows.items()))
        self.labels.add(*labels)
        self.proposals, self.gates, self.states = VGroup(), VGroup(), VGroup()
        self.tell("The whole row, step by step.", FadeIn(labels), wait=False)
        for step, letter in enumerate(TEXT):
            inputs = self.new_inputs(step)
            state = self.cells(self.state(step)).move_to(self.place(step, "state"))
            source = self.proposals[step] if letter.isupper() else self.states[step - 1]
            self.states.add(state)
            answer = VGroup(self.answer_row.boxes[step], self.answer_row.words[step])
            follows = AnimationGroup(TransformFromCopy(source, state), FadeIn(answer))
            if step == 0:
                self.tell("At a capital letter the gate is open …", *inputs)
                self.play(follows)
            elif step == 1:
                self.tell("… and at a small one it is shut: the state stays.", *inputs)
                self.play(follows)
            else:
                both = AnimationGroup(AnimationGroup(*inputs), follows, lag_ratio=0.6)
                self.play(both, run_time=1.4 if step < WRITTEN else 0.9)
        self.wait(0.5)

    def new_inputs(self, step: int) -> list[FadeIn]:
        """Return animations of a step's proposal and gate."""
        proposal = self.cells(self.proposal(step)).move_to(self.place(step, "proposal"))
        gate = self.cells(self.gate(step), self.gate_look).move_to(self.place(step, "gate"))
        self.proposals.add(proposal)
        self.gates.add(gate)
        return [FadeIn(proposal, shift=0.2 * DOWN), FadeIn(gate)]

    def look_at_proposals(self) -> None:
        """Point out proposals that are far from the state, and are not let in."""
        steps = self.refused()
        boxes = VGroup(
            *(
                SurroundingRectangle(
                    VGroup(self.proposals[first], self.proposals[last]),
                    color=PROPOSAL,
                    buff=0.05,
                    stroke_width=stroke(4),
                )
                for first, last in runs(steps)
            )
        )
        self.tell("Small letters propose something else all the time …", FadeIn(boxes))
        gone = VGroup(boxes, *(self.proposals[step] for step in steps))
        self.tell("… but a gate near 1 lets nothing of it in.", FadeOut(gone))

    def refused(self) -> list[int]:
        """Return the small letters at which a proposal is far from the state that stays."""
        return [
            step
            for step in range(1, len(TEXT))
            if np.abs(self.proposal(step) - self.state(step)).max() > 1
            and np.abs(self.state(step) - self.state(step - 1)).max() < 0.05
        ]

    def say_how_often_it_is_right(self) -> None:
        """Say how small the network is, and how good."""
        self.tell(
            f"{self.network.n_parameters} learnt numbers do this; of 1,000 other rows "
            f"{1000 * self.share_right():,.0f} are right."
        )
        self.wait(0.5)


def runs(steps: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and the last of each run of numbers in a row."""
    found: list[tuple[int, int]] = []
    for step in steps:
        if found and found[-1][1] == step - 1:
            found[-1] = (found[-1][0], step)
        else:
            found.append((step, step))
    return found
