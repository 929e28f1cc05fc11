/// What the doctor can find when it asks Alipay; the raw values are stable.
package enum LiveCode: String, Sendable, CaseIterable {
    // Alipay refuses.
    case illegalSign = "illegal_sign"
    case illegalPartner = "illegal_partner"
    case notContracted = "illegal_partner_exterface"
    case keyNotSetUp = "illegal_security_profile"
    case illegalSignType = "illegal_sign_type"
    case illegalArgument = "illegal_argument"
    case illegalAddress = "illegal_client_ip"
    case otherRefusal = "refused"
    case busy = "alipay_busy"
    // What it says cannot be believed.
    case wrongSignature = "answer_signature"
    case unsigned = "answer_unsigned"
    case notAlipay = "not_alipay"
    case unexpected = "answer_unexpected"
    // It says nothing.
    case nameless = "alipay_name"
    case unreachable = "alipay_unreachable"
    case tls = "alipay_tls"
    case slow = "alipay_slow"
    // Several keys, and what is left open.
    case firstKeyRefused = "first_key_refused"
    case oldKey = "old_key"
    case alipayKeyUnproven = "alipay_key_unproven"
    case nothingToAsk = "nothing_to_ask"
}
