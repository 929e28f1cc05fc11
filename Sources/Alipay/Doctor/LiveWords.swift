import Diagnostics
import HTTP

/// What each of Alipay's answers to the doctor means, and what to do about it.
enum LiveWords {
    /// What Alipay says for want of the right key at its side.
    private static let keyCodes: Set = [
        "ILLEGAL_SECURITY_PROFILE", "HAS_NO_PUBLICKEY", "ILLEGAL_DYN_MD5_KEY", "ILLEGAL_ENCRYPT", "ILLEGAL_DIGEST",
        "ILLEGAL_DIGEST_TYPE",
    ]
    private static let busyCodes: Set = ["SYSTEM_ERROR", "SESSION_TIMEOUT", "GENERAL_FAILTURE"]

    /// Whether another key may be answered otherwise.
    static func isOfKey(_ code: String) -> Bool { code == "ILLEGAL_SIGN" || keyCodes.contains(code) }

    static func finding(_ answer: LiveQuestion.Answer, _ question: LiveQuestion, _ contract: Contract) -> Finding? {
        let subject = question.subject
        switch answer {
        case .good: return nil
        case .refused(let code): return refusal(code, question, contract)
        case .wrongSignature: return wrongSignature(subject, contract)
        case .unsigned:
            return Finding(
                LiveCode.unsigned, .error, subject,
                "Alipay's answer has no signature of the contract's kind (\(contract.keys.signType.rawValue))",
                cure:
                    "Is sign_type what the merchant centre shows for this partner? And does anything on the way answer in "
                    + "Alipay's place?")
        case .notAlipay(let why):
            return Finding(
                LiveCode.notAlipay, .error, "alipay.gateway_url", "what answers is not Alipay's interface: \(why)",
                cure:
                    "A page in HTML comes from a proxy, a login page of the network, or another gateway: look at gateway_url, "
                    + "and at what lies between this machine and Alipay.")
        case .unexpected:
            return Finding(
                LiveCode.unexpected, .error, subject,
                "Alipay answered about a trade, and there can be none of that number",
                cure: "Ask again; if it stays so, what answers is not Alipay.")
        case .none(let error): return silence(error)
        }
    }

    // MARK: - Alipay refuses

    private static func refusal(_ code: String, _ question: LiveQuestion, _ contract: Contract) -> Finding {
        let isMD5 = contract.keys.signType == .md5
        let (live, severity, subject, cure): (LiveCode, Finding.Severity, String, String) =
            switch code {
            case "ILLEGAL_SIGN": (.illegalSign, .error, question.subject, isMD5 ? md5Sign : rsaSign)
            case "ILLEGAL_PARTNER":
                (
                    .illegalPartner, .error, "alipay.partner",
                    "Compare the partner with the merchant centre digit by digit, and gateway_url: partners of other regions "
                        + "have a gateway of their own."
                )
            case "ILLEGAL_PARTNER_EXTERFACE": (.notContracted, .error, "alipay.services", notContracted(question))
            case "ILLEGAL_SIGN_TYPE":
                (
                    .illegalSignType, .error, "alipay.sign_type",
                    "Write the sign_type for which the merchant centre shows a key of this partner."
                )
            case "ILLEGAL_ARGUMENT", "INVALID_PARAMETER":
                (
                    .illegalArgument, .error, "alipay",
                    "What was asked is well-formed: look at charset, and at what may rewrite requests on their way."
                )
            case "ILLEGAL_CLIENT_IP":
                (
                    .illegalAddress, .error, "alipay.partner",
                    "Have this machine's public address added to the partner's list in the merchant centre."
                )
            case _ where keyCodes.contains(code):
                (
                    .keyNotSetUp, .error, question.subject,
                    isMD5
                        ? "Set an MD5 key for the partner in the merchant centre (mapi 网关产品密钥), and copy it from there."
                        : "Upload the public half of private_key as the partner's RSA key (mapi 网关产品密钥)."
                )
            case _ where busyCodes.contains(code):
                (.busy, .warning, "alipay", "It says nothing about the key. Ask again in a few minutes.")
            default: (.otherRefusal, .error, "alipay", "Ask Alipay's support, with the partner and this code.")
            }
        return Finding(live, severity, subject, "Alipay answers \(code): \(sentence(code))", cure: cure)
    }

    private static let md5Sign =
        "The key is not the partner's: copy it from the merchant centre again, and look at partner, charset, and whether it has "
        + "been changed there since."
    private static let rsaSign =
        "Alipay has another public key for the partner than the half of private_key: upload that "
        + "(`openssl pkey -in FILE -pubout` prints it) as the partner's RSA(SHA1) key (mapi 网关产品密钥), not as an "
        + "application's. --public-key FILE tells whether the one that was uploaded fits."

    private static func notContracted(_ question: LiveQuestion) -> String {
        switch question.kind {
        case .trade:
            "Have single_trade_query (单笔交易查询) added to the contract, or say services: {trade_query: false}. Whether "
                + "the key is right is not told by this answer."
        case .timestamp: "Have query_timestamp (防钓鱼) added to the contract, or say services: {query_timestamp: false}."
        }
    }

    /// Without its full stop.
    private static func sentence(_ code: String) -> String {
        let meaning = ErrorCode.meaning(code)
        return meaning.prefix(1).lowercased() + meaning.dropFirst().dropLast()
    }

    private static func wrongSignature(_ subject: String, _ contract: Contract) -> Finding {
        Finding(
            LiveCode.wrongSignature, .error, subject, "the signature of Alipay's answer does not verify with it",
            cure: contract.keys.signType == .md5
                ? "The key is not the partner's, or not any more: copy it from the merchant centre again."
                : "It is not Alipay's key of this interface: leave alipay_public_keys out, or copy 支付宝公钥 from where the "
                    + "partner's keys stand.")
    }

    // MARK: - Alipay is not heard

    private static func silence(_ error: SendError) -> Finding {
        let (code, cure): (LiveCode, String) =
            switch error.code {
            case .dns: (.nameless, "Look at gateway_url and this machine's name servers.")
            case .tls:
                (
                    .tls,
                    "Look at this machine's clock and its certificates of authorities, and whether a proxy opens TLS on the way."
                )
            case .timeout:
                (.slow, "May this machine reach Alipay (egress firewall)? Ask again: nothing was changed by asking.")
            case .connect, .reset, .canceled, .refusedDestination:
                (.unreachable, "May this machine reach Alipay on port 443 (egress firewall)?")
            case .busy: (.unreachable, "This machine has too much to do, which says nothing of Alipay: ask again.")
            case .url, .tooLarge, .malformed:
                (.notAlipay, "What answers is not Alipay's interface: look at gateway_url, and at proxies on the way.")
            }
        let message = error.message.hasSuffix(".") ? String(error.message.dropLast()) : error.message
        return Finding(code, .error, "alipay.gateway_url", "no answer: \(message)", cure: cure)
    }

    // MARK: - Several keys, and what is left open

    static func oldKey(_ subject: String) -> Finding {
        Finding(
            LiveCode.oldKey, .hint, subject,
            "Alipay does not take it (ILLEGAL_SIGN), and takes another one of the list",
            cure: "As an old key it may verify what Alipay signed with it in the last 25 hours; after that take it out."
        )
    }

    static func firstKeyRefused(_ subject: String, taken: String) -> Finding {
        Finding(
            LiveCode.firstKeyRefused, .error, subject,
            "it signs, being the first one, and Alipay does not take it (ILLEGAL_SIGN); \(taken) is taken",
            cure: "Put that one first.")
    }

    static let alipayKeyUnproven = Finding(
        LiveCode.alipayKeyUnproven, .hint, "alipay.alipay_public_keys",
        "Alipay's answer about an order that does not exist is not signed, and so nothing is said of the key that verifies",
        cure: "The first genuine notification proves it; if that is refused, `payrelay notifications explain` says why."
    )

    static let nothingToAsk = Finding(
        LiveCode.nothingToAsk, .warning, "alipay.services",
        "the contract includes neither trade_query nor query_timestamp, and nothing else can be asked without consequences",
        cure: "Open the checkout of a payment of 1 fen: a wrong key shows as ILLEGAL_SIGN on Alipay's page.")
}
