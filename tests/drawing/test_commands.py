"""Commands are values: they travel, and are told apart by all that they hold."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnviz
from nnviz.drawing.canvas import Canvas, Surface
from nnviz.drawing.commands import Command, Layer, View
from nnviz.drawing.frame_commands import Raster, Solid
from nnviz.drawing.pieces import Frame, painted
from nnviz.drawing.pixel_boxes import area


def kinds() -> list[type[Command]]:
    """Return all classes of draw commands."""
    folder = str(Path(nnviz.__path__[0]) / "drawing")
    for module in pkgutil.iter_modules([folder]):
        importlib.import_module(f"nnviz.drawing.{module.name}")
    found, new = [], Command.__subclasses__()
    while new:
        found += new
        new = [kind for one in new for kind in one.__subclasses__()]
    return sorted(
        (kind for kind in found if kind.__module__.startswith("nnviz.")),
        key=lambda kind: kind.__name__,
    )


KINDS = [kind.__name__ for kind in kinds()]
FIELDS = [(kind.__name__, field) for kind in kinds() for field in kind.fields]


def others(value: Any) -> Iterator[Any]:
    """Yield values that differ from one in as little as can be."""
    if isinstance(value, np.ndarray):
        changed = value.copy()
        changed.flat[-1] = changed.flat[-1] + 1
        yield changed
        yield value[:-1].copy()
        yield np.zeros_like(value)
        yield value.reshape(value.shape[1:] + value.shape[:1]) if value.ndim > 1 else value[None]
    elif isinstance(value, bytes):
        yield bytes([*value[:-1], value[-1] ^ 1]) if value else np.ones(4).tobytes()
        yield value + value
    elif isinstance(value, View):
        yield from (value._replace(**{name: value[i] + 1}) for i, name in enumerate(value._fields))
    elif isinstance(value, Layer):
        yield Layer(value.view._replace(x0=-3.0), value.background, value.commands)
        yield Layer(value.view, None, value.commands)
        yield Layer(value.view, Solid((1, 2, 3, 4)), value.commands)
        yield Layer(value.view, value.background, ())
    elif isinstance(value, Raster):
        yield Raster(np.zeros_like(value.pixels))
    elif isinstance(value, tuple) and isinstance(value[0], Command):
        yield ()
        yield value * 2
        yield (Solid((1, 2, 3, 4)),)
    elif isinstance(value, tuple):
        yield from ((*value[:i], value[i] + 1, *value[i + 1 :]) for i in range(len(value)))
    else:
        yield value + 1


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_a_sample_of_every_kind(kind: str, samples: dict[str, Command]) -> None:
    assert type(samples[kind]).__name__ == kind
    assert samples.keys() == set(KINDS)


@pytest.mark.parametrize(("kind", "field"), FIELDS, ids=".".join)
def test_every_value_is_in_the_digest(kind: str, field: str, samples: dict[str, Command]) -> None:
    command = samples[kind]
    digests = {command.digest}
    values = {name: getattr(command, name) for name in command.fields}
    changed = list(others(values[field]))
    for value in changed:
        digests.add(type(command)(*(values | {field: value}).values()).digest)
    assert len(digests) == 1 + len(changed)


def test_kinds_have_digests_of_their_own() -> None:
    class One(Command):
        __slots__ = ("value",)

    class Other(Command):
        __slots__ = ("value",)

    assert One(3).digest == One(3).digest
    assert One(3).digest != Other(3).digest


def test_values_do_not_run_into_each_other(samples: dict[str, Command], path: Any) -> None:
    one, two = b"1" * 32, b"1" * 64
    assert path(fill=one, back=two).digest != path(fill=two, back=one).digest
    assert path(back=one, front=b"").digest != path(back=b"", front=one).digest
    assert path(front=one, ends=two).digest != path(front=two, ends=one).digest


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_that_was_sent_is_the_same(
    kind: str, samples: dict[str, Command], view: View
) -> None:
    command = samples[kind]
    # What is known of it where it was made does not travel, and does no harm.
    Canvas(view.width, view.height).show(Layer(view, None, (command,)), blank(view))
    command.digest  # noqa: B018
    sent = pickle.loads(pickle.dumps(command))
    assert type(sent) is type(command)
    assert sent.digest == command.digest
    assert sent.size == command.size > (0 if kind != "Solid" else -1)
    assert sent.is_visible
    np.testing.assert_array_equal(drawn(view, sent), drawn(view, command))


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_leaves_the_values_alone(
    kind: str, samples: dict[str, Command], view: View
) -> None:
    command = samples[kind]
    before = pickle.dumps(command)
    first = drawn(view, command)
    assert pickle.dumps(command) == before
    np.testing.assert_array_equal(drawn(view, command), first)


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_draws_something_and_only_in_its_box(
    kind: str, samples: dict[str, Command], view: View
) -> None:
    command, below = samples[kind], blank(view)
    canvas = Canvas(view.width, view.height)
    canvas.show(Layer(view, None, ()), below)
    before = canvas.pixels.copy()
    boxes = canvas.show(Layer(view, None, (command,)), below)
    changed = (canvas.pixels != before).any(axis=2)
    assert changed.any()
    if command.box is None:
        assert boxes == [(0, 0, view.width, view.height)]
        return
    for left, top, right, bottom in [command.box]:
        changed[top:bottom, left:right] = False
    assert not changed.any()
    assert sum(map(area, boxes)) >= area(command.box)


def test_layers_are_told_apart(samples: dict[str, Command], view: View) -> None:
    one, other = samples["Path"], samples["Curves"]
    background = Solid((0, 0, 0, 255))
    layers = [
        Layer(view, None, ()),
        Layer(view, background, ()),
        Layer(view, Solid((0, 0, 0, 0)), ()),
        Layer(view, None, (background,)),
        Layer(view, None, (one, other)),
        Layer(view, None, (other, one)),
        Layer(view, None, (one,)),
        *(
            Layer(view._replace(**{name: view[i] + 2}), None, (one,))
            for i, name in enumerate(view._fields)
        ),
    ]
    assert len({layer.digest for layer in layers}) == len(layers)
    for layer in layers:
        sent = pickle.loads(pickle.dumps(layer))
        assert sent.digest == layer.digest
        assert sent.view == layer.view


def test_what_is_in_two_layers_travels_once(samples: dict[str, Command], view: View) -> None:
    raster = samples["Raster"]
    one = Layer(view, raster, (samples["Path"],))
    frames = [Frame(None, one), Frame(one, Layer(view, None, (samples["Path"], raster)))]
    sent = pickle.loads(pickle.dumps(frames))
    assert sent[1].below is sent[0].above
    assert sent[1].above.commands[0] is sent[0].above.commands[0]
    assert len(pickle.dumps(frames)) < 1.5 * raster.size


def test_what_shows_nothing_is_not_drawn(path: Any, view: View) -> None:
    unseen = path(fill=b"", front=b"", back=b"", front_width=1.0, back_width=1.0)
    assert not unseen.is_visible
    assert not drawn(view, unseen).any()


def test_a_command_says_what_it_lacks(view: View) -> None:
    with pytest.raises(NotImplementedError):
        Command().paint(Surface.of(blank(view), view))
    with pytest.raises(ValueError, match="zip"):
        Solid()


def blank(view: View) -> np.ndarray:
    return np.zeros((view.height, view.width, 4), np.uint8)


def drawn(view: View, *commands: Command) -> np.ndarray:
    return painted(Frame(None, Layer(view, None, commands))).copy()
