import Crypto
package import HTTP

/// One harmless question to Alipay, asked with one key: about an order that cannot exist, or for a time stamp that nobody
/// uses.
package struct LiveQuestion: Sendable {
    enum Kind: Sendable, Hashable {
        /// `single_trade_query`: the answer TRADE_NOT_EXIST proves partner, key and contract.
        case trade(outTradeNo: String)
        /// `query_timestamp`: not signed; the answer is, and so proves the key that verifies.
        case timestamp
    }

    enum Answer: Sendable, Hashable {
        case good
        /// Alipay's error code.
        case refused(String)
        /// Data that no key of ours signed.
        case wrongSignature
        /// Data without a signature of the contract's kind.
        case unsigned
        /// Something else than an answer of this interface; why, in words.
        case notAlipay(String)
        /// An answer to another question.
        case unexpected
        case none(SendError)

        /// Whether to ask with another key may give another answer.
        var isOfKey: Bool {
            switch self {
            case .good, .wrongSignature, .unsigned, .unexpected: true
            case .refused(let code): LiveWords.isOfKey(code)
            case .notAlipay, .none: false
            }
        }
    }

    let kind: Kind
    /// With one key that signs.
    let contract: Contract
    /// The path of the key that the answer is about.
    let subject: String

    /// Nil if the key has lapsed meanwhile.
    package var request: OutboundRequest? {
        switch kind {
        case .trade(let outTradeNo): SingleTradeQuery.request(.outTradeNo(outTradeNo), contract)
        case .timestamp: QueryTimestamp.request(contract)
        }
    }

    func read(_ result: Result<OutboundResponse, SendError>) -> Answer {
        switch result {
        case .failure(let error): .none(error)
        case .success(let response): read(response)
        }
    }

    private func read(_ response: OutboundResponse) -> Answer {
        switch kind {
        case .trade(let outTradeNo):
            switch SingleTradeQuery.answer(response, outTradeNo: outTradeNo, contract) {
            case .notFound: .good
            case .refused(let code): .refused(code)
            case .invalid(let why): LiveQuestion.invalid(why)
            case .trade, .unsupported: .unexpected
            }
        case .timestamp:
            switch QueryTimestamp.answer(response, contract) {
            case .key: .good
            case .refused(let code): .refused(code)
            case .invalid(let why): LiveQuestion.invalid(why)
            }
        }
    }

    private static func invalid(_ why: String) -> Answer {
        switch why {
        case ServiceAnswer.wrongSignature: .wrongSignature
        case ServiceAnswer.noSignature: .unsigned
        default: .notAlipay(why)
        }
    }
}
