# SPDX-License-Identifier: Apache-2.0
"""What goes wrong."""


class LibraryNotFoundError(ImportError):
    """The shared library is not where it is looked for, or is of another version of the interface."""


class ConvolutionError(RuntimeError):
    """A convolution that cannot be computed. As torch's, it is a RuntimeError.

    The text is the library's sentence, with the numbers; ``code`` is its name for a program, such as
    ``"channelMismatch"``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> "tuple[type[ConvolutionError], tuple[str, str]]":
        return type(self), (self.code, str(self))


class ConvolutionMemoryError(ConvolutionError, MemoryError):
    """The system has no memory for it: the same call may succeed another time."""
