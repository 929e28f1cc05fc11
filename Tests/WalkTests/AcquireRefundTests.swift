import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Refunds of what was paid in a shop: `alipay.acquire.refund`, whose answer is the outcome.
@Suite(.timeLimit(.minutes(2))) struct AcquireRefundTests {
    static let refundService = "alipay.acquire.refund"
    static let options = World.Options(products: ["barcode/instant"])

    private func paid(
        _ options: World.Options = Self.options, clock: ManualClock = ManualClock(),
        _ body: (World, Service, Line, ManualClock, _ payment: String, _ trade: String) async throws -> Void
    ) async throws {
        try await World.onLine(options, clock: clock) { world, service, line in
            let (status, payment) = try await world.charge("ORDER-1", code: "1", on: service)
            #expect(status == 201)
            _ = try await world.expectWebhook("payment.succeeded")
            try await world.notificationsEnd(clock)
            let trade = try #require(payment["provider"]?["trade_no"]?.text)
            try await body(world, service, line, clock, try #require(payment["id"]?.text), trade)
        }
    }

    @Test func `the answer is the outcome, and what else Alipay says of it is no second refund`() async throws {
        try await paid { world, service, line, clock, id, trade async throws in
            let refund = try await world.makeRefund(id, #"{"amount": 2000}"#, on: service)
            #expect(refund["status"]?.text == "succeeded")
            _ = try await world.expectWebhook("refund.succeeded")
            let rest = try await world.makeRefund(id, on: service)
            #expect(rest["status"]?.text == "succeeded" && rest["amount"]?.int64 == 10_050)
            _ = try await world.expectWebhook("refund.succeeded")
            try await world.notificationsEnd(clock)
            try await world.looksEnd(at: id, clock)
            #expect(world.refundedAtAlipay(trade) == 12_050 && line.calls(Self.refundService).count == 2)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 12_050 && now["refundable"] == .bool(false))
            #expect(try await world.refunds(id, on: service).count == 2)
        }
    }

    struct Opening: Sendable, CustomTestStringConvertible {
        let kind: Fault.Kind?
        let trouble: Line.Trouble?
        let moved: Bool

        var testDescription: String { kind?.rawValue ?? "\(trouble.map { "\($0)" } ?? "")" }

        static let all: [Opening] = [
            Opening(kind: nil, trouble: .callLost, moved: false), Opening(kind: nil, trouble: .answerLost, moved: true),
            Opening(kind: .unknown, trouble: nil, moved: false),
            Opening(kind: .unknownAfterEffect, trouble: nil, moved: true),
            Opening(kind: .garbled, trouble: nil, moved: true), Opening(kind: .unsigned, trouble: nil, moved: true),
            Opening(kind: .badSignature, trouble: nil, moved: true),
            Opening(kind: .error, trouble: nil, moved: false),
            Opening(kind: .errorAfterEffect, trouble: nil, moved: true),
            Opening(kind: .htmlPage, trouble: nil, moved: false),
        ]
    }

    /// Alipay's message of it has no `refund_status`.
    @Test func `a refund that the shop makes in Alipay's app is told`() async throws {
        try await paid { world, service, line, clock, id, trade async throws in
            _ = try world.alipay.simulator.move(trade, .refund(500))
            let refund = try await world.expectWebhook("refund.succeeded")
            #expect(refund["origin"]?.text == "provider" && refund["amount"]?.int64 == 500)
            try await world.notificationsEnd(clock)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 500)
            #expect(try await world.refunds(id, on: service).count == 1 && line.calls(Self.refundService).isEmpty)
        }
    }

    /// `alipay.acquire.query` does not tell of refunds, and `single_trade_query` is not in this contract.
    @Test func `a refund whose sum nobody tells is not kept quiet`() async throws {
        var options = Self.options
        options.alipay = ["services: {trade_query: false}"]
        try await paid(options) { world, service, _, clock, id, trade async throws in
            _ = try world.alipay.simulator.move(trade, .refund(500))
            try await world.notificationsEnd(clock)
            let payment = try await world.payment(id, on: service)
            #expect(payment["status"]?.text == "succeeded" && payment["amount_refunded"]?.int64 == 0)
            #expect(payment["last_error"]?["code"]?.text == "refund_amount_unknown")
        }
    }

    @Test(arguments: Opening.all)
    func `an open outcome is settled by the same request again, which gives back once`(opening: Opening) async throws {
        try await paid { world, service, line, clock, id, trade async throws in
            try world.loseNotifications()
            if let kind = opening.kind { world.alipay.simulator.set(try #require(Fault(.acquireRefund, kind))) }
            if let trouble = opening.trouble { line.trouble(Self.refundService, trouble) }
            let refund = try await world.makeRefund(id, #"{"amount": 2000}"#, on: service)
            #expect(refund["status"]?.text == "unknown")
            #expect(world.refundedAtAlipay(trade) == (opening.moved ? 2000 : 0))
            #expect(try await world.look(at: try #require(refund["id"]?.text), clock) == 10_000)
            #expect(try await world.expectWebhook("refund.succeeded")["id"] == refund["id"])
            let calls = line.calls(Self.refundService)
            #expect(calls.count == 2 && Set(calls.compactMap { $0.fields["out_request_no"] }).count == 1)
            #expect(world.refundedAtAlipay(trade) == 2000)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 2000)
        }
    }

    @Test func `a refusal is a failed refund`() async throws {
        try await paid { world, service, line, clock, id, trade async throws in
            _ = try world.alipay.simulator.move(trade, .freeze)
            try await world.notificationsEnd(clock)
            let refund = try await world.makeRefund(id, #"{"amount": 2000}"#, on: service)
            #expect(refund["status"]?.text == "failed")
            #expect(refund["provider"]?["code"]?.text == "REASON_TRADE_BEEN_FREEZEN")
            _ = try await world.expectWebhook("refund.failed")
            #expect(world.refundedAtAlipay(trade) == 0 && line.calls(Self.refundService).count == 1)
        }
    }
}

extension World {
    /// A barcode payment; what becomes of it is in the code's last digit.
    func charge(
        _ reference: String, code: String, on service: Service
    ) async throws -> (status: Int, json: JSONValue) {
        let body = """
            {"merchant_reference": "\(reference)", "amount": 12050, "subject": "三体 (1-3)", "channel": "barcode", \
            "buyer": {"auth_code": "28000000000000000\(code)"}}
            """
        let (status, json, _) = try await call(.post, "/v1/payments", on: service, body: body)
        return (status, json)
    }
}
