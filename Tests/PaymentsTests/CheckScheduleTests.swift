import Payments
import Testing

/// When Alipay is asked about a payment, to the millisecond.
struct CheckScheduleTests {
    private static let second: Int64 = 1_000
    private static let minute: Int64 = 60_000
    private static let hour: Int64 = 3_600_000
    private static let day: Int64 = 86_400_000

    private func payment(
        _ status: PaymentStatus, _ channel: Channel = .web, _ settlement: Settlement = .instant,
        expiresInMs: Int64 = 2 * hour, paid: Int64? = nil
    ) -> Payment {
        var payment = Payment(
            id: "pay_01J9ZK3V5W8Q2M4N6P8R0S2T4V", tenant: "bookshop", merchantReference: "ORDER-1001",
            amountMinor: price, subject: "book", channel: channel, settlement: settlement, createdAtMs: createdAt,
            expiresAtMs: createdAt + expiresInMs)
        payment.status = status
        payment.amountPaidMinor = paid
        return payment
    }

    /// The first `count` looks, in ms after the payment was made, each asked for at the moment of the one before.
    private func looks(_ payment: Payment, canQuery: Bool = true, from ageMs: Int64 = 0, count: Int) -> [Int64] {
        var found: [Int64] = []
        var nowMs = createdAt + ageMs
        while found.count < count, let next = CheckSchedule.next(payment, nowMs: nowMs, canQuery: canQuery) {
            found.append(next - createdAt)
            nowMs = next
        }
        return found
    }

    // MARK: Unpaid

    @Test(arguments: [
        (Channel.web, Settlement.instant), (.web, .escrow), (.web, .buyerChoice), (.mobileWeb, .instant),
        (.qr, .instant),
    ])
    func `an unpaid payment is asked about early, at its end, and on until it could be closed`(
        channel: Channel, settlement: Settlement
    ) {
        #expect(
            looks(payment(.requiresAction, channel, settlement), count: 12) == [
                Self.minute, 5 * Self.minute, 15 * Self.minute, Self.hour, 2 * Self.hour,
                2 * Self.hour + Self.minute, 2 * Self.hour + 10 * Self.minute, 3 * Self.hour, 8 * Self.hour,
                2 * Self.hour + Self.day, 2 * Self.hour + 2 * Self.day, 2 * Self.hour + 3 * Self.day,
            ])
    }

    @Test func `without queries only its end is left, which is a close`() {
        #expect(
            looks(payment(.requiresAction), canQuery: false, count: 6) == [
                2 * Self.hour, 2 * Self.hour + Self.minute, 2 * Self.hour + 10 * Self.minute, 3 * Self.hour,
                8 * Self.hour, 2 * Self.hour + Self.day,
            ])
    }

    @Test(arguments: [true, false])
    func `a cancel whose outcome is open is tried again soon, whatever else is due`(canQuery: Bool) {
        var payment = payment(.requiresAction, expiresInMs: 15 * Self.day)
        payment.cancelRequestedAtMs = createdAt + 2 * Self.day
        let asked = 2 * Self.day
        #expect(
            looks(payment, canQuery: canQuery, from: asked, count: 5) == [
                asked + Self.minute, asked + 10 * Self.minute, asked + Self.hour, asked + 6 * Self.hour,
                asked + Self.day,
            ])
    }

    @Test func `one of a minute is asked about when it ends, and once there`() {
        #expect(
            looks(payment(.requiresAction, expiresInMs: Self.minute), count: 6) == [
                Self.minute, 2 * Self.minute, 11 * Self.minute, Self.hour + Self.minute, 6 * Self.hour + Self.minute,
                Self.day + Self.minute,
            ])
    }

    @Test func `one of fifteen days is asked about until a day old, and then at its end`() {
        #expect(
            looks(payment(.requiresAction, expiresInMs: 15 * Self.day), count: 9) == [
                Self.minute, 5 * Self.minute, 15 * Self.minute, Self.hour, 6 * Self.hour, Self.day,
                15 * Self.day, 15 * Self.day + Self.minute, 15 * Self.day + 10 * Self.minute,
            ])
    }

    @Test func `one that ends at a look of its own is asked about once then`() {
        #expect(
            looks(payment(.requiresAction, expiresInMs: Self.hour), count: 5) == [
                Self.minute, 5 * Self.minute, 15 * Self.minute, Self.hour, Self.hour + Self.minute,
            ])
    }

    @Test func `a look is always later than now, to the millisecond`() {
        let open = payment(.requiresAction)
        #expect(looks(open, from: Self.minute - 1, count: 1) == [Self.minute])
        #expect(looks(open, from: Self.minute, count: 1) == [5 * Self.minute])
        #expect(looks(open, from: 2 * Self.hour - 1, count: 1) == [2 * Self.hour])
        #expect(looks(open, from: 2 * Self.hour, count: 1) == [2 * Self.hour + Self.minute])
        #expect(looks(open, from: 100 * Self.day, count: 1) == [100 * Self.day + 2 * Self.hour])
    }

    // MARK: Made by a call

    @Test func `a barcode payment is asked about every 5 s for two minutes, then ever more rarely`() {
        let every5 = (1...24).map { Int64($0) * 5 * Self.second }
        for status in [PaymentStatus.requiresAction, .processing] {
            for canQuery in [true, false] {
                #expect(
                    looks(payment(status, .barcode), canQuery: canQuery, count: 30) == every5 + [
                        3 * Self.minute, 12 * Self.minute, Self.hour + 2 * Self.minute, 6 * Self.hour + 2 * Self.minute,
                        Self.day + 2 * Self.minute, 2 * Self.day + 2 * Self.minute,
                    ])
            }
        }
        #expect(CheckSchedule.barcodeCancelMs == 30_000)
    }

    @Test func `a late look at a barcode payment keeps to the 5 s`() {
        #expect(looks(payment(.processing, .barcode), from: 7_300, count: 2) == [10_000, 15_000])
        #expect(looks(payment(.processing, .barcode), from: 119_999, count: 2) == [120_000, 180_000])
    }

    @Test func `a qr payment whose outcome is open has to end as one that waits for its buyer`() {
        for canQuery in [true, false] {
            let waiting = looks(payment(.requiresAction, .qr), canQuery: canQuery, count: 12)
            #expect(looks(payment(.processing, .qr), canQuery: canQuery, count: 12) == waiting)
        }
    }

    // MARK: With Alipay

    @Test(
        arguments: [
            (PaymentStatus.processing, Channel.web, Settlement.instant, nil), (.processing, .web, .escrow, price),
            (.processing, .qr, .instant, price), (.processing, .barcode, .instant, price),
            (.held, .web, .escrow, price),
            (.shipped, .web, .escrow, price),
        ] as [(PaymentStatus, Channel, Settlement, Int64?)])
    func `what Alipay has is asked about daily, past its end, where it can be asked`(
        status: PaymentStatus, channel: Channel, settlement: Settlement, paid: Int64?
    ) {
        let payment = payment(status, channel, settlement, paid: paid)
        #expect(
            looks(payment, count: 9) == [
                Self.minute, 5 * Self.minute, 15 * Self.minute, Self.hour, 6 * Self.hour, Self.day, 2 * Self.day,
                3 * Self.day, 4 * Self.day,
            ])
        #expect(looks(payment, from: 40 * Self.day + 1, count: 2) == [41 * Self.day, 42 * Self.day])
        #expect(looks(payment, canQuery: false, count: 1) == [])
    }

    @Test(arguments: [PaymentStatus.succeeded, .canceled, .expired], [Channel.web, .mobileWeb, .qr, .barcode])
    func `what is over is not asked about`(status: PaymentStatus, channel: Channel) {
        for canQuery in [true, false] {
            #expect(CheckSchedule.next(payment(status, channel), nowMs: createdAt, canQuery: canQuery) == nil)
            #expect(CheckSchedule.next(payment(status, channel), nowMs: 0, canQuery: canQuery) == nil)
        }
    }

    // MARK: A clock that was set back

    @Test func `a clock that was set back behind the creation still finds the first look`() {
        #expect(looks(payment(.requiresAction), from: -3 * Self.day, count: 2) == [Self.minute, 5 * Self.minute])
        #expect(looks(payment(.requiresAction), canQuery: false, from: -3 * Self.day, count: 1) == [2 * Self.hour])
        #expect(looks(payment(.held, .web, .escrow), from: -3 * Self.day, count: 1) == [Self.minute])
        #expect(looks(payment(.processing, .barcode), from: -3 * Self.day, count: 1) == [5 * Self.second])
    }

    @Test func `a clock that was set back by an hour asks again what it had asked`() {
        #expect(looks(payment(.held, .web, .escrow), from: 2 * Self.day - Self.hour, count: 1) == [2 * Self.day])
        #expect(looks(payment(.requiresAction), from: Self.hour, count: 1) == [2 * Self.hour])
        #expect(looks(payment(.requiresAction), from: 0, count: 1) == [Self.minute])
    }
}
