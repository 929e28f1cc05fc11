import Payments
import Testing

struct ShipmentContractTests {
    @Test(arguments: Engine.allAndMemory)
    func `a shipment comes back as it was last put, to its tenant`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"), .sample("pay_2"))
            #expect(try await found(store, "pay_1") == nil)
            try await put(store, .sample())
            #expect(try await found(store, "pay_1") == .sample())
            #expect(try await found(store, "pay_1", tenant: "rival") == nil)
            #expect(try await found(store, "pay_2") == nil)
            let confirmed = Shipment.sample("shp_2", carrier: "EMS \u{0}", trackingNumber: nil, state: .confirmed)
            try await put(store, confirmed)
            #expect(try await found(store, "pay_1") == confirmed)
        }
    }

    @Test(arguments: Engine.allAndMemory)
    func `another tenant's shipment is not replaced`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            try await put(store, .sample())
            let error = await #expect(throws: StoreError.self) {
                try await put(store, .sample("shp_2", tenant: "rival", state: .confirmed))
            }
            #expect(error?.code == .broken)
            #expect(try await found(store, "pay_1") == .sample())
            #expect(try await found(store, "pay_1", tenant: "rival") == nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a shipment of no payment is refused`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let error = await #expect(throws: StoreError.self) { try await put(store, .sample(payment: "pay_9")) }
            #expect(error?.code == .broken)
        }
    }

    private func put(_ store: any Store, _ shipment: Shipment) async throws(StoreError) {
        try await store.write { transaction throws(StoreError) in try transaction.put(shipment) }
    }

    private func found(
        _ store: any Store, _ payment: String, tenant: String = "shop"
    ) async throws(StoreError) -> Shipment? {
        try await store.read { reader throws(StoreError) in try reader.shipment(payment: payment, tenant: tenant) }
    }
}
