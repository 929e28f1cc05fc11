import Alipay
import Diagnostics
import HTTP
import Payments
import Text

private let key = "abcdefghijklmnopqrstuvwxyz012345"
private let keys = SigningKeys(md5: [Secret(key)])
private let contract = Contract(
    partner: "2088000000000001", keys: keys, gatewayURL: "https://mapi.alipay.com/gateway.do")

/// Results are read within the limits, and what was read can be written and read again.
enum ResultDetailsClaims {
    static func check(_ bytes: [UInt8], _ claims: inout Claims) {
        for namesBatch in [false, true] {
            do {
                let items = try read(bytes, namesBatch)
                claims.expect((1...ResultDetails.itemsMax).contains(items.count), "there are 1 to 1000 items")
                claims.expect(items.allSatisfy { ($0.batchNo != nil) == namesBatch }, "the query names the batch")
                claims.expect(items.allSatisfy { 0...1_000_000_000_000 ~= $0.amountMinor }, "amounts are in range")
                let written = Array(items.map(write).joined(separator: [UInt8(ascii: "#")]))
                claims.expect(
                    written.count > ResultDetails.bytesMax || (try? read(written, namesBatch)) == items,
                    "what is written from the items has the same items")
            } catch {
                claims.expect((0...ResultDetails.itemsMax).contains(error.item), "an error names an item or the whole")
            }
        }
    }

    private static func read(
        _ bytes: [UInt8], _ namesBatch: Bool
    ) throws(ResultDetailsError) -> [ResultDetails.Item] {
        namesBatch ? try ResultDetails(query: bytes[...]).items : try ResultDetails(notification: bytes[...]).items
    }

    private static func write(_ item: ResultDetails.Item) -> [UInt8] {
        let batch = item.batchNo.map { $0 + "^" } ?? ""
        let bank = item.bankReturn.map { "^true^" + $0.rawValue } ?? "^false^null"
        return Array("\(batch)\(item.tradeNo)^\(Yuan.text(fen: item.amountMinor))^\(item.result)\(bank)".utf8)
            + item.attached
    }
}

/// A message is accepted as signed if and only if the plain reader finds it signed.
enum NotificationClaims {
    static func check(_ body: [UInt8], _ claims: inout Claims) {
        let naive = NaiveForm(body, fieldsMax: InboundNotification.fieldsMax)
        let isReallySigned = naive?.isSigned(key: key) ?? false
        if BuyerReturn(query: body, keys: keys) != nil { claims.expect(isReallySigned, "a return is signed") }
        do {
            let message = try InboundNotification(body)
            claims.expect(body.count <= InboundNotification.bodyBytesMax, "no message is longer than allowed")
            claims.expect(message.isSigned(by: keys) == isReallySigned, "a message is signed as the plain reader says")
            for (name, text) in [("notify_id", message.notifyID), ("notify_type", message.notifyType)] {
                claims.expect(naive?[name] == Array(text.utf8), "\(name) is the plain reader's")
            }
            checkTrade(message, naive, &claims)
        } catch {
            claims.expect(!error.reason.isEmpty && error.reason.utf8.count < 70_000, "a refusal has a reason")
        }
    }

    private static func checkTrade(_ message: InboundNotification, _ naive: NaiveForm?, _ claims: inout Claims) {
        guard let trade = try? message.tradeStatus() else { return }
        claims.expect(naive?["out_trade_no"] == Array(trade.outTradeNo.utf8), "out_trade_no is the plain reader's")
        claims.expect(naive?["trade_status"] == Array(trade.word.utf8), "trade_status is the plain reader's")
        guard let amount = trade.report?.amountMinor else { return }
        // Written the short way: no zeros at the end, none at the start.
        let sent = String(decoding: naive?["total_fee"] ?? [], as: UTF8.self)
        claims.expect(decimal(sent) == decimal(Yuan.text(fen: amount)), "total_fee is the same number")
    }

    private static func decimal(_ text: String) -> String {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let whole = parts[0].drop { $0 == "0" }
        let decimals = (parts.count > 1 ? String(parts[1]) : "").reversed().drop { $0 == "0" }.reversed()
        return "\(whole).\(String(decimals))"
    }
}

/// A diagnosis always says something, says `equal` only of what is signed, and never shows the key.
enum DiagnosisClaims {
    static func check(_ body: [UInt8], _ claims: inout Claims) {
        let findings = SignatureDiagnosis.findings(body: body, contract: contract)
        let isReallySigned =
            NaiveForm(body, fieldsMax: InboundNotification.fieldsMax)?.isSigned(key: key) ?? false
        claims.expect(!findings.isEmpty, "there is a finding")
        claims.expect(findings.count <= SignatureDiagnosis.Code.allCases.count, "there are not too many findings")
        if body.count <= SignatureDiagnosis.bodyBytesMax {
            claims.expect((findings.map(\.code) == [.equal]) == isReallySigned, "equal is what is signed")
        }
        for finding in findings {
            claims.expect(!finding.sentence.contains(key) && !finding.cure.contains(key), "the key does not show")
            claims.expect(finding.sentence.hasSuffix("."), "a finding is a sentence")
        }
    }
}
