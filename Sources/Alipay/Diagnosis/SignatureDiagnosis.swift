/// Why a notification's signature is not equal: the usual mistakes of senders, receivers and what lies between them, each
/// made once to see whether the signature matches then.
///
/// A diagnosis and never a pass. A message that one of these mistakes explains is as unproven as any other, so nothing here
/// may decide whether it is accepted; it is for the journal and the person who reads it. Mistakes are tried one at a time;
/// two at once end in ``Code/noMatch``.
///
/// Bounded: a body of at most ``bodyBytesMax``, at most ``stringsMax`` strings of at most six times that (a value of
/// apostrophes, HTML-escaped), of which at most ``fieldsLeftOutMax`` leave one field out. Measured on one core: 2 ms for a
/// notification as Alipay sends it, 80 ms for the worst body of 64 KiB. So it is for messages that are journalled, within
/// their rate, and not for every forgery.
package enum SignatureDiagnosis {
    package static let bodyBytesMax = InboundNotification.bodyBytesMax
    package static let stringsMax = 128
    package static let fieldsLeftOutMax = 40
    /// Values that are tried one by one, in each of the two ways that change a single value.
    static let singleValuesMax = 12

    /// What explains the signature, the likeliest first; never empty.
    ///
    /// - Parameter body: the raw body, as it was posted.
    package static func findings(body: [UInt8], contract: Contract) -> [Finding] {
        guard body.count <= bodyBytesMax else { return [Finding(.tooLong)] }
        let message: DiagnosedMessage
        do { message = try DiagnosedMessage(body) } catch { return [Finding(.notAForm, detail: "\(error)")] }
        guard !message.sign.isEmpty else { return [Finding(.signMissing)] }
        let expected = Array(contract.keys.signType.rawValue.utf8)
        let named = message.signType ?? []
        switch contract.keys.match(message.string(), signature: message.sign[...]) {
        case .inForce:
            return [
                named == expected ? Finding(.equal) : Finding(.signTypeDiffers, detail: contract.keys.signType.rawValue)
            ]
        case .lapsed(let tag): return [Finding(.keyLapsed, detail: tag.shownLapsed)]
        case .none: break
        }
        if !named.isEmpty, ASCII.lowercased(named) != ASCII.lowercased(expected) {
            return [Finding(.algorithmDiffers, detail: contract.keys.signType.rawValue)]
        }
        var trials = SignatureTrials(message, contract.keys)
        trials.run()
        return trials.findings.isEmpty ? unexplained(message, contract) : trials.findings
    }

    /// What can be said about a message that no mistake explains.
    private static func unexplained(_ message: DiagnosedMessage, _ contract: Contract) -> [Finding] {
        var findings: [Finding] = []
        if let seller = message.value(of: "seller_id"), !seller.isEmpty, !seller.elementsEqual(contract.sellerID.utf8) {
            findings.append(Finding(.otherSeller))
        }
        let lost: [UInt8] = [0xEF, 0xBF, 0xBD]
        if let field = message.fields.first(where: { $0.value.firstRange(of: lost) != nil }) {
            findings.append(Finding(.charactersLost, detail: field.shownName))
        }
        return findings + [Finding(.noMatch)]
    }
}
