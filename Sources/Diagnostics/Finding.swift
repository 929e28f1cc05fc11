/// One thing that is wrong, or may be, with what an admin gave, and what to do about it. It holds no secret.
package struct Finding: Sendable, Hashable {
    package enum Severity: String, Sendable, CaseIterable {
        /// It cannot work.
        case error
        /// It may work, and probably not as it is meant.
        case warning
        /// Worth knowing.
        case hint
    }

    /// Stable, in lower case with `_`.
    package let code: String
    package let severity: Severity
    /// What it is about: a setting's path such as `alipay.keys[0]`, or an option.
    package let subject: String
    /// One sentence without its full stop, to stand after the subject and a colon.
    package let sentence: String
    /// What to do about it, in whole sentences.
    package let cure: String

    package init(code: String, severity: Severity, subject: String, sentence: String, cure: String) {
        self.code = code
        self.severity = severity
        self.subject = subject
        self.sentence = sentence
        self.cure = cure
    }

    package init(
        _ code: some RawRepresentable<String>, _ severity: Severity, _ subject: String, _ sentence: String,
        cure: String
    ) {
        self.init(code: code.rawValue, severity: severity, subject: subject, sentence: sentence, cure: cure)
    }
}

/// What a look at something gave: what it is, what was proved of it, and what is wrong with it.
package struct Examination: Sendable, Hashable {
    /// One line; without any secret.
    package struct Note: Sendable, Hashable {
        package let subject: String
        package let text: String
    }

    package private(set) var facts: [Note] = []
    package private(set) var proofs: [Note] = []
    package private(set) var findings: [Finding] = []
    /// What was not looked at, and why.
    package private(set) var skipped: [Note] = []

    package init() {}

    package mutating func fact(_ subject: String, _ text: String) { facts.append(Note(subject: subject, text: text)) }
    package mutating func proof(_ subject: String, _ text: String) { proofs.append(Note(subject: subject, text: text)) }
    package mutating func skip(_ subject: String, _ text: String) { skipped.append(Note(subject: subject, text: text)) }
    package mutating func find(_ finding: Finding?) { finding.map { findings.append($0) } }

    package mutating func add(_ other: Examination) {
        facts += other.facts
        proofs += other.proofs
        findings += other.findings
        skipped += other.skipped
    }

    /// The subjects of errors.
    package var wrong: Set<String> { Set(findings.filter { $0.severity == .error }.map(\.subject)) }
}
