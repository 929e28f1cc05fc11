package import HTTP
package import Payments
import Text

/// `refund_fastpay_query`: what became of a refund by batch.
package enum RefundFastpayQuery {
    package static let service = "refund_fastpay_query"

    package enum Answer: Sendable, Hashable {
        /// About this very refund: `SUCCESS`, or Alipay's reason why not.
        case item(result: String)
        /// Alipay knows of no such batch (yet).
        case notFound
        /// Alipay's error code.
        case refused(code: String)
        /// It proves nothing; why, in words.
        case invalid(String)
    }

    static let fieldsMax = 20

    package static func request(batchNo: String, _ contract: Contract) -> OutboundRequest {
        var parameters = RequestParameters(service, contract, contract.charset)
        parameters.add("batch_no", batchNo)
        return parameters.request(contract)
    }

    /// Reads `is_success=T&result_details=…` or XML; both have been seen (`mapi` 2.8).
    package static func answer(_ response: OutboundResponse, refund: Refund, _ contract: Contract) -> Answer {
        switch Details.read(response, contract) {
        case .refused("REFUND_NOT_EXIST"): return .notFound
        case .refused(let code): return .refused(code: code)
        case .invalid(let why): return .invalid(why)
        case .details(let bytes):
            guard let items = RefundQueryItem.items(bytes) else { return .invalid("result_details cannot be read") }
            return item(of: refund, among: items)
        }
    }

    /// A batch of ours has one refund, so an answer has one item.
    private static func item(of refund: Refund, among items: [RefundQueryItem]) -> Answer {
        guard items.count == 1, let item = items.first else { return .invalid("the batch has \(items.count) refunds") }
        guard item.batchNo == refund.batchNo else { return .invalid("the answer is about another batch") }
        guard item.tradeNo == refund.tradeNo else { return .invalid("the answer is about another trade") }
        guard item.amountMinor == refund.amountMinor else { return .invalid("the answer is about another amount") }
        return .item(result: item.result)
    }

    /// `result_details` as it came, in either form of the answer.
    private enum Details {
        case details([UInt8])
        case refused(code: String)
        case invalid(String)

        static func read(_ response: OutboundResponse, _ contract: Contract) -> Details {
            let body = response.body.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
            return body.starts(with: "is_success=".utf8)
                ? form(Array(body), response, contract) : xml(response, contract)
        }

        /// Nothing signs this form.
        private static func form(_ body: [UInt8], _ response: OutboundResponse, _ contract: Contract) -> Details {
            guard response.status == 200 else { return .invalid("HTTP status \(response.status)") }
            guard response.counts(unsignedFor: contract) else {
                return .invalid("an unsigned answer over an unverified connection")
            }
            let end = body.lastIndex { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } ?? body.startIndex
            guard body.count <= ServiceRequest.answerBytesMax,
                let fields = try? FormFields(Array(body[...end]), fieldsMax: fieldsMax)
            else { return .invalid("not a list of fields") }
            switch fields["is_success"].map({ String(decoding: $0, as: UTF8.self) }) {
            case "T": return details(fields["result_details"].map(Array.init))
            case "F":
                let code = String(decoding: fields["error_code"] ?? fields["error"] ?? [], as: UTF8.self)
                return ServiceAnswer.isCode(code) ? .refused(code: code) : .invalid("an error without a code")
            default: return .invalid("is_success is neither T nor F")
            }
        }

        /// Signed, the details are in a wrapper whose name is not published; unsigned, anywhere in the answer.
        private static func xml(_ response: OutboundResponse, _ contract: Contract) -> Details {
            let root: XMLElement
            switch ServiceAnswer.envelope(of: response) {
            case .success(let element): root = element
            case .failure(let other): return .invalid(other.reason)
            }
            let wrapper = root.child(named: "response")?.children.first { !$0.children.isEmpty }
            if root.child(named: "sign") != nil {
                switch ServiceAnswer.read(response, wrapper: wrapper?.name ?? "", contract) {
                case .signed(let fields): return details(fields["result_details"].map(Array.init))
                case .refused(let code): return .refused(code: code)
                case .invalid(let why): return .invalid(why)
                case .accepted: return .invalid("success without result_details")
                }
            }
            switch ShortAnswer.read(response, contract) {
            case .accepted:
                let places = [wrapper, root.child(named: "response"), root]
                return details(
                    places.lazy.compactMap { $0?.child(named: "result_details") }.first.map { Array($0.text.utf8) })
            case .inProgress: return .invalid("is_success is neither T nor F")
            case .refused(let code): return .refused(code: code)
            case .invalid(let why): return .invalid(why)
            }
        }

        private static func details(_ bytes: [UInt8]?) -> Details {
            guard let bytes, !bytes.isEmpty else { return .invalid("success without result_details") }
            return .details(bytes)
        }
    }
}

/// One refund in an answer's `result_details`: `batch_no^trade_no^amount^result`, what follows each being about the bank card,
/// fees, royalties and subordinate trades.
private struct RefundQueryItem {
    static let itemsMax = 1000

    let batchNo: String
    let tradeNo: String
    let amountMinor: Int64
    let result: String

    /// Nil if any of it cannot be read.
    static func items(_ bytes: [UInt8]) -> [RefundQueryItem]? {
        let parts = bytes.split(separator: UInt8(ascii: "#"), maxSplits: itemsMax, omittingEmptySubsequences: false)
        var items: [RefundQueryItem] = []
        for part in parts {
            guard let item = RefundQueryItem(part) else { return nil }
            items.append(item)
        }
        return items
    }

    init?(_ bytes: ArraySlice<UInt8>) {
        let own = bytes.prefix { $0 != UInt8(ascii: "$") && $0 != UInt8(ascii: "|") }
        let fields = own.split(separator: UInt8(ascii: "^"), omittingEmptySubsequences: false)
        guard fields.count >= 4, let amount = Yuan.fen(fields[2]),
            [fields[0], fields[1], fields[3]].allSatisfy({ (1...64).contains($0.count) && $0.allSatisfy(Self.isPlain) })
        else { return nil }
        batchNo = String(decoding: fields[0], as: UTF8.self)
        tradeNo = String(decoding: fields[1], as: UTF8.self)
        amountMinor = amount
        result = String(decoding: fields[3], as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}
