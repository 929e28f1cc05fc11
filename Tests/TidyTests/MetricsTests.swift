import Testing

@Suite struct MetricsTests {
    private func documented() throws -> [String] {
        try Project.text("ops/metrics.md").matches(of: /\n\| `(payrelay_\w+)` \|/).map { String($0.1) }
    }

    private func emitted() throws -> [String] {
        try Project.files(in: "Sources", suffix: ".swift").flatMap { file in
            try Project.text(file).matches(of: /"(payrelay_[a-z_]+)"/).map { String($0.1) }
        }
    }

    @Test func `every metric is documented, and nothing else is`() throws {
        #expect(Set(try documented()) == Set(try emitted()))
    }

    @Test func `no metric is documented twice`() throws {
        let names = try documented()
        #expect(Set(names).count == names.count)
    }

    @Test func `counters end in _total, and a unit stands at the end of what has one`() throws {
        for file in try Project.files(in: "Sources", suffix: ".swift") {
            for match in try Project.text(file).matches(of: /\b(counter|gauge|histogram)\(\s*"(payrelay_\w+)"/) {
                #expect((match.1 == "counter") == match.2.hasSuffix("_total"), "\(file): \(match.2)")
            }
        }
    }
}
