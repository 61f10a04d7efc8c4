# SPDX-License-Identifier: Apache-2.0
"""Finds, loads and declares the shared library: convolution.h for ctypes."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import POINTER, c_char_p, c_float, c_int32, c_int64, c_size_t, c_void_p
from functools import cache
from pathlib import Path

from ._errors import ConvolutionError, ConvolutionMemoryError, LibraryNotFoundError

#: Names a file, before any other place is looked into.
ENVIRONMENT_VARIABLE = "CONVOLUTION_LIBRARY"

_FILE_NAME = "libConvolutionC.dylib" if sys.platform == "darwin" else "libConvolutionC.so"
_INTERFACE_VERSION = 1
_OK, _BAD_CALL, _BAD_ARGUMENT, _UNAVAILABLE, _SYSTEM = range(5)


class Integers(ctypes.Structure):
    """``convolution_integers``"""

    _fields_ = [("values", POINTER(c_int64)), ("count", c_size_t)]


class Description(ctypes.Structure):
    """``convolution_description``"""

    _fields_ = [
        ("size", c_size_t),
        ("operation", c_char_p),
        ("input_shape", Integers),
        ("weight_shape", Integers),
        ("weight", c_void_p),
        ("bias", c_void_p),
        ("bias_count", c_size_t),
        ("stride", Integers),
        ("padding", Integers),
        ("padding_pairs", Integers),
        ("padding_word", c_char_p),
        ("dilation", Integers),
        ("output_padding", Integers),
        ("output_size", Integers),
        ("groups", c_int64),
        ("layout", c_char_p),
        ("activation", c_char_p),
        ("activation_parameters", c_float * 2),
        ("algorithm", c_char_p),
        ("precision", c_char_p),
        ("instruction_set", c_char_p),
        ("executor", c_char_p),
        ("threads", c_int64),
        ("workspace_limit", c_int64),
        ("spin_microseconds", c_int64),
        ("is_for_one_run", c_int32),
    ]


_SHAPE = [POINTER(c_int64), c_size_t, POINTER(c_size_t)]
_FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "convolution_version": (c_char_p, []),
    "convolution_interface_version": (c_int32, []),
    "convolution_last_error": (c_int32, []),
    "convolution_last_error_name": (c_char_p, []),
    "convolution_last_error_message": (c_char_p, []),
    "convolution_description_init": (c_int32, [POINTER(Description), c_size_t]),
    "convolution_output_shape": (c_int32, [POINTER(Description), *_SHAPE]),
    "convolution_plan_create": (c_int32, [POINTER(Description), POINTER(c_void_p)]),
    "convolution_plan_resize": (c_int32, [c_void_p, c_int64, Integers, POINTER(c_void_p)]),
    "convolution_plan_destroy": (None, [c_void_p]),
    "convolution_plan_workspace_bytes": (c_size_t, [c_void_p]),
    "convolution_plan_run": (
        c_int32,
        [c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_size_t],
    ),
    "convolution_plan_input_shape": (c_int32, [c_void_p, *_SHAPE]),
    "convolution_plan_output_shape": (c_int32, [c_void_p, *_SHAPE]),
    "convolution_plan_algorithm": (c_char_p, [c_void_p]),
    "convolution_plan_instruction_set": (c_char_p, [c_void_p]),
    "convolution_plan_kernel": (c_char_p, [c_void_p]),
    "convolution_plan_threads": (c_int64, [c_void_p]),
}


def _places() -> list[Path]:
    """Where the library may be, the first that exists first: what the variable names, beside this file, and where
    SwiftPM builds it in the repository that this file is in."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return [Path(named)]
    package = Path(__file__).resolve().parent
    places = [package / _FILE_NAME]
    repository = package.parent.parent
    if (repository / "Package.swift").is_file():
        places.append(repository / ".build" / "release" / _FILE_NAME)
    places += [Path(sys.prefix) / "lib" / _FILE_NAME, Path.home() / ".local" / "lib" / _FILE_NAME]
    return places


@cache
def library_path() -> str:
    """The file of the shared library; where it is in none of its places, the name that the system's loader is asked
    for.

    Looked for in turn: what ``CONVOLUTION_LIBRARY`` names; beside this package; in ``.build/release`` of the repository
    that the package lies in; ``lib`` of the Python environment and of ``~/.local``; the places of the system's loader.
    """
    for place in _places():
        if place.is_file():
            return str(place)
    if os.environ.get(ENVIRONMENT_VARIABLE):
        raise LibraryNotFoundError(f"{ENVIRONMENT_VARIABLE} is {os.environ[ENVIRONMENT_VARIABLE]!r}, which is no file")
    return _FILE_NAME


@cache
def library() -> ctypes.CDLL:
    """The library, loaded and declared."""
    path = library_path()
    try:
        loaded = ctypes.CDLL(path)
    except OSError as error:
        places = ", ".join(str(place) for place in _places())
        raise LibraryNotFoundError(
            f"cannot load {path} ({error}); looked for in {places} and where the system looks. Build it with "
            f"scripts/install_library.sh, which puts it into ~/.local/lib, or name it with {ENVIRONMENT_VARIABLE}"
        ) from None
    for name, (result, arguments) in _FUNCTIONS.items():
        try:
            function = getattr(loaded, name)
        except AttributeError:
            raise LibraryNotFoundError(f"{path} has no function {name}: it is another library") from None
        function.restype = result
        function.argtypes = arguments
    version = loaded.convolution_interface_version()
    if version != _INTERFACE_VERSION:
        raise LibraryNotFoundError(f"{path} has version {version} of the interface, not {_INTERFACE_VERSION}")
    return loaded


def library_version() -> str:
    """The version of the shared library."""
    return str(library().convolution_version().decode())


def check(status: int) -> None:
    """Raises the error of a call that failed."""
    if status == _OK:
        return
    code = library().convolution_last_error_name().decode()
    message = library().convolution_last_error_message().decode()
    raise (ConvolutionMemoryError if status == _SYSTEM else ConvolutionError)(code, message)
