import Diagnostics
import JSON
import Settings

/// What `payrelay doctor` found about one tenant, for people and for programs.
struct DoctorReport {
    let tenant: String
    let file: String
    /// What `payrelay check` says of the file.
    let problems: [Problem]
    let examination: Examination

    var errorCount: Int { count(.error) }

    private func count(_ severity: Finding.Severity) -> Int {
        let problems = problems.count { $0.severity == .error ? severity == .error : severity == .warning }
        return problems + examination.findings.count { $0.severity == severity }
    }

    /// `1 error, 2 warnings, 0 hints`
    var summary: String {
        Finding.Severity.allCases.map { severity in
            let count = count(severity)
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }

    // MARK: - Text

    /// Problems, then what there is, then a block for each finding, the worst first.
    var text: String {
        var blocks: [String] = []
        if !problems.isEmpty { blocks.append(problems.map(\.description).joined(separator: "\n")) }
        let lists = [
            ("What there is", examination.facts), ("Proved", examination.proofs),
            ("Not looked at", examination.skipped),
        ]
        blocks += lists.filter { !$0.1.isEmpty }.map { title, notes in DoctorReport.list(title, notes) }
        blocks += findings.map(DoctorReport.block)
        return blocks.joined(separator: "\n\n").split(separator: "\n", omittingEmptySubsequences: false)
            .map { TerminalText.shown(String($0)) }.joined(separator: "\n")
    }

    private var findings: [Finding] {
        Finding.Severity.allCases.flatMap { severity in examination.findings.filter { $0.severity == severity } }
    }

    /// Longer ones, paths of files, stand out of the column.
    private static let subjectWidthMax = 32

    private static func list(_ title: String, _ notes: [Examination.Note]) -> String {
        let width = notes.map(\.subject.count).filter { $0 <= subjectWidthMax }.max() ?? 0
        let lines = notes.map { note in
            "  " + note.subject + String(repeating: " ", count: max(width - note.subject.count, 0) + 2) + note.text
        }
        return ([title] + lines).joined(separator: "\n")
    }

    private static func block(_ finding: Finding) -> String {
        "\(finding.severity.rawValue): \(finding.subject): \(finding.sentence) [\(finding.code)]\n  \(finding.cure)"
    }

    // MARK: - JSON

    var json: [UInt8] {
        var out = JSONWriter()
        out.beginObject()
        out.field("object", "doctor")
        out.field("tenant", tenant)
        out.field("file", file)
        out.field("ok", errorCount == 0)
        out.name("problems")
        out.beginArray()
        for problem in problems { CheckReport.write(problem, &out) }
        out.endArray()
        let note: (Examination.Note, inout JSONWriter) -> Void = { note, out in
            out.field("subject", note.subject)
            out.field("text", note.text)
        }
        list("facts", examination.facts, &out, note)
        list("proofs", examination.proofs, &out, note)
        list("skipped", examination.skipped, &out, note)
        list("findings", findings, &out) { finding, out in
            out.field("code", finding.code)
            out.field("severity", finding.severity.rawValue)
            out.field("subject", finding.subject)
            out.field("sentence", finding.sentence)
            out.field("cure", finding.cure)
        }
        out.endObject()
        return out.bytes
    }

    private func list<Element>(
        _ name: String, _ elements: [Element], _ out: inout JSONWriter, _ write: (Element, inout JSONWriter) -> Void
    ) {
        out.name(name)
        out.beginArray()
        for element in elements {
            out.beginObject()
            write(element, &out)
            out.endObject()
        }
        out.endArray()
    }
}
