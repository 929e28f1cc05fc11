import Settings
import Testing

@Test(arguments: Fixture.all(".bad.yaml"))
func `a bad file gives every problem at its place and no value`(fixture: Fixture) throws {
    let problems = ProblemList()
    #expect(try fixture.read(into: problems) == nil)
    let lines = problems.sorted.map(\.description).joined(separator: "\n")
    #expect(lines + "\n" == (try fixture.text(besides: ".txt")))
}

@Test(arguments: Fixture.all(".good.yaml"))
func `a good file gives a value and at most warnings`(fixture: Fixture) throws {
    let problems = ProblemList()
    #expect(try fixture.read(into: problems) != nil)
    let lines = problems.sorted.map { $0.description + "\n" }.joined()
    #expect(lines == (try fixture.text(besides: ".txt")))
}

@Test func `the fixtures are there`() {
    #expect(Fixture.all(".bad.yaml").count == 25)
    #expect(Fixture.all(".good.yaml").count == 2)
}

@Test func `all problems of all files are collected in the order of files and places`() throws {
    let problems = ProblemList()
    for name in ["tab.bad.yaml", "duplicates.bad.yaml", "full.good.yaml"] {
        _ = try Fixture(name: name).read(into: problems)
    }
    #expect(
        problems.sorted.map(\.file).map { $0.dropFirst("tenants/".count) } == [
            "duplicates.bad.yaml", "duplicates.bad.yaml", "full.good.yaml", "tab.bad.yaml",
        ])
    #expect(problems.hasErrors)
    #expect(problems.errorCount == 3)
}

@Test func `the values of a full file are what it says`() throws {
    let sample = try #require(try Fixture(name: "full.good.yaml").read(into: ProblemList()))
    #expect(sample.name == "书店")
    #expect(sample.partner.partner == "2088101122136241")
    #expect(sample.partner.signType == .rsa)
    #expect(!sample.partner.verify)
    #expect(sample.products == ["web/instant", "web/escrow"])
    #expect(sample.hooks.map(\.id) == ["main", "erp"])
    #expect(sample.hooks.map(\.timeout) == [.seconds(15), .seconds(60)])
    #expect(sample.hooks.map(\.schedule) == [[], [.zero, .seconds(5), .seconds(120), .seconds(3_600)]])
    #expect(sample.hooks.map(\.bodyBytesMax) == [65_536, 1_048_576])
    #expect(sample.hooks.map(\.jitterPercent) == [20, 0])
    #expect(sample.hooks.map(\.labels) == [[], ["a-b=1", "C-D=2"]])
    #expect(sample.requestsPerSecond == 1_000)
    #expect(sample.kept == .seconds(864_000))
    #expect(sample.store == Fixture.folder + "/data/shop.db")
}

@Test func `defaults stand where the file says nothing`() throws {
    let sample = try #require(try Fixture(name: "least.good.yaml").read(into: ProblemList()))
    #expect(sample.partner.signType == .md5)
    #expect(sample.partner.verify)
    #expect(sample.hooks.isEmpty)
    #expect(sample.requestsPerSecond == 50)
    #expect(sample.store == "default.db")
}

@Test func `a full file with any one byte damaged is read or refused, and no secret shows`() throws {
    let fixture = Fixture(name: "full.good.yaml")
    let bytes = Array(try fixture.text().utf8)
    let source = SettingsSource(file: "f.yaml", folder: Fixture.folder, environment: { _ in "hush-environment" })
    for position in bytes.indices {
        for byte in Array("\t\n &*!|'\"{}[],:#-?0".utf8) + [0xFF] {
            var damaged = bytes
            damaged[position] = byte
            let problems = ProblemList()
            let value = SettingsReader.read(damaged, from: source, into: problems, Sample.init)
            #expect((value == nil) == problems.hasErrors)
            for problem in problems.sorted {
                #expect(problem.line >= 1 && problem.column >= 1)
                #expect(!problem.message.contains("\n") && !problem.message.contains("hush"))
            }
        }
    }
}

@Test(arguments: [
    ("0", Duration.zero), ("0s", .zero), ("0d", .zero), ("1d", .seconds(86_400)), ("24h", .seconds(86_400)),
    ("10d", .seconds(864_000)),
])
func `a time of days may be nothing, which needs no unit`(text: String, expected: Duration) throws {
    let bytes = Array("name: x\nalipay: {partner: 1, keys: [k]}\nproducts: [a]\nkeep: \(text)\n".utf8)
    let problems = ProblemList()
    let source = SettingsSource(file: "f.yaml", folder: Fixture.folder, environment: { _ in nil })
    let sample = SettingsReader.read(bytes, from: source, into: problems, Sample.init)
    #expect(sample?.kept == expected)
    #expect(problems.sorted.map(\.description) == [])
}
