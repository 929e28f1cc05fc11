import JSON
import Payments
import SQLite

// What is read only as a whole stands in one text column, as compact JSON; NULL where there is nothing.

enum MetadataColumn {
    /// `["key","value","key","value"]`: an object would lose names that a JSON reader takes for one and the same.
    static func value(_ entries: [MetadataEntry]) -> Value {
        guard !entries.isEmpty else { return .null }
        var out = JSONWriter(reservingCapacity: 256)
        write(entries, to: &out)
        return .text(String(decoding: out.bytes, as: UTF8.self))
    }

    static func read(_ statement: Statement, _ column: Int) throws(SQLiteError) -> [MetadataEntry] {
        guard let json = try statement.jsonOrNil(column) else { return [] }
        guard let entries = entries(json) else { throw statement.wrongJSON(column) }
        return entries
    }

    fileprivate static func write(_ entries: [MetadataEntry], to out: inout JSONWriter) {
        out.beginArray()
        for entry in entries {
            out.value(entry.key)
            out.value(entry.value)
        }
        out.endArray()
    }

    fileprivate static func entries(_ json: JSONValue?) -> [MetadataEntry]? {
        guard case .array(let elements) = json, elements.count.isMultiple(of: 2) else { return nil }
        var entries: [MetadataEntry] = []
        entries.reserveCapacity(elements.count / 2)
        for index in stride(from: 0, to: elements.count, by: 2) {
            guard let key = elements[index].text, let value = elements[index + 1].text else { return nil }
            entries.append(MetadataEntry(key: key, value: value))
        }
        return entries
    }
}

enum TextsColumn {
    /// `["a","b"]`; never NULL.
    static func value(_ texts: [String]) -> Value {
        var out = JSONWriter(reservingCapacity: 128)
        out.beginArray()
        for text in texts { out.value(text) }
        out.endArray()
        return .text(String(decoding: out.bytes, as: UTF8.self))
    }

    /// Nil for NULL.
    static func read(_ statement: Statement, _ column: Int) throws(SQLiteError) -> [String]? {
        guard let json = try statement.jsonOrNil(column) else { return nil }
        guard case .array(let elements) = json else { throw statement.wrongJSON(column) }
        let texts = elements.compactMap(\.text)
        guard texts.count == elements.count else { throw statement.wrongJSON(column) }
        return texts
    }

    /// Our enums, by their words; nil for NULL.
    static func words<Word: RawRepresentable & Hashable>(
        _ statement: Statement, _ column: Int, _ type: Word.Type = Word.self
    ) throws(SQLiteError) -> Set<Word>? where Word.RawValue == String {
        guard let texts = try read(statement, column) else { return nil }
        let words = texts.compactMap(Word.init(rawValue:))
        guard words.count == texts.count else { throw statement.wrongJSON(column) }
        return Set(words)
    }
}

enum LastErrorColumn {
    static func value(_ error: LastError?) -> Value {
        guard let error else { return .null }
        var out = JSONWriter(reservingCapacity: 256)
        out.beginObject()
        out.field("code", error.code)
        out.field("message", error.message)
        out.field("at_ms", error.atMs)
        out.name("details")
        MetadataColumn.write(error.details, to: &out)
        out.endObject()
        return .text(String(decoding: out.bytes, as: UTF8.self))
    }

    static func read(_ statement: Statement, _ column: Int) throws(SQLiteError) -> LastError? {
        guard let json = try statement.jsonOrNil(column) else { return nil }
        guard let code = json["code"]?.text, let message = json["message"]?.text, let atMs = json["at_ms"]?.int64,
            let details = MetadataColumn.entries(json["details"])
        else { throw statement.wrongJSON(column) }
        return LastError(code: code, message: message, atMs: atMs, details: details)
    }
}

enum ShippingColumn {
    static func value(_ shipping: Shipping?) -> Value {
        guard let shipping else { return .null }
        var out = JSONWriter(reservingCapacity: 512)
        out.beginObject()
        out.name("options")
        out.beginArray()
        for option in shipping.options {
            out.beginObject()
            out.field("carrier_type", option.carrierType.rawValue)
            out.field("fee_minor", option.feeMinor)
            out.field("paid_by", option.paidBy.rawValue)
            out.endObject()
        }
        out.endArray()
        if let receiver = shipping.receiver {
            out.name("receiver")
            out.beginObject()
            out.field("name", receiver.name)
            out.field("address", receiver.address)
            out.field("zip", receiver.zip)
            out.field("phone", receiver.phone)
            out.endObject()
        }
        out.endObject()
        return .text(String(decoding: out.bytes, as: UTF8.self))
    }

    static func read(_ statement: Statement, _ column: Int) throws(SQLiteError) -> Shipping? {
        guard let json = try statement.jsonOrNil(column) else { return nil }
        guard case .array(let elements) = json["options"] else { throw statement.wrongJSON(column) }
        var options: [Shipping.Option] = []
        for element in elements {
            guard let option = option(element) else { throw statement.wrongJSON(column) }
            options.append(option)
        }
        let receiver = json["receiver"].map { json in
            Shipping.Receiver(
                name: json["name"]?.text, address: json["address"]?.text, zip: json["zip"]?.text,
                phone: json["phone"]?.text)
        }
        return Shipping(options: options, receiver: receiver)
    }

    private static func option(_ json: JSONValue) -> Shipping.Option? {
        guard let carrier = json["carrier_type"]?.text.flatMap(Shipping.Option.CarrierType.init(rawValue:)),
            let feeMinor = json["fee_minor"]?.int64,
            let paidBy = json["paid_by"]?.text.flatMap(Shipping.Option.PaidBy.init(rawValue:))
        else { return nil }
        return Shipping.Option(carrierType: carrier, feeMinor: feeMinor, paidBy: paidBy)
    }
}

extension Statement {
    fileprivate func jsonOrNil(_ column: Int) throws(SQLiteError) -> JSONValue? {
        guard let bytes = try bytesOrNil(column) else { return nil }
        do {
            return try JSONReader.read(bytes)
        } catch {
            throw SQLiteError(code: .corrupt, message: "column \(column) is no JSON: \(error)", sql: sql)
        }
    }

    fileprivate func wrongJSON(_ column: Int) -> SQLiteError {
        SQLiteError(code: .corrupt, message: "the JSON of column \(column) has another shape", sql: sql)
    }
}
