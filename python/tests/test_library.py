# SPDX-License-Identifier: Apache-2.0
"""How the shared library is found."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import swift_convolution as sc


def imported(variable: str) -> subprocess.CompletedProcess[str]:
    code = "import swift_convolution as sc; print(sc.library_version())"
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CONVOLUTION_LIBRARY": variable},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_variable_names_it() -> None:
    found = imported(sc.library_path())
    assert found.returncode == 0 and found.stdout.strip() == sc.library_version() != ""


def test_what_is_missing_or_another_library_is_said(tmp_path: Path) -> None:
    missing = imported(str(tmp_path / "nothing.so"))
    assert missing.returncode == 1 and "CONVOLUTION_LIBRARY" in missing.stderr and "nothing.so" in missing.stderr
    (tmp_path / "text.so").write_text("no library")
    other = imported(str(tmp_path / "text.so"))
    assert other.returncode == 1 and "LibraryNotFoundError" in other.stderr and "install_library.sh" in other.stderr


def test_the_version_is_the_library_s() -> None:
    assert sc.__version__ == sc.library_version()


def test_the_package_is_typed() -> None:
    assert (files("swift_convolution") / "py.typed").is_file()
