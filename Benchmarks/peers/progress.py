# SPDX-License-Identifier: Apache-2.0
"""How far the run is, on standard error: one line that changes on a terminal, a line for each step elsewhere."""

import sys
import time


class Progress:
    def __init__(self, seconds, stream=sys.stderr, clock=time.monotonic):
        self.seconds, self.stream, self.clock = seconds, stream, clock
        self.start = clock()
        self.weights, self.index = [], 0

    def plan(self, weights):
        """The steps to come, and how long each takes compared with the others."""
        self.weights, self.start = list(weights), self.clock()

    def share(self):
        """Seconds for the step that begins now: its part of the time that is left."""
        left = self.seconds - (self.clock() - self.start)
        return max(0.0, left) * self.weights[self.index] / sum(self.weights[self.index:])

    def time_left(self):
        """In seconds, as the steps so far went; None at the beginning."""
        elapsed, done = self.clock() - self.start, sum(self.weights[:self.index])
        return elapsed / done * sum(self.weights[self.index:]) if done else None

    def show(self, text):
        left = self.time_left()
        ending = ""
        if left is not None:
            ending = f", about {left / 60:.0f} min left" if left >= 90 else f", about {left:.0f} s left"
        line = f"[{self.index + 1}/{len(self.weights)}] {text}{ending}"
        if self.stream.isatty():
            self.stream.write(f"\r\033[K{line}")
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def done(self):
        self.index += 1

    def clear(self):
        if self.stream.isatty():
            self.stream.write("\r\033[K")
            self.stream.flush()

    def log(self, text):
        """A line that stays."""
        self.clear()
        self.stream.write(text + "\n")
        self.stream.flush()
