# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# For the scripts of the examples to source.

# expect PROGRAM CODE TEXT ARGUMENT...: the program ends with the code, and says the text on standard error.
expect() {
    local program=$1 code=$2 text=$3 status=0 errors
    shift 3
    errors=$("$program" "$@" 2>&1 >/dev/null) || status=$?
    if [[ $status -ne $code || $errors != *"$text"* ]]; then
        printf "error: '%s %s' ends with %d instead of %d, and says:\n%s\n" \
            "$(basename "$program")" "$*" "$status" "$code" "$errors" >&2
        exit 1
    fi
}
