"""Captions: sentences shown below a film, as a WebVTT file and as a track of the film itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av

from nnviz.files import whole_file

__all__ = ["CODECS", "Cue", "cue_of", "packets_of", "prepare", "write_captions"]

#: In which codec a container keeps captions; others keep none.
CODECS = {".mp4": "mov_text", ".mov": "mov_text"}
#: Seconds that a caption is shown at least, and for each of its characters.
_LEAST, _A_CHARACTER = Fraction(3), Fraction(7, 100)
_TICK = Fraction(1, 1000)
#: Style of a track's captions, in the form that FFmpeg's encoders read: white, at the lower edge.
_HEADER = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment, MarginL, MarginR, MarginV
Style: Default,Arial,16,&Hffffff,2,10,10,10

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


class Cue(NamedTuple):
    """A caption and when it is shown.

    Attributes
    ----------
    start, end : fractions.Fraction
        In seconds of the film.
    text : str
        One sentence.
    """

    start: Fraction
    end: Fraction
    text: str


def cue_of(text: str, start: Fraction, end: Fraction) -> Cue:
    """Return a caption of a part of a film: shown as long as it takes to read, from its beginning.

    Parameters
    ----------
    text : str
        The caption.
    start, end : Fraction
        When the part begins and ends, in seconds.
    """
    return Cue(start, min(end, start + max(_LEAST, _A_CHARACTER * len(text))), text)


def write_captions(cues: Iterable[Cue], file: Path) -> None:
    """Write captions as a WebVTT file, for ``<track>`` of a page and for players.

    Parameters
    ----------
    cues : iterable of Cue
        In order.
    file : Path
        The file to make, or to replace.
    """
    blocks = ["WEBVTT\n"]
    for cue in cues:
        text = cue.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{_clock(cue.start)} --> {_clock(cue.end)}\n{text}\n")
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(file) as draft:
        draft.write_text("\n".join(blocks), encoding="utf-8", newline="\n")


def _clock(seconds: Fraction) -> str:
    ticks = round(seconds / _TICK)
    minutes, rest = divmod(ticks, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def prepare(stream: Any) -> Any:
    """Return a track for captions, with what players need to know of their looks."""
    stream.codec_context.subtitle_header = _HEADER
    stream.codec_context.time_base = _TICK
    stream.codec_context.open()
    stream.time_base = _TICK
    return stream


def packets_of(cues: Iterable[Cue], stream: Any) -> Iterator[av.Packet[Any]]:
    """Return what a track holds for some captions: of each its length in two bytes, and its text.

    The form is that of 3GPP's timed text (TS 26.245), section 5.17.
    """
    for cue in cues:
        text = cue.text.encode()
        packet: av.Packet[Any] = av.Packet(len(text).to_bytes(2, "big") + text)
        packet.stream = stream
        packet.time_base = _TICK
        packet.pts = packet.dts = round(cue.start / _TICK)
        packet.duration = round((cue.end - cue.start) / _TICK)
        yield packet
