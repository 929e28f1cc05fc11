import Alipay
import Diagnostics
import HTTP
import Payments
import Tenants

/// What Alipay knows of one payment's trade: `single_trade_query`, or `alipay.acquire.query` for what was made by
/// `alipay.acquire.*`.
struct AskAboutTrade: Sendable {
    typealias Outcome = AlipayCall.Result<SingleTradeQuery.Answer>

    let house: House
    let tenant: Tenant

    /// Whether there is a way to ask now.
    func isPossible(_ payment: Payment) -> Bool {
        if payment.isMadeByCall, wouldCall(AcquireQuery.service) { return true }
        return canAskForRefunds()
    }

    /// Whether the contract has a way to ask, going by the tenant's file. Times are set by this: that Alipay refuses the
    /// service today is no reason never to ask again.
    func isContracted(_ payment: Payment) -> Bool { payment.isMadeByCall || tenant.contract.services.tradeQuery }

    /// Whether there is a way to ask how much went back: only `single_trade_query` tells.
    func canAskForRefunds() -> Bool {
        tenant.contract.services.tradeQuery && wouldCall(SingleTradeQuery.service)
    }

    private func wouldCall(_ service: String) -> Bool {
        house.refusedServices.wouldCall(service, tenant, nowMs: house.clock.nowMs)
    }

    /// - Parameters:
    ///   - tradeNo: which trade, where there may be several; nil for whichever the merchant's number finds.
    ///   - wantsRefunds: whether the sum of refunds is what is asked for.
    func run(
        _ payment: Payment, tradeNo: String?, wantsRefunds: Bool = false,
        timeout: Duration = SingleTradeQuery.timeout, then: @escaping @Sendable (Outcome) -> Void
    ) {
        let reference = payment.merchantReference
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let byAcquire = payment.isMadeByCall && wouldCall(AcquireQuery.service)
        if byAcquire, !(wantsRefunds && canAskForRefunds()) {
            var request = AcquireQuery.request(outTradeNo: reference, contract)
            request?.timeout = timeout
            return call.run(AcquireQuery.service, request) {
                AcquireQuery.answer($0, outTradeNo: reference, contract)
            } then: {
                then($0)
            }
        }
        guard contract.services.tradeQuery else { return then(.notContracted) }
        let key = tradeNo.map(SingleTradeQuery.Key.tradeNo) ?? .outTradeNo(reference)
        call.run(SingleTradeQuery.service, SingleTradeQuery.request(key, contract, timeout: timeout)) {
            SingleTradeQuery.answer($0, outTradeNo: reference, contract)
        } then: {
            then($0)
        }
    }

    func run(
        _ payment: Payment, tradeNo: String?, wantsRefunds: Bool = false,
        timeout: Duration = SingleTradeQuery.timeout
    ) async -> Outcome {
        await withCheckedContinuation { continuation in
            run(payment, tradeNo: tradeNo, wantsRefunds: wantsRefunds, timeout: timeout) {
                continuation.resume(returning: $0)
            }
        }
    }

    /// A trade that was paid has a number that counts; before that the merchant's number finds whichever is paid.
    static func tradeNo(of payment: Payment) -> String? {
        payment.amountPaidMinor == nil ? nil : payment.provider.tradeNo
    }
}
