import Foundation
import Testing

@Suite struct FolderTests {
    @Test func `the top level holds what it may hold`() throws {
        let allowed = ["Package.swift", "Sources", "Tests", "tenants", "ops", "README.md", "LICENSE"]
        for name in try Project.names() where !name.hasPrefix(".") { #expect(allowed.contains(name), "\(name)") }
    }

    @Test func `every test target tests a module, or is one of the few that test all of them`() throws {
        let rooms = Set(try RoomTable().imports.keys)
        let others: Set = ["Support", "WalkTests", "TidyTests", "ThirdParty"]
        for name in try Project.names(in: "Tests") where !others.contains(name) {
            #expect(name.hasSuffix("Tests") && rooms.contains(String(name.dropLast(5))), "Tests/\(name)")
        }
    }

    @Test(arguments: ["ops/demo", "ops/test", "ops/fuzz", "ops/bench", ".ci/run"])
    func `a script can be run`(path: String) throws {
        #expect(FileManager.default.isExecutableFile(atPath: Project.root + path))
        #expect(try Project.text(path).hasPrefix("#!/usr/bin/env bash\n"))
        #expect(try Project.text(path).contains("set -euo pipefail"))
    }

    @Test func `CI runs what a person runs`() throws {
        #expect(try Project.text(".ci/run").hasSuffix("exec \"$(dirname \"${BASH_SOURCE[0]}\")/../ops/test\"\n"))
    }
}
