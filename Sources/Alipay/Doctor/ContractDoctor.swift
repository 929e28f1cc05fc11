import Crypto
package import Diagnostics

/// Looks at a contract for what goes wrong with partners and keys, before a buyer finds out. Pure; it asks nobody.
package enum ContractDoctor {
    package static func examine(_ specimen: ContractSpecimen) -> Examination {
        var examination = Examination()
        for account in specimen.accounts {
            let finding = PartnerCheck.find(account.text, at: account.subject)
            if finding == nil { examination.fact(account.subject, account.text) }
            examination.find(finding)
        }
        specimen.signType.flatMap(SignType.init).map { examination.fact("alipay.sign_type", $0.rawValue) }
        examination.find(signType(specimen.signType))
        for key in specimen.keys {
            examination.add(key.role == .shared ? SharedKeyCheck.examine(key) : RSAKeyCheck.examine(key))
        }
        examination.add(KeyOwnership(specimens: specimen.keys).examine())
        examination.find(specimen.gatewayURL.flatMap { GatewayCheck.find($0.text, at: $0.subject) })
        return examination
    }

    private static func signType(_ text: String?) -> Finding? {
        guard text?.uppercased() == "RSA2" else { return nil }
        return Finding(
            DoctorCode.signTypeRSA2, .error, "alipay.sign_type",
            "RSA2 is OpenAPI's, and this interface has never taken it",
            cure: "Write RSA, and upload the public half of private_key as the partner's RSA key (mapi 网关产品密钥).")
    }

    /// Signs a request as it would be sent and verifies that: each key that signs against what others verify with.
    ///
    /// - Parameter wrong: the paths of keys that are known to be wrong, of which nothing has to be proved.
    package static func prove(_ contract: Contract, except wrong: Set<String> = []) -> Examination {
        var examination = Examination()
        let parameters = RequestParameters(SingleTradeQuery.service, contract, contract.charset)
        let canonical = CanonicalString.bytes(of: parameters.list)
        for (subject, keys) in contract.keys.alone {
            guard !wrong.contains(subject), let signature = keys.sign(canonical) else { continue }
            if keys.verifiesOwn(canonical, signature) {
                examination.proof(subject, "a request signed with it verifies")
            } else {
                examination.find(
                    Finding(
                        DoctorCode.roundTrip, .error, subject, "a request signed with it does not verify",
                        cure: "This machine's libcrypto gives wrong results; repair its installation."))
            }
        }
        return examination
    }
}

extension SigningKeys {
    /// Whether a signature of ours is what whoever gets it verifies with our key, or with our half of it: published samples
    /// included (`mapi` 8), so that a digest that is wrong both ways shows.
    fileprivate func verifiesOwn(_ canonical: [UInt8], _ signature: String) -> Bool {
        guard let own = ownPublicKey else {
            return verify(canonical, signature: Array(signature.utf8)[...]) && SigningKeys.giveTheKnownAnswer
        }
        return Base64.decode(signature).map { own.verifySHA1(message: canonical, signature: $0) } ?? false
    }

    private static var giveTheKnownAnswer: Bool {
        SigningKeys(md5: [Secret("10000000000000000000000000000000")]).sign(Array("partner=123&service=test".utf8))
            == "bbd13b52823b576291595f472ebcfbc2"
    }
}
