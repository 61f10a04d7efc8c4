#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One layer through `convolve bench` in release: the tool works as it is shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."

swift run -c release convolve bench --filter s4.1x1 --repetitions 2
