"""One head of attention: scores become a pattern, and values add up.

Each row of scores becomes powers of e, and then their shares. Then the values travel to the last
letter, shrink to their weights, and add up. `AttentionScene` is the whole film.

Section: Moving
Shows: AttentionScene, ScoreGrid, ShowScores, Attend, AttentionArcs, VectorColumn, TokenRow,
    AttentionHead, attention_head
Next: heads, explain_neuron
"""

from nnviz import AttentionScene, ShowScores


class OneHead(AttentionScene):
    text = ".anna"

    def show_scores(self):
        self.place_grid("masked")
        self.row.become(self.placed_row())
        self.add(self.grid)
        self.play(ShowScores(self.grid, "pattern", run_time=2))
