import Diagnostics
import Settings

/// The shape of `alipay.partner` and `alipay.seller_id`. What stands there is never repeated: it may be a key.
enum PartnerCheck {
    private static let digits = 16
    private static let prefix = "2088"
    private static let cure =
        "Copy the partner (合作伙伴身份, PID) from the merchant centre: 16 digits that begin with 2088, in quotes."

    static func isPartner(_ bytes: [UInt8]) -> Bool { isNumber(bytes) && bytes.starts(with: prefix.utf8) }

    /// Of OpenAPI: the same length, and begins with a year (`2016…`, `2021…`, `9021…` in the sandbox).
    static func isApplicationID(_ bytes: [UInt8]) -> Bool {
        isNumber(bytes) && !isPartner(bytes) && (bytes.starts(with: "20".utf8) || bytes.starts(with: "9021".utf8))
    }

    private static func isNumber(_ bytes: [UInt8]) -> Bool {
        bytes.count == digits && bytes.allSatisfy { (0x30...0x39).contains($0) }
    }

    static func find(_ text: String, at subject: String) -> Finding? {
        let bytes = Array(text.utf8)
        guard !isPartner(bytes) else { return nil }
        if let clean = PasteFlaw.cleaned(bytes, of: PasteFlaw.ofOneWord) {
            let rest = isPartner(clean.bytes) ? "; without that it is well-formed" : ""
            return Finding(
                DoctorCode.partnerText, .error, subject, "it has \(clean.words)\(rest)",
                cure: "Type the 16 digits by hand.")
        }
        let (sentence, cure) = words(bytes, text)
        return Finding(DoctorCode.partnerShape, .error, subject, sentence, cure: cure)
    }

    private static func words(_ bytes: [UInt8], _ text: String) -> (String, String) {
        if isApplicationID(bytes) {
            return ("it is an application's id (APPID) of Alipay's OpenAPI, and no partner", cure)
        }
        if text.lowercased().contains("e+") && text.utf8.allSatisfy({ (0x2B...0x39).contains($0) || $0 | 0x20 == 0x65 })
        {
            return ("a spreadsheet has rounded it (…E+15); its last digits are lost", cure)
        }
        if MD5KeyText.isShaped(bytes) { return ("it looks like an MD5 key", cure + " The key belongs in keys.") }
        if text.contains("@") { return ("it is an email address", cure + " The address belongs in seller_email.") }
        if bytes.allSatisfy({ (0x30...0x39).contains($0) }), bytes.starts(with: prefix.utf8) {
            return ("it has \(bytes.count) digits, and a partner has \(digits)", cure)
        }
        return ("it is not 16 digits that begin with 2088", cure)
    }
}
