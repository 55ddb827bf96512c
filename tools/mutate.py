"""Change the library in small ways, one at a time, and look whether a test fails.

    make mutate                               150 mutants
    make mutate BUDGET=40 ARGS="--seed 7"     others
    make mutate ARGS=--again                  the survivors alone, after tests for them

cosmic-ray makes the mutants, in a copy of the tree. The tests run once without a change, with
coverage, which tells what tests execute each line. A mutant meets those of its line, the quickest
first, until one fails. One with which they take far longer than without counts as killed, too: the
change made a loop endless, or so. Score and survivors are written to docs/how/mutation.md.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import chdir
from dataclasses import asdict, dataclass
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, WorkerOutcome
from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[1]
#: What became of each mutant of the last run, for --again.
RESULTS = ROOT / "build" / "mutation.json"
PAGE = ROOT / "docs" / "how" / "mutation.md"
#: Survivors that change nothing, and why.
EQUIVALENT = ROOT / "tools" / "equivalent_mutants.toml"
ROOMS = ("network", "interop", "drawing")
#: Their tests take PyTorch.
LEFT_OUT = re.compile(r"interop/torch(_\w+)?\.py")
#: The tests of one mutant take at most this many seconds without it, the first of them apart.
MOST_SECONDS = 40.0
#: Seconds after which a mutant counts as killed, beside ten times what its tests take without it.
PATIENCE = 60.0

Position = tuple[int, int]


@dataclass
class Mutant:
    """One change of one file, and what became of it."""

    path: str
    operator: str
    occurrence: int
    start: Position
    end: Position
    place: str
    survived: bool = False
    tests: int = 0
    before: str = ""
    after: str = ""


class Tests:
    """What tests execute what lines, and how long each takes.

    Parameters
    ----------
    folder : Path
        The copy of the tree.
    paths : iterable of str
        Files and folders of the tests.
    """

    def __init__(self, folder: Path, paths: Iterable[str]) -> None:
        self._folder = folder
        measured = ",".join(f"src/nnviz/{room}/*" for room in ROOMS)
        (folder / ".coveragerc").write_text(
            f"[run]\nrelative_files = true\ninclude = {measured}\n", encoding="utf-8"
        )
        output = self.run(
            "--durations=0", "--durations-min=0", "-m", "not slow",
            "--cov", "--cov-context=test", "--cov-report=", *paths,
        )  # fmt: skip
        self.seconds: dict[str, float] = defaultdict(float)
        pattern = r"^([\d.]+)s (?:call|setup|teardown) +(.+)$"
        for seconds, name in re.findall(pattern, output, re.MULTILINE):
            self.seconds[name] += float(seconds)
        data = CoverageData(str(folder / ".coverage"))
        data.read()
        self._of_line = {
            path.replace(os.sep, "/"): {
                line: {context.rpartition("|")[0] for context in contexts if context}
                for line, contexts in data.contexts_by_lineno(path).items()
            }
            for path in data.measured_files()
        }

    def command(self, *arguments: str) -> list[str]:
        """Return a command that runs tests until one fails."""
        quiet = "-q", "-x", "-p", "no:cacheprovider"
        return [sys.executable, "-m", "pytest", "--all", *quiet, *arguments]

    def run(self, *arguments: str) -> str:
        """Run tests, all of which must pass, and return what pytest writes."""
        done = subprocess.run(
            self.command(*arguments), cwd=self._folder, stdout=subprocess.PIPE, text=True
        )
        if done.returncode:
            sys.exit(f"tests fail without a change:\n{done.stdout[-3000:]}")
        return done.stdout

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests that execute a mutant's lines, the quickest first.

        Lines that run at import, such as a table's, take the tests of the whole file.
        """
        lines = self._of_line.get(mutant.path, {})
        near = range(mutant.start[0], mutant.end[0] + 1)
        found = set().union(*(lines.get(line, set()) for line in near))
        found = found or set().union(*lines.values())
        chosen: list[str] = []
        total = 0.0
        for name in sorted(found, key=lambda name: (self.seconds[name], name)):
            total += self.seconds[name]
            if chosen and total > MOST_SECONDS:
                break
            chosen.append(name)
        return chosen

    def meet(self, mutant: Mutant) -> None:
        """Run its tests with a mutant in place, and keep whether it survived."""
        tests = self.of(mutant)
        mutant.tests, mutant.survived = len(tests), True
        names = self._folder / "tests.txt"
        names.write_text("\n".join(tests), encoding="utf-8")
        seconds = sum(self.seconds[name] for name in tests)
        spec = MutationSpec(
            Path(mutant.path), mutant.operator, mutant.occurrence, mutant.start, mutant.end
        )
        # Without tests the change is made all the same, to be shown.
        command = self.command(f"@{names}") if tests else [sys.executable, "-c", ""]
        done = mutate_and_test([spec], shlex.join(command), PATIENCE + 10 * seconds)
        if done.worker_outcome is not WorkerOutcome.NORMAL:
            sys.exit(f"{mutant} cannot be made: {done.output}")
        mutant.survived = not done.is_killed
        changed = [
            line for line in (done.diff or "").splitlines() if line[:3] not in ("---", "+++")
        ]
        mutant.before = _joined(line[1:] for line in changed if line.startswith("-"))
        mutant.after = _joined(line[1:] for line in changed if line.startswith("+"))


def _joined(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines)


def copied(folder: Path) -> None:
    """Copy what Git knows, and new files, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def unevaluated(source: str) -> Iterator[tuple[Position, Position]]:
    """Yield where annotations start and end: Python does not evaluate them in our files."""
    for node in ast.walk(ast.parse(source)):
        for note in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if note is not None:
                yield (
                    (note.lineno, note.col_offset),
                    (note.end_lineno or note.lineno, note.end_col_offset or note.col_offset),
                )


def drawn(folder: Path, budget: int, seed: int) -> list[Mutant]:
    """Draw places that can be changed, and one change of each."""
    places: dict[tuple[str, Position], list[Mutant]] = defaultdict(list)
    paths = sorted(
        path.relative_to(folder)
        for room in ROOMS
        for path in (folder / "src" / "nnviz" / room).rglob("*.py")
        if not LEFT_OUT.search(path.as_posix())
    )
    with use_db(folder / "mutants.sqlite", WorkDB.Mode.create) as database:
        init(paths, database, {})
        specs = [item.mutations[0] for item in database.work_items]
    notes = {path: list(unevaluated(path.read_text(encoding="utf-8"))) for path in paths}
    for spec in specs:
        if any(start <= spec.start_pos < end for start, end in notes[spec.module_path]):
            continue
        if spec.operator_name != "core/NoOp":
            path = spec.module_path.as_posix()
            places[path, spec.start_pos].append(
                Mutant(
                    path, spec.operator_name, spec.occurrence, spec.start_pos, spec.end_pos,
                    spec.definition_name or "",
                )
            )  # fmt: skip
    rng = random.Random(seed)
    chosen = rng.sample(sorted(places), min(budget, len(places)))
    print(f"{len(places)} places of {len(paths)} files can be changed, {len(chosen)} are")
    order = lambda mutant: (mutant.operator, mutant.occurrence)  # noqa: E731
    return [rng.choice(sorted(places[place], key=order)) for place in sorted(chosen)]


def page(mutants: list[Mutant], seed: int) -> str:
    """Return the page: the score, the survivors, and those that change nothing."""
    reasons = {
        (known["file"], known["before"], known["after"]): known["reason"]
        for known in tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))["mutants"]
    }
    survivors = [mutant for mutant in mutants if mutant.survived]
    known = {
        id(mutant): reasons[key]
        for mutant in survivors
        if (key := (mutant.path, mutant.before, mutant.after)) in reasons
    }
    real = [mutant for mutant in survivors if id(mutant) not in known]
    counted = len(mutants) - len(known)
    killed = counted - len(real)
    print(f"{killed} of {counted} are killed, {killed / max(counted, 1):.0%}")
    rooms = "\n".join(
        f"| `src/nnviz/{room}` | {len(of_room)} | {sum(not m.survived for m in of_room)} | "
        f"{sum(id(m) in known for m in of_room)} |"
        for room in ROOMS
        if (of_room := [m for m in mutants if m.path.startswith(f"src/nnviz/{room}/")])
    )
    listed = "\n".join(_shown(mutant) for mutant in real) or "None."
    same = "\n".join(f"{_shown(m)}  \n  {known[id(m)]}" for m in survivors if id(m) in known)
    head, tail = PAGE.read_text(encoding="utf-8").split("<!-- made by tools/mutate.py -->\n")[::2]
    return f"""{head}<!-- made by tools/mutate.py -->
**{killed} of {counted} mutants are killed: {killed / max(counted, 1):.0%}.**
Made with `make mutate BUDGET={len(mutants)} ARGS="--seed {seed}"`.

| room | mutants | killed | without effect |
| --- | --- | --- | --- |
{rooms}

## Survivors

{listed}

## Without effect

{same or "None."}

<!-- made by tools/mutate.py -->
{tail}"""


def _shown(mutant: Mutant) -> str:
    where = f"`{mutant.path.removeprefix('src/nnviz/')}`, `{mutant.place}`"
    return f"- {where}: `{mutant.before}` becomes `{mutant.after}`"


def main() -> None:
    """Draw mutants, let each meet its tests, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budget", type=int, default=150, help="number of mutants")
    parser.add_argument("--seed", type=int, default=1, help="seed of the draw")
    parser.add_argument("--again", action="store_true", help="run the last run's survivors alone")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="with these tests alone")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nnviz-mutate-") as name, chdir(name):
        folder = Path(name).resolve()
        os.environ |= {"PYTHONPATH": str(folder / "src"), "PYTHONHASHSEED": "0"}
        copied(folder)
        if args.again:
            last = json.loads(RESULTS.read_text(encoding="utf-8"))
            seed = last["seed"]
            mutants = [Mutant(**known) for known in last["mutants"]]
        else:
            seed, mutants = args.seed, drawn(folder, args.budget, args.seed)
        tests = Tests(folder, args.tests or [f"tests/{room}" for room in ROOMS])
        todo = [mutant for mutant in mutants if mutant.survived or not args.again]
        RESULTS.parent.mkdir(exist_ok=True)
        for count, mutant in enumerate(todo, 1):
            mutant.start, mutant.end = tuple(mutant.start), tuple(mutant.end)
            tests.meet(mutant)
            fate = "SURVIVED" if mutant.survived else "killed"
            print(f"{count}/{len(todo)} {fate} ({mutant.tests} tests) {_shown(mutant)}", flush=True)
            kept = {"seed": seed, "mutants": [asdict(mutant) for mutant in mutants]}
            RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(mutants, seed), encoding="utf-8")


if __name__ == "__main__":
    main()
