package import Diagnostics
package import HTTP
import JSON
import Synchronization

/// A merchant's backend for demo and tests: takes webhooks at `/hooks/payrelay`, checks them and keeps what came.
///
/// `GET /hooks/payrelay` lists what came, as `{"data": [{"id", "type", "times"}], "refused": n}`; `GET /thanks` is
/// where buyers come back to.
package final class SampleMerchant: HTTPHandler {
    package static let hookPath = "/hooks/payrelay"
    package static let thanksPath = "/thanks"
    package static let webhooksMax = 10_000
    package static let hangingMax = 256

    /// What it does with a webhook whose signature is right.
    package enum Behaviour: Sendable, Hashable {
        case accept
        /// Answers that status, 100 to 599, and takes nothing.
        case fail(status: Int)
        /// Leaves the sender without an answer until ``release()``.
        case hang
    }

    /// An event that was taken.
    package struct Webhook: Sendable, Hashable {
        package let id: String
        /// As it came the first time.
        package let headers: Headers
        package let body: [UInt8]
        package let firstAtMs: Int64
        /// How often it came; more than 1 is a repeat of something taken.
        package internal(set) var times = 1
    }

    private struct State {
        var webhooks = BoundedMap<String, Webhook>(capacity: SampleMerchant.webhooksMax)
        var refused = 0
        var behaviour = Behaviour.accept
        /// How many more webhooks `behaviour` holds for; nil is all of them.
        var rest: Int?
        var hanging: [any Reply] = []
    }

    /// What was taken, as it came, repeats included; the last ``webhooksMax`` are kept for whoever reads it late.
    package let arrivals: AsyncStream<Webhook>

    private let check: WebhookCheck
    private let clock: any Clock
    private let state = Mutex(State())
    private let announce: AsyncStream<Webhook>.Continuation

    /// - Parameter secrets: `whsec_` and base64 each.
    /// - Returns: nil if one is not.
    package init?(secrets: [String], clock: any Clock) {
        guard let check = WebhookCheck(secrets: secrets) else { return nil }
        self.check = check
        self.clock = clock
        (arrivals, announce) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(SampleMerchant.webhooksMax))
    }

    package func handle(_ request: Request, _ reply: any Reply) {
        switch (request.method, request.path) {
        case (.post, SampleMerchant.hookPath): take(request, reply)
        case (.get, SampleMerchant.hookPath): reply.send(list())
        case (.get, SampleMerchant.thanksPath): reply.send(.html(ThanksPage.page(query: request.query)))
        case (_, SampleMerchant.hookPath): reply.send(.methodNotAllowed("GET, POST"))
        case (_, SampleMerchant.thanksPath): reply.send(.methodNotAllowed("GET"))
        case (.get, ThanksPage.stylesheetPath):
            reply.send(
                Response(status: 200, contentType: "text/css; charset=utf-8", body: Array(CashierPage.stylesheet.utf8)))
        default: reply.send(.notFound)
        }
    }

    /// What it does from now on, or with the next `times` webhooks.
    package func behave(_ behaviour: Behaviour, times: Int? = nil) {
        state.withLock { state in
            state.behaviour = times == 0 ? .accept : behaviour
            state.rest = times
        }
    }

    /// Answers 503 to everyone left hanging.
    package func release() {
        let hanging = state.withLock { state in
            defer { state.hanging = [] }
            return state.hanging
        }
        for reply in hanging { reply.send(.plain("sorry\n", status: 503)) }
    }

    /// What was taken, newest first, each event once.
    package var received: [Webhook] { state.withLock { $0.webhooks.newest(SampleMerchant.webhooksMax) } }

    /// How many requests had no valid signature.
    package var refused: Int { state.withLock { $0.refused } }

    private func take(_ request: Request, _ reply: any Reply) {
        let nowMs = clock.nowMs
        guard let id = check.id(of: request, nowMs: nowMs) else {
            state.withLock { $0.refused += 1 }
            return reply.send(.plain("the signature is wrong\n", status: 400))
        }
        let response: Response? = state.withLock { state in
            switch SampleMerchant.next(&state) {
            case .accept:
                let isKnown: Void? = state.webhooks.change(id) { $0.times += 1 }
                let webhook = Webhook(id: id, headers: request.headers, body: request.body, firstAtMs: nowMs)
                if isKnown == nil { state.webhooks.put(id, webhook) }
                announce.yield(webhook)
                return .plain("taken\n")
            case .fail(let status): return .plain("not now\n", status: min(max(status, 100), 599))
            case .hang:
                guard state.hanging.count < SampleMerchant.hangingMax else { return .plain("sorry\n", status: 503) }
                state.hanging.append(reply)
                return nil
            }
        }
        if let response { reply.send(response) }
    }

    private static func next(_ state: inout State) -> Behaviour {
        guard let rest = state.rest else { return state.behaviour }
        defer {
            state.rest = rest > 1 ? rest - 1 : nil
            if rest <= 1 { state.behaviour = .accept }
        }
        return state.behaviour
    }

    private func list() -> Response {
        let (webhooks, refused) = state.withLock { ($0.webhooks.newest(100), $0.refused) }
        var out = JSONWriter()
        out.beginObject()
        out.name("data")
        out.beginArray()
        for webhook in webhooks {
            out.beginObject()
            out.field("id", webhook.id)
            out.field("type", (try? JSONReader.read(webhook.body))?["type"]?.text)
            out.field("times", webhook.times)
            out.timeField("first_at", webhook.firstAtMs)
            out.endObject()
        }
        out.endArray()
        out.field("refused", refused)
        out.endObject()
        return .json(out.bytes)
    }
}

/// Where the buyer comes back to.
enum ThanksPage {
    static let stylesheetPath = "/thanks.css"

    static func page(query: [UInt8]) -> String {
        let fields = (try? Fields(form: query)) ?? Fields()
        let rows = ["payment_id", "merchant_reference", "status"].map {
            "<dt>\($0)</dt><dd>\(Markup.escape(fields.text($0) ?? "–"))</dd>\n"
        }
        return Page.document(
            title: "谢谢惠顾 · Thank you", stylesheet: stylesheetPath, content: "<dl>\n\(rows.joined())</dl>\n")
    }
}
