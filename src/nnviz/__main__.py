"""The command ``nnviz``, as ``python -m nnviz``."""

import sys

from nnviz.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
