#!/usr/bin/env bash
# Build the package, and try it where nothing else is.
#
#   tools/check_package.sh build          wheel and sdist into dist/; the sdist makes the same wheel
#   tools/check_package.sh try [KIND]     install the wheel, or the sdist, into an empty environment;
#                                         run the README's snippets and render a scene with it
#
# PYTHON says which Python; by default that of .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

# What is tried is the package, not the checkout.
unset PYTHONPATH
python=${PYTHON:-.venv/bin/python}
work=$(mktemp -d "${TMPDIR:-/tmp}/nnviz-package.XXXXXX")
trap 'rm -rf "$work"' EXIT

say() { printf 'package: %s\n' "$*"; }

quietly() {
    if ! "$@" >"$work/log" 2>&1 </dev/null; then
        tail -n 30 "$work/log" >&2
        printf 'package: failed: %s\n' "$*" >&2
        exit 1
    fi
}

build() {
    rm -rf dist
    quietly "$python" -m build --outdir dist                        # sdist, and a wheel out of it
    quietly "$python" -m build --wheel --outdir "$work/straight"    # a wheel out of the checkout
    cmp dist/*.whl "$work"/straight/*.whl || {
        echo "package: the sdist makes another wheel than the checkout" >&2
        exit 1
    }
    say "$(cd dist && du -h -- *.whl *.tar.gz | awk '{ printf "%s%s (%sB)", sep, $2, $1; sep = ", " }')"
}

try() {
    local kind=$1 package
    case $kind in
        wheel) package=$(echo "$PWD"/dist/*.whl) ;;
        sdist) package=$(echo "$PWD"/dist/*.tar.gz) ;;
        *) echo "package: there is no $kind, but wheel and sdist" >&2; exit 2 ;;
    esac
    say "installing the $kind into an empty environment"
    quietly "$python" -m venv "$work/venv"
    local own=$work/venv/bin/python
    quietly "$own" -m pip install --disable-pip-version-check "$package"
    quietly "$own" -m pip check
    # Not the checkout's.
    (cd "$work" && "$own" - "$work" <<'END')
import sys, nnviz
assert nnviz.__file__.startswith(sys.argv[1]), nnviz.__file__
from nnviz import mnist, pretrained
test = mnist.load().test
found = pretrained().accuracy(test.images, test.labels)
assert found > 0.9, found
END
    say "rendering a scene with it"
    cat >"$work/smoke.py" <<'END'
from manim import Scene
from nnviz import Network, NetworkMobject


class Smoke(Scene):
    def construct(self):
        network = Network.random([2, 3, 1], seed=0)
        net = NetworkMobject(network).show_weights()
        self.add(net)
        self.play(net.animate.show_activations(network.forward_pass([0, 1])))
END
    (
        cd "$work"
        quietly venv/bin/nnviz list
        quietly venv/bin/nnviz render smoke.py Smoke -ql
        quietly venv/bin/manim -ql smoke.py Smoke --media_dir stock
        test -s media/videos/smoke/480p15/Smoke.mp4
    )
    say "running the README's snippets with it"
    quietly "$own" -m pip install --disable-pip-version-check pytest
    quietly "$own" -m pytest -p no:cacheprovider tests/project/test_readme.py
    say "the $kind works with $("$own" --version)"
}

case ${1:-} in
    build) build ;;
    try) try "${2:-wheel}" ;;
    *) sed -n 's/^# \{0,1\}//p' "$0" | sed -n 2,10p >&2; exit 2 ;;
esac
