import Testing

@Suite struct WordTests {
    @Test func `nothing unsafe stands outside the bindings`() throws {
        let words = ["unsafe", "Unsafe", "@unchecked", "OpaquePointer"]
        for room in try RoomTable().imports.keys where !RoomTable.bindings.contains(room) {
            for file in try Project.files(in: "Sources/\(room)", suffix: ".swift") {
                #expect(try Project.lines(of: file, with: words) == [])
            }
        }
    }

    @Test func `what is unchecked carries its argument in the line above`() throws {
        for room in RoomTable.bindings {
            for file in try Project.files(in: "Sources/\(room)", suffix: ".swift") {
                let lines = try Project.text(file).split(separator: "\n", omittingEmptySubsequences: false)
                for (number, line) in lines.enumerated()
                where ["@unchecked", "nonisolated(unsafe)"].contains(where: line.contains) {
                    let above = lines[..<number].last { !$0.hasPrefix("@") } ?? ""
                    #expect(above.contains("//"), "\(file):\(number + 1): \(line)")
                }
            }
        }
    }

    // The words of the next two are spelt so that this file does not find itself.

    @Test func `nothing is left to be done later`() throws {
        let words = ["TO" + "DO", "FIX" + "ME"]
        for file in try Project.files() where file != "LICENSE" {
            #expect(try Project.lines(of: file, with: words) == [])
        }
    }

    @Test func `no file names a registry's host, a shared folder or somebody's machine`() throws {
        let hosts = [
            "pypi" + ".org", "pythonhosted" + ".org", "packagist" + ".org", "debian" + ".org", "npmjs" + ".org",
            "npmjs" + ".com",
        ]
        let places = ["../" + "shared", "/" + "work/", "/" + "root/", "/" + "home/", "/" + "Users/"]
        for file in try Project.files() where file != "LICENSE" {
            #expect(try Project.lines(of: file, with: hosts + places) == [])
        }
    }
}
