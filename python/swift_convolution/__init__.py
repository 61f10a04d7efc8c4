# SPDX-License-Identifier: Apache-2.0
"""Convolutions of NumPy arrays on processors, by the Swift library Convolution.

    >>> import numpy as np, swift_convolution as sc
    >>> x = np.arange(16, dtype=np.float32).reshape(1, 1, 16)
    >>> w = np.array([[[0.1, 0.2, 0.3]]], dtype=np.float32)
    >>> sc.conv1d(x, w).shape
    (1, 1, 14)

``conv1d`` to ``conv3d`` and ``conv_transpose1d`` to ``conv_transpose3d`` take what the functions of those names in
``torch.nn.functional`` take, and compute what they compute, on arrays of float32. A ``Plan`` packs the weight once and
is run as often as one likes.

Arrays are used where they lie: nothing is copied but an array whose elements are not contiguous in row-major order. An
array of another type than float32 is refused, as a conversion that nobody asked for would lose digits.
"""

from ._errors import ConvolutionError, ConvolutionMemoryError, LibraryNotFoundError
from ._functional import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from ._library import library_path, library_version
from ._plan import WORKSPACE_ALIGNMENT, Plan, aligned_empty

__version__ = "0.1.0"

__all__ = [
    "WORKSPACE_ALIGNMENT",
    "ConvolutionError",
    "ConvolutionMemoryError",
    "LibraryNotFoundError",
    "Plan",
    "aligned_empty",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "library_path",
    "library_version",
]
