"""Whether cameras and mobjects are drawn by Manim's own code alone."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import manim
from manim import Camera, MovingCamera, MultiCamera, ThreeDCamera, VMobject
from manim.camera.camera import BackgroundColoredVMobjectDisplayer

from nnviz._manim import original_of

__all__ = ["draws_as_stock", "is_traced_as_stock"]

#: Methods of cameras that have nothing to do with how mobjects are drawn.
_UNRELATED = {
    "__init__",
    "__deepcopy__",
    "get_image",
    "is_in_frame",
    "auto_zoom",
    "get_mobjects_indicating_movement",
    "add_image_mobject_from_camera",
    "set_background",
    "set_background_from_func",
    "make_background_from_func",
    "init_background",
    "get_coords_of_all_pixels",
    "add_fixed_orientation_mobjects",
    "add_fixed_in_frame_mobjects",
    "remove_fixed_orientation_mobjects",
    "remove_fixed_in_frame_mobjects",
    "get_value_trackers",
}
#: Methods of mobjects that cameras call to trace a path, which are not called for a list.
_TRACING = {"get_subpath_split_indices_from_points", "consider_points_equals_2d"}
_CAMERAS = (Camera, MovingCamera, MultiCamera, ThreeDCamera)
#: The folder of Manim's own code.
_MANIM = str(Path(manim.__path__[0]))


def _methods() -> list[tuple[type, str, FunctionType | None]]:
    """Return Manim's methods that draw, by class and name; None for what was patched before."""
    found: list[tuple[type, str, FunctionType | None]] = []
    for owner in (*_CAMERAS, BackgroundColoredVMobjectDisplayer):
        for name, found_there in vars(owner).items():
            value = original_of(found_there)
            if isinstance(value, FunctionType) and name not in _UNRELATED:
                found.append((owner, name, value))
    found += [(VMobject, name, vars(VMobject)[name]) for name in _TRACING]
    return [
        (owner, name, value if value and _is_manims(value) else None)
        for owner, name, value in found
    ]


def _is_manims(function: FunctionType) -> bool:
    return function.__code__.co_filename.startswith(_MANIM)


_METHODS = _methods()
_NAMES = {name for owner, name, _ in _METHODS if issubclass(owner, Camera)}


def draws_as_stock(camera: Camera) -> bool:
    """Return whether a camera draws with Manim's methods or ours, none of which was replaced."""
    return (
        _has_no_methods_of_its_own(cast(Hashable, type(camera)))
        and _NAMES.isdisjoint(vars(camera))
        and all(
            (found := vars(owner).get(name)) is value or original_of(found) is value
            for owner, name, value in _METHODS
        )
    )


@cache
def _has_no_methods_of_its_own(kind: Any) -> bool:
    return all(
        owner in _CAMERAS
        or owner.__module__ == "nnviz.camera.cameras"
        or _NAMES.isdisjoint(vars(owner))
        for owner in kind.__mro__
    )


def is_traced_as_stock(mobject: VMobject) -> bool:
    """Return whether a mobject has Manim's own way to find where paths end."""
    kind = cast(Hashable, type(mobject))  # to mypy, classes with a hash of their own are not
    return _TRACING.isdisjoint(vars(mobject)) and _is_traced_as_stock(kind)


@cache
def _is_traced_as_stock(kind: Any) -> bool:
    return all(getattr(kind, name) is getattr(VMobject, name) for name in _TRACING)
