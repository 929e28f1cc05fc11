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

    package static func request(batchNo: String, _ contract: Contract) -> OutboundRequest? {
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
            do { return item(of: refund, among: try ResultDetails(query: bytes[...]).items) } catch {
                return .invalid("\(error)")
            }
        }
    }

    /// A batch of ours has one refund, so an answer has one item.
    private static func item(of refund: Refund, among items: [ResultDetails.Item]) -> Answer {
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
            let body = response.body.drop(while: isBlank)
            let isXML = [nil, UInt8(ascii: "<"), 0xEF].contains(body.first)
            return isXML ? xml(response, contract) : form(body, response, contract)
        }

        /// Nothing signs this form.
        private static func form(
            _ body: ArraySlice<UInt8>, _ response: OutboundResponse, _ contract: Contract
        ) -> Details {
            guard response.status == 200 else { return .invalid("HTTP status \(response.status)") }
            guard response.counts(unsignedFor: contract) else {
                return .invalid("an unsigned answer over an unverified connection")
            }
            let end = body.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? body.endIndex
            guard body.count <= ServiceRequest.answerBytesMax,
                let fields = try? FormFields(Array(body[..<end]), fieldsMax: fieldsMax)
            else { return .invalid("not a list of fields") }
            switch fields["is_success"].map({ String(decoding: $0, as: UTF8.self) }) {
            case "T": return details(fields["result_details"].map(Array.init))
            case "F":
                let code = String(decoding: fields["error_code"] ?? fields["error"] ?? [], as: UTF8.self)
                return ServiceAnswer.isCode(code) ? .refused(code: code) : .invalid("an error without a code")
            default: return .invalid("is_success is neither T nor F")
            }
        }

        private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

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
