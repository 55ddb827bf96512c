"""The base class of draw commands, and layers of them.

A command is a value: numbers, bytes and arrays, nothing that refers to a scene. It can be sent to
another process and drawn there, and is compared by its digest.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nnviz.drawing.canvas import Surface
    from nnviz.drawing.pixel_boxes import Box

__all__ = ["Command", "Extent", "Layer", "View"]

#: Length of digests in bytes.
_DIGEST = 20


class View(NamedTuple):
    """How many pixels a frame has, and where the scene's plane lies on them.

    Attributes
    ----------
    width, height : int
        Size of the frame in pixels.
    xx, yy, x0, y0 : float
        A point (x, y) of the plane lies at the pixel (xx x + x0, yy y + y0).
    """

    width: int
    height: int
    xx: float
    yy: float
    x0: float
    y0: float


class Extent(NamedTuple):
    """The area of a command: points of the plane, and how far it reaches beyond their box.

    Attributes
    ----------
    points : numpy.ndarray
        Shape (n, 2) or (n, 3), of which the first two columns count.
    reach : float
        In units of the plane.
    margin : float
        How far it reaches beyond that, in pixels.
    """

    points: NDArray[np.float64]
    reach: float
    margin: float = 0.0


class Command:
    """One draw command.

    Subclasses name their values in ``__slots__``, or in ``fields``, in the order in which the
    constructor takes them.
    """

    __slots__ = ("_digest", "box", "measured_in")

    #: Names of the values.
    fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "fields" not in vars(cls):
            cls.fields = tuple(cls.__slots__)

    def __init__(self, *values: Any) -> None:
        for name, value in zip(self.fields, values, strict=True):
            setattr(self, name, value)
        self._digest: bytes | None = None
        #: The box around it on a frame with the view `measured_in`; None if that is not known.
        self.box: Box | None = None
        self.measured_in: View | None = None

    def __reduce__(self) -> tuple[type[Command], tuple[Any, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.fields)

    @property
    def digest(self) -> bytes:
        """Hash of the values: commands have the same one exactly if they draw the same."""
        if self._digest is None:
            parts = b"".join([type(self).__name__.encode(), *self._parts()])
            self._digest = blake2b(parts, digest_size=_DIGEST).digest()
        return self._digest

    def _parts(self) -> Iterable[bytes]:
        """Return the values as bytes, with lengths or shapes."""
        parts, plain = [], []
        for name in self.fields:
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                plain.append((value.dtype.str, value.shape))
                parts.append(value.tobytes())
            elif isinstance(value, (Command, Layer)):
                parts.append(value.digest)
            else:
                plain.append(value)
        return [*parts, repr(plain).encode()]

    @property
    def size(self) -> int:
        """Approximate size in bytes."""
        return sum(
            value.nbytes
            for name in self.fields
            if isinstance(value := getattr(self, name), np.ndarray)
        )

    @property
    def is_visible(self) -> bool:
        """Whether anything of it can be seen."""
        return True

    def extent(self) -> Extent | None:
        """Return the extent on the plane; None if that is not known."""
        return None

    def pixels_covered(self, view: View) -> Box | None:
        """Return the box around it on a frame, if that does not follow from its extent."""
        return None

    def differences(self, other: Command, view: View) -> list[Box] | None:
        """Return the dirty rectangles of a change to another command.

        None, the default, stands for the boxes around both.
        """
        return None

    def paint(self, surface: Surface) -> None:
        """Draw it."""
        raise NotImplementedError


class Layer:
    """Commands in the order in which they are drawn, and what they are drawn on.

    Attributes
    ----------
    view : View
        Where the plane lies on the frame.
    background : Command or None
        What fills the frame before anything else is drawn; with None, the frame stays as it is.
    commands : tuple of Command
        The draw commands.
    """

    __slots__ = ("_digest", "background", "commands", "view")

    def __init__(
        self, view: View, background: Command | None, commands: tuple[Command, ...]
    ) -> None:
        self.view, self.background, self.commands = view, background, commands
        self._digest: bytes | None = None

    def __reduce__(self) -> tuple[type[Layer], tuple[Any, ...]]:
        return type(self), (self.view, self.background, self.commands)

    @property
    def digest(self) -> bytes:
        """Hash of the values: layers have the same one exactly if they look the same."""
        if self._digest is None:
            state = blake2b(repr(tuple(self.view)).encode(), digest_size=_DIGEST)
            state.update(self.background.digest if self.background else b"-")
            state.update(b"".join([c._digest or c.digest for c in self.commands]))
            self._digest = state.digest()
        return self._digest
