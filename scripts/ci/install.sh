#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the named checks need beside the toolchain, from Debian's or Ubuntu's packages, if it is not there:
# `format`, `openmp`, `instructions`, `make`, `python`.
set -euo pipefail
cd "$(dirname "$0")/../.."

packages=()
for check in "$@"; do
    case "$check" in
    # What they install into it, they install themselves.
    format | python) python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv) ;;
    openmp) scripts/openmp.sh --probe || packages+=(libomp-dev) ;;
    instructions)
        command -v valgrind >/dev/null || packages+=(valgrind)
        command -v strip >/dev/null || packages+=(binutils)
        # SwiftPM's compiler looks for valgrind's headers in the system's folder.
        [ -e /usr/include/valgrind/callgrind.h ] || packages+=(valgrind)
        command -v python3 >/dev/null || packages+=(python3)
        ;;
    make) command -v make >/dev/null || packages+=(make) ;;
    *)
        echo "usage: scripts/ci/install.sh [format] [openmp] [instructions] [make] [python]" >&2
        exit 64
        ;;
    esac
done
[ ${#packages[@]} -gt 0 ] || exit 0
root=()
if [ "$(id -u)" -ne 0 ]; then root=(sudo -n); fi
{ "${root[@]}" apt-get update -qq && "${root[@]}" apt-get install -y -qq --no-install-recommends "${packages[@]}"; } || {
    echo "error: could not install ${packages[*]}, which $* needs" >&2
    exit 1
}
