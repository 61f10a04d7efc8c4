// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Whether this build has a sanitizer, whose shadow memory leaves no sense to a limit of memory.
public let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in
    dlsym(dlopen(nil, RTLD_NOW), name) != nil
}
