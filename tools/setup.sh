#!/usr/bin/env bash
# Install what nnviz needs and does not find: system packages, then Python packages into .venv.
# Usage: tools/setup.sh STAMP. The file STAMP is written last: while it is missing, or older than
# pyproject.toml, make runs this again, and what an interrupted run left undone is done then.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=${1:-.venv/.setup-done}
venv=.venv
log=$(mktemp "${TMPDIR:-/tmp}/nnviz-setup.XXXXXX")
ticker=

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$1" >&2
    shift
    if [ $# -gt 0 ]; then printf '%s\n' "$@" >&2; fi
    exit 1
}

stop_ticker() {
    if [ -n "$ticker" ]; then kill "$ticker" 2>/dev/null || true; fi
    ticker=
}

# Keep the log only while it may be needed: run() says where it is when something fails.
keep_log=
trap 'stop_ticker; [ -n "$keep_log" ] || rm -f "$log"' EXIT
trap 'exit 130' INT TERM

# run WHAT COMMAND...: run a command quietly, with a line now and then that it still runs.
run() {
    local what=$1 began=$SECONDS
    shift
    say "$what ..."
    (while sleep 30 >/dev/null 2>&1; do say "  still at it, $((SECONDS - began)) s"; done) &
    ticker=$!
    if "$@" >"$log" 2>&1 </dev/null; then
        stop_ticker
        return
    fi
    stop_ticker
    keep_log=yes
    tail -n 15 "$log" >&2
    fail "failed: $what" "  the command was: $*" "  its whole output is in $log" \
        "  Fix what it reports, then run make again: it goes on where it stopped."
}

# The first Python that is new enough.
find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Typeset a formula as Manim does: as a LaTeX document that becomes an SVG.
tex_works() {
    local folder status=0
    folder=$(mktemp -d "${TMPDIR:-/tmp}/nnviz-tex.XXXXXX")
    cat >"$folder/formula.tex" <<'END'
\documentclass[preview]{standalone}
\usepackage[english]{babel}
\usepackage{amsmath}
\usepackage{amssymb}
\begin{document}
\begin{align*}\frac{\partial C_0}{\partial w^{(L)}} \in \mathbb{R}\end{align*}
\end{document}
END
    (
        cd "$folder"
        latex -interaction=batchmode -halt-on-error formula.tex &&
            dvisvgm --no-fonts --verbosity=0 --output=formula.svg formula.dvi &&
            test -s formula.svg
    ) >/dev/null 2>&1 </dev/null || status=1
    rm -rf "$folder"
    return $status
}

# Names of the Debian packages that are missing, judged by what they bring.
missing_packages() {
    # pycairo and manimpango are built here, unless there are wheels of them.
    command -v pkg-config >/dev/null || echo pkg-config
    pkg-config --exists cairo 2>/dev/null || echo libcairo2-dev
    pkg-config --exists pangocairo 2>/dev/null || echo libpango1.0-dev
    command -v cc >/dev/null || echo gcc libc6-dev
    tex_works || echo texlive-latex-extra dvisvgm

    # Debian takes these apart from Python; a Python from elsewhere has them.
    local version
    version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
    "$python" -c 'import venv, ensurepip' 2>/dev/null || echo "$version-venv"
    "$python" -c 'import os, sysconfig as s
assert os.path.exists(os.path.join(s.get_path("include"), "Python.h"))' 2>/dev/null ||
        echo "$version-dev"
}

install_packages() {
    local packages=("$@") sudo=()
    local install=(apt-get install --yes --no-install-recommends)
    if ! command -v apt-get >/dev/null; then
        fail "these are missing, by the names of their Debian packages: ${packages[*]}" \
            "  This system has no apt-get: install them its own way, then run make again."
    fi
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
            fail "system packages are missing, and installing them takes root. Please run" "" \
                "    sudo apt-get update && sudo ${install[*]} ${packages[*]}" "" \
                "and then make again."
        fi
        sudo=(sudo -n)
    fi
    # A lock is waited for: a fresh machine often updates itself in its first minutes.
    local quietly=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive)
    local apt=(-qq -o DPkg::Lock::Timeout=300)
    if [ -n "$(dpkg --audit 2>/dev/null)" ]; then
        run "completing an interrupted installation" "${quietly[@]}" dpkg --configure -a
    fi
    run "reading the list of system packages" "${quietly[@]}" apt-get "${apt[@]}" update
    run "installing system packages: ${packages[*]}" \
        "${quietly[@]}" "${install[@]}" "${apt[@]}" "${packages[@]}"
}

make_venv() {
    if "$venv/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then
        return
    fi
    run "making $venv with $python" "$python" -m venv --clear "$venv"
}

install_python_packages() {
    local wanted=$venv/dev-requirements.txt
    # Older pips know no dependency groups.
    "$venv/bin/python" >"$wanted" <<'END'
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["dependency-groups"]["dev"], sep="\n")
END
    run "installing Python packages into $venv${1:+ ($1)}" \
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check ${1:+"$1"} \
        --editable . --requirement "$wanted"
}

works() {
    "$venv/bin/python" -c \
        'import cairo, hypothesis, manim, mnist, mypy, nnviz, numpy, pytest, ruff, xdist' \
        >"$log" 2>&1
}

python=$(find_python) || fail "nnviz needs Python 3.11 or newer, and finds none on the PATH." \
    "  Install one (on Debian 12 and Ubuntu 24.04: apt-get install python3), then run make again."
missing=($(missing_packages | tr ' ' '\n' | sort -u))
if [ ${#missing[@]} -gt 0 ]; then install_packages "${missing[@]}"; fi
make_venv
install_python_packages
# An interrupted pip may leave a package that it takes for complete.
works || install_python_packages --force-reinstall
works || {
    cat "$log" >&2
    fail "the packages are there, but do not work. Remove $venv and run make again."
}
say "done in $SECONDS s"
touch "$stamp"
