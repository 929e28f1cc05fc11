import CLinux
import Dispatch
import Glibc

/// Signals of this process, delivered to a closure on a queue instead of ending the process.
package final class SignalWatch {
    /// The signals that an operator sends.
    package enum Signal: Sendable, CaseIterable {
        case terminate
        case interrupt
        case hangUp

        var number: Int32 {
            switch self {
            case .terminate: SIGTERM
            case .interrupt: SIGINT
            case .hangUp: SIGHUP
            }
        }
    }

    private let sources: [any DispatchSourceSignal]

    /// - Parameter body: called on a queue of the watch, one call at a time.
    package init(_ signals: [Signal], _ body: @escaping @Sendable (Signal) -> Void) {
        let queue = DispatchQueue(label: "payrelay.signals")
        sources = signals.map { signal in
            // The default action would end the process before the source hears of it (signal(2)).
            _ = Glibc.signal(signal.number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: signal.number, queue: queue)
            source.setEventHandler { body(signal) }
            source.resume()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}

/// New files are for this process's user only, from here on (umask(2)).
package func keepNewFilesPrivate() { _ = umask(0o077) }

/// Ends the process at once, without unwinding (_exit(2)).
package func exitNow(_ status: Int32) -> Never { _exit(status) }
