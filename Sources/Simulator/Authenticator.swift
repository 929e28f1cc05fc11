import Diagnostics
import HTTP

/// Who calls, in which charset, and whether the signature and the contract allow it.
struct Authenticator: Sendable {
    let accounts: Accounts
    let signer: Signer

    func call(
        _ service: ServiceName, _ request: Request, _ wire: Fields, _ suffered: Suffered
    ) throws(GatewayError) -> GatewayCall {
        guard let partner = wire.text("partner"), let account = accounts[partner: partner] else {
            throw GatewayError(.illegalPartner, "the partner is missing or not known here")
        }
        let charset = try Authenticator.charset(request, wire)
        let type = try signType(service, wire, account)
        if service != .timestamp { try checkSign(wire, account, charset, type) }
        guard service.isIncluded(in: account.contract) else {
            throw GatewayError(.illegalPartnerExterface, "the contract does not include this service")
        }
        return GatewayCall(
            fields: try wire.decoded(from: charset), account: account,
            dialect: Dialect(charset: charset, signType: type), host: request.headers["Host"], suffered: suffered)
    }

    /// Of a POST, what the URL says is what the body is read in; its own fields come too late.
    private static func charset(_ request: Request, _ wire: Fields) throws(GatewayError) -> Dialect.Charset {
        let name = wire.text("_input_charset")
        guard let charset = Dialect.Charset(parameter: name) else {
            throw GatewayError(.illegalCharset, "_input_charset must be utf-8, gbk or gb2312")
        }
        let urlFields = (try? Fields(form: request.query)) ?? Fields()
        if request.method == .post, name != nil, urlFields["_input_charset"] == nil {
            throw GatewayError(
                .illegalSign, "with POST, _input_charset must also stand in the URL, or Alipay reads the body as GBK")
        }
        if let inURL = urlFields.text("_input_charset"), Dialect.Charset(parameter: inURL) != charset {
            throw GatewayError(.illegalCharset, "_input_charset of the URL is not that of the body")
        }
        return charset
    }

    /// What the request is signed with and the answer will be; where there is no signature, what the account uses.
    private func signType(
        _ service: ServiceName, _ wire: Fields, _ account: SimulatorAccount
    ) throws(GatewayError) -> SimulatorAccount.SignType {
        guard let type = wire.text("sign_type").flatMap(SimulatorAccount.SignType.init(rawValue:)) else {
            guard service == .timestamp, wire["sign_type"] == nil else {
                throw GatewayError(.illegalSignType, "sign_type must be MD5 or RSA, in upper case")
            }
            return account.signTypes.contains(.md5) ? .md5 : .rsa
        }
        guard account.signTypes.contains(type) else {
            throw GatewayError(.illegalSignType, "the account has no key for sign_type \(type.rawValue)")
        }
        return type
    }

    private func checkSign(
        _ wire: Fields, _ account: SimulatorAccount, _ charset: Dialect.Charset, _ type: SimulatorAccount.SignType
    ) throws(GatewayError) {
        if signer.isValid(wire, account, type) { return }
        let bytes = PartnerSignature.stringToSign(wire)
        let expected = charset.decode(bytes) ?? String(decoding: bytes, as: UTF8.self)
        let what = type == .md5 ? "MD5 of this text and the key" : "SHA1withRSA of this text"
        throw GatewayError(.illegalSign, "the sign is not the \(what): \(expected)")
    }
}
