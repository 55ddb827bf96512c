"""What Manim's own code does not draw is not listed: nobody knows what it would look like."""

from __future__ import annotations

from collections.abc import Callable

import manim as mn
import pytest
from manim.camera.mapping_camera import MappingCamera

from nnviz.camera.lister import Lister, NotListedError
from nnviz.camera.stock import draws_as_stock
from nnviz.mobjects.primitives.edge_array import EdgeArray


def is_listed(camera: mn.Camera, *mobjects: mn.Mobject) -> bool:
    try:
        Lister().layer(camera, mobjects or [mn.Square()], with_background=True)
    except NotListedError:
        return False
    return True


@pytest.mark.parametrize("kind", [mn.Camera, mn.MovingCamera, mn.MultiCamera, mn.ThreeDCamera])
def test_manims_cameras_are_listed(kind: type[mn.Camera]) -> None:
    assert is_listed(kind())

    class Named(kind):  # type: ignore[misc, valid-type]
        """A class of one's own that draws as Manim's does."""

        def __init__(self) -> None:
            super().__init__(background_color=mn.BLUE)

        def look_left(self) -> None:
            """Do something that Manim's cameras do not."""

    assert is_listed(Named())


METHODS = [
    "apply_fill",
    "apply_stroke",
    "capture_mobjects",
    "display_image_mobject",
    "display_vectorized",
    "get_cairo_context",
    "get_fill_rgbas",
    "get_mobjects_to_display",
    "get_stroke_rgbas",
    "points_to_subpixel_coords",
    "set_cairo_context_path",
    "thickened_coordinates",
    "transform_points_pre_display",
]


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("kind", [mn.Camera, mn.MovingCamera, mn.MultiCamera, mn.ThreeDCamera])
def test_a_camera_with_a_method_of_its_own_is_not(kind: type[mn.Camera], name: str) -> None:
    own = type("Own", (kind,), {name: lambda self, *args, **kwargs: None})
    assert not draws_as_stock(own())
    with pytest.raises(NotListedError, match="Own has a way of its own to draw"):
        Lister().layer(own(), [mn.Square()])

    mixed = type("Mixed", (type("Mixin", (), {name: lambda self: None}), kind), {})
    assert not is_listed(mixed())


@pytest.mark.parametrize("name", METHODS)
def test_a_camera_with_a_method_replaced_is_not(name: str) -> None:
    camera = mn.Camera()
    plain = getattr(camera, name)
    setattr(camera, name, lambda *args, **kwargs: plain(*args, **kwargs))
    assert not is_listed(camera)
    delattr(camera, name)
    assert is_listed(camera)


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_where_manims_method_is_replaced(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = getattr(mn.Camera, name)
    monkeypatch.setattr(mn.Camera, name, lambda *args, **kwargs: plain(*args, **kwargs))
    for kind in (mn.Camera, mn.MovingCamera, mn.ThreeDCamera):
        assert not is_listed(kind())
    monkeypatch.undo()
    assert is_listed(mn.Camera())


@pytest.mark.parametrize("kind", [MappingCamera])
def test_other_cameras_of_manims_are_not(kind: type[mn.Camera]) -> None:
    assert not is_listed(kind())


TRACING = ["get_subpath_split_indices_from_points", "consider_points_equals_2d"]


@pytest.mark.parametrize("name", TRACING)
def test_a_path_that_is_traced_in_its_own_way_is_not(name: str) -> None:
    plain: Callable[..., object] = getattr(mn.VMobject, name)
    own = type("Own", (mn.Square,), {name: lambda *args, **kwargs: plain(*args, **kwargs)})
    with pytest.raises(NotListedError, match="Own finds the ends of paths in its own way"):
        Lister().layer(mn.Camera(), [own()])
    assert not is_listed(mn.ThreeDCamera(), mn.Square(), mn.VGroup(own()))


@pytest.mark.parametrize("name", TRACING)
def test_nothing_is_where_manims_tracing_is_replaced(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = getattr(mn.VMobject, name)
    monkeypatch.setattr(mn.VMobject, name, lambda *args, **kwargs: plain(*args, **kwargs))
    assert not is_listed(mn.Camera())


@pytest.mark.parametrize("name", TRACING)
def test_a_path_with_its_tracing_replaced_is_not(name: str) -> None:
    square = mn.Square()
    plain = getattr(square, name)
    setattr(square, name, lambda *args, **kwargs: plain(*args, **kwargs))
    assert not is_listed(mn.Camera(), square)


def test_mobjects_of_nnviz_are_listed() -> None:
    edges = EdgeArray([[0, 0, 0], [1, 0, 0]], [[1, 1, 0], [2, 2, 0]])
    assert is_listed(mn.Camera(), edges, edges[0])
