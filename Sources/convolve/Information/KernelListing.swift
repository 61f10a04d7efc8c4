// SPDX-License-Identifier: Apache-2.0

import Convolution

/// The kernels that are compiled in: what `convolve info --kernels` prints.
struct KernelListing: Listing {
    struct Record: Codable, Equatable {
        let name: String
        let algorithm: String
        let isa: String
        /// Output pixels and output channels of a register tile.
        let tilePixels: Int
        let tileChannels: Int
        /// Whether this processor can run it.
        let isSupported: Bool

        enum CodingKeys: String, CodingKey {
            case name, algorithm, isa
            case tilePixels = "tile_pixels"
            case tileChannels = "tile_channels"
            case isSupported = "supported"
        }
    }

    let records = KernelInfo.all.map {
        Record(
            name: $0.name, algorithm: $0.algorithm.rawValue, isa: $0.instructionSet.rawValue,
            tilePixels: $0.tilePixels, tileChannels: $0.tileChannels, isSupported: $0.isSupported)
    }

    func table(isComplete: Bool) -> TextTable {
        var table = TextTable([
            TextTable.Column("kernel"), TextTable.Column("algorithm"), TextTable.Column("isa", dispensable: 2),
            TextTable.Column("pixels x channels", .right, dispensable: 1), TextTable.Column("runs here"),
        ])
        // The end of a kernel's name says as much as its beginning.
        table.leastName = 40
        for record in records {
            table.add([
                record.name, record.algorithm, record.isa, "\(record.tilePixels) x \(record.tileChannels)",
                record.isSupported ? "yes" : "no",
            ])
        }
        return table
    }

    var total: String {
        "\(records.count) kernels, of which this processor runs \(records.count(where: \.isSupported))"
    }
}
