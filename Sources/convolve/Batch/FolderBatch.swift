// SPDX-License-Identifier: Apache-2.0

import Convolution
import Foundation

/// The .npy files of a folder, and where their outputs go.
struct FolderBatch {
    let inputs: String
    let outputs: String
    /// The files by their paths from the folder, in the order of their bytes: the same for each worker.
    let names: [String]

    /// Lists a folder and makes that of the outputs.
    init(from inputs: String, to outputs: String) throws {
        (self.inputs, self.outputs) = (inputs, outputs)
        var names: [String] = []
        try FolderBatch.list(inputs, "") { names.append($0) }
        let (source, target) = (FolderBatch.resolved(inputs), FolderBatch.resolved(outputs))
        guard !(target + "/").hasPrefix(source + "/"), !(source + "/").hasPrefix(target + "/") else {
            throw Failure(.usage, "\(outputs) and \(inputs) lie in one another: outputs would be taken for inputs")
        }
        try FolderBatch.makeFolder(outputs)
        let bytes = names.map { (encodeArgument($0), $0) }
        self.names = bytes.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
    }

    func job(_ name: String, _ parameters: BatchJob.Parameters) -> BatchJob {
        if let slash = name.lastIndex(of: "/") {
            // A folder that cannot be made is told by the output that cannot be written.
            try? FolderBatch.makeFolder(outputs + "/" + name[..<slash])
        }
        return BatchJob(
            input: name, output: name, source: inputs + "/" + name, target: outputs + "/" + name, parameters)
    }

    /// The manifests of all workers.
    func manifests() throws -> [String] {
        try FolderBatch.entries(outputs).map(\.name)
            .filter { $0.hasPrefix("manifest") && $0.hasSuffix(".jsonl") }.sorted().map { outputs + "/" + $0 }
    }

    // MARK: The system's folders

    /// Finds the .npy files of a folder and of those in it, but for links to folders, which may lead back.
    private static func list(_ folder: String, _ prefix: String, _ found: (String) -> Void) throws {
        for (name, isFolder) in try entries(folder) {
            if isFolder {
                try list(folder + "/" + name, prefix + name + "/", found)
            } else if name.utf8.suffix(4).elementsEqual(".npy".utf8) {
                found(prefix + name)
            }
        }
    }

    private static func entries(_ folder: String) throws -> [(name: String, isFolder: Bool)] {
        guard let stream = opendir(path(folder)) else {
            throw FileError.unreadable(path: folder, reason: String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var entries: [(String, Bool)] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.bindMemory(to: CChar.self).baseAddress.map(decodeArgument) ?? ""
            }
            if name == "." || name == ".." { continue }
            var status = stat()
            // Some file systems do not say what an entry is.
            let isFolder =
                entry.pointee.d_type == UInt8(DT_UNKNOWN)
                ? lstat(path(folder + "/" + name), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                : entry.pointee.d_type == UInt8(DT_DIR)
            entries.append((name, isFolder))
        }
        return entries
    }

    private static func makeFolder(_ folder: String) throws {
        var parts = folder.split(separator: "/", omittingEmptySubsequences: false)[...]
        var made = ""
        while let part = parts.popFirst() {
            made += (made.isEmpty && !folder.hasPrefix("/") ? "" : "/") + part
            if part.isEmpty { made = made == "/" ? "" : made }
            if made.isEmpty || mkdir(path(made), 0o777) == 0 || errno == EEXIST || errno == EISDIR { continue }
            throw FileError.unwritable(path: folder, reason: String(cString: strerror(errno)))
        }
    }

    /// The path without links; of a folder that is not there yet, that of the first around it which is, and the rest.
    private static func resolved(_ folder: String) -> String {
        if let real = realpath(path(folder.isEmpty ? "." : folder), nil) {
            defer { free(real) }
            return decodeArgument(real)
        }
        guard let slash = folder.lastIndex(of: "/"), slash > folder.startIndex else {
            return folder.hasPrefix("/") ? folder : resolved(".") + "/" + folder
        }
        return resolved(String(folder[..<slash])) + folder[slash...]
    }

    private static func path(_ text: String) -> [CChar] { encodeArgument(text).map(CChar.init(bitPattern:)) + [0] }
}
