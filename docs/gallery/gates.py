"""A GRU of two units remembers the last capital letter.

A gate near 1 keeps the state as it was. At a capital letter both gates are near 0, and a new state
is written.

Section: Learning
Shows: Heatmap
Next: noise, parts
"""

from manim import DOWN, LEFT, FadeIn, Scene, VGroup

from nnviz import Heatmap, TokenRow, pretrained


class Gates(Scene):
    def construct(self):
        text = "CabcAbcbBaca"
        network = pretrained("remember")
        forward = network.forward_pass(["abcABC".index(letter) for letter in text])
        letters = TokenRow(text, pitch=0.9)
        rows = VGroup(letters)
        for part, title in (("update_gate", "gates"), ("hidden", "state")):
            values = [[forward[f"gru.{t}.{part}"][unit] for t in range(12)] for unit in range(2)]
            rows.add(Heatmap(values, size=10.8, limit=1, title=title))
        rows.arrange(DOWN, buff=0.35).set_y(0)
        for row in rows[1:]:
            row.shift((letters.get_left()[0] - row.grid.get_left()[0]) * (-LEFT))
        for row in rows:
            self.play(FadeIn(row, shift=0.2 * DOWN))
        self.wait(0.5)
