import Testing

@Suite struct ImportTests {
    let table: RoomTable

    init() throws { table = try RoomTable() }

    @Test func `every folder of Sources is a room or a C library, and the other way round`() throws {
        #expect(try Project.names(in: "Sources") == Set(table.imports.keys).union(table.systemModules).sorted())
    }

    @Test func `a room imports only what its line in the table allows`() throws {
        let ours = Set(table.imports.keys).union(table.systemModules)
        for (room, allowed) in table.imports {
            for file in try Project.files(in: "Sources/\(room)", suffix: ".swift") {
                for module in importedModules(in: try Project.text(file)) where ours.contains(module) {
                    #expect(
                        allowed.contains(module),
                        "\(file) imports \(module), which its line in Package.swift does not name")
                }
            }
        }
    }

    @Test func `of the toolchain a room imports little, and the C library only in a binding or the program's entry`()
        throws
    {
        let ours = Set(table.imports.keys).union(table.systemModules)
        for room in table.imports.keys {
            let toolchain: Set = RoomTable.bindings.union(["payrelay"]).contains(room) ? ["Glibc"] : []
            for file in try Project.files(in: "Sources/\(room)", suffix: ".swift") {
                for module in importedModules(in: try Project.text(file)) where !ours.contains(module) {
                    let isAllowed = toolchain.union(["FoundationEssentials", "Synchronization", "Dispatch"]).contains(
                        module)
                    #expect(isAllowed, "\(file) imports \(module)")
                }
            }
        }
    }

    @Test(arguments: ["HTTP", "Payments", "Diagnostics"])
    func `the vocabulary imports nothing`(room: String) {
        #expect(table.imports[room]?.isEmpty == true)
    }

    /// The plan of the house: what no line of the table may ever allow.
    @Test(arguments: [
        ("Simulator", ["Alipay", "Gateway", "API", "Tenants", "Webhooks"]),
        ("Alipay", ["HTTPClient", "HTTPServer", "Storage", "Gateway"]),
        ("Settings", ["Payments", "Alipay", "HTTP"]),
        ("Gateway", ["Storage", "SQLite", "HTTPClient", "HTTPServer", "API"]),
        ("API", ["Storage", "SQLite", "Alipay", "Webhooks", "HTTPClient", "HTTPServer"]),
        ("Console", ["Storage", "SQLite", "Alipay", "HTTPClient", "HTTPServer"]),
        ("Webhooks", ["Storage", "SQLite", "Alipay", "HTTPClient", "Gateway", "API"]),
        ("Storage", ["Alipay", "HTTP", "Gateway", "Webhooks"]),
        ("payrelay", ["API", "Gateway", "Storage", "Alipay", "Bench"]),
        ("App", ["Bench", "payrelay"]),
    ])
    func `rooms that must not know each other do not`(room: String, strangers: [String]) throws {
        let allowed = try #require(table.imports[room])
        #expect(allowed.isDisjoint(with: strangers), "\(allowed.intersection(strangers))")
    }

    @Test func `C libraries are imported by bindings alone`() {
        for (room, allowed) in table.imports where !RoomTable.bindings.contains(room) {
            #expect(
                allowed.isDisjoint(with: table.systemModules),
                "\(room) imports \(allowed.intersection(table.systemModules))")
        }
    }

    @Test func `nothing but the assembly knows the store's engine`() {
        #expect(Set(table.imports.filter { $0.value.contains("Storage") }.map(\.key)) == ["App", "Bench"])
        #expect(table.imports.filter { $0.value.contains("SQLite") }.map(\.key) == ["Storage"])
    }

    @Test func `the package depends on no other package`() throws {
        #expect(!(try Project.text("Package.swift").contains(".package(")))
    }

    @Test(arguments: [
        ("import HTTP", "HTTP"), ("package import HTTP", "HTTP"), ("@preconcurrency import Glibc", "Glibc"),
        ("    internal import struct Payments.Money  // why", "Payments"), ("@testable  import App", "App"),
    ])
    func `an import line is recognized however it is written`(line: String, module: String) {
        #expect(importedModules(in: "import Dispatch\n\(line)\n// import Nothing\n") == ["Dispatch", module])
    }
}
