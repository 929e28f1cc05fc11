import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// However Alipay's messages come, lost, twice, or one before the other, a payment ends as if they had come in order.
@Suite(.timeLimit(.minutes(4))) struct LifeCycleWalkTests {
    enum Cycle: String, CaseIterable, Sendable {
        case instant, escrow, escrowRefunded, acquire

        var products: [String] {
            switch self {
            case .instant: ["web/instant"]
            case .escrow, .escrowRefunded: ["web/escrow"]
            case .acquire: ["qr/instant"]
            }
        }

        var moves: [TradeMove] {
            switch self {
            case .instant: [.pay, .refund(2000), .refund(3000), .finish]
            case .escrow:
                [
                    .pay, .sendGoods(Trade.Shipment()), .openDispute(fen: 5000, returnsGoods: false), .refuseRefund,
                    .closeDispute, .confirmReceipt,
                ]
            case .escrowRefunded: [.pay, .openDispute(fen: nil, returnsGoods: false), .agreeRefund]
            case .acquire: [.pay, .refundOnce(2000, requestNo: "R1"), .finish]
            }
        }
    }

    /// What does not depend on when it was learned.
    struct End: Hashable {
        let status: String?
        let paid: Int64?
        let refunded: Int64?
        let refundable: Bool
        let late: Bool
        let dispute: String?
        let tradeStatus: String?
        let refunds: Int64
    }

    @Test(arguments: Cycle.allCases, [1, 2, 3] as [UInt64])
    func `messages that are lost, doubled and overtaken lead to the same end, and each event is told once`(
        cycle: Cycle, seed: UInt64
    ) async throws {
        let ordered = try await Self.run(cycle, shakenBy: nil)
        let shaken = try await Self.run(cycle, shakenBy: seed)
        #expect(shaken == ordered)
        #expect(ordered.paid == 12_050 && ordered.refunds == ordered.refunded)
        switch cycle {
        case .instant: #expect(ordered.status == "succeeded" && ordered.refunded == 5000 && !ordered.refundable)
        case .escrow: #expect(ordered.status == "succeeded" && ordered.refunded == 0 && ordered.dispute == nil)
        case .escrowRefunded: #expect(ordered.status == "canceled" && ordered.refunded == 12_050)
        case .acquire: #expect(ordered.status == "succeeded" && ordered.refunded == 2000)
        }
    }

    private static func run(_ cycle: Cycle, shakenBy seed: UInt64?) async throws -> End {
        let clock = ManualClock()
        var end: End?
        try await World.run(World.Options(products: cycle.products), clock: clock) { world, service in
            var random = SeededGenerator(seed: seed ?? 0)
            let (id, trade) = try await begin(cycle, world, service)
            for move in cycle.moves {
                if seed != nil { try world.shake(&random) }
                _ = try world.alipay.simulator.move(trade, move)
                if seed == nil { try await world.settle(clock, service) }
                if seed != nil, random.pick([true, false]) {
                    try await world.deliverWebhooks(clock, service)
                    clock.advance(byMs: random.pick([1000, 61_000, 240_000]))
                }
            }
            try await world.settle(clock, service)
            let tries = world.alipay.simulator.notifications().flatMap(\.attempts)
            #expect(tries.contains { !$0.faults.isEmpty } == (seed != nil))
            let payment = try await world.payment(id, on: service)
            let events = try await world.events(on: service)
            Self.expectEachOnce(events, world)
            #expect(payment["sequence"]?.int64 == Int64(events.count))
            let refunds = events.filter { $0["type"]?.text == "refund.succeeded" }
            end = End(
                status: payment["status"]?.text, paid: payment["amount_paid"]?.int64,
                refunded: payment["amount_refunded"]?.int64, refundable: payment["refundable"] == .bool(true),
                late: payment["late"] == .bool(true), dispute: payment["provider"]?["dispute"]?.text,
                tradeStatus: payment["provider"]?["status"]?.text,
                refunds: refunds.reduce(0) { $0 + ($1["data"]?["amount"]?.int64 ?? 0) })
        }
        return try #require(end)
    }

    private static func begin(_ cycle: Cycle, _ world: World, _ service: Service) async throws -> (String, String) {
        guard cycle == .acquire else {
            let opened = try await world.open(
                "ORDER-1", on: service, extra: cycle == .instant ? "" : World.escrow)
            return (opened.id, opened.trade)
        }
        let body = #"{"merchant_reference": "ORDER-1", "amount": 12050, "subject": "三体", "channel": "qr"}"#
        let (status, payment, _) = try await world.call(.post, "/v1/payments", on: service, body: body)
        #expect(status == 201, "\(payment)")
        let code = try #require(payment["next_action"]?["content"]?.text)
        return (try #require(payment["id"]?.text), try world.alipay.simulator.scan(code).tradeNo)
    }

    /// Numbered without gaps, each taken once.
    private static func expectEachOnce(_ events: [JSONValue], _ world: World) {
        let merchant = world.shop.merchant
        #expect(events.compactMap { $0["sequence"]?.int64 } == Array(1...Int64(max(events.count, 1))))
        #expect(merchant.received.map(\.id).sorted() == events.compactMap { $0["id"]?.text }.sorted())
        #expect(merchant.received.allSatisfy { $0.times == 1 })
        let once = ["payment.processing", "payment.held", "payment.shipped", "payment.succeeded", "payment.canceled"]
        for type in once { #expect(events.count { $0["type"]?.text == type } <= 1, "\(type)") }
    }
}

extension World {
    private static let steps = 600

    /// Something goes wrong with the next messages.
    fileprivate func shake(_ random: inout SeededGenerator) throws {
        for kind in [Fault.Kind.drop, .duplicate, .outOfOrder] where random.pick([true, false]) {
            alipay.simulator.set(try #require(Fault(.notification, kind, count: random.pick([1, 2]))))
        }
    }

    /// Lets time pass until Alipay has nothing more to say; no webhook is overtaken by it.
    fileprivate func settle(_ clock: ManualClock, _ service: Service) async throws {
        for _ in 0..<World.steps {
            try await notificationsEnd(clock)
            try await deliverWebhooks(clock, service)
            if alipay.simulator.notifications().allSatisfy({ $0.state == .acknowledged }) { return }
            clock.advance(byMs: 60_000)
        }
        throw Broken(description: "Alipay has not been answered success: \(alipay.simulator.notifications())")
    }

    fileprivate func deliverWebhooks(_ clock: ManualClock, _ service: Service) async throws {
        try await until(clock, "every webhook") {
            // A listener whose time was moved on may have closed the line under one: that has its next try to come.
            clock.advance(byMs: 5)
            return try await shop.merchant.received.count == events(on: service).count
        }
    }
}
