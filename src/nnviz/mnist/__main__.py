"""Download the full MNIST: ``python -m nnviz.mnist``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nnviz.mnist.dataset import load
from nnviz.mnist.fetch import MIRRORS, default_folder, download


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m nnviz.mnist",
        description="Download the full MNIST (70,000 images, 11 MB) and check it.",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=default_folder(),
        help="where to (default: %(default)s)",
    )
    parser.add_argument(
        "--mirror",
        action="append",
        metavar="URL",
        help="ask this address instead of the known mirrors; may be given several times",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="how long to wait for a silent mirror (default: %(default)g)",
    )
    options = parser.parse_args(arguments)
    try:
        folder = download(options.folder, options.mirror or MIRRORS, timeout=options.timeout)
        train, validation, test = load(folder)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(
        f"{folder}: {len(train) + len(validation):,} training and {len(test):,} test images. "
        f"Use them with nnviz.mnist.load({str(folder)!r})."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
