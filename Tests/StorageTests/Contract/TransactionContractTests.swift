import Payments
import Synchronization
import Testing

struct TransactionContractTests {
    @Test(arguments: Engine.all)
    func `bodies run in the order of their calls, each on the effects of those before it`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1"))
            let sequences = await store.writeTogether(40) { transaction, _ throws(StoreError) -> Int64 in
                guard var payment = try transaction.payment(id: "pay_1", tenant: "shop") else { return -1 }
                payment.sequence += 1
                try transaction.update(payment)
                return payment.sequence
            }
            #expect(sequences.map { try? $0.get() } == (1...40).map { Int64($0) })
            #expect(try await store.payment("pay_1")?.sequence == 40)
        }
    }

    @Test(arguments: Engine.all, [true, false])
    func `a body that throws leaves no trace, and its neighbours are committed`(
        _ engine: Engine, afterWriting: Bool
    ) async throws {
        try await engine.withStore { store throws in
            let refusal = StoreError(code: .conflict, message: "the body's own")
            let results = await store.writeTogether(9) { transaction, number throws(StoreError) in
                let isBad = number % 3 == 1
                if !isBad || afterWriting { try transaction.insert(Payment.sample("pay_\(number)")) }
                if isBad { throw refusal }
            }
            for (number, result) in results.enumerated() {
                let isBad = number % 3 == 1
                #expect((try await store.payment("pay_\(number)") == nil) == isBad)
                guard case .failure(let error) = result else {
                    #expect(!isBad)
                    continue
                }
                #expect(error == refusal)
            }
        }
    }

    @Test(arguments: Engine.all)
    func `of two bodies that want one reference the first has it and the second is told`(
        _ engine: Engine
    ) async throws {
        try await engine.withStore { store throws in
            let results = await store.writeTogether(3) { transaction, number throws(StoreError) in
                switch number {
                case 0: try transaction.insert(Payment.sample("pay_1", reference: "r"))
                case 1:
                    try transaction.insert(Payment.sample("pay_before"))
                    try transaction.insert(Payment.sample("pay_2", reference: "r"))
                default: try transaction.insert(Payment.sample("pay_3"))
                }
            }
            #expect(results.map(\.failureCode) == [nil, .conflict, nil])
            #expect(try await store.payment("pay_before") == nil)
            #expect(try await store.payment("pay_1") != nil)
            #expect(try await store.payment("pay_3") != nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a body may take a conflict and go on`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            try await store.insert(.sample("pay_1", reference: "r"))
            let existing = try await store.write { transaction throws(StoreError) -> String? in
                do throws(StoreError) {
                    try transaction.insert(Payment.sample("pay_2", reference: "r"))
                    return nil
                } catch {
                    guard error.code == .conflict else { throw error }
                    try transaction.insert(Event.sample("evt_1"), deliveries: [])
                    return try transaction.payment(reference: "r", tenant: "shop")?.id
                }
            }
            #expect(existing == "pay_1")
            let event = try await store.read { reader throws(StoreError) in
                try reader.event(id: "evt_1", tenant: "shop")
            }
            #expect(event != nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a body that swallows the store's failure has failed all the same`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let error = await #expect(throws: StoreError.self) {
                try await store.write { transaction throws(StoreError) in
                    try transaction.insert(Payment.sample("pay_1"))
                    try? transaction.update(Payment.sample("pay_missing"))
                }
            }
            #expect(error?.code == .broken)
            #expect(try await store.payment("pay_1") == nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a reader never sees what is not committed`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let (written, mayGoOn) = (Latch(), Latch())
            async let write: Void = store.write { transaction throws(StoreError) in
                try transaction.insert(Payment.sample("pay_1"))
                written.open()
                mayGoOn.wait()
            }
            try await store.read { _ in written.wait() }
            #expect(try await store.payment("pay_1") == nil)
            mayGoOn.open()
            try await write
            #expect(try await store.payment("pay_1") != nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a read body sees one moment, whatever is committed meanwhile`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            let (hasRead, mayGoOn) = (Latch(), Latch())
            async let counts = store.read { reader throws(StoreError) in
                let before = try reader.payments(PaymentQuery(tenant: "shop", limit: 10)).count
                hasRead.open()
                mayGoOn.wait()
                return [before, try reader.payments(PaymentQuery(tenant: "shop", limit: 10)).count]
            }
            try await store.write { _ in hasRead.wait() }
            try await store.insert(.sample("pay_1"))
            mayGoOn.open()
            #expect(try await counts == [0, 0])
            #expect(try await store.payment("pay_1") != nil)
        }
    }

    @Test(arguments: Engine.all)
    func `a read that begins after a write was reported sees it`(_ engine: Engine) async throws {
        try await engine.withStore { store throws in
            for number in 1...100 {
                let seen = Mutex(false)
                await withCheckedContinuation { continuation in
                    store.write { transaction throws(StoreError) in
                        try transaction.insert(Payment.sample("pay_\(number)"))
                    } then: { _ in
                        store.read { reader throws(StoreError) in
                            try reader.payment(id: "pay_\(number)")
                        } then: {
                            if case .success(.some) = $0 { seen.withLock { $0 = true } }
                            continuation.resume()
                        }
                    }
                }
                #expect(seen.withLock { $0 })
            }
        }
    }

    @Test(arguments: Engine.all)
    func `what 64 writers were told is done is there when the store is opened again`(_ engine: Engine) async throws {
        let folder = try TemporaryFolder()
        try await engine.withStore(in: folder) { store throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 1...64 {
                    group.addTask {
                        for number in 1...50 { try await store.insert(.sample("pay_\(writer)_\(number)")) }
                    }
                }
                try await group.waitForAll()
            }
        }
        try await engine.withStore(in: folder) { store throws in
            let count = try await store.read { reader throws(StoreError) in
                try reader.payments(PaymentQuery(tenant: "shop", limit: 10_000)).count
            }
            #expect(count == 3200)
        }
    }

    @Test(arguments: Engine.all)
    func `what waits when the store closes is done or refused, and what comes later refused`(
        _ engine: Engine
    ) async throws {
        let folder = try TemporaryFolder()
        let opened = try await engine.open(folder)
        let (store, latch) = (opened.store, Latch())
        let ends = Mutex<[String: Bool]>([:])
        store.write { _ in
            latch.wait()
        } then: { _ in
        }
        for number in 1...100 {
            store.write { transaction throws(StoreError) in
                try transaction.insert(Payment.sample("pay_\(number)"))
            } then: { result in
                ends.withLock { $0["pay_\(number)"] = result.failureCode == nil }
            }
        }
        async let closed: Void = opened.close()
        latch.open()
        await closed
        let done = ends.withLock { $0 }
        #expect(done.count == 100)
        let late = await #expect(throws: StoreError.self) { try await store.insert(.sample("pay_late")) }
        #expect(late?.code == .unavailable)
        let read = await #expect(throws: StoreError.self) { try await store.payment("pay_1") }
        #expect(read?.code == .unavailable)
        await opened.close()
        try await engine.withStore(in: folder) { store throws in
            for (id, isDone) in done { #expect((try await store.payment(id) != nil) == isDone) }
        }
    }
}
