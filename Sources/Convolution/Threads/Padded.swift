// SPDX-License-Identifier: Apache-2.0

/// A value at least 128 bytes away from its neighbours: a cache line is 64 bytes, and processors fetch them in pairs.
/// Threads that write it do not slow down those that read what lies beside it.
struct Padded<Value: ~Copyable>: ~Copyable {
    private typealias Padding = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64,
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )

    private let before: Padding = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    let value: Value
    private let after: Padding = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

    init(_ value: consuming Value) {
        self.value = value
    }
}

extension Padded: Sendable where Value: Sendable & ~Copyable {}
