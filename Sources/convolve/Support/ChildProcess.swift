// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A program with pipes to its standard input and output, in a process group of its own, so that what it starts ends with
/// it. It also ends with this program, if that is ended by a signal that can be caught.
///
/// Foundation's Process starts a thread to watch its programs, and waits for ever where the system makes none.
final class ChildProcess {
    /// How a program ended.
    enum Ending: Equatable {
        case exit(Int32)
        case signal(Int32)
    }

    /// Its number among the system's processes.
    let identifier: pid_t
    /// The end of the pipe to write to; -1 when it is closed.
    private(set) var input: Int32
    /// The end of the pipe to read from.
    let output: Int32
    /// How it ended; nil as long as it is not known to have.
    private(set) var ending: Ending?

    /// Starts a program.
    /// - Throws: `Failure` with exit code 64 if there is no such program, and 74 if the system makes no process.
    init(path: String, arguments: [String]) throws {
        let requests = try PipeEnds()
        let answers = try PipeEnds()
        do {
            identifier = try ChildProcess.spawn(path, arguments, input: requests.read, output: answers.write)
        } catch {
            for descriptor in [requests.read, requests.write, answers.read, answers.write] { close(descriptor) }
            throw error
        }
        // The parent's ends of what the child uses: without them a dead child is an end of file.
        close(requests.read)
        close(answers.write)
        (input, output) = (requests.write, answers.read)
    }

    deinit {
        stop(patience: 0)
        close(output)
    }

    func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Waits so many seconds for it to end by itself. Whether it has.
    @discardableResult
    func hasEnded(within seconds: Double) -> Bool {
        let end = ContinuousClock().now.advanced(by: .seconds(seconds))
        while !reap(), ContinuousClock().now < end { usleep(500) }
        return ending != nil
    }

    /// Closes its input, lets it end for so long, and makes it if it doesn't.
    func stop(patience seconds: Double) {
        closeInput()
        if !hasEnded(within: seconds) {
            kill(-identifier, SIGKILL)
            hasEnded(within: 1)
        }
    }

    private func reap() -> Bool {
        if ending != nil { return true }
        // As long as nobody has waited for it, its number and that of its group are nobody else's.
        var information = siginfo_t()
        guard waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0,
            information.si_signo == SIGCHLD
        else { return false }
        kill(-identifier, SIGKILL)
        var status: Int32 = 0
        guard waitpid(identifier, &status, 0) == identifier else { return false }
        LivingChildren.remove(identifier)
        ending = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
        return true
    }

    private static func spawn(_ path: String, _ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        #if canImport(Darwin)
            var (actions, attributes): (posix_spawn_file_actions_t?, posix_spawnattr_t?)
        #else
            var (actions, attributes) = (posix_spawn_file_actions_t(), posix_spawnattr_t())
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        // What it says beside its answers is not for the reader of this program's.
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { if nowhere >= 0 { close(nowhere) } }
        if nowhere >= 0 { posix_spawn_file_actions_adddup2(&actions, nowhere, STDERR_FILENO) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        // What this program, or whoever started it, ignores, it may not know to.
        for number in [SIGPIPE] + LivingChildren.endings { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        // Whatever this thread blocks is no affair of the program's.
        var mask = sigset_t()
        sigemptyset(&mask)
        posix_spawnattr_setsigmask(&attributes, &mask)
        return try LivingChildren.add {
            posix_spawnattr_setflags(
                &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
            let bytes = encodeArgument(path).map(CChar.init(bitPattern:)) + [0]
            var words: [UnsafeMutablePointer<CChar>?] = [strdup(bytes)] + arguments.map { strdup($0) } + [nil]
            defer { words.forEach { free($0) } }
            var identifier = pid_t()
            let code = posix_spawn(&identifier, bytes, &actions, &attributes, &words, environ)
            guard code == 0 else {
                let isLack = [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(code)
                throw Failure(
                    isLack ? .system : .usage, "\(path) cannot be started: \(String(cString: strerror(code)))")
            }
            return identifier
        }
    }
}

/// The ends of a new pipe, closed in programs that are started; none of them in the place of a standard stream.
private struct PipeEnds {
    let read: Int32
    let write: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw PipeEnds.failure }
        defer { ends.forEach { _ = close($0) } }
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 3) }
        guard !moved.contains(-1) else {
            for end in moved where end >= 0 { close(end) }
            throw PipeEnds.failure
        }
        (read, write) = (moved[0], moved[1])
    }

    private static var failure: Failure {
        Failure(.system, "the system makes no pipe: \(String(cString: strerror(errno)))")
    }
}

/// The programs that are to end with this one.
private enum LivingChildren {
    /// Zeros where there is none.
    nonisolated(unsafe) private static let identifiers: UnsafeMutableBufferPointer<Atomic<pid_t>> = {
        let buffer = UnsafeMutableBufferPointer<Atomic<pid_t>>.allocate(capacity: 8)
        for index in buffer.indices { buffer.initializeElement(at: index, to: Atomic(0)) }
        return buffer
    }()

    static let endings = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]

    private static let isWatching: Bool = {
        _ = identifiers.count
        for ending in endings {
            let before = unsafeBitCast(signal(ending, LivingChildren.end), to: UInt.self)
            // Whoever had it ignored, as nohup has, wants to go on.
            if before == unsafeBitCast(SIG_IGN, to: UInt.self) { signal(ending, SIG_IGN) }
        }
        return true
    }()

    // Called by the system between any two instructions: only what POSIX allows there.
    private nonisolated static let end: @convention(c) (Int32) -> Void = { number in
        for index in identifiers.indices {
            let identifier = identifiers[index].load(ordering: .relaxed)
            if identifier > 0 { kill(-identifier, SIGKILL) }
        }
        signal(number, SIG_DFL)
        raise(number)
    }

    /// Starts a program, and takes note of it before a signal can end this one.
    static func add(_ start: () throws -> pid_t) throws -> pid_t {
        _ = isWatching
        var (blocked, before) = (sigset_t(), sigset_t())
        sigemptyset(&blocked)
        for ending in endings { sigaddset(&blocked, ending) }
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let identifier = try start()
        for index in identifiers.indices
        where identifiers[index].compareExchange(expected: 0, desired: identifier, ordering: .relaxed).exchanged {
            break
        }
        return identifier
    }

    static func remove(_ identifier: pid_t) {
        for index in identifiers.indices {
            _ = identifiers[index].compareExchange(expected: identifier, desired: 0, ordering: .relaxed)
        }
    }
}
