"""Reads files, each in a process of its own, and prints how that ended and what it took.

Called with the name of a reader; the paths come on standard input, one a line.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from typing import Any

#: Seconds after which the system ends a process that hangs.
LONGEST = 20


def read(reader: Any, path: str) -> dict[str, str]:
    """Read a file; return the classes of the error and its text."""
    try:
        reader(path)
    except BaseException as error:
        return {"kinds": " ".join(kind.__name__ for kind in type(error).mro()), "text": str(error)}
    return {"kinds": "", "text": ""}


def measured(reader: Any, path: str) -> dict[str, Any]:
    """Read a file in a child; return how it ended, processor time and growth of memory."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found: dict[str, Any] = read(reader, path)
        found["bytes"] = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        os.write(theirs, json.dumps(found | {"text": found["text"][:2000]}).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        answer = pipe.read()
    _, _, usage = os.wait4(child, 0)
    found = json.loads(answer) if answer else {"kinds": "", "text": "ended", "bytes": 0}
    return found | {"seconds": usage.ru_utime + usage.ru_stime}


if __name__ == "__main__":
    module, _, name = sys.argv[1].rpartition(":")
    function: Any = importlib.import_module(module)
    for part in name.split("."):
        function = getattr(function, part)
    for needed in sys.argv[2:]:
        importlib.import_module(needed)
    for line in sys.stdin:
        print(json.dumps(measured(function, line.rstrip("\n"))), flush=True)
