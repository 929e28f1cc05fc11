import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// As many calls of a tenant as may are waiting for Alipay: what comes then is not put to it, and must not look as if it had been.
@Suite(.timeLimit(.minutes(2))) struct BusyTenantWalkTests {
    private static let query = "single_trade_query"
    private static let callsMax = 32

    @Test func `what cannot be put to Alipay is refused before anything is written`() async throws {
        let options = World.Options(products: ["web/instant", "barcode/instant"])
        try await World.onLine(options) { world, service, line in
            let (id, _) = try await world.open("ORDER-1", on: service)
            let (_, other) = try await world.charge("ORDER-2", code: "1", on: service)
            let charged = try #require(other["id"]?.text)
            _ = try await world.expectWebhook("payment.succeeded")
            line.trouble(Self.query, .callKept, times: Self.callsMax)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<Self.callsMax {
                    group.addTask { try await world.call(.post, "/v1/payments/\(id)/sync", on: service).status }
                }
                while line.waiting < Self.callsMax { await Task.yield() }
                for path in ["payments/\(id)/sync", "payments/\(id)/cancel"] {
                    let (status, problem, _) = try await world.call(.post, "/v1/\(path)", on: service)
                    #expect(status == 503 && problem["code"]?.text == "unavailable", "\(path): \(problem)")
                }
                let refund = try await world.refund(charged, "{}", on: service)
                #expect(refund.status == 503 && refund.json["code"]?.text == "unavailable")
                let create = try await world.charge("ORDER-3", code: "1", on: service)
                #expect(create.status == 503 && create.json["code"]?.text == "unavailable")
                // A redirect asks nobody.
                _ = try await world.create("ORDER-4", on: service)
                line.release()
                for try await status in group { #expect(status == 504) }
            }
            let open = try await world.payment(id, on: service)
            #expect(open["status"]?.text == "requires_action" && open["next_action"]?["type"]?.text == "redirect")
            #expect(try await world.refunds(charged, on: service).isEmpty)
            // No reference was used up.
            let (status, payment) = try await world.charge("ORDER-3", code: "1", on: service)
            #expect(status == 201 && payment["status"]?.text == "succeeded")
        }
    }
}
