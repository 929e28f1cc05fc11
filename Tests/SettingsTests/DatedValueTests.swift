import Diagnostics
import Settings
import Testing

/// Values with an end, read at 2026-01-02T03:04:05Z.
struct DatedValueTests {
    static let nowMs: Int64 = 1_767_323_045_000

    /// A clock that stands still; nothing is scheduled with it.
    private struct FixedClock: Clock {
        let nowMs = DatedValueTests.nowMs
        func schedule(atMs: Int64, _ body: @escaping @Sendable () -> Void) -> any ScheduledCall { Never() }
        private struct Never: ScheduledCall { func cancel() {} }
    }

    /// Reads `k: <text>` as a list of dated secrets, or `k: [<text>]` of one.
    private func read(_ list: String) -> (entries: [(secret: String, notAfterMs: Int64?)]?, problems: [String]) {
        let problems = ProblemList()
        let source = SettingsSource(
            file: "f.yaml", folder: "", environment: { $0 == "A" ? "aa" : nil }, clock: FixedClock())
        let read = SettingsReader.read(Array("k: \(list)\n".utf8), from: source, into: problems) { root in
            root.required("k").flatMap { value -> [(String, Int64?)]? in
                guard let entries = value.list(count: 1...5) else { return nil }
                let found = entries.map { $0.dated { $0.secret() } }
                value.warnIfLapsed(found.map { $0?.notAfterMs })
                return found.contains { $0 == nil }
                    ? nil
                    : found.compactMap(\.self).map {
                        (String(decoding: $0.value.secret.reveal(), as: UTF8.self), $0.notAfterMs)
                    }
            }
        }
        return (read, problems.sorted.map(\.description))
    }

    private func problems(notAfter: String) -> [String] { read("[a, {value: b, not_after: \(notAfter)}]").problems }

    @Test func `a value is a scalar, or a section with or without an end`() throws {
        let (entries, problems) = read("[a, {value: env:A}, {value: b, not_after: 2027-01-01T00:00:00Z}]")
        #expect(problems == [])
        let read = try #require(entries)
        #expect(read.map(\.secret) == ["a", "aa", "b"])
        #expect(read.map(\.notAfterMs) == [nil, nil, 1_798_761_600_000])
    }

    @Test(arguments: [
        ("2026-12-31T23:59:59Z", 1_798_761_599_000), ("2026-12-31T23:59:59.5Z", 1_798_761_599_500),
        ("\"2027-01-01T08:00:00+08:00\"", 1_798_761_600_000), ("2026-12-31", 1_798_761_600_000),
        ("2028-02-29", 1_835_481_600_000),
    ])
    func `an end is a time with its zone, or a day, which counts to its end in UTC`(text: String, ms: Int) throws {
        let (entries, problems) = read("[a, {value: b, not_after: \(text)}]")
        #expect(problems == [])
        #expect(try #require(entries).map(\.notAfterMs) == [nil, Int64(ms)])
    }

    @Test(arguments: [
        (
            "2026-12-31T00:00:00",
            "\"2026-12-31T00:00:00\" is not a time with its zone; write 2026-12-31T00:00:00Z, if UTC is meant"
        ),
        (
            "2026-12-31 10:00:00",
            "\"2026-12-31 10:00:00\" is not a time with its zone; write 2026-12-31T10:00:00Z, if UTC is meant"
        ),
        (
            "2026-12-31 10:00:00Z",
            "\"2026-12-31 10:00:00Z\" is not a time with its zone; write 2026-12-31T10:00:00Z, if UTC is meant"
        ),
        (
            "2026-12-31 10:00",
            "\"2026-12-31 10:00\" is not a time with its zone; write 2026-12-31T10:00:00Z, if UTC is meant"
        ),
        ("2026-02-30", "\"2026-02-30\" is no day of the calendar"),
        ("2026-13-01", "\"2026-13-01\" is no day of the calendar"),
        ("soon", "expected a time such as 2026-12-31T00:00:00Z or a date such as 2026-12-31, found \"soon\""),
        (
            "31.12.2026",
            "expected a time such as 2026-12-31T00:00:00Z or a date such as 2026-12-31, found \"31.12.2026\""
        ),
        ("[1]", "expected a time such as 2026-12-31T00:00:00Z or a date such as 2026-12-31, found a list"),
        ("30d", "expected a time such as 2026-12-31T00:00:00Z or a date such as 2026-12-31, found \"30d\""),
    ])
    func `what is no end says how one is written`(text: String, message: String) {
        #expect(problems(notAfter: text) == ["f.yaml:1:30: k[1].not_after: \(message)"])
    }

    @Test func `a value that has lapsed is a warning, from its very instant on`() {
        let place = "f.yaml:1:30: warning: k[1].not_after: "
        #expect(problems(notAfter: "2026-01-02T03:04:05.001Z") == [])
        #expect(
            problems(notAfter: "2026-01-02T03:04:05Z")
                == [place + "it lapsed at 2026-01-02T03:04:05Z and counts no more; take the entry out"])
        #expect(problems(notAfter: "2026-01-02") == [])
        #expect(
            problems(notAfter: "2026-01-01")
                == [place + "it lapsed at 2026-01-02T00:00:00Z and counts no more; take the entry out"])
    }

    /// What needs none of it goes on, and an admin may want it so.
    @Test func `a list of which nothing is in force is a warning, which names the last end`() {
        let (entries, problems) = read(
            "[{value: a, not_after: 2025-05-31}, {value: b, not_after: 2025-12-31}, {value: c, not_after: 2024-12-31}]")
        #expect(entries?.count == 3)
        #expect(
            problems.first
                == "f.yaml:1:4: warning: k: none of it is in force: the last one lapsed at 2026-01-01T00:00:00Z")
        #expect(problems.count == 4)
    }

    @Test func `a list of which nothing will be in force some day is a warning`() {
        let (entries, problems) = read("[{value: a, not_after: 2026-05-31}, {value: b, not_after: 2026-03-31}]")
        #expect(entries?.count == 2)
        #expect(
            problems == [
                "f.yaml:1:4: warning: k: none of it is in force from 2026-06-01T00:00:00Z on; add the one that follows before then"
            ])
    }

    @Test func `other mistakes show at their places`() {
        #expect(
            read("[{env: A}]").problems == [
                "f.yaml:1:5: k[0]: expected a secret such as env:… without a space after the colon, found keys with values"
            ])
        #expect(
            read("[{value: env:B, not_after: 2027-01-01}]").problems
                == ["f.yaml:1:13: k[0].value: environment variable B is not set"])
        #expect(
            read("[{not_after: 2027-01-01, vlaue: a}]").problems
                == [
                    "f.yaml:1:5: k[0].value is missing",
                    "f.yaml:1:29: unknown key \"vlaue\"; did you mean \"value\"?",
                ])
        #expect(read("[{value: a, not_after: }]").problems == ["f.yaml:1:16: k[0].not_after has no value"])
    }
}
