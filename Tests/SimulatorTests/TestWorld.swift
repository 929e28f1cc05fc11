import Crypto
import Diagnostics
import HTTP
import Simulator
import Support
import Synchronization
import Text

/// A simulator, a clock that stands still, and the inbox of its one merchant.
struct TestWorld {
    static let partner = "2088101122136241"
    static let key = Secret("abcdefghijklmnopqrstuvwxyz012345")

    let clock = ManualClock()
    let inbox = Inbox()
    let simulator: AlipaySimulator

    init(
        speed: Int = 1, others: [SimulatorAccount] = [],
        repeats: SimulatorSettings.RepeatSchedule = .current, merchantKey: RSAPublicKey? = nil,
        signTypes: Set<SimulatorAccount.SignType>? = nil,
        contract change: (inout SimulatorAccount.Contract) -> Void = { _ in }
    ) {
        var account = SimulatorAccount(
            partner: TestWorld.partner, key: TestWorld.key, sellerEmail: "sales@bookshop.example",
            merchantPublicKey: merchantKey, signTypes: signTypes)
        change(&account.contract)
        simulator = AlipaySimulator(
            settings: SimulatorSettings(accounts: [account] + others, speed: speed, repeats: repeats), sender: inbox,
            clock: clock,
            logger: .none)
    }

    /// The parameters of a good request for the cashier.
    static let order = Fields([
        "service": "create_direct_pay_by_user", "partner": partner, "_input_charset": "utf-8",
        "notify_url": "http://merchant.example/notify/bookshop",
        "return_url": "http://merchant.example/return/bookshop",
        "out_trade_no": "ORDER-1", "subject": "三体 (1-3)", "payment_type": "1", "total_fee": "120.50",
        "seller_id": partner,
    ])

    /// A good request with some parameters changed; an empty one is as good as left out.
    static func order(_ changes: KeyValuePairs<String, String>) -> Fields {
        var fields = order
        for (name, value) in changes { fields.set(name, value) }
        return fields
    }

    static func sign(_ fields: Fields) -> Fields { PartnerSignature.signed(fields, key: key) }

    /// Asks and gives the answer, which must come at once.
    func send(_ method: Method, _ path: String, query: [UInt8] = [], body: [UInt8] = []) -> Response? {
        let reply = RecordedReply()
        simulator.handle(Request(method: method, path: path, query: query, body: body), reply)
        return reply.response
    }

    func gateway(_ fields: Fields) -> String {
        text(send(.get, "/gateway.do", query: fields.formEncoded()))
    }

    /// The cashier of a signed order.
    func cashier(_ fields: Fields = TestWorld.order) -> String { gateway(TestWorld.sign(fields)) }

    /// The trade of the good request, whose cashier is opened.
    func openTrade(_ fields: Fields = TestWorld.order) throws -> Trade {
        _ = cashier(fields)
        return try found(simulator.trade(partner: TestWorld.partner, outTradeNo: fields.text("out_trade_no") ?? ""))
    }

    func paidTrade(_ fields: Fields = TestWorld.order) throws -> Trade {
        try simulator.move(try openTrade(fields).tradeNo, .pay)
    }

    func query(_ name: String, _ number: String) -> String {
        var fields = Fields(["service": "single_trade_query", "partner": TestWorld.partner, "_input_charset": "utf-8"])
        fields.set(name, number)
        return gateway(TestWorld.sign(fields))
    }

    func verify(_ id: String, partner: String = TestWorld.partner) -> String {
        gateway(Fields(["service": "notify_verify", "partner": partner, "notify_id": id]))
    }

    /// Asks a service by a signed GET in UTF-8.
    func ask(_ service: String, _ fields: KeyValuePairs<String, String>) -> String {
        var request = Fields(["service": service, "partner": TestWorld.partner, "_input_charset": "utf-8"])
        for (name, value) in fields { request.set(name, value) }
        return gateway(TestWorld.sign(request))
    }

    /// The statuses that were notified, in order.
    var told: [String?] { get throws { try inbox.forms.map { $0.text("trade_status") } } }

    func text(_ response: Response?) -> String { String(decoding: response?.body ?? [], as: UTF8.self) }
}

/// The elements inside an XML answer's wrapper as fields, and the answer's `sign`.
func read(_ answer: String, wrapper: String) throws -> (elements: Fields, sign: String?) {
    let root = try XMLReader.read(Array(answer.utf8))
    let content = try found(root.child(named: "response")?.child(named: wrapper))
    var elements = Fields()
    for element in content.children where element.children.isEmpty { elements.set(element.name, element.text) }
    return (elements, root.child(named: "sign")?.text)
}

struct NothingFound: Error {}

func found<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw NothingFound() }
    return value
}

final class RecordedReply: Reply {
    private let first = Mutex<Response?>(nil)

    func send(_ response: Response) { first.withLock { $0 = $0 ?? response } }
    var response: Response? { first.withLock { $0 } }
}

/// Takes what the simulator sends; answers `success`, unless told to answer something else first.
final class Inbox: HTTPSender {
    enum Answer {
        case body(String, status: Int = 200)
        case error(SendError.Code)
        case never
    }

    private struct State {
        var requests: [OutboundRequest] = []
        var answers: [Answer] = []
        var always: Answer = .body("success")
    }

    private let state = Mutex(State())

    var requests: [OutboundRequest] { state.withLock { $0.requests } }
    /// The forms that came, read and in order.
    var forms: [Fields] { get throws { try requests.map { try Fields(form: $0.body) } } }

    /// What the next requests are answered.
    func answer(_ answers: Answer...) { state.withLock { $0.answers += answers } }
    /// What requests are answered when nothing else is due.
    func answerAlways(_ answer: Answer) { state.withLock { $0.always = answer } }

    func send(_ request: OutboundRequest, then: @escaping @Sendable (Result<OutboundResponse, SendError>) -> Void) {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? state.always : state.answers.removeFirst()
        }
        switch answer {
        case .body(let text, let status): then(.success(OutboundResponse(status: status, body: Array(text.utf8))))
        case .error(let code): then(.failure(SendError(code: code, message: "a test said so")))
        case .never: break
        }
    }
}
