"""Drawing only what changed gives the picture that drawing everything gives."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import cairo
import numpy as np
import pytest

from nnviz.drawing.canvas import Canvas
from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Solid
from nnviz.drawing.path_commands import Curves, Faces
from nnviz.drawing.pieces import Frame, Screen, painted
from nnviz.drawing.pixel_boxes import area
from nnviz.drawing.pixel_commands import Picture, PixelGrid, Points

COMMANDS = 9
FRAMES = 25


class Maker:
    """Makes commands by lot, at places by lot."""

    def __init__(self, rng: np.random.RandomState, path: Callable[..., Command]) -> None:
        self.rng, self.path = rng, path
        self.kinds = (self.polygon, self.line, self.gradient, self.curves, self.faces)
        self.kinds += (self.grid, self.picture, self.points, self.unseen, self.far, self.broken)

    def make(self) -> Command:
        return self.kinds[self.rng.randint(len(self.kinds))]()

    def place(self) -> np.ndarray:
        return self.rng.uniform((-7, -4), (7, 4))

    def color(self) -> bytes:
        return self.rng.rand(4).tobytes()

    def corners(self, count: int, size: float = 0.8) -> np.ndarray:
        return self.place() + self.rng.normal(scale=size, size=(count, 2))

    def polygon(self) -> Command:
        corners = self.corners(self.rng.randint(3, 7))
        return self.path(
            [*corners, corners[0]],
            fill=self.color(),
            front=self.color(),
            front_width=self.rng.uniform(0.2),
            join=int(self.rng.choice([0, 1, 2])),
        )

    def line(self) -> Command:
        return self.path(
            self.corners(2, 2),
            fill=b"",
            back=self.color(),
            back_width=self.rng.uniform(0.5),
            cap=int(self.rng.choice([0, 1, 2])),
        )

    def gradient(self) -> Command:
        corners = self.corners(4)
        return self.path(corners, fill=self.color() + self.color(), ends=corners[:2].tobytes())

    def curves(self) -> Command:
        count = self.rng.randint(1, 9)
        curves = self.corners(4 * count, 2).reshape(-1, 8)
        return Curves(curves, self.rng.rand(count, 4), self.rng.uniform(0, 0.2, count), 1)

    def nudged(self, command: Command) -> Command:
        """Return curves of which some are others."""
        if not isinstance(command, Curves):
            return self.make()
        values = {name: np.copy(getattr(command, name)) for name in ("curves", "colors", "widths")}
        name = self.rng.choice(list(values))
        for row in self.rng.randint(len(command.curves), size=self.rng.randint(3)):
            values[name][row] = self.rng.choice([np.nan, 0, *self.rng.rand(9)])
        return Curves(*values.values(), command.cap)

    def faces(self) -> Command:
        corners = self.corners(4)[None]
        line = np.array([[*corners[0, 0], *corners[0, 2]]])
        color = (0.2, 0.4, 0.6, 0.8)
        return Faces(corners, self.rng.rand(1, 3), line, np.array([0]), color, 0.03, 0.6, 0.5)

    def grid(self) -> Command:
        pixels = self.rng.randint(0, 256, (4, 5, 3)).astype(np.uint8)
        x, y = self.place()
        corners = np.array([[x, y], [x + 1, y + 0.2], [x - 0.2, y - 1], [x + 0.8, y - 0.8]])
        return PixelGrid(pixels, (1.0, 1.0, 1.0, 0.7), corners)

    def picture(self) -> Command:
        pixels = self.rng.randint(0, 256, (5, 6, 4)).astype(np.uint8)
        device = np.array([[0.0, 0], [30, 4], [-3, 22], [28, 25]]) + self.rng.uniform(-20, 200, 2)
        return Picture(pixels, device, device, int(self.rng.choice([0, 2, 3])))

    def points(self) -> Command:
        places = self.rng.randint(-9, 9, (20, 2)) + self.rng.randint(0, 190, 2)
        return Points(places, self.rng.randint(0, 256, (20, 4)).astype(np.uint8))

    def unseen(self) -> Command:
        return self.path(self.corners(3), fill=b"")

    def far(self) -> Command:
        return self.path(self.corners(4) + 40, fill=self.color())

    def broken(self) -> Command:
        corners = self.corners(4)
        corners[2, self.rng.randint(2)] = self.rng.choice([np.nan, np.inf, -np.inf])
        return self.path(corners)

    def change(self, commands: list[Command]) -> None:
        """Change something about a list of commands, or nothing."""
        for _ in range(self.rng.choice([0, 1, 1, 2, 3])):
            what, i = self.rng.randint(8), self.rng.randint(len(commands))
            if what <= 2:
                commands[i] = self.make()
            elif what == 3:
                commands.insert(i, self.make())
            elif what == 4 and len(commands) > 3:
                commands.pop(i)
            elif what == 5 and self.rng.rand() < 0.3:
                commands.insert(0, commands.pop(i))
            elif what == 6:
                commands[i] = self.nudged(commands[i])
            elif what == 7 and self.rng.rand() < 0.5:
                commands.insert(self.rng.randint(len(commands)), self.nudged(commands.pop(i)))


@pytest.mark.slow
@pytest.mark.every(3)
@pytest.mark.parametrize("seed", range(40))
def test_a_screen_shows_what_drawing_everything_shows(seed: int, path: Any, view: View) -> None:
    rng = np.random.RandomState(seed)
    maker = Maker(rng, path)
    screen, above = Screen(), [maker.make() for _ in range(COMMANDS)]
    backgrounds = [Solid((0, 0, 0, 255)), Solid((90, 0, 40, 255)), None]
    background, below = backgrounds[0], None
    shown: np.ndarray | None = None
    in_part = unchanged = 0
    for _ in range(FRAMES):
        if rng.rand() < 0.1:
            background = backgrounds[rng.randint(3)]
        if rng.rand() < 0.15:
            below = rng.choice([None, Layer(view, background, (maker.make(), maker.make()))])
        layer = Layer(view, background if below is None else None, tuple(above))
        if rng.rand() < 0.1:
            layer = Layer(
                view._replace(x0=rng.uniform(80, 110)), *[layer.background, layer.commands]
            )
        frame = Frame(below, layer)
        boxes = screen.show(frame)
        # As another process has it, where nothing of it is known.
        np.testing.assert_array_equal(screen.pixels, painted(pickle.loads(pickle.dumps(frame))))
        if shown is not None:
            for left, top, right, bottom in boxes:
                shown[top:bottom, left:right] = screen.pixels[top:bottom, left:right]
            np.testing.assert_array_equal(shown, screen.pixels, "changed outside of the boxes")
            in_part += 0 < sum(map(area, boxes)) < view.width * view.height
            unchanged += not boxes
        shown = screen.pixels.copy()
        maker.change(above)
    assert in_part > 3
    assert unchanged


def test_the_same_layer_changes_nothing(samples: dict[str, Command], view: View) -> None:
    canvas, below = Canvas(view.width, view.height), blank(view)
    everything = tuple(samples.values())
    assert canvas.show(Layer(view, None, everything), below) == [(0, 0, *view[:2])]
    assert canvas.show(Layer(view, None, everything), below) == []
    assert canvas.show(Layer(view, None, everything), below.copy()) == [(0, 0, *view[:2])]
    other = view._replace(y0=50.0)
    assert canvas.show(Layer(other, None, everything), below) == [(0, 0, *view[:2])]


def test_little_is_drawn_where_little_changes(path: Any, view: View) -> None:
    canvas, below = Canvas(view.width, view.height), blank(view)
    still, moving = path(), path([(4, 2), (5, 2), (5, 3), (4, 2)])
    canvas.show(Layer(view, None, (still, moving)), below)
    moved = path([(4.2, 2), (5.2, 2), (5.2, 3), (4.2, 2)])
    boxes = canvas.show(Layer(view, None, (still, moved)), below)
    assert len(boxes) == 1
    assert area(boxes[0]) < 700
    # What nobody sees costs nothing.
    unseen = path(fill=b"")
    assert canvas.show(Layer(view, None, (still, moved, unseen)), below) == []
    away = path([(44, 2), (45, 2), (45, 3), (44, 2)])
    assert canvas.show(Layer(view, None, (still, moved, away)), below) == []


def test_another_order_is_another_picture(path: Any, colors: Any, view: View) -> None:
    canvas, below = Canvas(view.width, view.height), blank(view)
    red, green = path(), path(fill=colors((0, 1, 0, 1)))
    canvas.show(Layer(view, None, (red, green)), below)
    first = canvas.pixels.copy()
    assert canvas.show(Layer(view, None, (green, red)), below) == [(0, 0, *view[:2])]
    assert not np.array_equal(canvas.pixels, first)
    # One command may stand twice in a layer.
    for commands in ((red, green, red), (red, red), (green, red, green)):
        canvas.show(Layer(view, None, commands), below)
        expected = painted(Frame(None, Layer(view, None, commands)))
        np.testing.assert_array_equal(canvas.pixels, expected)


def bundle(seed: int = 0, **changed: np.ndarray) -> Curves:
    """Return many curves; some rows of their values may be others."""
    rng = np.random.RandomState(seed)
    values = {
        "curves": rng.uniform(-4, 4, (200, 8)),
        "colors": rng.rand(200, 4),
        "widths": rng.uniform(0, 0.2, 200),
    }
    for name, rows in changed.items():
        values[name][: len(rows)] = rows
    return Curves(*values.values(), 1)


@pytest.mark.parametrize("name", ["curves", "colors", "widths"])
@pytest.mark.parametrize("count", [1, 7, 200])
def test_of_many_curves_some_change(name: str, count: int, path: Any, view: View) -> None:
    value = np.random.RandomState(1).uniform(0, 0.4, (count, 8))
    value = {"curves": value, "colors": value[:, :4], "widths": value[:, 0]}[name]
    before, after, other = bundle(), bundle(**{name: value}), path()
    screen = Screen()
    for commands in ((other, before), (other, after), (other, before), (after, other)):
        frame = Frame(None, Layer(view, None, commands))
        screen.show(frame)
        np.testing.assert_array_equal(screen.pixels, painted(frame))


@pytest.mark.parametrize("changed", [0, 1])
def test_curves_that_change_and_go_behind_something(changed: int, path: Any, view: View) -> None:
    """What is made again and looks nearly the same is not in the same place of the order."""
    square = path([(-3, -3), (3, -3), (3, 3), (-3, 3), (-3, -3)])
    screen = Screen()
    before, after = bundle(), bundle(widths=np.zeros(changed))
    for commands in ((before, square), (square, after), (before, square)):
        frame = Frame(None, Layer(view, None, commands))
        screen.show(frame)
        np.testing.assert_array_equal(screen.pixels, painted(frame))


def test_curves_that_change_places(path: Any, view: View) -> None:
    one, other = bundle(0), bundle(1)
    screen = Screen()
    for commands in ((one, other), (bundle(1), bundle(0)), (bundle(0), path(), bundle(1))):
        frame = Frame(None, Layer(view, None, commands))
        screen.show(frame)
        np.testing.assert_array_equal(screen.pixels, painted(frame))


@pytest.mark.parametrize("size", [(1, 1), (2, 50), (191, 3)])
def test_screens_of_any_size(size: tuple[int, int], path: Any) -> None:
    view = View(*size, 13.5, -13.5, 0.0, 0.0)
    screen = Screen()
    for command in (path(), path([(0, 0), (1, 1), (0, 1)]), path()):
        frame = Frame(None, Layer(view, Solid((9, 9, 9, 255)), (command,)))
        screen.show(frame)
        np.testing.assert_array_equal(screen.pixels, painted(frame))


def test_a_screen_takes_frames_of_another_size(path: Any, view: View) -> None:
    screen = Screen()
    for width in (192, 96, 192):
        frame = Frame(None, Layer(view._replace(width=width), None, (path(),)))
        assert screen.show(frame) == [(0, 0, width, view.height)]
        np.testing.assert_array_equal(screen.pixels, painted(frame))


# --- boxes hold all that is drawn


def pointed(path: Any, colors: Any, **values: Any) -> Command:
    """Return a path with sharp corners, which reach far beyond the width of its line."""
    corners = [(-3, -0.2), (2, 0), (-3, 0.2)]
    return path(corners, fill=b"", front=colors((1, 1, 1, 1)), front_width=0.5, **values)


def loop(path: Any, colors: Any) -> Command:
    """Return one curve that ends where it begins: a drop with a pointed end."""
    curve = [(2, 0, 0), (-4, 0.9, 0), (-4, -0.9, 0), (2, 0, 0)]
    return path(points=curve, fill=b"", front=colors((1, 1, 1, 1)), front_width=0.6)


def squares(path: Any, colors: Any) -> Command:
    line = [(-2, -2), (1, 1)]
    square = int(cairo.LineCap.SQUARE)
    return path(line, fill=b"", back=colors((1, 1, 1, 1)), back_width=1.5, cap=square)


def thick_lines(path: Any, colors: Any) -> Command:
    corners = np.array([[[-2.0, -1], [2, -1], [2, 1], [-2, 1]]])
    line = np.array([[-2.0, -1, 2, 1]])
    return Faces(corners, np.array([[1.0, 0, 0]]), line, np.array([0]), (1, 1, 1, 1), 1.2, 1.0, 0.5)


def reaching_faces(path: Any, colors: Any) -> Command:
    corners = np.array([[[-2.0, -1], [2, -1], [2, 1], [-2, 1]]])
    none = np.zeros((0, 4)), np.zeros(0, int)
    return Faces(corners, np.array([[1.0, 0, 0]]), *none, (1, 1, 1, 1), 0.1, 1.0, 9.0)


def wide_curves(path: Any, colors: Any) -> Command:
    curves = np.array([[0.0, 0, 1, 1, 2, 1, 3, 0], [-3, 0, -3, 1, -3, 2, -3, 3]])
    return Curves(curves, np.ones((2, 4)), np.array([0.1, 1.5]), int(cairo.LineCap.SQUARE))


def gradient_line(path: Any, colors: Any) -> Command:
    both = colors((1, 0, 0, 1), (0, 0, 1, 1))
    ends = np.array([[0.0, 0], [1, 0]]).tobytes()
    return path(fill=b"", back=both, back_width=0.7, front=both, front_width=0.2, ends=ends)


FAR = [pointed, loop, squares, thick_lines, reaching_faces, wide_curves, gradient_line]


@pytest.mark.parametrize("make", FAR)
@pytest.mark.parametrize("scale", [2.0, 13.5, 40.0])
def test_boxes_hold_all_that_is_drawn(make: Any, scale: float, path: Any, colors: Any) -> None:
    view = View(400, 300, scale, -scale, 200.0, 150.0)
    command, below = make(path, colors), blank(view)
    canvas = Canvas(view.width, view.height)
    canvas.show(Layer(view, None, ()), below)
    canvas.show(Layer(view, None, (command,)), below)
    changed = painted(Frame(None, Layer(view, None, (command,)))).any(axis=2)
    assert changed.any()
    left, top, right, bottom = command.box or (0, 0, *view[:2])
    rows, columns = np.nonzero(changed)
    assert left <= columns.min()
    assert top <= rows.min()
    assert right > columns.max()
    assert bottom > rows.max()


def blank(view: View) -> np.ndarray:
    return np.zeros((view.height, view.width, 4), np.uint8)
