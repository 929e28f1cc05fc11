import Crypto
package import Diagnostics
package import HTTP

/// Puts a contract to the test at Alipay, and says what the answers mean. Pure: somebody else sends.
package struct LiveDoctor: Sendable {
    let contract: Contract
    /// In the order in which they are asked; none if the contract includes nothing that can be asked.
    package let questions: [LiveQuestion]
    private var answers: [LiveQuestion.Answer] = []

    private static let referencePrefix = "payrelay-doctor-"
    private static let referenceRandomBytes = 12

    /// An order number that no merchant uses and nobody guesses.
    package static func reference() -> String {
        referencePrefix + Hex.encode(SecureRandom.bytes(referenceRandomBytes))
    }

    /// - Parameter reference: of an order that cannot exist.
    package init(_ contract: Contract, reference: String = LiveDoctor.reference()) {
        self.contract = contract
        let services = contract.services
        let isRSA = contract.keys.signType == .rsa
        var questions: [LiveQuestion] = []
        if services.tradeQuery {
            questions = contract.keys.alone.map { subject, keys in
                LiveQuestion(kind: .trade(outTradeNo: reference), contract: contract.with(keys), subject: subject)
            }
        }
        if services.queryTimestamp, isRSA || !services.tradeQuery {
            questions.append(
                LiveQuestion(
                    kind: .timestamp, contract: contract, subject: isRSA ? "alipay.alipay_public_keys" : "alipay.keys"))
        }
        self.questions = questions
    }

    /// Takes the answer to the next question.
    ///
    /// - Returns: whether it makes sense to ask the one after that.
    package mutating func take(_ result: Result<OutboundResponse, SendError>) -> Bool {
        let answer = questions[answers.count].read(result)
        answers.append(answer)
        return answer.isOfKey
    }

    /// What the answers so far mean.
    package func examine() -> Examination {
        var examination = Examination()
        guard !questions.isEmpty else {
            examination.find(LiveWords.nothingToAsk)
            return examination
        }
        for (question, answer) in zip(questions, answers) { explain(question, answer, &examination) }
        for question in questions.dropFirst(answers.count) {
            examination.skip(question.subject, "not asked about: the answer before told that there is no use")
        }
        examination.find(signingKey)
        examination.find(alipayKey)
        return examination
    }

    // MARK: - Each answer

    private var trades: [LiveQuestion.Answer] {
        zip(questions, answers).filter { $0.0.kind != .timestamp }.map(\.1)
    }

    private var oneIsTaken: Bool { trades.contains(.good) }

    private func explain(_ question: LiveQuestion, _ answer: LiveQuestion.Answer, _ examination: inout Examination) {
        switch (answer, question.kind) {
        case (.good, .trade):
            examination.proof(
                question.subject,
                "Alipay takes it: of an order that cannot exist it says TRADE_NOT_EXIST, so that partner, key and contract "
                    + "are right\(LiveDoctor.name(question.contract.keys))")
        case (.good, .timestamp):
            examination.proof(
                question.subject, "Alipay knows the partner, and the signature of its answer verifies")
        case (.refused("ILLEGAL_SIGN"), .trade) where oneIsTaken:
            // The first key signs: of that below.
            if question.subject != questions[0].subject { examination.find(LiveWords.oldKey(question.subject)) }
        case (.unsigned, .timestamp): break
        default: examination.find(LiveWords.finding(answer, question, contract))
        }
    }

    /// ` (fingerprint …)` of the half that Alipay has to know; nothing with MD5, whose keys are told apart by their places.
    private static func name(_ keys: SigningKeys) -> String {
        keys.ownPublicKey.map { " (fingerprint \($0.fingerprint))" } ?? ""
    }

    // MARK: - All of them

    private var signingKey: Finding? {
        guard oneIsTaken, trades.first == .refused("ILLEGAL_SIGN"), let place = trades.firstIndex(of: .good) else {
            return nil
        }
        return LiveWords.firstKeyRefused(questions[0].subject, taken: questions[place].subject)
    }

    /// Alipay signs no refusal: what its signatures verify with has been proved by a time stamp or by nothing.
    private var alipayKey: Finding? {
        guard contract.keys.signType == .rsa, oneIsTaken else { return nil }
        let timestamps = zip(questions, answers).filter { $0.0.kind == .timestamp }.map(\.1)
        return timestamps.isEmpty || timestamps == [.unsigned] ? LiveWords.alipayKeyUnproven : nil
    }
}

extension Contract {
    /// The same, signing with other keys.
    fileprivate func with(_ keys: SigningKeys) -> Contract {
        Contract(
            partner: partner, sellerID: namesSellerByID ? sellerID : nil, sellerEmail: sellerEmail, keys: keys,
            gatewayURL: gatewayURL, notifyVerify: notifyVerify, notifySources: notifySources, services: services,
            charset: charset, onLatePayment: onLatePayment)
    }
}
