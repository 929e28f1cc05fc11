/// `result_details`: how each refund of a batch ended, in a `batch_refund_notify` or an answer of `refund_fastpay_query`.
///
/// ```
/// details  := item ('#' item)*
/// item     := [batch_no '^'] trade_no '^' amount '^' result ['^' dback '^' dback_result] [attached]
/// attached := ('$' fee | '|' royalty | '$$' subtrade)…
/// ```
///
/// The batch's number stands in answers of the query only. Items end at `#` (0x23), which is below every second byte of a
/// GBK character (0x40 to 0xFE); `^` (0x5E) and `|` (0x7C) are not, so an item is cut at its first `$` or `|` and only what
/// precedes it, which must be ASCII, is cut at `^`. What is attached may name accounts; it is kept and not read.
package struct ResultDetails: Sendable, Hashable {
    package static let bytesMax = 64 * 1024
    /// Alipay's limit of a batch.
    package static let itemsMax = 1000

    /// One refund.
    package struct Item: Sendable, Hashable {
        /// The batch that the refund was part of; nil in a notification, which names it in a field of its own.
        package let batchNo: String?
        /// Alipay's number of the trade; no two items of one batch have the same.
        package let tradeNo: String
        /// Fen, as Alipay gives it; 0 is possible.
        package let amountMinor: Int64
        /// `SUCCESS`, or the code of the reason why not.
        package let result: String
        /// Whether the money went on to the buyer's bank (充退); nil if it did not, or nothing is said about it.
        package let bankReturn: BankReturn?
        /// The results of fee, royalties and sub-trades, from their first `$` or `|` on; empty if there are none. Its
        /// encoding is the message's.
        package let attached: [UInt8]

        package var isSuccess: Bool { result == "SUCCESS" }
    }

    /// How returning the money to the buyer's bank stands.
    package enum BankReturn: String, Sendable, CaseIterable {
        case succeeded = "S"
        case failed = "F"
        case processing = "P"
    }

    /// In the order sent; at least one.
    package let items: [Item]

    /// Of a `batch_refund_notify`.
    package init(notification bytes: ArraySlice<UInt8>) throws(ResultDetailsError) {
        items = try ResultDetails.read(bytes, namesBatch: false)
    }

    /// Of an answer to `refund_fastpay_query`: every item names its batch.
    package init(query bytes: ArraySlice<UInt8>) throws(ResultDetailsError) {
        items = try ResultDetails.read(bytes, namesBatch: true)
    }

    private static func read(_ bytes: ArraySlice<UInt8>, namesBatch: Bool) throws(ResultDetailsError) -> [Item] {
        guard bytes.count <= bytesMax else { throw ResultDetailsError(.tooLong, item: 0) }
        guard !bytes.isEmpty else { throw ResultDetailsError(.empty, item: 0) }
        // One more than allowed, so that the last may hold all the rest.
        let parts = bytes.split(separator: UInt8(ascii: "#"), maxSplits: itemsMax, omittingEmptySubsequences: false)
        guard parts.count <= itemsMax else { throw ResultDetailsError(.tooManyItems, item: 0) }
        var items: [Item] = []
        var seen = Set<[String?]>()
        for (index, part) in parts.enumerated() {
            let item: Item
            do { item = try readItem(part, namesBatch) } catch { throw ResultDetailsError(error, item: index + 1) }
            guard seen.insert([item.batchNo, item.tradeNo]).inserted else {
                throw ResultDetailsError(.repeatedTrade, item: index + 1)
            }
            items.append(item)
        }
        return items
    }

    private static func readItem(_ part: ArraySlice<UInt8>, _ namesBatch: Bool) throws(ResultDetailsError.Code) -> Item
    {
        let end = part.firstIndex { $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "|") } ?? part.endIndex
        guard part[..<end].allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .character }
        var fields = part[..<end].split(separator: UInt8(ascii: "^"), maxSplits: 6, omittingEmptySubsequences: false)[
            ...]
        guard fields.count - (namesBatch ? 1 : 0) == 3 || fields.count - (namesBatch ? 1 : 0) == 5 else {
            throw .fieldCount
        }
        var batchNo: String?
        if namesBatch {
            batchNo = word(fields.removeFirst(), bytesMax: 32)
            guard batchNo != nil else { throw .batchNo }
        }
        let first = fields.startIndex
        guard let tradeNo = word(fields[first], bytesMax: 64) else { throw .tradeNo }
        guard let amountMinor = Yuan.fen(fields[first + 1]) else { throw .amount }
        guard let result = word(fields[first + 2], bytesMax: 64) else { throw .result }
        return Item(
            batchNo: batchNo, tradeNo: tradeNo, amountMinor: amountMinor, result: result,
            bankReturn: try readBankReturn(fields.dropFirst(3)), attached: Array(part[end...]))
    }

    /// `true` and how it stands, or `false` and `null`.
    private static func readBankReturn(
        _ fields: ArraySlice<ArraySlice<UInt8>>
    ) throws(ResultDetailsError.Code) -> BankReturn? {
        guard let flag = fields.first, let word = fields.last else { return nil }
        if flag.elementsEqual("false".utf8), word.elementsEqual("null".utf8) { return nil }
        guard flag.elementsEqual("true".utf8), let how = BankReturn(rawValue: String(decoding: word, as: UTF8.self))
        else {
            throw .bankReturn
        }
        return how
    }

    /// Letters, digits and `_`.
    private static func word(_ bytes: ArraySlice<UInt8>, bytesMax: Int) -> String? {
        let isWord = bytes.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        }
        return isWord && (1...bytesMax).contains(bytes.count) ? String(decoding: bytes, as: UTF8.self) : nil
    }
}

/// Why `result_details` cannot be read; then none of it is.
package struct ResultDetailsError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: Error, Sendable, Hashable {
        case tooLong
        case empty
        case tooManyItems
        /// A blank, a control character or a byte outside ASCII before the attached results.
        case character
        case fieldCount
        case batchNo
        case tradeNo
        case amount
        case result
        case bankReturn
        case repeatedTrade
    }

    package let code: Code
    /// From 1; 0 when it is about the whole.
    package let item: Int

    init(_ code: Code, item: Int) {
        self.code = code
        self.item = item
    }

    package var description: String { item == 0 ? "result_details \(words)" : "result_details, item \(item), \(words)" }

    private var words: String {
        switch code {
        case .tooLong: "is longer than \(ResultDetails.bytesMax) bytes"
        case .empty: "is empty"
        case .tooManyItems: "has more than \(ResultDetails.itemsMax) items"
        case .character: "has a character that it cannot have"
        case .fieldCount: "has too few or too many fields"
        case .batchNo: "has no batch number that can be read"
        case .tradeNo: "has no trade number that can be read"
        case .amount: "has no amount that can be read"
        case .result: "has no result that can be read"
        case .bankReturn: "does not say in a known way whether the money went back to the bank"
        case .repeatedTrade: "is about a trade that an earlier item is about"
        }
    }
}
