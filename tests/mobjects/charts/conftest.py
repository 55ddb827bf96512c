"""Trainings that the tests of charts share, and how they read what is on screen."""

from types import SimpleNamespace

import numpy as np
import pytest
from tests.mobjects.boxes import box

from nnviz.mobjects.charts.panel import Course, FollowReports
from nnviz.network import Network, Snapshot

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1], [0.4, 0.2], [0.3, 0.9]])
Y = np.array([0, 1, 1, 0, 0, 1])


@pytest.fixture(scope="session")
def xor():
    """Return inputs, labels, the network before and reports of its training: one sigmoid output."""
    network = Network.random([2, 4, 1], seed=1, cost="cross-entropy")
    return X, Y, network, list(network.train(X, Y, epochs=7, optimizer="adam", learning_rate=0.2))


@pytest.fixture(scope="session")
def three_classes():
    """Return the same with three classes and a softmax."""
    rng = np.random.RandomState(0)
    labels = np.arange(60) % 3
    x = np.array([[0, 1], [-1, -0.5], [1, -0.5]])[labels] + 0.3 * rng.randn(60, 2)
    network = Network.random(
        [2, 5, 3], seed=0, activations=["tanh", "softmax"], cost="cross-entropy"
    )
    reports = list(
        network.train(x, np.eye(3)[labels], epochs=5, optimizer="adam", learning_rate=0.05)
    )
    return x, labels, network, reports


def follow(panel, reports, before=None):
    """Begin to go through reports, after showing what there was before."""
    if before is not None:
        panel.show_report(Snapshot(0, None, None, before))
    animation = FollowReports(panel, Course(reports))
    animation.begin()
    return animation


def at(animation, time, before, reports):
    """Go to a time; return the states before and after it, and how far it is between."""
    animation.interpolate(time)
    states = [Snapshot(0, None, None, before), *reports]
    position = time * len(reports)
    k = int(position)
    return states[: k + 1], states[min(k + 1, len(reports))], position - k


def numbers_at(plot, panel, points):
    """Read numbers off the axes, from where points are on screen."""
    corner = panel.box.get_corner([-1, -1, 0])
    local = (points - corner)[:, :2] / panel.enlargement
    low, high = plot.inside
    shares = (local - low) / (high - low)
    (x0, y0), (x1, y1) = plot.ranges
    y = y0 * (y1 / y0) ** shares[:, 1] if panel.log else y0 + shares[:, 1] * (y1 - y0)
    return np.column_stack([x0 + shares[:, 0] * (x1 - x0), y])


def ends_of(curve):
    return np.concatenate([curve.points[:1], curve.points[3::4]])


def inside(panel, tolerance=0.03):
    """Return whether all that is seen of a panel is in its box."""
    low, high = (panel.box.get_corner([s, s, 0])[:2] for s in (-1, 1))
    for part in panel.family_members_with_points():
        seen = part.get_stroke_opacity() * part.get_stroke_width() + part.get_fill_opacity()
        if part is panel.box or not seen:
            continue
        if (part.points[:, :2] < low - tolerance).any():
            return False
        if (part.points[:, :2] > high + tolerance).any():
            return False
    return True


def boxes(words):
    return np.array([box(word) for word in words])


def overlaps(found):
    """Return how many pairs of boxes, shape (n, 2, 2), overlap."""
    low, high = found.swapaxes(0, 1)
    meet = ((low[:, None] < high) & (low < high[:, None])).all(axis=2)
    return int(np.triu(meet, 1).sum())


@pytest.fixture(scope="session")
def charts():
    """Return the functions above, as tests do not import each other."""
    functions = (follow, at, numbers_at, ends_of, inside, boxes, overlaps)
    return SimpleNamespace(**{function.__name__: function for function in functions})
