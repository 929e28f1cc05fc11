import Crypto
import Text

/// The mistakes of one diagnosis, each tried once, and what matched.
struct SignatureTrials {
    private let message: DiagnosedMessage
    private let keys: SigningKeys
    private let asItOughtToBe: [UInt8]
    private var stringsLeft = SignatureDiagnosis.stringsMax
    private(set) var findings: [SignatureDiagnosis.Finding] = []

    init(_ message: DiagnosedMessage, _ keys: SigningKeys) {
        self.message = message
        self.keys = keys
        asItOughtToBe = message.string()
    }

    mutating func run() {
        trySignatures()
        tryKeys()
        tryJoins()
        tryFields()
        tryOrders()
        for mistake in ValueMistake.all { test(mistake.code, message.string(changing: mistake.change)) }
        tryWireForms()
        tryLeavingOut()
        trySingleValues()
    }

    // MARK: - What is tried

    private mutating func trySignatures() {
        let sign = message.sign
        test(.signUpperCase, signature: ASCII.lowercased(sign))
        test(.signPadded, signature: sign.filter { !ASCII.isBlank($0) })
        test(.signPlusAsSpace, signature: sign.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 })
        if let decoded = PercentCoding.formDecode(sign) { test(.signEncoded, signature: decoded) }
    }

    private mutating func tryKeys() {
        for mistake in KeyMistake.all {
            if let pasted = keys.pasted(mistake.change) { test(mistake.code, keys: pasted) }
        }
        if let own = keys.ownPublicKey, let signature = Base64.decode(message.sign),
            own.verifySHA1(message: asItOughtToBe, signature: signature)
        {
            findings.append(SignatureDiagnosis.Finding(.ownKeySigned))
        }
    }

    /// What stands between the string and the key, or ends a string that a public key verifies.
    private mutating func tryJoins() {
        let ampersand = UInt8(ascii: "&")
        test(.ampersandBeforeKey, asItOughtToBe + [ampersand])
        test(.keyWordBeforeKey, asItOughtToBe + Array("&key=".utf8))
        test(.ampersandsTrimmed, ASCII.trimmed(asItOughtToBe) { $0 == ampersand })
    }

    private mutating func tryFields() {
        let signType = message.signType.map {
            DiagnosedMessage.Field(name: Array("sign_type".utf8), wire: $0, value: $0)
        }
        if let signType { test(.signTypeSigned, DiagnosedMessage.string(of: message.fields + [signType])) }
        test(.emptyValuesSigned, DiagnosedMessage.string(of: message.fields, keepingEmpty: true))
    }

    private mutating func tryOrders() {
        test(.sortedWithoutCase, DiagnosedMessage.string(of: message.fields, sorted: .lowercasedNames))
        test(.sortedAsPairs, DiagnosedMessage.string(of: message.fields, sorted: .pairs))
        test(.notSorted, DiagnosedMessage.string(of: message.fields, sorted: .asSent))
    }

    /// All values as other decoders than ours leave them.
    private mutating func tryWireForms() {
        test(.notDecoded, DiagnosedMessage.string(of: message.fields.map { $0.with($0.wire) }))
        test(
            .plusKept, DiagnosedMessage.string(of: message.fields.map { $0.with(ValueMistake.percentDecoded($0.wire)) })
        )
    }

    private mutating func tryLeavingOut() {
        let signed = message.fields.indices.filter { !message.fields[$0].value.isEmpty }
        let strangersFirst = signed.filter { !isKnown($0) } + signed.filter { isKnown($0) }
        for index in strangersFirst.prefix(SignatureDiagnosis.fieldsLeftOutMax) {
            test(.extraField, message.string(changing: index, to: []), message.fields[index])
        }
        test(.unknownFields, DiagnosedMessage.string(of: message.fields.filter { NotifyFields.isKnown($0.name) }))
    }

    private func isKnown(_ index: Int) -> Bool { NotifyFields.isKnown(message.fields[index].name) }

    /// One value with `+` for its blanks, or as the wire has it.
    private mutating func trySingleValues() {
        let encoded = message.fields.indices.filter { message.fields[$0].wire != message.fields[$0].value }
        let blank = encoded.filter { message.fields[$0].value.contains(UInt8(ascii: " ")) && !isTime($0) }
        for index in blank.prefix(SignatureDiagnosis.singleValuesMax / 4) {
            for value in ValueMistake.blanksAsPlus(message.fields[index].value) {
                test(.plusAsBlank, message.string(changing: index, to: value), message.fields[index])
            }
        }
        for index in encoded.prefix(SignatureDiagnosis.singleValuesMax) {
            test(.notDecoded, message.string(changing: index, to: message.fields[index].wire), message.fields[index])
        }
    }

    private func isTime(_ index: Int) -> Bool {
        BeijingTime.unixMs(String(decoding: message.fields[index].value.prefix(32), as: UTF8.self)) != nil
    }

    // MARK: - Trying

    private mutating func test(
        _ code: SignatureDiagnosis.Code, _ string: [UInt8]?, _ field: DiagnosedMessage.Field? = nil
    ) {
        guard let string, string != asItOughtToBe else { return }
        test(code, string, message.sign, keys, field)
    }

    private mutating func test(_ code: SignatureDiagnosis.Code, signature: [UInt8]) {
        if signature != message.sign { test(code, asItOughtToBe, signature, keys, nil) }
    }

    private mutating func test(_ code: SignatureDiagnosis.Code, keys: SigningKeys) {
        test(code, asItOughtToBe, message.sign, keys, nil)
    }

    private mutating func test(
        _ code: SignatureDiagnosis.Code, _ string: [UInt8], _ signature: [UInt8], _ keys: SigningKeys,
        _ field: DiagnosedMessage.Field?
    ) {
        guard stringsLeft > 0 else { return }
        stringsLeft -= 1
        guard keys.match(string, signature: signature[...]) != .none else { return }
        let finding = SignatureDiagnosis.Finding(code, detail: field?.shownName)
        if !findings.contains(finding) { findings.append(finding) }
    }
}
