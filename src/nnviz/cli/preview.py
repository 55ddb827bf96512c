"""``nnviz preview``: render all scenes of a folder, and inspect them in the same run."""

from __future__ import annotations

import argparse
import sys
import textwrap
import time

from nnviz.cli.batch import Inspected, render_all
from nnviz.cli.listing import UsageError, scenes_in
from nnviz.preview.inspection_exceptions import exceptions_for

__all__ = ["run"]

_LAST_LINES = 40


def run(options: argparse.Namespace, size: str) -> int:
    """Render all scenes of a folder, and print which failed.

    Parameters
    ----------
    options : Namespace
        The parsed command line.
    size : str
        The quality in words.

    Returns
    -------
    int
        The exit status: 0 on success; 1 if a scene failed or, with ``--inspect --strict``, if there
        is a finding or an exception is not needed.

    Raises
    ------
    UsageError
        If there is no such place, the options do not fit together, or a file of exceptions is
        wrong.
    """
    if options.strict and not options.inspect:
        raise UsageError("--strict needs --inspect")
    found = scenes_in(options.folder)
    if options.inspect:
        for file in dict.fromkeys(scene.file for scene in found.scenes):
            try:
                exceptions_for(file)
            except ValueError as error:
                raise UsageError(str(error)) from None
    began = time.monotonic()
    count = len(found.scenes)
    print(f"Rendering {count} scenes at {size}, {options.jobs} at a time", flush=True)
    failed: list[str] = []
    total = Inspected()
    quality = [f"-q{options.quality}"]
    outcomes = render_all(found.scenes, quality, options.jobs, inspect=options.inspect)
    for position, outcome in enumerate(outcomes, start=1):
        name, file = outcome.scene.name, outcome.scene.file
        if outcome.status:
            failed.append(f"{name} ({file})")
            print(f"\n{name} failed with exit status {outcome.status}. Its last output:")
            last = outcome.output.splitlines()[-_LAST_LINES:]
            print(textwrap.indent("\n".join(last), "    "))
        result = "FAILED" if outcome.status else "done"
        print(f"[{position:2}/{count}] {result:6} {outcome.seconds:6.1f} s  {name}", flush=True)
        if outcome.inspected is not None:
            print(outcome.inspected.report, flush=True)
            total += outcome.inspected
    duration = time.monotonic() - began
    print(f"Rendered {count - len(failed)} of {count} scenes in {duration:.0f} s")
    if options.inspect:
        words = f"{count - len(failed)} scenes, findings: {total.objections}"
        print(f"{words}, exceptions without one: {total.unused}" if total.unused else words)
    if failed or found.problems:
        print("Not rendered:", *failed, *found.problems, sep="\n    ", file=sys.stderr)
        return 1
    return int(options.strict and total.is_objected_to)
