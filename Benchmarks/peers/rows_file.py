# SPDX-License-Identifier: Apache-2.0
"""The file of a run's results: the record of the machine, and lists of rows."""

import json


def rounded(value):
    """Five digits are more than a measurement has."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def text(result):
    """The rows a line each, so that a change of one is a change of one line."""
    parts = ['"machine": ' + json.dumps(rounded(result["machine"]), indent=1)]
    for key in [key for key in result if key != "machine"]:
        parts.append(f'"{key}": [\n' + ",\n".join(json.dumps(rounded(row)) for row in result[key]) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(path, result):
    path.write_text(text(result), encoding="utf-8")
