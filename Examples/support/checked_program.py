# SPDX-License-Identifier: Apache-2.0
"""Runs the program of an example that hears sounds from outside, and notes what is not as it should be."""

import subprocess
import sys
import tempfile
from pathlib import Path

from spoiled_weights import spoil
from wav_file import broken

# A device that takes nothing, of Linux.
FULL = Path("/dev/full")


class CheckedProgram:
    def __init__(self, path: str, folder: Path):
        self.path, self.folder = path, folder
        self.failures = 0

    def run(self, *arguments: str, sound: bytes = b"") -> subprocess.CompletedProcess:
        return subprocess.run([self.path, *arguments], input=sound, cwd=self.folder, capture_output=True)

    def expect(self, is_right: bool, what: str):
        if not is_right:
            self.failures += 1
            print(f"error: {what}", file=sys.stderr)

    def expect_error(self, what: str, code: int, text: str, *arguments: str):
        """The program ends with the code, and says the text on standard error."""
        result = self.run(*arguments)
        message = result.stderr.decode()
        is_right = result.returncode == code and message.lower().startswith("error: ") and text in message
        self.expect(is_right, f"{what}: exit code {result.returncode}, {message!r}")

    def expect_errors(self, weights: str, cases: dict[str, tuple[int, str, list[str]]], *options: str) -> int:
        """Files that are no sounds, weights that are none, and the example's own cases: codes, texts and arguments.

        `options` go with a sound. Returns how many there are.
        """
        sounds = broken()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for what, (data, text) in sounds.items():
                (folder / "sound.wav").write_bytes(data)
                self.expect_error(what, 65, text, str(folder / "sound.wav"), *options)
            spoil(self.folder / ".weights" / weights, folder / weights)
            others = {
                "no file": (65, "No such file", ["nowhere.wav"]),
                "a folder": (65, "Is a directory", [name]),
                "no weights": (65, "weights.py brings it", ["example.wav", "--weights", f"{name}/none"]),
                "weights that are no numbers": (65, "no finite number", ["example.wav", "--weights", name]),
                **cases,
            }
            for what, (code, text, arguments) in others.items():
                self.expect_error(what, code, text, *arguments, *options)
            return len(sounds) + len(others) + self.expect_full_output(*options)

    def expect_full_output(self, *options: str) -> int:
        """What can't be printed is an error too. Returns how many such cases there are."""
        if not FULL.exists():
            return 0
        with FULL.open("wb") as full:
            command = [self.path, "example.wav", *options]
            result = subprocess.run(command, cwd=self.folder, stdout=full, stderr=subprocess.PIPE)
        is_right = result.returncode == 74 and b"No space left" in result.stderr
        self.expect(is_right, f"a full output: exit code {result.returncode}, {result.stderr!r}")
        return 1

    def finish(self, summary: str):
        """Ends the process: with the summary if all is as it should be."""
        if self.failures:
            sys.exit(f"error: {self.failures} checks failed")
        print(summary)
