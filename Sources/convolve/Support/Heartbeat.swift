// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Says on standard error, now and then, that the work is still under way: for work that cannot say so itself.
///
/// A thread that does nothing but wait. Where none can be made, nothing is said.
final class Heartbeat {
    /// What the thread is given.
    private final class Pulse: Sendable {
        /// Its other end is closed when the work is done.
        let reader: Int32
        /// In milliseconds.
        let interval: Int
        let display: Progress.Display
        let write: @Sendable (String) -> Void

        init(
            reader: Int32, interval: Int, display: Progress.Display, write: @escaping @Sendable (String) -> Void
        ) {
            self.reader = reader
            self.interval = interval
            self.display = display
            self.write = write
        }

        /// Waits for the end of the work.
        func beat() {
            var beats = 0
            while true {
                var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                let ready = poll(&waiting, 1, Int32(interval))
                if ready < 0 && errno == EINTR { continue }
                guard ready == 0 else { break }
                beats += 1
                let time = Progress.duration(Double(beats * interval) / 1000)
                write(
                    display == .line
                        ? "\rstill at work after \(time)\u{1B}[K" : "progress: still at work after \(time)\n")
            }
            if display == .line && beats > 0 { write("\r\u{1B}[K") }
        }
    }

    private let reader: Int32
    private var writer: Int32?
    private var thread: pthread_t?

    /// - Parameters:
    ///   - display: A line each second that is taken back, or one in a log every ten.
    ///   - interval: Another time between two lines, in milliseconds.
    init(
        display: Progress.Display = .forStandardError(), interval: Int? = nil,
        write: @escaping @Sendable (String) -> Void = StandardError.write
    ) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            reader = -1
            return
        }
        (reader, writer) = (ends[0], ends[1])
        let pulse = Pulse(
            reader: reader, interval: interval ?? (display == .line ? 1000 : Int(Progress.logInterval * 1000)),
            display: display, write: write)
        // Most of the default's 8 MiB would be address space in vain.
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 256 << 10)
        defer { pthread_attr_destroy(&attributes) }
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let argument = Unmanaged.passRetained(pulse)
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                #if canImport(Darwin)
                    Unmanaged<Pulse>.fromOpaque(argument).takeRetainedValue().beat()
                #else
                    if let argument { Unmanaged<Pulse>.fromOpaque(argument).takeRetainedValue().beat() }
                #endif
                return nil
            }, argument.toOpaque())
        if code == 0 { self.thread = thread } else { argument.release() }
    }

    deinit { stop() }

    /// Ends it. Nothing is said after that.
    func stop() {
        guard let writer else { return }
        close(writer)
        if let thread { pthread_join(thread, nil) }
        close(reader)
        (self.writer, thread) = (nil, nil)
    }
}
