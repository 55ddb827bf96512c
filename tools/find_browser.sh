#!/usr/bin/env bash
# Print the path of Chromium, which `make docs-test` looks at the site with. Where there is none it
# is installed as a system package if that is allowed; if not, this says how.
set -euo pipefail

find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

if find_browser; then exit; fi
install=(apt-get install --yes --no-install-recommends chromium)
if ! command -v apt-get >/dev/null; then
    echo "setup: there is no Chromium, and no apt-get: install it this system's own way." >&2
    exit 1
fi
sudo=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
        echo "setup: the browser is missing, and installing it takes root. Please run" >&2
        printf '\n    sudo apt-get update && sudo %s\n\nand then make again.\n' "${install[*]}" >&2
        exit 1
    fi
    sudo=(sudo -n)
fi
echo "setup: installing Chromium ..." >&2
quietly=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive)
log=$(mktemp "${TMPDIR:-/tmp}/nnviz-browser.XXXXXX")
if ! "${quietly[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 ||
    ! "${quietly[@]}" "${install[@]}" -qq -o DPkg::Lock::Timeout=300 >>"$log" 2>&1 </dev/null
then
    tail -n 15 "$log" >&2
    echo "setup: failed: ${install[*]}; its whole output is in $log" >&2
    exit 1
fi
rm -f "$log"
find_browser
