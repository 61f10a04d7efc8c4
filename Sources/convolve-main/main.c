// SPDX-License-Identifier: Apache-2.0
//
// Where the command-line tool begins. In C, because only `main` is handed the arguments as they are: Swift's
// CommandLine reads them from /proc on Linux, which a sandbox may lack, and repairs those that are not UTF-8.

#include <stddef.h>

/// The tool, in Swift (Sources/convolve). `arguments` does not count the program's own name. Returns the exit code.
int convolve_run(const char *program, int count, const char *const *arguments);

int main(int argc, char **argv) {
    // A program may be started without even a name.
    const char *program = argc > 0 ? argv[0] : NULL;
    const int count = argc > 1 ? argc - 1 : 0;
    return convolve_run(program, count, (const char *const *)argv + (argc > 0 ? 1 : 0));
}
