import Payments
import Testing

struct SameOrderTests {
    private func payment(receiver: String) -> Payment {
        Payment(
            id: "pay_1", tenant: "shop", merchantReference: "ORDER-1", amountMinor: 100, subject: "Book", channel: .web,
            settlement: .escrow,
            shipping: Shipping(
                options: [Shipping.Option(carrierType: .express, feeMinor: 0, paidBy: .seller)],
                receiver: Shipping.Receiver(name: receiver, address: nil, zip: nil, phone: nil)),
            createdAtMs: 0, expiresAtMs: 60_000)
    }

    @Test func `a receiver in another normal form is another order, as its bytes are`() {
        #expect(payment(receiver: "Jos\u{E9}").asksTheSame(as: payment(receiver: "Jos\u{E9}")))
        #expect(!payment(receiver: "Jos\u{E9}").asksTheSame(as: payment(receiver: "Jose\u{301}")))
    }
}
