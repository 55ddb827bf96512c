#!/usr/bin/env bash
# Install what the site is made with into .venv: the dependency group "docs" of pyproject.toml, and
# what its pages are tested with.
# Usage: tools/setup_docs.sh STAMP; see setup.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=${1:-.venv/.docs-done}
wanted=.venv/docs-requirements.txt
.venv/bin/python >"$wanted" <<'END'
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["dependency-groups"]["docs"], sep="\n")
END
echo "setup: installing what the site is made with into .venv ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$wanted" </dev/null
.venv/bin/python -c 'import furo, matplotlib, myst_parser, playwright, sphinx, sphinx_copybutton, sphinx_inline_tabs'
# Networks' pages are looked at by axe-core as well. Where there is no npm, that test is skipped.
if command -v npm >/dev/null; then
    npm install --silent --no-save --ignore-scripts --no-audit --no-fund \
        --prefix .venv/axe axe-core@4.14.1 </dev/null ||
        echo "setup: axe-core could not be installed: no test of accessibility will run" >&2
fi
touch "$stamp"
