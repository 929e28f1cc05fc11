import HTTP
import JSON
import Support
import Synchronization

/// Keeps the first answer for whoever asks, and counts them all.
final class RecordedReply: Reply {
    private struct State {
        var response: Response?
        var count = 0
        var waiting: CheckedContinuation<Response, Never>?
    }

    private let state = Mutex(State())

    func send(_ response: Response) {
        let waiting = state.withLock { state in
            state.count += 1
            guard state.response == nil else { return CheckedContinuation<Response, Never>?.none }
            state.response = response
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: response)
    }

    var isAnswered: Bool { state.withLock { $0.response != nil } }
    var count: Int { state.withLock { $0.count } }

    /// The answer, once it is there; for one caller.
    func reading() async -> Reading {
        let response = await withCheckedContinuation { continuation in
            let ready: Response? = state.withLock { state in
                if state.response == nil { state.waiting = continuation }
                return state.response
            }
            if let ready { continuation.resume(returning: ready) }
        }
        return Reading(response)
    }
}

/// An answer as a test reads it.
struct Reading: Sendable {
    let status: Int
    let headers: Headers
    let body: [UInt8]

    init(_ response: Response) {
        status = response.status
        headers = response.headers
        body = response.body
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSONValue { (try? JSONReader.read(body)) ?? .null }
    /// The problem's code.
    var code: String? { json["code"]?.text }
    var detail: String? { json["detail"]?.text }
    /// The problem's errors as `pointer: detail`.
    var errors: [String] { elements("errors").map { "\($0["pointer"]?.text ?? "-"): \($0["detail"]?.text ?? "-")" } }
    var pointers: [String] { elements("errors").map { $0["pointer"]?.text ?? "-" } }
    /// Of one object.
    var id: String { json["id"]?.text ?? "no id" }
    /// Of a list's elements.
    var ids: [String] { elements("data").map { $0["id"]?.text ?? "no id" } }
    /// Where a browser goes from here.
    var onwardURL: String? { Onward.url(headers, body) }
    var hasMore: JSONValue? { json["has_more"] }

    func elements(_ name: String) -> [JSONValue] {
        if case .array(let elements)? = json[name] { return elements }
        return []
    }
}
