import Foundation
import Testing

/// Strangers' bytes, a corpus of them and what a mutator makes of it: the same inputs on every run.
///
/// `PAYRELAY_FUZZ_ITERATIONS` sets how many are made for each target, and each run's inputs begin with those of a shorter
/// one; `ops/fuzz` searches for new ones.
struct FuzzTests {
    /// How many inputs are made: enough to reach every branch, few enough for a debug build.
    static func iterations(of target: FuzzTarget) -> Int {
        let asked = ProcessInfo.processInfo.environment["PAYRELAY_FUZZ_ITERATIONS"].flatMap { Int($0) }
        return asked ?? (target == .diagnosis ? 40 : 700)
    }

    /// One input a line.
    static func corpus(of target: FuzzTarget) throws -> [[UInt8]] {
        let text = try Fixture.text("corpus/\(target.rawValue).txt")
        return try text.split(separator: "\n").map {
            try #require(CorpusLine.decode($0), "\(target) has a bad line: \($0)")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `the corpus breaks nothing`(_ target: FuzzTarget) throws {
        let corpus = try FuzzTests.corpus(of: target)
        #expect(corpus.count >= 10)
        for input in corpus {
            let broken = target.broken(by: input)
            #expect(broken == [], "\(CorpusLine.encode(input))")
        }
    }

    @Test(arguments: FuzzTarget.allCases)
    func `what is made of the corpus breaks nothing`(_ target: FuzzTarget) throws {
        var mutator = Mutator(seed: 2088, corpus: try FuzzTests.corpus(of: target), bytesMax: target.bytesMax)
        for _ in 0..<FuzzTests.iterations(of: target) {
            let input = mutator.next()
            let broken = target.broken(by: input)
            if !broken.isEmpty { Issue.record("\(broken): \(CorpusLine.encode(input))") }
        }
    }

    @Test func `a line of a corpus is any input`() {
        let all = (0...255).map { UInt8($0) }
        let line = CorpusLine.encode(all)
        #expect(line.hasPrefix(#"\x00\x01"#) && line.contains(#"[\\]"#) && line.hasSuffix(#"\xff"#))
        #expect(CorpusLine.decode(line) == all)
        #expect(CorpusLine.decode(#"a\"#) == nil)
        #expect(CorpusLine.decode(#"\xg0"#) == nil)
    }
}
