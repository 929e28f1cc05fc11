import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Refunds without a password, server to server: every answer of Alipay, and what becomes of the money.
@Suite(.timeLimit(.minutes(2))) struct RefundWalkTests {
    @Test func `a refund that Alipay takes is done, told once, and counted once`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let refund = try await world.makeRefund(
                id, #"{"amount": 2000, "reason": "书有破损", "merchant_reference": "RETURN-1"}"#, on: service)
            #expect(refund["amount"]?.int64 == 2000 && refund["payment"]?.text == id)
            #expect(refund["origin"]?.text == "api" && refund["reason"]?.text == "书有破损")
            let told = try await world.expectWebhook("refund.succeeded")
            #expect(told["id"] == refund["id"] && told["amount"]?.int64 == 2000 && told["origin"]?.text == "api")
            #expect(told["merchant_reference"]?.text == "RETURN-1" && told["last_error"] == .null)
            try await world.notificationsEnd()
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 2000 && now["status"]?.text == "succeeded")
            #expect(now["refundable"] == .bool(true) && now["sequence"]?.int64 == 2)
            #expect(world.refundedAtAlipay(trade) == 2000)
            #expect(world.alipay.simulator.refunds().first?.items.first?.reason == "书有破损")
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded", "refund.succeeded"])
            #expect(try await world.refunds(id, on: service).count == 1)
        }
    }

    @Test(arguments: [Fault.Kind.inProgress, .delayed])
    func `a refund that Alipay carries out later is pending until the notification`(kind: Fault.Kind) async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, kind)))
            let refund = try await world.makeRefund(id, on: service)
            #expect(refund["status"]?.text == "pending" && refund["amount"]?.int64 == 12_050)
            // What is pending counts as spent, and one refund is made at a time.
            let (status, problem) = try await world.refund(id, #"{"amount": 1}"#, on: service)
            #expect(status == 409 && problem["code"]?.text == "refund_in_progress")
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 0)
            #expect(world.refundedAtAlipay(trade) == 0)
            let batchNo = try #require(refund["provider"]?["batch_no"]?.text)
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batchNo)
            #expect(try await world.expectWebhook("refund.succeeded")["id"] == refund["id"])
            try await world.notificationsEnd()
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 12_050 && now["refundable"] == .bool(false))
            #expect(now["status"]?.text == "succeeded" && now["sequence"]?.int64 == 2)
        }
    }

    @Test func `a refusal is a failed refund, costs nothing, and leaves room for another`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, .error, code: "SELLER_NOT_SIGN_PROTOCOL")))
            let refund = try await world.makeRefund(id, on: service)
            #expect(refund["status"]?.text == "failed")
            #expect(refund["provider"]?["code"]?.text == "SELLER_NOT_SIGN_PROTOCOL")
            #expect(refund["last_error"]?["code"]?.text == "provider_refused")
            #expect(try await world.expectWebhook("refund.failed")["id"] == refund["id"])
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 0)
            let second = try await world.makeRefund(id, on: service)
            #expect(second["amount"]?.int64 == 12_050 && second["id"] != refund["id"])
            #expect(second["provider"]?["batch_no"] != refund["provider"]?["batch_no"])
            #expect(try await world.expectWebhook("refund.succeeded")["id"] == second["id"])
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    @Test func `an item that Alipay refuses fails by the notification, with Alipay's reason`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let code = "TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH"
            world.alipay.simulator.set(try #require(Fault(.refundItem, .error, code: code)))
            let refund = try await world.makeRefund(id, on: service)
            let told = try await world.expectWebhook("refund.failed")
            #expect(told["id"] == refund["id"] && told["provider"]?["code"]?.text == code)
            #expect(world.refundedAtAlipay(trade) == 0)
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 0 && now["refundable"] == .bool(true))
        }
    }

    @Test func `an answer that is lost is unknown, and the notification settles it`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            world.alipay.simulator.set(try #require(Fault(.refund, .delayed)))
            line.trouble(World.refundService, .answerLost)
            let refund = try await world.makeRefund(id, on: service)
            #expect(refund["status"]?.text == "unknown" && refund["last_error"]?["code"]?.text == "outcome_open")
            let batchNo = try #require(refund["provider"]?["batch_no"]?.text)
            _ = try world.alipay.simulator.carryOutRefund(partner: World.account.partner, batchNo: batchNo)
            let told = try await world.expectWebhook("refund.succeeded")
            #expect(told["id"] == refund["id"] && told["last_error"] == .null)
            #expect(line.calls(World.refundService).count == 1)
            #expect(world.refundedAtAlipay(trade) == 12_050)
        }
    }

    @Test func `a notification that comes before the answer settles it, and the answer says so`() async throws {
        try await World.onLine { world, service, line in
            let (id, _) = try await world.pay("ORDER-1", on: service)
            line.trouble(World.refundService, .answerKept)
            async let answer = world.refund(id, on: service)
            let told = try await world.expectWebhook("refund.succeeded")
            line.release()
            let (status, refund) = try await answer
            #expect(status == 201 && refund["id"] == told["id"] && refund["status"]?.text == "succeeded")
            #expect(try await world.eventTypes(on: service) == ["payment.succeeded", "refund.succeeded"])
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 12_050)
        }
    }

    @Test func `refunds in part go to the last fen and no further`() async throws {
        try await World.run { world, service in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            for fen in [1, 2049, 9999] {
                _ = try await world.makeRefund(id, #"{"amount": \#(fen)}"#, on: service)
                #expect(try await world.expectWebhook("refund.succeeded")["amount"]?.int64 == Int64(fen))
            }
            let (status, problem) = try await world.refund(id, #"{"amount": 2}"#, on: service)
            #expect(status == 409 && problem["code"]?.text == "refund_exceeds_payment")
            #expect(problem["detail"]?.text == "a refund of 2 fen is more than the 1 fen that are left")
            // Without an amount: what is left.
            #expect(try await world.makeRefund(id, on: service)["amount"]?.int64 == 1)
            #expect(try await world.expectWebhook("refund.succeeded")["amount"]?.int64 == 1)
            try await world.notificationsEnd()
            let now = try await world.payment(id, on: service)
            #expect(now["amount_refunded"]?.int64 == 12_050 && now["refundable"] == .bool(false))
            #expect(now["sequence"]?.int64 == 5 && world.refundedAtAlipay(trade) == 12_050)
            let (over, refused) = try await world.refund(id, #"{"amount": 1}"#, on: service)
            #expect(over == 409 && refused["code"]?.text == "not_refundable")
        }
    }

    @Test func `what is not paid cannot be refunded`() async throws {
        try await World.onLine { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service)
            let (status, problem) = try await world.refund(id, on: service)
            #expect(status == 409 && problem["code"]?.text == "not_refundable")
            let (missing, none) = try await world.refund("pay_0000000000000000000000000", on: service)
            #expect(missing == 404 && none["code"]?.text == "not_found")
            #expect(line.calls(World.refundService).isEmpty)
        }
    }

    @Test func `fifty refunds at once, again and again, never give back more than was paid`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            var made: [String] = []
            for _ in 0..<40 {
                let answers = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
                    for _ in 0..<50 {
                        group.addTask { try await world.refund(id, #"{"amount": 2000}"#, on: service) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let created = answers.filter { $0.0 == 201 }
                let codes = Set(answers.filter { $0.0 != 201 }.compactMap { $0.1["code"]?.text })
                #expect(codes.isSubset(of: ["refund_in_progress", "refund_exceeds_payment"]), "\(codes)")
                made += created.compactMap { $0.1["id"]?.text }
                for _ in created { _ = try await world.expectWebhook("refund.succeeded") }
                if codes == ["refund_exceeds_payment"], created.isEmpty { break }
            }
            try await world.notificationsEnd()
            // Six times 2,000 fit into 12,050.
            #expect(made.count == 6 && Set(made).count == 6)
            #expect(line.calls(World.refundService).count == 6)
            #expect(world.refundedAtAlipay(trade) == 12_000)
            #expect(try await world.payment(id, on: service)["amount_refunded"]?.int64 == 12_000)
        }
    }

    @Test func `a reference is one refund, however often and however many at once ask for it`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            let body = #"{"amount": 2000, "merchant_reference": "RETURN-1"}"#
            let answers = try await withThrowingTaskGroup(of: (Int, JSONValue).self) { group in
                for _ in 0..<20 { group.addTask { try await world.refund(id, body, on: service) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.0 == 201 } == 1 && answers.count { $0.0 == 200 } == 19)
            #expect(Set(answers.compactMap { $0.1["id"]?.text }).count == 1)
            #expect(try await world.expectWebhook("refund.succeeded")["amount"]?.int64 == 2000)
            let (same, again) = try await world.refund(id, body, on: service)
            #expect(same == 200 && again["status"]?.text == "succeeded")
            let (status, conflict) = try await world.refund(
                id, #"{"amount": 2001, "merchant_reference": "RETURN-1"}"#, on: service)
            #expect(status == 409 && conflict["code"]?.text == "reference_conflict")
            #expect(conflict["refund"] == again["id"])
            #expect(line.calls(World.refundService).count == 1 && world.refundedAtAlipay(trade) == 2000)
        }
    }

    @Test func `the same key refunds once, also when the answer was lost on the way to the merchant`() async throws {
        try await World.onLine { world, service, line in
            let (id, trade) = try await world.pay("ORDER-1", on: service)
            var ids: Set<String> = []
            for _ in 0..<3 {
                let (status, refund, _) = try await world.call(
                    .post, "/v1/payments/\(id)/refunds", on: service, headers: [("Idempotency-Key", "return-1")],
                    body: #"{"amount": 2000}"#)
                #expect(status == 201)
                ids.insert(refund["id"]?.text ?? "")
            }
            #expect(ids.count == 1 && line.calls(World.refundService).count == 1)
            _ = try await world.expectWebhook("refund.succeeded")
            #expect(world.refundedAtAlipay(trade) == 2000)
        }
    }
}
