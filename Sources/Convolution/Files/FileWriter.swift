// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes a file as a whole or not at all.
///
/// A new or a regular file is written beside its place, synchronised and then renamed, so that whoever opens it finds the
/// old or the new one, and the old one stays if the disk is full. It keeps the permissions of the old one, and of a link
/// the file is replaced that it leads to. A pipe, a device or an open file (/dev/stdout) is written as it is.
final class FileWriter {
    /// What the system is asked for while a file is written; others in tests.
    struct Calls: Sendable {
        var write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int = { Foundation.write($0, $1, $2) }
        var mostBytesAtOnce = Convolution.mostBytesAtOnce
        var hasUnnamedFiles = true
    }

    private let path: FilePath
    private let calls: Calls
    private let descriptor: Int32
    private let place: Place

    private enum Place {
        /// A file that is there already and is not replaced; whether it is closed in the end.
        case existing(closes: Bool)
        /// A file without a name, which disappears with the process unless it gets one.
        case unnamed(target: FilePath)
        case named(FilePath, target: FilePath)
    }

    /// Writes `count` bytes, which `body` appends.
    ///
    /// - Throws: `FileError.unwritable` if the path is wrong, `.writeFailure` if the system would not, and what `body`
    ///   throws.
    static func write(
        to path: FilePath, count: Int, _ calls: Calls = Calls(), _ body: (FileWriter) throws(FileError) -> Void
    ) throws(FileError) {
        let writer = try FileWriter(path, count: count, calls)
        var isFinished = false
        defer { writer.close(isFinished: isFinished) }
        try body(writer)
        try writer.finish()
        isFinished = true
    }

    /// Checks that a file could be written, as far as that is known before.
    static func check(_ path: FilePath) throws(FileError) {
        guard let target = try replaced(path) else { return }
        if let code = target.folder.call({ access($0, W_OK | X_OK) }).code { throw .writing(path, code) }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        // `transfer` only hands the pointer on.
        let source = UnsafeMutableRawBufferPointer(mutating: bytes)
        let (count, code) = transfer(source, most: calls.mostBytesAtOnce) { bytes, count, _ in
            calls.write(descriptor, UnsafeRawPointer(bytes), count)
        }
        // A device that takes no more bytes, and says so by taking none, is full.
        guard count == bytes.count else { throw .writing(path, code ?? ENOSPC) }
    }

    func append(_ bytes: [UInt8]) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { bytes in
            do throws(FileError) { try append(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    // MARK: Where the bytes go

    private init(_ path: FilePath, count: Int, _ calls: Calls) throws(FileError) {
        self.path = path
        self.calls = calls
        guard let target = try Self.replaced(path) else {
            let opened =
                if let descriptor = Self.resolved(path).descriptor {
                    SystemResult.success(descriptor)
                } else {
                    path.call { open($0, O_WRONLY | O_CLOEXEC) }
                }
            guard let descriptor = opened.value else { throw .writing(path, opened.code ?? EIO) }
            self.descriptor = descriptor
            place = .existing(closes: Self.resolved(path).descriptor == nil)
            return
        }
        // Beyond the limit a signal would end the process, whose handlers are not this library's.
        var limit = rlimit()
        if getrlimit(fileSizeLimit, &limit) == 0, UInt64(count) > UInt64(limit.rlim_cur) {
            throw .writing(path, EFBIG)
        }
        if calls.hasUnnamedFiles, let descriptor = Self.openUnnamed(in: target.folder) {
            self.descriptor = descriptor
            place = .unnamed(target: target)
        } else {
            let (descriptor, name) = try Self.openNamed(beside: target, path)
            self.descriptor = descriptor
            place = .named(name, target: target)
        }
        keepPermissions(of: target)
    }

    /// The regular file that takes the new one's place, which need not exist; nil if the path is of something else.
    fileprivate static func replaced(_ path: FilePath) throws(FileError) -> FilePath? {
        let target = resolved(path)
        if target.descriptor != nil { return nil }
        var status = stat()
        switch target.call({ stat($0, &status) }) {
        case .failure(ENOENT):
            if target.bytes.isEmpty || target.bytes.last == UInt8(ascii: "/") { throw .writing(path, EISDIR) }
            return target
        case .failure(let code):
            throw .writing(path, code)
        case .success:
            break
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            throw .writing(path, EISDIR)
        case S_IFREG:
            // A file that must not be written is not replaced either.
            let opened = target.call { open($0, O_WRONLY | O_CLOEXEC) }
            guard let descriptor = opened.value else { throw .writing(path, opened.code ?? EIO) }
            _ = Foundation.close(descriptor)
            return target
        default:
            return nil
        }
    }

    /// Where the links of a path lead; a path of no link itself.
    private static func resolved(_ path: FilePath) -> FilePath {
        var path = path
        var link = [CChar](repeating: 0, count: Int(PATH_MAX))
        // As many as the system follows.
        for _ in 0..<40 where path.descriptor == nil {
            let length = path.call { Int32(readlink($0, &link, link.count)) }
            guard let length = length.value else { break }
            path = path.folder.appending(link.prefix(Int(length)).map(UInt8.init(bitPattern:)))
        }
        return path
    }

    private static func openUnnamed(in folder: FilePath) -> Int32? {
        #if os(Linux)
            // O_TMPFILE, whose macro Swift doesn't import.
            let opened = folder.call { open($0, 0o20000000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC, 0o666) }
            guard let descriptor = opened.value else { return nil }
            if access("/proc/self/fd/\(descriptor)", F_OK) == 0 { return descriptor }
            // Without /proc it could not get its name.
            _ = Foundation.close(descriptor)
        #endif
        return nil
    }

    private static func temporaryName(beside target: FilePath) -> FilePath {
        let name = ".convolution-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        return target.folder.appending(Array(name.utf8))
    }

    private static func openNamed(beside target: FilePath, _ path: FilePath) throws(FileError) -> (Int32, FilePath) {
        while true {
            let name = temporaryName(beside: target)
            switch name.call({ open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }) {
            case .success(let descriptor): return (descriptor, name)
            case .failure(EEXIST): continue
            case .failure(let code): throw .writing(path, code)
            }
        }
    }

    private func keepPermissions(of target: FilePath) {
        var status = stat()
        guard target.call({ stat($0, &status) }).value != nil else { return }
        // The owner may be kept by the superuser alone; for others it is their own already, or becomes so.
        _ = fchown(descriptor, status.st_uid, status.st_gid)
        _ = fchmod(descriptor, status.st_mode & 0o7777)
    }

    // MARK: The end

    private func finish() throws(FileError) {
        let target: FilePath
        var name: FilePath
        switch place {
        case .existing: return
        case .unnamed(let place): (target, name) = (place, Self.temporaryName(beside: place))
        case .named(let temporary, let place): (target, name) = (place, temporary)
        }
        // Some file systems can't be synchronised.
        if let code = systemCall({ fsync(descriptor) }).code, code != EINVAL, code != ENOTSUP {
            throw .writing(path, code)
        }
        if case .unnamed = place { name = try link(beside: target) }
        let renamed = name.call { from in target.call { rename(from, $0) }.value ?? -1 }
        if let code = renamed.code {
            _ = name.call { unlink($0) }
            throw .writing(path, code)
        }
        // So that the new name is there after a loss of power too; where that can't be had, the file is still whole.
        if let folder = target.folder.call({ open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }).value {
            _ = fsync(folder)
            _ = Foundation.close(folder)
        }
    }

    /// Gives the unnamed file a name, by which it can take another's place.
    private func link(beside target: FilePath) throws(FileError) -> FilePath {
        while true {
            let name = Self.temporaryName(beside: target)
            let linked = name.call {
                linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, $0, AT_SYMLINK_FOLLOW)
            }
            switch linked {
            case .success: return name
            case .failure(EEXIST): continue
            case .failure(let code): throw .writing(path, code)
            }
        }
    }

    private func close(isFinished: Bool) {
        if case .existing(closes: false) = place { return }
        _ = Foundation.close(descriptor)
        if case .named(let name, _) = place, !isFinished { _ = name.call { unlink($0) } }
    }
}

#if canImport(Glibc)
    private let fileSizeLimit = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
    private let fileSizeLimit = RLIMIT_FSIZE
#endif

/// Replaces a whole file that is not a tensor's.
package func replaceFile(_ location: some FileLocation, with text: [UInt8]) throws(FileError) {
    try FileWriter.write(to: FilePath(location), count: text.count) { (writer) throws(FileError) in
        try writer.append(text)
    }
}

/// Whether a path is of a regular file or of none yet; or else of a pipe, a device or an open file, which is written as it
/// is. A folder counts as a file that can't be written.
package func isRegularOrNone(_ location: some FileLocation) -> Bool {
    do throws(FileError) {
        return try FileWriter.replaced(FilePath(location)) != nil
    } catch {
        return true
    }
}

/// Checks that a file could be written, without touching it.
package func requireWritable(_ location: some FileLocation) throws(FileError) {
    try FileWriter.check(FilePath(location))
}
