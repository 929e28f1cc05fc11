package import HTTP
import Synchronization

/// A sender that records what it is given and answers when the test says so, or at once by a rule.
package final class ScriptedSender: HTTPSender {
    package typealias Answer = Result<OutboundResponse, SendError>

    private struct Waiting {
        let request: OutboundRequest
        let then: @Sendable (Answer) -> Void
    }

    private struct State {
        var requests: [OutboundRequest] = []
        var waiting: [Waiting] = []
        var rule: (@Sendable (OutboundRequest) -> Answer?)?
    }

    private let state = Mutex(State())

    package init() {}

    /// Every request so far, in order.
    package var requests: [OutboundRequest] { state.withLock { $0.requests } }
    /// Those without an answer, in order.
    package var waiting: [OutboundRequest] { state.withLock { $0.waiting.map(\.request) } }

    /// From now on a request for which `rule` has an answer gets it at once.
    package func always(_ rule: @escaping @Sendable (OutboundRequest) -> Answer?) {
        state.withLock { $0.rule = rule }
    }

    package func send(_ request: OutboundRequest, then: @escaping @Sendable (Answer) -> Void) {
        let rule = state.withLock { state in
            state.requests.append(request)
            return state.rule
        }
        if let answer = rule?(request) { return then(answer) }
        state.withLock { $0.waiting.append(Waiting(request: request, then: then)) }
    }

    /// Answers the oldest waiting request, to that URL if one is named; false if there is none.
    @discardableResult
    package func answer(_ answer: Answer, url: String? = nil) -> Bool {
        let waiting: Waiting? = state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { url == nil || $0.request.url == url }) else {
                return nil
            }
            return state.waiting.remove(at: index)
        }
        waiting?.then(answer)
        return waiting != nil
    }

    @discardableResult
    package func answer(status: Int, headers: Headers = Headers(), body: String = "", url: String? = nil) -> Bool {
        answer(
            .success(
                OutboundResponse(
                    status: status, headers: headers, body: Array(body.utf8), address: "203.0.113.7",
                    duration: .milliseconds(80))), url: url)
    }

    @discardableResult
    package func fail(_ code: SendError.Code, url: String? = nil) -> Bool {
        answer(
            .failure(SendError(code: code, message: "the test says \(code.rawValue)", duration: .seconds(15))), url: url
        )
    }
}
