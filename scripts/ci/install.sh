#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the named checks need beside the toolchain, from Debian's or Ubuntu's packages, if it is not there:
# `format`, `openmp`, `instructions`, `make`, `python`, `examples`.
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
    examples)
        python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
        python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
        [ -e /usr/include/zlib.h ] || packages+=(zlib1g-dev)
        ;;
    make) command -v make >/dev/null || packages+=(make) ;;
    *)
        echo "usage: scripts/ci/install.sh [format] [openmp] [instructions] [make] [python] [examples]" >&2
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
