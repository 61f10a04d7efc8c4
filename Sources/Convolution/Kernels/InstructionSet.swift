// SPDX-License-Identifier: Apache-2.0

import CConvolutionKernels

/// A set of processor instructions that kernels are written for. A later version of the library may have more of them.
public struct InstructionSet: RawRepresentable, CaseIterable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What the library switches over, weakest first.
    enum Storage: String, CaseIterable, Sendable {
        case scalar, avx2, avx512
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// Plain C, on every processor.
    public static let scalar = InstructionSet(.scalar)
    /// AVX2 and FMA.
    public static let avx2 = InstructionSet(.avx2)
    /// AVX-512 F, VL, BW and DQ.
    public static let avx512 = InstructionSet(.avx512)

    /// All of them, on this processor or not, weakest first.
    public static let allCases = Storage.allCases.map(InstructionSet.init)

    /// The instruction sets that this processor has and its operating system supports, the one to be preferred last.
    public static let available: [InstructionSet] = preferred.filter(\.isAvailable).reversed()

    /// The available instruction set that is preferred.
    public static let best: InstructionSet = available.last ?? .scalar

    /// Whether this processor has it and its operating system supports it.
    var isAvailable: Bool { Self.availableBits & (1 << kernelValue.rawValue) != 0 }

    // Asked once: CPUID may be trapped by a hypervisor, which makes it cost more than a small convolution.
    private static let availableBits = ck_cpu_isas()

    /// Those that there are kernels for on this architecture, the one to be preferred first.
    private static let preferred: [InstructionSet] = {
        var count = 0
        guard let list = ck_preferred_isas(&count) else { return [.scalar] }
        return (0..<count).map { InstructionSet(list[$0]) }
    }()

    var kernelValue: ck_isa {
        switch storage {
        case .scalar: CK_ISA_SCALAR
        case .avx2: CK_ISA_AVX2
        case .avx512: CK_ISA_AVX512
        }
    }

    init(_ isa: ck_isa) {
        self = Self.allCases.first { $0.kernelValue == isa } ?? .scalar
    }

    /// The instruction set of this name, which is that of its constant; nil if there is none.
    public init?(rawValue: String) {
        guard let storage = Storage(rawValue: rawValue) else { return nil }
        self.storage = storage
    }

    /// The name of the constant.
    public var rawValue: String { storage.rawValue }

    /// The same as `rawValue`.
    public var description: String { rawValue }

    // Not of the names, as `RawRepresentable` has it.

    /// Whether both are the same instruction set.
    public static func == (left: InstructionSet, right: InstructionSet) -> Bool { left.storage == right.storage }

    /// Hashes the instruction set.
    public func hash(into hasher: inout Hasher) { hasher.combine(storage) }

    /// Whether a processor that has the right one has the left one too.
    public static func < (left: InstructionSet, right: InstructionSet) -> Bool {
        left.kernelValue.rawValue < right.kernelValue.rawValue
    }
}
