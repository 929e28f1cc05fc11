import Text

/// The parameters that both refund services share, checked.
struct RefundFields: Sendable {
    static let itemsMax = 1000
    private static let reasonBytesMax = 256

    let batchNo: String
    let items: [SimulatedRefund.Item]
    let hasRoyalties: Bool
    let notifyURL: String?

    init(_ reader: OrderFields, nowMs: Int64) throws(GatewayError) {
        let fields = reader.fields
        batchNo = try RefundFields.batchNo(try reader.mandatory("batch_no"), nowMs)
        guard RefundFields.isTime(try reader.mandatory("refund_date")) else {
            throw GatewayError(.refundDateError, "refund_date is no yyyy-MM-dd HH:mm:ss")
        }
        let count = try RefundFields.count(try reader.mandatory("batch_num"))
        (items, hasRoyalties) = try RefundFields.items(try reader.mandatory("detail_data"))
        guard count == items.count else {
            throw GatewayError(.batchNumNotEqualTotal, "batch_num is not the number of items, which is \(items.count)")
        }
        notifyURL = try reader.url("notify_url")
        if let word = fields.filled("use_freeze_amount"), word != "Y", word != "N" {
            throw OrderFields.wrong("use_freeze_amount", "is not Y or N")
        }
    }

    func batch(_ call: GatewayCall, state: SimulatedRefund.State, nowMs: Int64) -> SimulatedRefund {
        SimulatedRefund(
            batchNo: batchNo, partner: call.account.partner, items: items, notifyURL: notifyURL, dialect: call.dialect,
            createdAtMs: nowMs, state: state)
    }

    /// Today in Beijing and 3 to 24 letters and digits, which are not 000.
    private static func batchNo(_ text: String, _ nowMs: Int64) throws(GatewayError) -> String {
        let serial = text.utf8.dropFirst(8)
        guard text.hasPrefix(BeijingTime.date(nowMs)), (3...24).contains(serial.count),
            serial.allSatisfy(isAlphanumeric), !serial.elementsEqual("000".utf8)
        else {
            throw GatewayError(.batchNoFormatError, "batch_no is not today in Beijing and 3 to 24 letters and digits")
        }
        return text
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }

    /// `yyyy-MM-dd HH:mm:ss`, each part in its range.
    private static func isTime(_ text: String) -> Bool {
        let pattern = "dddd-dd-dd dd:dd:dd".utf8
        guard text.utf8.count == pattern.count else { return false }
        let fits = zip(text.utf8, pattern).allSatisfy { byte, form in
            form == UInt8(ascii: "d") ? (0x30...0x39).contains(byte) : byte == form
        }
        guard fits else { return false }
        let numbers = text.split { $0 == "-" || $0 == " " || $0 == ":" }.compactMap { Int($0) }
        let limits = [1...9999, 1...12, 1...31, 0...23, 0...59, 0...59]
        return numbers.count == limits.count && zip(limits, numbers).allSatisfy { $0.contains($1) }
    }

    private static func count(_ text: String) throws(GatewayError) -> Int {
        guard text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text),
            count > 0
        else { throw GatewayError(.batchNumError, "batch_num is no number") }
        guard count <= itemsMax else {
            throw GatewayError(.batchNumExceedLimit, "a batch has at most \(itemsMax) items")
        }
        return count
    }

    private static func items(_ text: String) throws(GatewayError) -> ([SimulatedRefund.Item], Bool) {
        var items: [SimulatedRefund.Item] = []
        var trades = Set<String>()
        var hasRoyalties = false
        for part in text.split(separator: "#", omittingEmptySubsequences: false) {
            guard items.count < itemsMax else {
                throw GatewayError(.batchNumExceedLimit, "a batch has at most \(itemsMax) items")
            }
            let (item, isShared) = try item(part)
            guard trades.insert(item.tradeNo).inserted else {
                throw GatewayError(.dublTradeNoInSameBatch, "\(item.tradeNo) stands twice")
            }
            items.append(item)
            hasRoyalties = hasRoyalties || isShared
        }
        return (items, hasRoyalties)
    }

    /// `trade_no^amount^reason`, perhaps with `|royalty` and `$$subtrade` after it.
    private static func item(_ text: Substring) throws(GatewayError) -> (SimulatedRefund.Item, Bool) {
        let main = text.prefix { $0 != "|" && $0 != "$" }
        let parts = main.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, (16...64).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }), !parts[2].isEmpty
        else {
            throw GatewayError(.detailDataFormatError, "an item is not trade_no^amount^reason")
        }
        guard GBK.byteCount(ofUTF8: parts[2]) <= reasonBytesMax else {
            throw GatewayError(.batchMemoLengthExceedLimit, "a reason is longer than \(reasonBytesMax) bytes")
        }
        guard let fen = try? Yuan.fen(parts[1]) else {
            throw GatewayError(.refundAmountNotValid, "\(parts[1]) is no amount")
        }
        let item = SimulatedRefund.Item(tradeNo: parts[0], amountFen: fen, reason: parts[2])
        return (item, main.count < text.count)
    }
}
