"""Many videos joined to one, with marks, title cards and captions; no video is encoded again."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from nnviz.drawing.segments import Encoding
from nnviz.drawing.sheets import Still, sheet_of
from nnviz.files import whole_file
from nnviz.render.captions import CODECS, Cue, cue_of, packets_of, prepare
from nnviz.render.title_cards import card_frames, card_of

__all__ = [
    "Cut",
    "JoinError",
    "contact_sheet",
    "cues",
    "is_drawn",
    "is_joined",
    "join",
    "starts",
]

#: Of marks: finer than frames, and what players show is in seconds.
_TICK = Fraction(1, 1000)


class JoinError(Exception):
    """Videos cannot be joined; the text says which, and why."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One part of a film.

    Attributes
    ----------
    video : Path
        Its file.
    title : str
        Title of its mark.
    caption : str
        A sentence that is shown below its pictures as long as it takes to read; empty for none.
    card : tuple of str
        Lines of a title card before it, on which the picture before fades out; empty for none.
    """

    video: Path
    title: str
    caption: str = ""
    card: tuple[str, ...] = ()


def is_joined(cuts: Sequence[Cut], film: Path, title: str = "") -> bool:
    """Return whether a film is what :func:`join` would make of these cuts as they are now."""
    if not film.is_file():
        return False
    with contextlib.suppress(av.error.FFmpegError), av.open(str(film)) as container:
        noted = container.metadata
        return noted.get("comment") == _origin(cuts) and noted.get("title", "") == title
    return False


def is_drawn(cuts: Sequence[Cut], sheet: Path) -> bool:
    """Return whether a picture is what :func:`contact_sheet` would draw of these cuts."""
    if not sheet.is_file():
        return False
    with contextlib.suppress(OSError, SyntaxError), Image.open(sheet) as page:
        return bool(page.info.get("Comment") == _origin(cuts))
    return False


def join(cuts: Sequence[Cut], film: Path, title: str = "") -> None:
    """Copy what is encoded in videos into one file, one after the other.

    Parameters
    ----------
    cuts : sequence of Cut
        The parts, encoded alike.
    film : Path
        The file to make, or to replace when all is there. Its suffix says which format: MP4,
        MOV and WebM keep marks.
    title : str, optional
        Title of the whole.

    Raises
    ------
    JoinError
        If there are no cuts, one of them cannot be read, or is encoded in another way than the
        first.
    """
    if not cuts:
        raise JoinError("there is nothing to join")
    begins = starts(cuts)
    film.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        whole_file(film) as draft,
        av.open(str(draft), "w") as output,
    ):
        pieces = [
            (position, video)
            for position, videos in enumerate(_with_cards(cuts, Path(folder)))
            for video in videos
        ]
        output.metadata["comment"] = _origin(cuts)
        if title:
            output.metadata["title"] = title
        output.set_chapters(
            [
                {
                    "id": position,
                    "start": round(start / _TICK),
                    "end": round(end / _TICK),
                    "time_base": _TICK,
                    "metadata": {"title": cut.title},
                }
                for position, (cut, start, end) in enumerate(
                    zip(cuts, begins[:-1], begins[1:], strict=True)
                )
            ]
        )
        streams: dict[str, Any] = {}
        first: dict[str, tuple[Path, Any]] = {}
        for _, video in pieces:  # all streams have to be there before the first packet
            with _opened(video) as part:
                for stream in _streams(part):
                    other, encoding = first.setdefault(stream.type, (video, _encoding(stream)))
                    if _encoding(stream) != encoding:
                        raise JoinError(
                            f"{video} is encoded in another way than {other}, and joined they "
                            "could not be played: render both with the same settings (what Manim "
                            "renders by itself, it encodes in its own way)"
                        )
                    if stream.type not in streams:
                        streams[stream.type] = output.add_stream_from_template(stream)
        captions, codec = cues(cuts), CODECS.get(film.suffix)
        spoken: dict[int, list[Cue]] = {}
        if captions and codec is not None:
            streams["subtitle"] = prepare(output.add_stream(codec))
            for position, cue in captions:
                spoken.setdefault(position, []).append(cue)
        start = Fraction(0)
        for position, video in pieces:
            for packet in packets_of(spoken.pop(position, ()), streams.get("subtitle")):
                output.mux(packet)
            for kind, packet in _packets(video):
                later = round(start / packet.time_base)
                packet.dts += later
                packet.pts += later
                packet.stream = streams[kind]
                output.mux(packet)
            start += _seconds(video)


def cues(cuts: Sequence[Cut]) -> list[tuple[int, Cue]]:
    """Return when which caption is shown, and of which cut it is, counted from 0.

    Raises
    ------
    JoinError
        If a video cannot be read.
    """
    ends = starts(cuts)[1:]
    return [
        (position, cue_of(cut.caption, end - _seconds(cut.video), end))
        for position, (cut, end) in enumerate(zip(cuts, ends, strict=True))
        if cut.caption
    ]


def _with_cards(cuts: Sequence[Cut], folder: Path) -> Iterator[list[Path]]:
    """Make the title cards; return of each cut the files that show it."""
    before: Path | None = None
    for position, cut in enumerate(cuts):
        files = [cut.video]
        if cut.card:
            card = folder / f"{position}{cut.video.suffix}"
            last = None if before is None else _frame(before, last=True)
            card.write_bytes(card_of(cut.card, last, _default_encoding(cut.video)))
            files.insert(0, card)
        yield files
        before = cut.video


def _default_encoding(video: Path) -> Encoding:
    """Return how a picture is encoded to follow a video that was rendered with Manim's options."""
    with _opened(video) as part:
        stream = part.streams.video[0]
        codec = stream.codec_context
        # The average rate is not exact where a duration is rounded to ticks.
        rate = stream.base_rate or stream.average_rate
        assert rate is not None
        name = {"h264": "libx264", "vp9": "libvpx-vp9"}.get(codec.name, codec.name)
        kind = {".mkv": "matroska"}.get(video.suffix, video.suffix[1:])
        size = codec.width, codec.height
        options = (("crf", "23"),)
        return Encoding(kind, name, str(codec.pix_fmt), *size, rate, options).quick()


def starts(cuts: Iterable[Cut]) -> list[Fraction]:
    """Return when each cut begins, in seconds, and when the last one ends.

    Raises
    ------
    JoinError
        If a video cannot be read.
    """
    times = [Fraction(0)]
    for cut in cuts:
        card = Fraction(0)
        if cut.card:
            rate = _default_encoding(cut.video).frame_rate
            card = card_frames(rate) / rate
        times.append(times[-1] + card + _seconds(cut.video))
    return times


def _seconds(video: Path) -> Fraction:
    with _opened(video) as part:
        stream = part.streams.video[0]
        assert stream.time_base is not None
        return (stream.duration or 0) * stream.time_base


def contact_sheet(cuts: Sequence[Cut], sheet: Path) -> None:
    """Draw a picture of a film: a still from the middle of each cut, its title and its beginning.

    Parameters
    ----------
    cuts : sequence of Cut
        The parts.
    sheet : Path
        The PNG file to make, or to replace.

    Raises
    ------
    JoinError
        If a video cannot be read.
    """
    stills = [
        Still(_frame(cut.video), f"{int(start) // 60}:{int(start) % 60:02}  {cut.title}")
        for cut, start in zip(cuts, starts(cuts), strict=False)
    ]
    page = sheet_of(stills)
    noted = PngInfo()
    noted.add_text("Comment", _origin(cuts))
    sheet.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(sheet) as draft:
        page.save(draft, optimize=True, pnginfo=noted)


def _frame(video: Path, last: bool = False) -> Image.Image:
    """Return the frame in the middle of a video, or its last one."""
    with _opened(video) as part:
        stream = part.streams.video[0]
        wanted = stream.duration or 0 if last else (stream.duration or 0) // 2
        part.seek(wanted, stream=stream)
        found: Any = None
        for frame in part.decode(stream):
            if found is not None and frame.pts is not None and frame.pts > wanted:
                break
            found = frame
    if found is None:
        raise JoinError(f"{video} holds no pictures: render it again")
    return Image.fromarray(found.to_ndarray(format="rgb24"))


@contextlib.contextmanager
def _opened(video: Path) -> Iterator[InputContainer]:
    """Open a video; say which it was that cannot be read."""
    try:
        with av.open(str(video)) as container:
            if not container.streams.video:
                raise JoinError(f"{video} holds no video")
            yield container
    except (av.error.FFmpegError, OSError) as error:
        raise JoinError(f"{video} cannot be read ({error}): render it again") from None


def _packets(video: Path) -> list[tuple[str, Any]]:
    """Return what a video holds, in order: of each packet the kind of its stream, and itself."""
    with _opened(video) as part:
        # The last of each stream only says that it ends.
        return [
            (packet.stream.type, packet)
            for packet in part.demux(_streams(part))
            if packet.dts is not None and packet.pts is not None
        ]


def _streams(part: InputContainer) -> list[Any]:
    """Return what of a video is joined: pictures, and sound where there is some."""
    return [part.streams.video[0], *part.streams.audio[:1]]


def _encoding(stream: Any) -> tuple[Any, ...]:
    """Return what the packets of joined streams have to have in common."""
    codec = stream.codec_context
    size = (codec.width, codec.height, codec.pix_fmt) if stream.type == "video" else ()
    sound = (codec.sample_rate, codec.layout.name) if stream.type == "audio" else ()
    return codec.name, codec.extradata, *size, *sound


def _content(video: Path) -> bytes:
    try:
        return video.read_bytes()
    except OSError as error:
        raise JoinError(f"{video} cannot be read ({error.strerror}): render it again") from None


def _origin(cuts: Iterable[Cut]) -> str:
    """Return what is noted in a film and in its sheet: a hash of what they were made from."""
    digest = blake2b(digest_size=16)
    for cut in cuts:
        digest.update("\n".join((cut.title, cut.caption, *cut.card, "")).encode())
        digest.update(blake2b(_content(cut.video)).digest())
    return f"Joined from {digest.hexdigest()}"
