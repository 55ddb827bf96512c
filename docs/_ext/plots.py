"""Diagrams drawn when the site is made: how fast scenes render, and the house with its rooms.

``.. benchmark:: KEY COLUMN COLUMN`` draws columns of a table of docs/benchmarks.json as bars;
``.. house::`` draws who imports whom, as the source has it.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from docutils import nodes
from matplotlib.figure import Figure
from sphinx.util.docutils import SphinxDirective

import gallery
from films import FILMS, to_root

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parents[1]
SOURCE = DOCS.parent / "src" / "nnviz"
#: Furo's two backgrounds, and what can be read on them.
INKS = {"light": "#222222", "dark": "#dddddd"}
#: A program has one colour in all charts.
COLORS = {"nnviz": "#58c4dd", "stock": "#fd9639", "at its best": "#83c167"}
#: Inches of a chart of bars: as wide as a phone, so that its letters are large there.
WIDTH = 5.0
#: Rooms in the order in which they know each other: each knows what is below it.
FLOORS = {
    "cli": 6,
    "scene": 5,
    "characters": 4,
    "animations": 3,
    "mobjects": 2,
    "preview": 5,
    "page": 5,
    "render": 4,
    "camera": 1,
    "drawing": 0,
    "network": 0,
    "mnist": 0,
    "texts": 0,
    "interop": 1,
}
#: Where a room stands on its floor.
COLUMNS = {
    "cli": 2.0,
    "scene": 1.0,
    "characters": 1.35,
    "animations": 0.65,
    "mobjects": 1.0,
    "preview": 2.0,
    "page": 0.25,
    "render": 2.0,
    "camera": 2.0,
    "drawing": 2.0,
    "network": 0.5,
    "mnist": 1.5,
    "texts": 1.0,
    "interop": 0.0,
}


class Drawn(SphinxDirective):
    """A diagram that is drawn twice: for pages in light, and for those in dark."""

    style = "figure-wide"

    def drawn(self, name: str, alt: str, draw: Callable[[str], Figure]) -> list[nodes.Node]:
        """Return the two pictures, of which a page shows one."""
        folder = Path(self.env.app.outdir) / FILMS
        folder.mkdir(parents=True, exist_ok=True)
        code = ""
        for theme, ink in INKS.items():
            # So that the same numbers make the same file.
            with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": name}):
                draw(ink).savefig(
                    folder / f"{name}-{theme}.svg", transparent=True, metadata={"Date": None}
                )
            source = f"{to_root(self.env.docname)}{FILMS}/{name}-{theme}.svg"
            code += f'<img class="{self.style} only-{theme}" src="{source}" alt="{alt}">'
        return [nodes.raw("", code, format="html")]


def table(key: str) -> list[dict[str, str]]:
    """Return the rows of a table of the benchmarks, by their columns' names."""
    lines = json.loads((DOCS / "benchmarks.json").read_text(encoding="utf-8"))[key]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    head, _, *body = rows
    return [dict(zip(head, row, strict=True)) for row in body]


class Benchmark(Drawn):
    """Columns of a table as bars."""

    style = "figure-narrow"
    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Draw and show it."""
        self.env.note_dependency(str(DOCS / "benchmarks.json"))
        key, *columns = (word.strip() for word in self.arguments[0].split("|"))
        rows = [row for row in table(key) if row["scene"] != "all"]
        titles = {name: title for name, title, _ in gallery.chapter()}
        alt = f"Bars: {' and '.join(columns)} for each of {len(rows)} scenes."

        def draw(ink: str) -> Figure:
            height = 1.0 + 0.13 * len(rows) * (len(columns) + 0.8)
            figure = Figure(figsize=(WIDTH, height))
            figure.set_layout_engine("constrained")
            axes = figure.subplots()
            share = 0.8 / len(columns)
            for index, column in enumerate(columns):
                program = column.partition(",")[0]
                places = [n + index * share for n in range(len(rows))]
                # An empty cell was not measured.
                values = [float(row[column] or "nan") for row in rows]
                axes.barh(places, values, share, label=program, color=COLORS[program])
            ticks = [n + share * (len(columns) - 1) / 2 for n in range(len(rows))]
            axes.set_yticks(ticks, [titles.get(row["scene"], row["scene"]) for row in rows])
            axes.invert_yaxis()
            axes.set_xlabel("seconds", color=ink)
            figure.legend(labelcolor=ink, frameon=False, loc="outside upper center", ncols=3)
            _ink(axes, ink)
            return figure

        return self.drawn(f"benchmark-{key}", alt, draw)


def _ink(axes: Axes, ink: str) -> None:
    axes.tick_params(colors=ink)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(ink)


def knows() -> set[tuple[str, str]]:
    """Return which room imports which, from the source."""
    pairs = set()
    for file in SOURCE.rglob("*.py"):
        room = file.relative_to(SOURCE).parts[0]
        for node in ast.walk(ast.parse(file.read_bytes())):
            if not isinstance(node, ast.ImportFrom) or node.level or not node.module:
                continue
            for name in (f"{node.module}.{alias.name}" for alias in node.names):
                top, other, *_ = name.split(".")
                if top == "nnviz" and other != room and {room, other} <= FLOORS.keys():
                    pairs.add((room, other))
    return pairs


def needed(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out what follows from the others: a room that is known through another."""

    def reaches(start: str, end: str, seen: frozenset[str] = frozenset()) -> bool:
        ways = [b for a, b in pairs if a == start and b not in seen]
        return end in ways or any(reaches(b, end, seen | {b}) for b in ways)

    return {
        (a, b) for a, b in pairs if not any(reaches(c, b) for x, c in pairs if x == a and c != b)
    }


class House(Drawn):
    """The rooms, and an arrow from each to those it knows."""

    def run(self) -> list[nodes.Node]:
        """Draw and show it."""
        missing = {
            p.name for p in SOURCE.iterdir() if p.is_dir() and (p / "__init__.py").exists()
        } - FLOORS.keys()
        if missing:
            raise self.error(f"the house has rooms without a place in the diagram: {missing}")
        arrows = needed(knows())
        alt = "Rooms: " + "; ".join(
            f"{room} knows {' and '.join(b for _, b in pairs)}"
            for room, pairs in groupby(sorted(arrows), key=lambda pair: pair[0])
        )

        def draw(ink: str) -> Figure:
            figure = Figure(figsize=(7.5, 5.6))
            axes = figure.add_axes((0, 0, 1, 1))
            axes.set(xlim=(-0.5, 2.5), ylim=(-0.5, 6.5))
            axes.axis("off")
            for a, b in arrows:
                axes.annotate(
                    "",
                    (COLUMNS[b], FLOORS[b] + 0.24),
                    (COLUMNS[a], FLOORS[a] - 0.24),
                    arrowprops={"arrowstyle": "-|>", "color": ink, "lw": 1, "alpha": 0.7},
                )
            for room, floor in FLOORS.items():
                axes.text(
                    COLUMNS[room],
                    floor,
                    room,
                    color=ink,
                    ha="center",
                    va="center",
                    size=12,
                    bbox={"boxstyle": "round,pad=0.5", "fc": "#58c4dd30", "ec": COLORS["nnviz"]},
                )
            return figure

        return self.drawn("house", alt, draw)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("benchmark", Benchmark)
    app.add_directive("house", House)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
