"""What each example asks of each weight.

A row is a weight, a column is an example. A number says how that example wants that weight to
change. A step takes the average over all examples.

Section: Learning
Shows: RequestedChanges, requested_changes
Next: column, gradient
"""

import numpy as np
from manim import DOWN, RIGHT, FadeIn, Group, LaggedStart, Scene, VGroup

from nnviz import MNistMobject, Network, SansText, mnist, one_hot
from nnviz.mobjects.requested_changes import RequestedChanges
from nnviz.network import requested_changes


class WhatEachAsks(Scene):
    def construct(self):
        network, test = Network.random([784, 16, 16, 10], seed=3), mnist.load().test
        x, y = test.images[:20], one_hot(test.labels[:20])
        asked = requested_changes(network, x, y, range(network.n_parameters))
        large = np.abs(asked[:, :3]).min(axis=1).argsort()[-40::10]  # what can be read
        names = [f"w_{{{k}}}" for k in large]
        table = RequestedChanges(
            asked[large, :3], names, asked[large].mean(axis=1), head_height=1.5
        )
        average = SansText("average", font_size=36).next_to(table.averages, RIGHT)
        average.set_y(table.head_center(0)[1]).match_x(table.averages)
        digits = Group(
            *(MNistMobject(x[k], height=1.1).move_to(table.head_center(k)) for k in range(3))
        )
        Group(table, average, digits).scale_to_fit_height(7).center()
        self.add(table.h_lines, table.v_lines, digits)
        self.play(FadeIn(table.labels), run_time=0.5)
        for k in range(3):
            column = VGroup(*(row[k] for row in table.numbers), table.column_dots[k])
            self.play(FadeIn(column, shift=0.3 * DOWN), run_time=0.8)
        self.play(FadeIn(table.row_dots), run_time=0.5)
        self.play(FadeIn(average), LaggedStart(*map(FadeIn, table.averages), lag_ratio=0.2))
        self.wait()
