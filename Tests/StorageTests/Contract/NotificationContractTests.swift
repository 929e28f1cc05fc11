import Payments
import Testing

struct NotificationContractTests {
    @Test(arguments: Engine.all)
    func `a notification comes back as it was put in, byte for byte`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let bare = Notification(
                id: "ntf_2", tenant: "shop", payment: "pay_1", notifyID: "", notifyType: "", providerStatus: nil,
                verdict: .malformed, explanation: "", receivedAtMs: .min, body: [])
            try await store.insert(.sample())
            let replayed = Notification.sample(
                "ntf_0", verdict: .repeat, receivedAtMs: .min + 1, replayOf: "ntf_9")
            try await insert(store, .sample("ntf_1", failureCell: "equal_false"), replayed, bare)
            let found = try await store.read { reader throws(StoreError) in
                try reader.notifications(NotificationQuery(tenant: "shop", limit: 10))
            }
            #expect(found == [.sample("ntf_1", failureCell: "equal_false"), replayed, bare])
        }
    }

    @Test(arguments: Engine.all, Verdict.allCases.filter(\.settles))
    func `a settled id cannot be settled again, whatever the verdicts`(
        _ engine: Engine, _ verdict: Verdict
    ) async throws {
        try await engine.withStore { store throws in
            try await insert(store, .sample("ntf_1", notifyID: "n1", verdict: verdict))
            for (index, second) in Verdict.allCases.filter(\.settles).enumerated() {
                let error = await #expect(throws: StoreError.self) {
                    try await insert(store, .sample("ntf_again_\(index)", notifyID: "n1", verdict: second))
                }
                #expect(error?.code == .conflict)
            }
            #expect(try await isSettled(store, "n1"))
        }
    }

    @Test(arguments: Engine.all)
    func `rows that do not settle never stand in the genuine one's way`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let refused = Verdict.allCases.filter { !$0.settles }
            for (index, verdict) in refused.enumerated() {
                try await insert(store, .sample("ntf_\(index)a", notifyID: "n1", verdict: verdict))
                try await insert(store, .sample("ntf_\(index)b", notifyID: "n1", verdict: verdict))
            }
            #expect(try await !isSettled(store, "n1"))
            try await insert(store, .sample("ntf_genuine", notifyID: "n1", verdict: .applied))
            #expect(try await isSettled(store, "n1"))
            try await insert(store, .sample("ntf_repeat", notifyID: "n1", verdict: .repeat))
        }
    }

    @Test(arguments: Engine.all)
    func `an id is settled for its own tenant alone, and no id is none`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await insert(
                store, .sample("ntf_1", notifyID: "n1"), .sample("ntf_2", notifyID: "", verdict: .unsupported),
                .sample("ntf_3", notifyID: "", verdict: .unsupported))
            #expect(try await !isSettled(store, "n1", tenant: "rival"))
            #expect(try await !isSettled(store, ""))
            try await insert(store, .sample("ntf_4", tenant: "rival", notifyID: "n1"))
            #expect(try await isSettled(store, "n1", tenant: "rival"))
        }
    }

    @Test(arguments: Engine.all)
    func `the journal is newest first and keeps to its filters, cursor and tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await insert(
                store, .sample("ntf_1", notifyID: "a", receivedAtMs: 1000),
                .sample("ntf_2", notifyID: "b", verdict: .charset, receivedAtMs: 3000),
                .sample("ntf_3", notifyID: "c", receivedAtMs: 2000),
                .sample("ntf_4", notifyID: "d", receivedAtMs: 2000),
                .sample("ntf_5", tenant: "rival", notifyID: "e", receivedAtMs: 9000))
            func list(
                _ verdict: Verdict? = nil, from: Int64? = nil, after: String? = nil, limit: Int = 10
            ) async throws -> [String] {
                let query = NotificationQuery(
                    tenant: "shop", verdict: verdict, receivedFromMs: from, startingAfter: after, limit: limit)
                return try await store.read { reader throws(StoreError) in try reader.notifications(query).map(\.id) }
            }
            #expect(try await list() == ["ntf_2", "ntf_4", "ntf_3", "ntf_1"])
            #expect(try await list(limit: 2) == ["ntf_2", "ntf_4"])
            #expect(try await list(after: "ntf_4") == ["ntf_3", "ntf_1"])
            #expect(try await list(.applied) == ["ntf_4", "ntf_3", "ntf_1"])
            #expect(try await list(.applied, from: 2000) == ["ntf_4", "ntf_3"])
            #expect(try await list(.applied, from: 2000, after: "ntf_4") == ["ntf_3"])
            #expect(try await list(.stale) == [])
            #expect(try await list(after: "ntf_5") == [])
            #expect(try await list(after: "ntf_9") == [])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a notification is found by its id alone, or by its tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let refused = Notification.sample("ntf_1", verdict: .confirmRefused, failureCell: "invalid")
            try await insert(store, refused)
            let found = try await store.read { reader throws(StoreError) in
                [
                    try reader.notification(id: "ntf_1"), try reader.notification(id: "ntf_9"),
                    try reader.notification(id: "ntf_1", tenant: "shop"),
                    try reader.notification(id: "ntf_1", tenant: "rival"),
                ]
            }
            #expect(found == [refused, nil, refused, nil])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `the journal of all tenants is one list with the same filters`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await insert(
                store, .sample("ntf_1", notifyID: "a", receivedAtMs: 1000),
                .sample("ntf_2", tenant: "rival", notifyID: "b", verdict: .unsettled, receivedAtMs: 2000),
                .sample("ntf_3", notifyID: "c", verdict: .unsettled, receivedAtMs: 2000),
                .sample("ntf_4", tenant: "rival", notifyID: "d", receivedAtMs: 3000))
            func list(
                _ verdict: Verdict? = nil, from: Int64? = nil, after: String? = nil, limit: Int = 10
            ) async throws -> [String] {
                let query = NotificationQuery(
                    tenant: nil, verdict: verdict, receivedFromMs: from, startingAfter: after, limit: limit)
                return try await store.read { reader throws(StoreError) in try reader.notifications(query).map(\.id) }
            }
            #expect(try await list() == ["ntf_4", "ntf_3", "ntf_2", "ntf_1"])
            #expect(try await list(limit: 2) == ["ntf_4", "ntf_3"])
            #expect(try await list(after: "ntf_3") == ["ntf_2", "ntf_1"])
            #expect(try await list(from: 2000) == ["ntf_4", "ntf_3", "ntf_2"])
            #expect(try await list(.unsettled) == ["ntf_3", "ntf_2"])
            #expect(try await list(.unsettled, after: "ntf_3", limit: 1) == ["ntf_2"])
            #expect(try await list(.unsettled, from: 2001) == [])
            #expect(try await list(after: "ntf_9") == [])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `a list can be of one payment, of a verdict of it, and end before a time`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1", reference: "A"))
            try await store.insert(.sample("pay_2", reference: "B"))
            try await insert(
                store, .sample("ntf_1", payment: "pay_1", notifyID: "a", verdict: .unsettled, receivedAtMs: 1000),
                .sample("ntf_2", payment: "pay_2", notifyID: "b", receivedAtMs: 2000),
                .sample("ntf_3", payment: "pay_1", notifyID: "a", receivedAtMs: 2000),
                .sample("ntf_4", payment: "pay_1", notifyID: "c", verdict: .stale, receivedAtMs: 3000))
            func list(
                tenant: String? = "shop", _ verdict: Verdict? = nil, payment: String? = "pay_1", from: Int64? = nil,
                before: Int64? = nil, after: String? = nil, limit: Int = 10
            ) async throws -> [String] {
                let query = NotificationQuery(
                    tenant: tenant, verdict: verdict, payment: payment, receivedFromMs: from, receivedBeforeMs: before,
                    startingAfter: after, limit: limit)
                return try await store.read { reader throws(StoreError) in try reader.notifications(query).map(\.id) }
            }
            #expect(try await list() == ["ntf_4", "ntf_3", "ntf_1"])
            #expect(try await list(tenant: nil) == ["ntf_4", "ntf_3", "ntf_1"])
            #expect(try await list(tenant: "rival") == [])
            #expect(try await list(.unsettled) == ["ntf_1"])
            #expect(try await list(limit: 1) == ["ntf_4"])
            #expect(try await list(after: "ntf_4") == ["ntf_3", "ntf_1"])
            #expect(try await list(from: 2000, before: 3000) == ["ntf_3"])
            #expect(try await list(payment: nil, before: 3000) == ["ntf_3", "ntf_2", "ntf_1"])
            #expect(try await list(payment: nil, before: 2001, after: "ntf_4") == ["ntf_3", "ntf_2", "ntf_1"])
            #expect(try await list(.applied, payment: nil, before: 2001) == ["ntf_3", "ntf_2"])
            #expect(try await list(tenant: nil, payment: nil, before: 2000) == ["ntf_1"])
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `rows before a time are forgotten, the oldest first and no more than asked for`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            for number in 1...6 {
                let verdict: Verdict = number.isMultiple(of: 2) ? .badSignature : .applied
                try await insert(
                    store,
                    .sample(
                        "ntf_\(number)", notifyID: "n\(number)", verdict: verdict, receivedAtMs: Int64(number) * 1000))
            }
            func prune(_ verdict: Verdict? = nil, before: Int64, limit: Int = 10) async throws -> Int {
                try await store.write { transaction throws(StoreError) in
                    try transaction.pruneNotifications(verdict: verdict, beforeMs: before, limit: limit)
                }
            }
            func left() async throws -> [String] {
                let query = NotificationQuery(tenant: nil, limit: 10)
                return try await store.read { reader throws(StoreError) in try reader.notifications(query).map(\.id) }
            }
            #expect(try await prune(before: 1000) == 0)
            #expect(try await prune(.badSignature, before: 5000, limit: 1) == 1)
            #expect(try await left() == ["ntf_6", "ntf_5", "ntf_4", "ntf_3", "ntf_1"])
            #expect(try await prune(before: 5000, limit: 2) == 2)
            #expect(try await left() == ["ntf_6", "ntf_5", "ntf_4"])
            #expect(try await prune(before: 5000, limit: 2) == 1)
            #expect(try await prune(.stale, before: .max) == 0)
            #expect(try await left() == ["ntf_6", "ntf_5"])
            #expect(try await !isSettled(store, "n1"))
            #expect(try await isSettled(store, "n5"))
        }
    }

    private func insert(_ store: any Store, _ notifications: Notification...) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in
            for notification in notifications { try transaction.insert(notification) }
        }
    }

    private func isSettled(
        _ store: any Store, _ notifyID: String, tenant: String = "shop"
    ) async throws(StoreError) -> Bool {
        try await store.read { reader throws(StoreError) in try reader.isSettled(notifyID: notifyID, tenant: tenant) }
    }
}
