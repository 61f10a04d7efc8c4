#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs `convolve`, its manual page and the completions of bash, zsh and fish below a folder (default: ~/.local). The
# program has Swift's libraries in it: it needs no toolchain, and runs wherever it is copied to.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${1:-$HOME/.local}
# Apple's systems have the libraries, and their linker does not take the option.
options=(-c release --product convolve)
if [ "$(uname)" = Linux ]; then options+=(--static-swift-stdlib); fi
swift build "${options[@]}"
mkdir -p "$prefix/bin" "$prefix/share/man/man1"
install -m 755 "$(swift build "${options[@]}" --show-bin-path)/convolve" "$prefix/bin/convolve"
if [ "$(uname)" = Linux ] && command -v strip >/dev/null; then strip "$prefix/bin/convolve"; fi
scripts/manual.sh "$prefix/share/man/man1" "$prefix/bin/convolve"

completion() {
    mkdir -p "$(dirname "$2")"
    "$prefix/bin/convolve" --generate-completion-script "$1" >"$2"
}
completion bash "$prefix/share/bash-completion/completions/convolve"
completion zsh "$prefix/share/zsh/site-functions/_convolve"
completion fish "$prefix/share/fish/vendor_completions.d/convolve.fish"
echo "installed $prefix/bin/convolve"
