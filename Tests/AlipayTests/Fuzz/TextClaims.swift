import Alipay
import Text

/// A form is read as the plain reader reads it, or not at all; and what was read can be written and read again.
enum FormClaims {
    static let fieldsMax = InboundNotification.fieldsMax

    static func check(_ body: [UInt8], _ claims: inout Claims) {
        let naive = NaiveForm(body, fieldsMax: fieldsMax)
        guard let form = try? FormFields(body, fieldsMax: fieldsMax) else {
            return claims.expect(naive == nil, "a form that can be read is refused")
        }
        let fields = form.map { (name: Array($0.name), value: Array($0.value)) }
        claims.expect(naive.map { same($0.sorted, fields) } == true, "the fields are those of the plain reader, sorted")
        claims.expect(fields.count <= fieldsMax, "there are no more fields than allowed")
        let decodedBytes = fields.reduce(0) { $0 + $1.name.count + $1.value.count }
        claims.expect(decodedBytes <= body.count, "decoding makes nothing longer")
        claims.expect(
            fields.allSatisfy { form[String(decoding: $0.name, as: UTF8.self)].map(Array.init) == $0.value },
            "every field is found by its name")
        let canonical = CanonicalString.bytes(of: form)
        claims.expect(canonical == naive?.string, "the string to sign is the plain reader's")
        claims.expect(
            canonical.count <= decodedBytes + 2 * form.count, "the string to sign is no longer than its parts")
        let written = fields.map { $0.name + [UInt8(ascii: "=")] + PercentCoding.encode($0.value) }
        for body in [written, written.reversed()].map({ Array($0.joined(separator: [UInt8(ascii: "&")])) }) {
            let again = (try? FormFields(body, fieldsMax: fieldsMax))?.map {
                (name: Array($0.name), value: Array($0.value))
            }
            claims.expect(again.map { same($0, fields) } == true, "what is written from the fields has the same fields")
        }
    }

    private typealias Fields = [(name: [UInt8], value: [UInt8])]

    private static func same(_ one: Fields, _ other: Fields) -> Bool {
        one.elementsEqual(other) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// A document keeps the limits, and a tree that was read can be written and read again.
enum XMLClaims {
    static func check(_ document: [UInt8], _ claims: inout Claims) {
        let root: XMLElement
        do { root = try XMLReader.read(document) } catch {
            claims.expect(!error.message.isEmpty && !error.message.contains("\n"), "an error is one line")
            claims.expect(error.line >= 0, "an error's line is a line or 0")
            return
        }
        claims.expect(document.count <= XMLReader.bytesMax, "what is read is no longer than allowed")
        claims.expect(depth(root) <= XMLReader.depthMax, "what is read is no deeper than allowed")
        // The euro sign, one byte in GBK, has three in UTF-8; references and entities only shrink.
        claims.expect(size(root) <= 3 * document.count, "nothing expands")
        guard !hasPrefix(root) else { return }
        let written = Array(text(root).utf8)
        guard written.count <= XMLReader.bytesMax else { return }
        claims.expect((try? XMLReader.read(written)) == root, "what is written from the tree is the same tree")
    }

    private static func depth(_ element: XMLElement) -> Int { 1 + (element.children.map(depth).max() ?? 0) }

    private static func size(_ element: XMLElement) -> Int {
        element.name.utf8.count + element.text.utf8.count
            + element.attributes.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
            + element.children.reduce(0) { $0 + size($1) }
    }

    /// A prefix stands for a namespace, whose declaration the tree does not keep.
    private static func hasPrefix(_ element: XMLElement) -> Bool {
        element.name.contains(":") || element.attributes.contains { $0.name.contains(":") }
            || element.children.contains(where: hasPrefix)
    }

    private static func text(_ element: XMLElement) -> String {
        let attributes = element.attributes.map { " \($0.name)=\"\(escaped($0.value))\"" }.joined()
        let inside = escaped(element.text) + element.children.map(text).joined()
        return "<\(element.name)\(attributes)>\(inside)</\(element.name)>"
    }

    /// Everything but letters and digits of ASCII as a reference.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            let isPlain =
                scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal)
            return isPlain ? String(scalar) : "&#\(scalar.value);"
        }.joined()
    }
}

/// What decodes strictly encodes to the same bytes, and what encodes decodes to the same text.
enum GBKClaims {
    static func check(_ bytes: [UInt8], _ claims: inout Claims) {
        if let text = GBK.decode(bytes) {
            claims.expect((try? GBK.encode(text)) == bytes, "what is decoded encodes to the same bytes")
            claims.expect(GBK.byteCount(ofUTF8: text) == bytes.count, "the text's length in GBK is that of the bytes")
            claims.expect(text.utf8.count <= 3 * bytes.count, "a byte becomes three at most")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        do {
            let encoded = try GBK.encode(text)
            claims.expect(encoded.count == GBK.byteCount(ofUTF8: text), "the length counted is the length encoded")
            claims.expect(
                GBK.decode(encoded).map { Array($0.utf8) } == bytes, "what is encoded decodes to the same text")
        } catch .lacks(let scalar) {
            claims.expect(text.unicodeScalars.contains(scalar), "what GBK lacks is in the text")
        } catch {
            claims.expect(false, "GBK is there")
        }
    }
}
