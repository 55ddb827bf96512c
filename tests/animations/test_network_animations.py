import numpy as np
import pytest
from manim import PI, RIGHT, ManimColor, linear

from nnviz.animations import (
    ContinualEdgeUpdate,
    flash_edges,
    flip_edges,
    wiggle_edges,
)
from nnviz.mobjects.network import NetworkMobject
from nnviz.mobjects.primitives.edge_array import EdgeArray
from nnviz.mobjects.primitives.palette import BLUE, RED, YELLOW
from nnviz.network import Network
from nnviz.scene.nn_scene import NNScene


@pytest.fixture
def net():
    return NetworkMobject(Network.random([3, 4, 2], seed=1)).show_weights()


def at(animation, alpha):
    animation.begin()
    animation.interpolate(alpha)
    return animation


def test_wiggle_turns_colours_and_gives_all_back(net):
    before = [(e.points.copy(), e.get_stroke_color(), e.get_stroke_width()) for e in net.edges]
    animation = at(wiggle_edges(net.edges, angle=PI / 6, rate_func=lambda t: 4 * t * (1 - t)), 0.25)
    edge = net.edges[0]  # its window is the first half: it is outermost now
    direction = before[0][0][-1] - before[0][0][0]
    turned = edge.get_end() - edge.get_start()
    cosine = turned @ direction / np.linalg.norm(turned) / np.linalg.norm(direction)
    assert np.arccos(cosine) == pytest.approx(PI / 6, abs=0.02)
    assert edge.get_stroke_color() == YELLOW
    animation.interpolate(1)
    for edge, (points, color, width) in zip(net.edges, before, strict=True):
        assert edge.points == pytest.approx(points, abs=1e-6)
        assert edge.get_stroke_color().to_hex() == color.to_hex()
        assert edge.get_stroke_width() == pytest.approx(width)


def test_flip_collapses_an_edge_to_its_middle_and_back_end_for_end(net):
    edges = net.edges[:1]
    start, end = edges[0].get_start(), edges[0].get_end()
    animation = at(flip_edges(edges), 0.5)
    assert edges[0].get_length() == pytest.approx(0, abs=1e-6)
    animation.interpolate(1)
    assert edges[0].get_start() == pytest.approx(end, abs=1e-6)
    assert edges[0].get_end() == pytest.approx(start, abs=1e-6)


def test_flash_runs_over_copies_that_are_gone_afterwards(net):
    scene = NNScene(skip_animations=True)
    scene.add(net)
    widths = [edge.get_stroke_width() for edge in net.edges]
    scene.play(flash_edges(net.edges))
    visible = {part for mob in scene.mobjects for part in mob.family_members_with_points()}
    assert visible == set(net.family_members_with_points())
    assert [edge.get_stroke_width() for edge in net.edges] == widths


def test_continual_change_is_a_function_of_time_alone(net):
    now = 2.0
    update = ContinualEdgeUpdate(net.edges, lambda: now, np.random.RandomState(5))
    start = update.at(0.0)
    assert start[:, 3] == pytest.approx([e.get_stroke_width() for e in net.edges])
    assert np.abs(update.at(1.7) - update.at(1.7)).max() == 0
    # It never rests, never jumps, and stays within its colours and widths.
    fine = np.array([update.at(t) for t in np.arange(0, 12, 0.02)])
    steps = np.abs(np.diff(fine, axis=0))
    assert steps.max() < 0.15
    assert (steps.max(axis=(1, 2)) > 0).all()
    assert fine[:, :, :3].min() >= 0
    assert fine[:, :, :3].max() <= 1
    now = 5.0
    update(None)
    edge = net.edges[3]
    *rgb, width = update.at(3.0)[3]
    assert edge.get_stroke_width() == pytest.approx(width)
    assert edge.get_stroke_color().to_rgb() == pytest.approx(rgb, abs=1e-6)


def test_continual_change_cycles_over_the_colours_given():
    edges = EdgeArray(np.zeros((40, 3)), np.ones((40, 3)))
    update = ContinualEdgeUpdate(edges, lambda: 0.0, np.random.RandomState(0), (BLUE, RED))
    seen = {
        ManimColor.from_rgb(tuple(rgb)).to_hex() for rgb in update._states[:, :, :3].reshape(-1, 3)
    }
    assert seen == {BLUE.to_hex(), RED.to_hex()}


def test_frames_do_not_depend_on_what_was_skipped(net):
    class Restless(NNScene):
        def construct(self):
            self.net = net.copy()
            self.net.edges.add_updater(
                ContinualEdgeUpdate(self.net.edges, lambda: self.clock, self.rng)
            )
            self.add(self.net)
            self.wait(1.3)
            self.play(self.net.layers.animate(rate_func=linear).shift(RIGHT), run_time=0.7)

    drawn, skipped = Restless(), Restless(skip_animations=True)
    drawn.render()
    skipped.render()
    assert drawn.clock == skipped.clock == pytest.approx(2.0)
    for a, b in zip(drawn.net.edges, skipped.net.edges, strict=True):
        assert a.get_stroke_width() == b.get_stroke_width()
        assert a.get_stroke_color() == b.get_stroke_color()
