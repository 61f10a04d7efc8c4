# SPDX-License-Identifier: Apache-2.0
"""Values of options that are lists."""


def chosen(parser, text, known, what):
    """The names of a list, all of them known."""
    names = text.split(",")
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"no {what} is called {', '.join(unknown)}; there are {', '.join(known)}")
    return names


def thread_counts(parser, text):
    """The numbers of threads of a list."""
    try:
        numbers = [int(number) for number in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        parser.error("--threads must be a list of whole numbers from 1 up, such as 1,2")
    return numbers
