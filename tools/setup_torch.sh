#!/usr/bin/env bash
# Install PyTorch and Keras into .venv/torch, an environment that sees all that .venv has: so that
# other goals stay as quick as they are without. Usage: tools/setup_torch.sh STAMP; see setup.sh.
# Where pip finds a build of this version for processors alone, it takes that.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=${1:-.venv/torch/.setup-done}
venv=.venv/torch


"$venv/bin/python" -c 'import pip' 2>/dev/null || .venv/bin/python -m venv --clear "$venv"
above=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$venv/bin/python" - "$above" <<'END'
import pathlib, sys, sysconfig
folder = pathlib.Path(sysconfig.get_path("purelib"))
(folder / "above.pth").write_text(f"import site; site.addsitedir({sys.argv[1]!r})\n")
END
echo "setup: installing PyTorch and Keras into $venv ..."
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    torch==2.13.0 'keras>=3.5' </dev/null
"$venv/bin/python" -c 'import nnviz, torch'
KERAS_BACKEND=torch "$venv/bin/python" -c 'import keras'
touch "$stamp"
