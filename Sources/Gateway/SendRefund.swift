import Alipay
import Diagnostics
import HTTP
import Payments
import Tenants

/// Sends a refund's request, and reads what the answer says of the refund.
struct SendRefund: Sendable {
    let house: House
    let tenant: Tenant

    func run(_ refund: Refund, _ payment: Payment) async -> RefundReport {
        switch refund.method {
        case .acquire: await acquire(refund, payment)
        case .noPassword: await fastpay(refund)
        case .password, .elsewhere: .unknown(why: "there is nothing to send", code: nil)
        }
    }

    private func fastpay(_ refund: Refund) async -> RefundReport {
        let contract = tenant.contract
        let request = RefundFastpay.request(
            refund: refund, contract, notifyURL: house.publicURLs.notify(tenant: tenant.id), nowMs: house.clock.nowMs)
        let call = AlipayCall(house: house, tenant: tenant)
        switch await call.run(RefundFastpay.service, request, read: { RefundFastpay.answer($0, contract) }) {
        case .answered(.accepted), .answered(.inProgress): return .accepted
        case .answered(.refused(let code)): return refusal(code, refund)
        case .answered(.invalid(let why)): return .unknown(why: "Alipay's answer proves nothing: \(why)", code: nil)
        case .unreachable: return .unknown(why: "Alipay did not answer", code: nil)
        case .notContracted: return refusal(AlipayCall.notContractedCode, refund)
        }
    }

    /// A refusal of the first request is Alipay's word that nothing was taken. A later one is no such thing: the first
    /// may have been taken, and be the very reason.
    private func refusal(_ code: String, _ refund: Refund) -> RefundReport {
        if code == "DUPLICATE_BATCH_NO" { return .accepted }
        if code == "BATCH_REFUND_LOCK_ERROR" { return .locked(code: code) }
        let isOpen = RefundCode.leavesOpen(code)
        // The same request is done once and answered the same ever after: refused again, it was not done.
        if refund.method == .acquire, refund.sendCount > 1, !isOpen { return .notFound }
        guard !isOpen, refund.sendCount <= 1 else {
            return .unknown(why: "Alipay answered \(code); what became of the refund is being asked", code: code)
        }
        return .failed(code: code)
    }

    private func acquire(_ refund: Refund, _ payment: Payment) async -> RefundReport {
        let contract = tenant.contract
        let call = AlipayCall(house: house, tenant: tenant)
        let request = AcquireRefund.request(refund: refund, contract)
        switch await call.run(
            AcquireRefund.service, request,
            read: { AcquireRefund.answer($0, refund: refund, outTradeNo: payment.merchantReference, contract) })
        {
        case .answered(.succeeded): return .succeeded
        case .answered(.failed(let code)): return refusal(code, refund)
        case .answered(.unknown(_, let code?)) where !RefundCode.leavesOpen(code): return refusal(code, refund)
        case .answered(.unknown(let why, let code)): return .unknown(why: why, code: code)
        case .unreachable: return .unknown(why: "Alipay did not answer", code: nil)
        case .notContracted: return refusal(AlipayCall.notContractedCode, refund)
        }
    }
}

/// Codes that leave a refund's outcome open: Alipay's own fault, or a state that only a query tells.
enum RefundCode {
    static func leavesOpen(_ code: String) -> Bool {
        ["SYSTEM_ERROR", "SESSION_TIMEOUT", "GENERAL_FAILTURE", "UNKNOWN"].contains(code)
    }
}
