import HTTP
import Synchronization

/// The way back to one peer: the first answer counts. A reply that is let go without any is a 500, so no peer waits for ever.
final class PendingReply: Reply {
    private enum State {
        /// The handler has not returned.
        case open
        /// Answered before the handler returned.
        case answered(Response)
        /// The handler has returned; the loop waits for the mailbox.
        case waiting
        case done
    }

    private let state = Mutex(State.open)
    private let connection: Connection
    private let requestID: String
    private let mailbox: Mailbox

    init(connection: Connection, requestID: String, mailbox: Mailbox) {
        self.connection = connection
        self.requestID = requestID
        self.mailbox = mailbox
    }

    func send(_ response: Response) {
        let late = state.withLock { state in
            switch state {
            case .open:
                state = .answered(response)
                return false
            case .waiting:
                state = .done
                return true
            case .answered, .done:
                return false
            }
        }
        if late { mailbox.put(Mailbox.Finished(connection: connection, response: response)) }
    }

    /// Called once, by the loop, when the handler has returned: the answer, or nil if it is still to come.
    func settle() -> Response? {
        state.withLock { state in
            if case .answered(let response) = state {
                state = .done
                return response
            }
            state = .waiting
            return nil
        }
    }

    deinit {
        let forgotten = state.withLock { state in
            if case .waiting = state { true } else { false }
        }
        if forgotten { send(Problem.internalError.response(requestID: requestID)) }
    }
}
