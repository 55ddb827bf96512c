"""The base of scenes of language models: the model, and the names of its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from nnviz import texts
from nnviz.mobjects.network import NetworkStyle
from nnviz.network import ForwardPass, Network, pretrained
from nnviz.scene.nn_scene import NNScene

__all__ = ["MARGIN", "LanguageScene"]

#: The margin at the edges of the frame, in scene units.
MARGIN = 0.5


class LanguageScene(NNScene):
    """A scene with a language model, and the names of its tokens.

    Attributes
    ----------
    names : sequence of str
        Class attribute: names of the tokens, by their numbers.
    style : NetworkStyle or None
        Class attribute: colours and writing; None for the style that fits the background.
    """

    names: ClassVar[Sequence[str]] = texts.NAMES_TOKENIZER.characters
    style: ClassVar[NetworkStyle | None] = None

    def make_network(self) -> Network:
        """Return the model; by default the shipped model of first names."""
        return pretrained("names")

    def setup(self) -> None:
        """Make the model."""
        super().setup()
        self.network = self.make_network()
        self.look = (self.style or NetworkStyle()).on(self.camera)

    def tokens_of(self, text: Sequence[Any]) -> list[int]:
        """Return the tokens of a text, or of names of tokens; integers are tokens.

        Parameters
        ----------
        text : sequence of object
            The text, such as ``".anna"``, or ``[3, 1, 4]``.

        Raises
        ------
        ValueError
            If a part of the text is not one of `names`.
        """
        names = list(self.names)
        found = []
        for one in text:
            if isinstance(one, str) and one not in names:
                raise ValueError(f"{one!r} is not one of the tokens {', '.join(names)}")
            found.append(names.index(one) if isinstance(one, str) else int(one))
        return found

    def called(self, tokens: Sequence[int]) -> list[str]:
        """Return the names of tokens."""
        return [self.names[token] for token in tokens]

    def forward_pass(self, tokens: Sequence[int]) -> ForwardPass:
        """Return what the model computes for tokens."""
        return self.network.with_inputs(len(tokens)).forward_pass(tokens)
