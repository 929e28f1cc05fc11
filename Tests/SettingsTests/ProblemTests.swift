import Settings
import Testing

@Test func `a problem reads like a compiler's`() {
    let place = SettingsPosition(file: "tenants/bookshop.yaml", line: 14, column: 7, path: "webhook.timeout")
    #expect(
        place.problem("\"15\" has no unit; write 15s").description
            == "tenants/bookshop.yaml:14:7: webhook.timeout: \"15\" has no unit; write 15s")
    #expect(
        place.problem("it is long", severity: .warning).description
            == "tenants/bookshop.yaml:14:7: warning: webhook.timeout: it is long")
}

@Test func `problems sort by file, line, column and severity`() {
    func problem(_ file: String, _ line: Int, _ column: Int, _ severity: Problem.Severity = .error) -> Problem {
        Problem(file: file, line: line, column: column, severity: severity, message: "m")
    }
    let sorted = [
        problem("a", 2, 9), problem("a", 10, 1), problem("a", 10, 2), problem("a", 10, 2, .warning), problem("b", 1, 1),
    ]
    #expect(sorted.reversed().sorted() == sorted)
}

@Test func `control characters of a file are spelt out in a message`() {
    let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil })
    let problems = ProblemList()
    let bytes = Array("\"a\\nb\\u202E\": 1\nn: \"\\e[2J\"\n".utf8)
    let value = SettingsReader.read(bytes, from: source, into: problems) { $0.int("n", in: 1...2) }
    #expect(value == nil)
    #expect(
        problems.sorted.map(\.message) == [
            "unknown key \"a\\nb\\u{202E}\"", "n: expected a whole number from 1 to 2, found \"\\u{1B}[2J\"",
        ])
}

@Test(arguments: [
    ("15", 15), ("007", 7), ("1000", 1_000), ("-1", nil), ("0", nil), ("1001", nil), ("+5", nil), ("1_0", nil),
    ("1.0", nil), ("0x1F", nil), ("99999999999999999999", nil), ("'5'", nil), ("true", nil), ("[5]", nil),
])
func `a whole number is decimal digits within its range`(text: String, number: Int?) {
    let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil })
    let problems = ProblemList()
    let bytes = Array("n: \(text)\n".utf8)
    #expect(SettingsReader.read(bytes, from: source, into: problems) { $0.int("n", in: 1...1_000) } == number)
    #expect(problems.hasErrors == (number == nil))
}
