// SPDX-License-Identifier: Apache-2.0

/// How a plan settles on an algorithm when its options name none.
public struct Tuning: Sendable, Hashable {
    enum Storage: Sendable, Hashable {
        case estimated
        case measured(file: FilePath?)
    }

    let storage: Storage

    private init(_ storage: Storage) {
        self.storage = storage
    }

    /// By the estimates of the cost model, in a few microseconds. The default.
    public static let estimated = Tuning(.estimated)

    /// By timing the candidates on the problem itself, with its weights: those that the cost model finds within a factor
    /// of two of the best. The winner is remembered for the life of the process.
    ///
    /// The candidates round differently, so the answer may differ in its last bits from one machine, or one measurement,
    /// to the next. The options' precision and workspace limit hold as ever.
    public static let measured = Tuning(.measured(file: nil))

    /// As `measured`, the winner also remembered in a file, so that a later process need not measure again.
    ///
    /// The file is JSON and made if it does not exist. What is found is valid for one problem, one set of options, one
    /// model of processor and one version of this library; a file may be shared by any number of them, and by threads and
    /// processes that use it at once: it is replaced as a whole, never written in place. Of two that measure at the same
    /// time one may lose what the other found, which is then measured once more.
    ///
    /// A file that is not a record of tunings is left as it is, and making the plan throws
    /// `ConvolutionError.tuningFile`; so it does if the record can't be read or written, or `.tuningFileFailure` if the
    /// disk is full.
    ///
    /// - Parameter file: A path, a URL, or the bytes of a path.
    public static func measured(file: some FileLocation) -> Tuning {
        Tuning(.measured(file: FilePath(file)))
    }
}
