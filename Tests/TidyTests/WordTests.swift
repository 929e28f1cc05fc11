import Testing

@Suite struct WordTests {
    /// What only a binding may write.
    static var unsafeWord: Regex<Substring> {
        /\bunsafe\b|@unchecked|\bUnsafe\w*Pointer|\bOpaquePointer\b|\bwithUnsafe\w*/
    }

    @Test func `nothing unsafe stands outside the bindings`() throws {
        for room in try RoomTable().imports.keys where !RoomTable.bindings.contains(room) {
            for file in try Project.files(in: "Sources/\(room)", suffix: ".swift") {
                #expect(try Project.lines(of: file, with: WordTests.unsafeWord) == [])
            }
        }
    }

    @Test func `what is unchecked carries its argument in the line above`() throws {
        for room in RoomTable.bindings {
            for file in try Project.files(in: "Sources/\(room)", suffix: ".swift") {
                let lines = try Project.text(file).split(separator: "\n", omittingEmptySubsequences: false)
                for (number, line) in lines.enumerated() where line.contains(/@unchecked|nonisolated\(unsafe\)/) {
                    let above = lines[..<number].last { !$0.hasPrefix("@") } ?? ""
                    #expect(above.contains("//"), "\(file):\(number + 1): \(line)")
                }
            }
        }
    }

    @Test func `nothing is left to be done later`() throws {
        // Spelt so that this file does not find itself.
        let later = /\b(?:TO[D]O|FIXM[E]|XX[X])\b/
        for file in try Project.files() where file != "LICENSE" {
            #expect(try Project.lines(of: file, with: later) == [])
        }
    }

    @Test func `no file names a registry's host, a shared folder or somebody's machine`() throws {
        let hosts = #/(?:pypi|packagist|debian|npmjs|golang|crates)[.](?:org|io|com)\b|pythonhosted[.]/#
        let places = #/[.][.]/shared\b|(?:^|[^\w.])/(?:work|root|home|Users)/#
        for file in try Project.files() where file != "LICENSE" {
            #expect(try Project.lines(of: file, with: hosts) == [])
            #expect(try Project.lines(of: file, with: places) == [])
        }
    }

    @Test(arguments: [
        "let p: UnsafePointer<Int>", "unsafe f()", "final class A: @unchecked Sendable", "withUnsafeBytes(of: x)",
    ])
    func `an unsafe word is recognized`(line: String) {
        #expect(line.contains(WordTests.unsafeWord))
    }
}
