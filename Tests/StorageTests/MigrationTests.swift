import Diagnostics
import Foundation
import Payments
import SQLite
import Storage
import Support
import Synchronization
import Testing

/// How a database comes to its schema.
struct MigrationTests {
    private let place: SQLitePlace

    init() throws { place = try SQLitePlace() }

    @Test func `a new database has had every migration once, and opening it again adds none`() async throws {
        try await place.open().close()
        try await place.open().close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        let applied = try connection.prepare("SELECT number, applied_at_ms FROM migrations ORDER BY number").all {
            [try $0.int64(0), try $0.int64(1)]
        }
        #expect(applied == Migrations.all.map { [Int64($0.number), ManualClock().nowMs] })
    }

    @Test func `migrations are numbered from 1 without gaps`() {
        #expect(Migrations.all.map(\.number) == Array(1...Migrations.all.count))
    }

    @Test func `a database of a newer program is refused, and is left as it is`() async throws {
        try await place.open().close()
        let newer = Migrations.all.count + 1
        try Connection(path: place.path, mode: .readWriteCreate)
            .execute("INSERT INTO migrations (number, applied_at_ms) VALUES (\(newer), 0)")
        let error = #expect(throws: StoreError.self) { _ = try place.open() }
        #expect(error?.code == .broken)
        #expect(
            error?.message
                == "the database has schema \(newer) and this program knows 1 to \(newer - 1): a newer PayRelay wrote it"
        )
    }

    @Test func `another program's database is refused, and is left as it is`() throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        try connection.execute("CREATE TABLE notes (text TEXT)")
        let error = #expect(throws: StoreError.self) { _ = try place.open() }
        #expect(error?.code == .broken)
        #expect(error?.message == "the file holds another program's database")
        #expect(try connection.prepare("SELECT name FROM sqlite_schema").all { try $0.text(0) } == ["notes"])
    }

    @Test func `a migration that fails leaves nothing of itself, and what came before it stays`() throws {
        let connection = try Connection(path: place.path, mode: .readWriteCreate)
        let steps = [
            Migration(number: 1, sql: "CREATE TABLE one (a)"),
            Migration(number: 2, sql: "CREATE TABLE two (a); CREATE TABLE one (a)"),
        ]
        let error = #expect(throws: StoreError.self) { try Migrations.apply(steps, to: connection, nowMs: 7) }
        #expect(error?.code == .broken)
        let tables = try connection.prepare("SELECT name FROM sqlite_schema ORDER BY name").all { try $0.text(0) }
        #expect(tables == ["migrations", "one"])
        #expect(try connection.prepare("SELECT max(number) FROM migrations").first { try $0.int64(0) } == 1)
        let mended = [steps[0], Migration(number: 2, sql: "CREATE TABLE two (a)")]
        try Migrations.apply(mended, to: connection, nowMs: 8)
        #expect(try connection.prepare("SELECT max(number) FROM migrations").first { try $0.int64(0) } == 2)
    }

    @Test func `the schema and the code name the same verdicts as settling`() async throws {
        try await place.open().close()
        let connection = try Connection(path: place.path, mode: .readOnly)
        let sql = try connection.prepare("SELECT sql FROM sqlite_schema WHERE name = 'notifications_settled'")
            .first { try $0.text(0) }
        let named = sql?.split(separator: "'").filter { Verdict(rawValue: String($0)) != nil }.map { String($0) }
        #expect(named == Verdict.allCases.filter(\.settles).map(\.rawValue))
    }

    @Test func `the schema's words are the code's`() async throws {
        let store = try place.open()
        for (index, status) in PaymentStatus.allCases.enumerated() {
            try await store.insert(.sample("pay_\(index)", status: status))
        }
        for charset in TextCharset.allCases {
            try await store.insert(.sample("pay_\(charset)", charset: charset))
        }
        try await store.insert(.sample("pay_x"))
        try await store.write { transaction throws(StoreError) in
            for (index, status) in Refund.Status.allCases.enumerated() {
                for origin in Refund.Origin.allCases {
                    for method in Refund.Method.allCases {
                        try transaction.insert(
                            Refund(
                                id: "re_\(index)\(origin)\(method)", tenant: "shop", payment: "pay_x", amountMinor: 1,
                                origin: origin, method: method, tradeNo: "1", status: status, createdAtMs: 1,
                                updatedAtMs: 1))
                    }
                }
            }
            for kind in OtherTrade.Kind.allCases {
                try transaction.put(
                    OtherTrade(tradeNo: "1", kind: kind, amountMinor: 1, paidAtMs: nil), payment: "pay_x")
            }
            for transport in Shipment.Transport.allCases {
                for state in Shipment.State.allCases {
                    try transaction.put(.sample(payment: "pay_x", transport: transport, state: state))
                }
            }
            let event = Event.sample()
            let rowStatuses = Delivery.Status.allCases.filter { $0 != .held }
            let deliveries = rowStatuses.map { Delivery.sample(of: event, to: $0.rawValue, status: $0) }
            try transaction.insert(event, deliveries: deliveries)
            for lane in Delivery.Lane.allCases {
                let delivery = Delivery(
                    id: "dlv_\(lane)", tenant: "shop", event: event.id, eventType: event.type, endpoint: "a",
                    lane: lane, nextAttemptAtMs: 1, createdAtMs: 1)
                try transaction.insert(delivery, of: event)
            }
            for reason in EndpointHold.Reason.allCases {
                let hold = EndpointHold(reason: reason, sinceMs: 1, detail: "")
                _ = try transaction.put(EndpointState.sample(reason.rawValue, hold: hold))
            }
        }
        await store.close()
    }

    @Test func `a row that somebody changed into nonsense is broken, and says where`() async throws {
        let store = try place.open()
        try await store.insert(.sample())
        await store.close()
        try Connection(path: place.path, mode: .readWriteCreate).execute("UPDATE payments SET channel = 'pigeon'")
        let second = try place.open()
        let error = await #expect(throws: StoreError.self) { try await second.payment("pay_1") }
        #expect(error?.code == .broken)
        #expect(error?.message.contains("\"pigeon\" is no Channel") == true)
        #expect(try await second.payment("pay_2") == nil)
        await second.close()
    }
}
