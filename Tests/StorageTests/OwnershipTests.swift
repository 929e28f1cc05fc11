import Foundation
import Payments
import Storage
import Testing

/// Two gateways on one file, though the lock beside it should see to that.
struct OwnershipTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `a store whose file another one has taken over writes nothing any more`() async throws {
        let first = try place.open()
        try await first.insert(.sample("pay_1"))
        try FileManager.default.removeItem(atPath: place.path + ".lock")
        let second = try place.open()
        let results = await first.writeTogether(3) { transaction, number throws(StoreError) in
            try transaction.insert(Payment.sample("pay_first_\(number)"))
        }
        #expect(results.map(\.failureCode) == [.unavailable, .unavailable, .unavailable])
        for _ in 1...2 {
            let error = await #expect(throws: StoreError.self) { try await first.insert(.sample("pay_2")) }
            #expect(error?.code == .unavailable)
            #expect(error?.message == "another gateway has taken over the database")
        }
        try await second.insert(.sample("pay_3"))
        let found = try await second.read { reader throws(StoreError) in
            try reader.payments(PaymentQuery(tenant: "shop", limit: 10)).map(\.id)
        }
        #expect(found == ["pay_3", "pay_1"])
        await first.close()
        try await second.insert(.sample("pay_4"))
        await second.close()
    }

    @Test func `a store that is opened again after it was closed goes on`() async throws {
        for number in 1...3 {
            let store = try place.open()
            try await store.insert(.sample("pay_\(number)"))
            await store.close()
        }
    }
}
