// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Whether this build has a sanitizer, whose shadow memory leaves no sense to a limit of memory.
public let isSanitized = hasThreadSanitizer || isDefined("__asan_init")

/// Whether it is ThreadSanitizer.
let hasThreadSanitizer = isDefined("__tsan_init")

private func isDefined(_ name: String) -> Bool { dlsym(dlopen(nil, RTLD_NOW), name) != nil }
