"""What is proven of a play before any of its frames is taken for granted.

Two things are asked of a play. *Closed*: no code runs in it but Manim's, nnviz's, and functions
that are seen to compute with numbers alone, so that its frames depend on what is on screen and on
its animations. *Leaping*: besides, every animation sets what it animates from copies of its own,
so that a frame can be made without those before it. Both are lists of what is known, never of what
is not: a play that nobody can say it of is gone through frame by frame, as Manim does. A class of
animations may promise it of itself, by ``sets_from_copies = True`` in its own body; those derived
from it have to promise it anew.
"""

from __future__ import annotations

import builtins
import dis
import functools
import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import manim as mn
import numpy as np
from manim import Animation, AnimationGroup, Mobject, Scene, Succession
from manim.utils import rate_functions

from nnviz import manims
from nnviz.camera import DrawsItself

__all__ = ["Unproven", "changing", "is_closed", "is_function", "leaps", "meaning_of"]


class Unproven(Exception):  # noqa: N818 - an answer, not an error
    """Something is not known to be what is asked; the text names it."""


# --- functions

#: Instructions that compute with what they are given, and leave everything else alone. Those that
#: look up a name stand below.
_HARMLESS = re.compile(
    r"BINARY_(OP|SLICE|SUBSCR)|BUILD_(LIST|SLICE|TUPLE)|CACHE|CALL(_FUNCTION_EX|_KW)?|COMPARE_OP"
    r"|CONTAINS_OP|COPY(_FREE_VARS)?|EXTENDED_ARG|IS_OP|(POP_)?JUMP_\w+|KW_NAMES|LOAD_CONST"
    r"|(LOAD|STORE)_FAST\w*|LOAD_SMALL_INT|NOP|NOT_TAKEN|POP_TOP|PRECALL|PUSH_NULL|RESUME"
    r"|RETURN_(CONST|VALUE)|SWAP|TO_BOOL|UNARY_\w+|UNPACK_SEQUENCE"
)
#: What of Python's own a function may call.
_BUILTINS = {abs, bool, divmod, float, int, max, min, pow, round, sum}
_MODULES = (math, np, mn)
_NUMBERS = (bool, int, float, str, type(None), np.number)


def meaning_of(value: Any) -> tuple[Any, ...]:
    """Return what a number, or a function of numbers alone, computes, as a value to compare.

    Raises
    ------
    Unproven
        If it is neither, or a function that reads or writes anything but its arguments.
    """
    return _meaning(value, ())


def is_function(value: Any) -> bool:
    """Say whether ``value`` is a function that depends on its arguments alone."""
    try:
        _meaning(value, ())
    except Unproven:
        return False
    return callable(value)


def _meaning(value: Any, within: tuple[Any, ...]) -> tuple[Any, ...]:
    if isinstance(value, _NUMBERS):
        return (type(value).__name__, repr(value))
    if isinstance(value, tuple):
        return ("tuple", *(_meaning(item, within) for item in value))
    if isinstance(value, np.ndarray) and value.base is None and not value.dtype.hasobject:
        return ("array", value.shape, value.dtype.str, value.tobytes())
    if isinstance(value, np.ufunc):
        return ("ufunc", value.__name__)
    if isinstance(value, functools.partial):
        parts = (value.func, value.args, tuple(sorted(value.keywords.items())))
        return ("partial", *(_meaning(part, within) for part in parts))
    if isinstance(value, BuiltinFunctionType | type) and (
        value in _BUILTINS or value.__module__ == "math"
    ):
        return ("builtin", value.__name__)
    if isinstance(value, FunctionType) and value not in within:
        return _meaning_of_function(value, (*within, value))
    raise Unproven(f"{value!r} may depend on anything")


def _meaning_of_function(function: FunctionType, within: tuple[Any, ...]) -> tuple[Any, ...]:
    cells = tuple(_meaning(cell.cell_contents, within) for cell in function.__closure__ or ())
    given = (function.__defaults__ or (), tuple(sorted((function.__kwdefaults__ or {}).items())))
    defaults = _meaning(given, within)
    if function.__module__ in manims.PURE_MODULES:
        return ("manim", function.__module__, function.__qualname__, cells, defaults)
    code = function.__code__
    names = _globals_read(function, within)
    return ("function", code.co_code, _constants(code), names, cells, defaults)


def _constants(code: CodeType) -> tuple[Any, ...]:
    return tuple(repr(constant) for constant in code.co_consts)


def _globals_read(function: FunctionType, within: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a function's global names mean; see that it does nothing but compute."""
    read: list[Any] = []
    module: ModuleType | None = None
    for step in dis.get_instructions(function):
        before, module = module, None
        if _HARMLESS.fullmatch(step.opname):
            continue
        if step.opname in ("LOAD_DEREF", "MAKE_CELL"):
            continue  # what the cell holds has been looked at
        if step.opname == "LOAD_GLOBAL":
            name = str(step.argval)
            if name in function.__globals__:
                found = function.__globals__[name]
            else:
                found = getattr(builtins, name, Unproven)
            if found in _MODULES if isinstance(found, ModuleType) else False:
                module = found
            else:
                read.append((name, _meaning(found, within)))
            continue
        if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and before is not None:
            name = str(step.argval)
            read.append((name, _meaning(getattr(before, name, Unproven), within)))
            continue
        raise Unproven(f"{function.__qualname__} does more than compute: {step.opname}")
    return tuple(read)


# --- mobjects

#: What a class may define although its base does: Manim does not call it while a play runs.
_OWN = {"__init__", "__doc__", "__module__", "__qualname__", "__annotations__", "__dict__"}
_OWN |= {"__weakref__", "__firstlineno__", "__static_attributes__", "__annotate__"}
_OWN |= {"__annotate_func__", "__annotations_cache__", "__parameters__", "__orig_bases__"}
_OWN |= {
    "_original__init__",
    "animation_overrides",
    "__abstractmethods__",
    "_abc_impl",
    "__slots__",
}
#: Whose classes are known to change by what they are told alone.
_KNOWN = ("manim.", "nnviz.mobjects.", "nnviz.characters.")


@cache
def _is_plain(kind: type) -> bool:
    """Say whether nothing that Manim calls of a mobject while a play runs is the user's."""
    for cls in kind.__mro__:
        if cls is object or cls.__module__.startswith(_KNOWN):
            continue
        above = {name for base in cls.__mro__[1:] for name in vars(base)} - _OWN
        if not above.isdisjoint(vars(cls)):
            return False
    return issubclass(kind, Mobject)


@cache
def _methods(kind: type) -> frozenset[str]:
    """Return the names that an attribute of a mobject would hide."""
    return frozenset(name for name in dir(kind) if callable(getattr(kind, name, None)))


def _check_mobject(mobject: Mobject) -> None:
    kind: Any = type(mobject)
    if mobject.updaters:
        raise Unproven(f"{kind.__name__} has an updater")
    if not _is_plain(kind):
        raise Unproven(f"{kind.__name__} is a class of its own")
    if not _methods(kind).isdisjoint(vars(mobject)):
        raise Unproven(f"{kind.__name__} has a method of its own")


# --- animations

#: Animations that set what they animate from copies made when they began, and nothing else.
_FROM_COPIES: set[type[Animation]] = {
    mn.Create,
    mn.ClockwiseTransform,
    mn.CounterclockwiseTransform,
    mn.CyclicReplace,
    mn.DrawBorderThenFill,
    mn.FadeIn,
    mn.FadeOut,
    mn.FadeToColor,
    mn.FadeTransform,
    mn.FadeTransformPieces,
    mn.GrowArrow,
    mn.GrowFromCenter,
    mn.GrowFromEdge,
    mn.GrowFromPoint,
    mn.Indicate,
    mn.MoveToTarget,
    mn.ReplacementTransform,
    mn.Restore,
    mn.Rotate,
    mn.Rotating,
    mn.ScaleInPlace,
    mn.ShowPassingFlash,
    mn.ShrinkToCenter,
    mn.SpinInFromNothing,
    mn.Swap,
    mn.Transform,
    mn.TransformFromCopy,
    mn.Uncreate,
    mn.Unwrite,
    mn.Write,
    manims.MethodAnimation,
}
#: The same, but beginning they call a function that they were given, which may look around.
_CALLING: set[type[Animation]] = {
    mn.ApplyComplexFunction,
    mn.ApplyFunction,
    mn.ApplyMatrix,
    mn.ApplyMethod,
    mn.ApplyPointwiseFunction,
    mn.ApplyPointwiseFunctionToCenter,
}
#: These do nothing at all while they run.
_IDLE: set[type[Animation]] = {mn.Add, mn.Wait}
_GROUPS: set[type[Animation]] = {
    mn.AnimationGroup,
    mn.Broadcast,
    mn.Flash,
    mn.LaggedStart,
    mn.LaggedStartMap,
    mn.ShowPassingFlashWithThinningStrokeWidth,
    mn.TransformMatchingShapes,
    mn.TransformMatchingTex,
}
#: These begin their parts one after the other.
_SUCCESSIONS: set[type[Animation]] = {mn.Circumscribe, mn.Succession}
#: Manim's own that go step by step, but run no code of others unless they hold a function.
_STEPPING: set[type[Animation]] = {
    mn.AddTextLetterByLetter,
    mn.ApplyWave,
    mn.ChangeDecimalToValue,
    mn.ComplexHomotopy,
    mn.Homotopy,
    mn.MoveAlongPath,
    mn.PhaseFlow,
    mn.RemoveTextLetterByLetter,
    mn.ShowIncreasingSubsets,
    mn.ShowSubmobjectsOneByOne,
    mn.SmoothedVectorizedHomotopy,
    mn.SpiralIn,
    mn.Wiggle,
}
#: Rate functions that never go back, as a group of animations needs them to be leapt over.
_FORWARD = {
    rate_functions.linear,
    rate_functions.smooth,
    rate_functions.smoothstep,
    rate_functions.smootherstep,
    rate_functions.smoothererstep,
    rate_functions.rush_into,
    rate_functions.rush_from,
    rate_functions.slow_into,
    rate_functions.double_smooth,
    rate_functions.lingering,
    rate_functions.exponential_decay,
} | {
    getattr(rate_functions, f"ease_{way}_{kind}")
    for way in ("in", "out", "in_out")
    for kind in ("sine", "quad", "cubic", "quart", "quint", "expo", "circ")
}
_SQUISHED = "squish_rate_func.<locals>.result"
#: What Manim's loop calls of a scene at every frame.
_EVERY_FRAME = ("update_to_time", "update_mobjects", "update_meshes", "update_self")


def single(animations: Iterable[Animation]) -> Iterator[Animation]:
    """Return animations, and those in groups of them."""
    for animation in animations:
        yield animation
        if isinstance(animation, AnimationGroup):
            yield from single(animation.animations)


def is_closed(scene: Scene) -> bool:
    """Say whether the current play runs no code of the user's; its animations have begun."""
    try:
        _check_closed(scene)
    except Unproven:
        return False
    return True


def _check_closed(scene: Scene) -> None:
    if scene.stop_condition is not None or scene.updaters or scene.always_update_mobjects:
        raise Unproven("the scene has an updater, or a condition to stop at")
    if scene.meshes:
        raise Unproven("the scene has meshes")
    for name in _EVERY_FRAME:
        if getattr(type(scene), name) is not getattr(Scene, name) or name in vars(scene):
            raise Unproven(f"the scene has {name} of its own")
    known = _FROM_COPIES | _CALLING | _IDLE | _GROUPS | _SUCCESSIONS | _STEPPING
    animations = list(single(scene.animations or ()))
    for animation in animations:
        kind = type(animation)
        if kind not in known and not _promises(kind):
            raise Unproven(f"{kind.__name__} is an animation of its own")
        if isinstance(animation, AnimationGroup) and not animation.animations:
            raise Unproven(f"{kind.__name__} does not say what it does before it begins")
        for value in vars(animation).values():
            if callable(value) and not isinstance(value, Mobject | Animation | type):
                _check_function(value)
    seen: set[int] = set()
    for mobject in [*scene.mobjects, *scene.foreground_mobjects, *_held(animations)]:
        for member in mobject.get_family():
            if id(member) not in seen:
                seen.add(id(member))
                _check_mobject(member)


def _check_function(function: Any) -> None:
    bound = getattr(function, "__self__", None)
    if isinstance(bound, Mobject | Animation) and type(bound).__module__.startswith(_KNOWN):
        return  # a method of Manim's, called when the animation began
    meaning_of(function)


def _held(animations: Iterable[Animation]) -> Iterator[Mobject]:
    for animation in animations:
        for value in vars(animation).values():
            if isinstance(value, Mobject):
                yield value


def _promises(kind: type[Animation]) -> bool:
    """Say whether a class, not one it derives from, says that it sets things from copies."""
    return bool(vars(kind).get("sets_from_copies", False))


def leaps(scene: Scene) -> bool:
    """Say whether frames of the current play, which is closed, can be made one without another."""
    try:
        _territory(list(scene.animations or ()), overlap=True)
    except Unproven:
        return False
    return True


def changing(scene: Scene) -> frozenset[int] | None:
    """Return the ids of all mobjects that a play which leaps may change; None if it may be others.

    An animation that begins in the middle of a play may give its mobject new members.
    """
    animations = list(single(scene.animations or ()))
    if any(isinstance(animation, Succession) for animation in animations):
        return None
    return frozenset(_territory(list(scene.animations or ()), overlap=True))


def _territory(animations: list[Animation], overlap: bool) -> set[int]:
    """Return the mobjects that animations touch; see that no two depend on each other's order.

    Animations that run from beginning to end all at once may overlap: in every frame the later
    one wins. One that ends before, or begins after, may not.
    """
    whole: set[int] = set()
    simple = True
    for animation in animations:
        kind = type(animation)
        if kind in _IDLE:
            continue
        is_group = kind in _GROUPS | _SUCCESSIONS or _promises(kind)
        if is_group and isinstance(animation, AnimationGroup):
            if not _goes_forward(animation.rate_func):
                raise Unproven(f"the rate function of a {kind.__name__} may go back")
            in_turn = isinstance(animation, Succession)
            if in_turn and any(type(part) in _CALLING for part in single(animation.animations)):
                raise Unproven("a function is called in the middle of the play")
            own = _territory(animation.animations, overlap=in_turn)
            alone = False
        elif kind in _FROM_COPIES or kind in _CALLING or _promises(kind):
            _check_arrays(animation)
            own = {id(_whole(m)) for held in _held([animation]) for m in held.get_family()}
            alone = True
        else:
            raise Unproven(f"{kind.__name__} goes step by step")
        if not (overlap and simple and alone) and not whole.isdisjoint(own):
            raise Unproven("two animations of a group move the same")
        simple = simple and alone
        whole |= own
    return whole


def _whole(mobject: Mobject) -> Mobject:
    """Return what a mobject is a part of, as one that writes into another's arrays, or itself."""
    return mobject.whole if isinstance(mobject, DrawsItself) else mobject


def _goes_forward(function: Any) -> bool:
    """Say whether a rate function never goes back, as far as is known."""
    if getattr(function, "__qualname__", "") == _SQUISHED and is_function(function):
        return any(_goes_forward(cell.cell_contents) for cell in function.__closure__)
    return function in _FORWARD


def _check_arrays(animation: Animation) -> None:
    """See that no point an animation turns about is a view of something that moves."""
    path = getattr(animation, "_path_func", None)
    cells = [cell.cell_contents for cell in getattr(path, "__closure__", None) or ()]
    for value in [*vars(animation).values(), *cells]:
        if isinstance(value, np.ndarray) and value.base is not None:
            raise Unproven("an array may be another mobject's")
