# SPDX-License-Identifier: Apache-2.0
"""One module for each library that is driven from Python.

A module has NAME, VARIANTS (the ways it is run, the plainest first), LAYOUTS (whether a variant's input and output are
"nchw" or the library's own), version() and prepare(layer, source, weight, variant, threads). What prepare returns has
run(), which computes the layer once and is all that is timed; output(), the last run's answer in NCHW order; and
before(), which is called before each burst. It raises server.Unsupported with the reason where the library cannot. The
libraries are imported in prepare and version alone, so that LAYOUTS can be read without them."""

from dataclasses import dataclass
from typing import Callable


@dataclass
class Prepared:
    run: Callable
    output: Callable
    before: Callable = lambda: None
