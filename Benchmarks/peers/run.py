#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes what compare.py needs, then runs it with the same options: an environment with the libraries of
requirements.txt in .build/peers-venv, the oneDNN server, and an optimised `convolve`. What cannot be had is left out,
and compare.py skips it by name. With `networks` as its first argument it runs networks.py in the same way, for which it
builds Benchmarks/Networks. Standard library only; `make peers` and `make peers-networks` run it."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENT = ROOT / ".build/peers-venv"
PYTHON = ENVIRONMENT / "bin/python"
DNNL_SERVER = ROOT / ".build/peers-dnnl-server"
# compare.py itself needs these; without one of the others a library is skipped.
NEEDED = ("numpy", "matplotlib")
# With these, nothing is measured and nothing has to be built.
WITHOUT_MEASURING = ("--rows", "--plots-only", "--help", "-h")


def say(text):
    print(text, file=sys.stderr, flush=True)


def runs(command, **options):
    try:
        command = [str(part) for part in command]
        return subprocess.run(command, check=False, stdout=sys.stderr, **options).returncode == 0
    except OSError as error:
        say(f"{command[0]}: {error}")
        return False


def requirements():
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def install():
    """Installs all requirements, or as many of them as there are. Done again only when the list changes."""
    stamp = ENVIRONMENT / "requirements.sha256"
    wanted = hashlib.sha256("\n".join([*requirements(), sys.version]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        say("making .build/peers-venv")
        venv.create(ENVIRONMENT, with_pip=True)
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    say("installing requirements.txt")
    if runs([*pip, "-r", HERE / "requirements.txt"]):
        stamp.write_text(wanted)
        return
    for requirement in requirements():
        if runs([*pip, requirement]):
            continue
        if requirement.startswith(NEEDED):
            sys.exit(f"error: could not install {requirement}, without which nothing can be measured")
        say(f"could not install {requirement}: what needs it will be skipped")


def build_dnnl_server():
    """Compiles the oneDNN server, and installs libdnnl-dev for it where that is missing and can be had."""
    source = HERE / "dnnl_server.cpp"
    if DNNL_SERVER.exists() and DNNL_SERVER.stat().st_mtime >= source.stat().st_mtime:
        return
    DNNL_SERVER.unlink(missing_ok=True)
    compiler = next((name for name in ("g++", "c++") if shutil.which(name)), None)
    if not compiler:
        say("no C++ compiler (Debian and Ubuntu: apt-get install g++): oneDNN will be skipped")
        return
    if not has_dnnl(compiler) and shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        say("installing libdnnl-dev")
        quiet = ["apt-get", "install", "-y", "-qq", "libdnnl-dev"]
        if not runs([*root, *quiet]):
            _ = runs([*root, "apt-get", "update", "-qq"]) and runs([*root, *quiet])
    if not has_dnnl(compiler):
        say("libdnnl-dev is not installed: oneDNN will be skipped")
    elif not runs([compiler, "-O2", "-std=c++17", "-fopenmp", source, "-o", DNNL_SERVER, "-ldnnl"]):
        say("the oneDNN server does not compile: oneDNN will be skipped")


def has_dnnl(compiler):
    command = [compiler, "-fsyntax-only", "-x", "c++", "-"]
    return runs(command, input=b"#include <dnnl.hpp>\n", stderr=subprocess.DEVNULL)


def measure_networks(arguments):
    """The examples' networks: no layer, and no oneDNN by itself."""
    if not any(option in arguments for option in ("--table-only", *WITHOUT_MEASURING)):
        # Where this package is built, so that the library is compiled once.
        environment = {**os.environ, "SWIFTPM_BUILD_DIR": str(ROOT / ".build")}
        if not runs(["swift", "build", "-c", "release"], cwd=ROOT / "Benchmarks/Networks", env=environment):
            sys.exit("error: Benchmarks/Networks does not build")
    os.execv(PYTHON, [str(PYTHON), str(HERE / "networks.py"), *arguments])


def main():
    arguments = sys.argv[1:]
    install()
    if arguments[:1] == ["networks"]:
        measure_networks(arguments[1:])
    if not any(option in arguments for option in WITHOUT_MEASURING):
        build_dnnl_server()
        is_built = any(argument.split("=")[0] == "--program" for argument in arguments)
        if not is_built and not runs(["swift", "build", "-c", "release", "--product", "convolve"], cwd=ROOT):
            sys.exit("error: convolve does not build")
    # The environment's Python in place of this process: an interrupt reaches compare.py itself.
    os.execv(PYTHON, [str(PYTHON), str(HERE / "compare.py"), *arguments])


if __name__ == "__main__":
    main()
