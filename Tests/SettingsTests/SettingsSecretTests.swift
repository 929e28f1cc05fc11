import Diagnostics
import Foundation
import Settings
import Testing

/// Reads `k: <text>` as a secret; files are the fixtures'.
private func secret(_ text: String, into problems: ProblemList = ProblemList()) -> SettingsSecret? {
    let source = SettingsSource(
        file: "f.yaml",
        folder: Fixture.folder,
        environment: { ["SHOP_KEY": "from the environment", "EMPTY_KEY": ""][$0] }
    )
    return SettingsReader.read(Array("k: \(text)\n".utf8), from: source, into: problems) {
        $0.required("k")?.secret()
    }
}

private func problem(_ text: String) -> String? {
    let problems = ProblemList()
    #expect(secret(text, into: problems) == nil)
    return problems.sorted.first?.description
}

@Test(arguments: [
    ("plain text", "plain text", SettingsSecret.Origin.literal),
    ("\"quoted\"", "quoted", .literal),
    ("0123", "0123", .literal),
    ("env:SHOP_KEY", "from the environment", .environment(name: "SHOP_KEY")),
    ("file:secrets/shop.key", "from the file", .file(path: Fixture.folder + "/secrets/shop.key")),
    ("file:./secrets/bare.key", "no newline", .file(path: Fixture.folder + "/./secrets/bare.key")),
    ("file:secrets/crlf.key", "crlf", .file(path: Fixture.folder + "/secrets/crlf.key")),
    ("file:secrets/cr.key", "cr\r", .file(path: Fixture.folder + "/secrets/cr.key")),
    ("file:secrets/two.key", "two lines\n", .file(path: Fixture.folder + "/secrets/two.key")),
])
func `a secret is a literal, a variable or a file, and says which`(
    text: String, bytes: String, origin: SettingsSecret.Origin
) throws {
    let read = try #require(secret(text))
    #expect(read.secret.reveal() == Array(bytes.utf8))
    #expect(read.origin == origin)
    let end = 4 + text.count
    #expect(read.position == SettingsPosition(file: "f.yaml", line: 1, column: 4, endColumn: end, path: "k"))
}

@Test func `an absolute path is taken as it is`() throws {
    let path = Fixture.folder + "/secrets/shop.key"
    #expect(path.hasPrefix("/"))
    #expect(try #require(secret("file:\(path)")).origin == .file(path: path))
}

@Test(arguments: [
    ("\"\"", "f.yaml:1:4: k: the secret is empty"),
    ("", "f.yaml:1:1: k has no value"),
    ("env:NOT_SET", "f.yaml:1:4: k: environment variable NOT_SET is not set"),
    ("env:EMPTY_KEY", "f.yaml:1:4: k: environment variable EMPTY_KEY is empty"),
    ("\"env:\"", "f.yaml:1:4: k: env: needs the name of an environment variable (letters, digits and _)"),
    ("env:1A", "f.yaml:1:4: k: env: needs the name of an environment variable (letters, digits and _)"),
    ("env:a-secret/value", "f.yaml:1:4: k: env: needs the name of an environment variable (letters, digits and _)"),
    ("\"file:\"", "f.yaml:1:4: k: file: needs a path"),
    ("file:none", "f.yaml:1:4: k: cannot read none: No such file"),
    ("file:secrets", "f.yaml:1:4: k: cannot read secrets: Is a directory"),
    ("file:/dev/zero", "f.yaml:1:4: k: cannot read /dev/zero: Not a regular file"),
    ("file:secrets/empty.key", "f.yaml:1:4: k: secrets/empty.key is empty"),
    ("file:secrets/shop.key/x", "f.yaml:1:4: k: cannot read secrets/shop.key/x: It cannot be opened"),
    (
        "{file: x}",
        "f.yaml:1:4: k: expected a secret such as file:… without a space after the colon, found keys with values"
    ),
    (
        "env:x8fjq29dkal38fj2kd93jf82kd93jfa1",
        "f.yaml:1:4: k: what stands after env: looks like the secret itself; name the environment variable that holds it"
    ),
    (
        "file:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "f.yaml:1:4: k: what stands after file: looks like the secret itself; name the file that holds it"
    ),
    (
        "file:whsec_AAEC/w==",
        "f.yaml:1:4: k: what stands after file: looks like the secret itself; name the file that holds it"
    ),
    (
        "env:BOOKSHOP_PRODUCTION_ALIPAY_MD5_KEY_2",
        "f.yaml:1:4: k: environment variable BOOKSHOP_PRODUCTION_ALIPAY_MD5_KEY_2 is not set"
    ),
    (
        "file:/run/secrets/bookshop-production-alipay-key-2",
        "f.yaml:1:4: k: cannot read /run/secrets/bookshop-production-alipay-key-2: No such file"
    ),
    ("[a]", "f.yaml:1:4: k: expected a secret (env:NAME, file:PATH or the text itself), found a list"),
])
func `a secret that cannot be had is a problem at the value`(text: String, message: String) {
    #expect(problem(text) == message)
}

@Test func `a secret file of 64 KiB is read, one byte more is refused, and links are followed`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let longest = Data(repeating: 0x78, count: 65_536)
    try longest.write(to: URL(filePath: folder + "/longest"))
    try (longest + [0x78]).write(to: URL(filePath: folder + "/longer"))
    try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "longest")
    #expect(secret("file:\(folder)/longest")?.secret.count == 65_536)
    #expect(secret("file:\(folder)/link")?.secret.count == 65_536)
    #expect(
        problem("file:\(folder)/longer") == "f.yaml:1:4: k: cannot read \(folder)/longer: Larger than 65536 bytes")
}

@Test func `it shows whether others can read a file`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)").path
    try Data("x".utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(!SettingsFiles.othersCanRead(path))
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(SettingsFiles.othersCanRead(path))
    #expect(!SettingsFiles.othersCanRead(path + "-none"))
}

@Test func `a file that cannot be read is a problem of its first line`() {
    let source = SettingsSource(file: "payrelay.yaml", folder: Fixture.folder, environment: { _ in nil })
    let problems = ProblemList()
    let path = Fixture.folder + "/payrelay.yaml"
    #expect(SettingsReader.readFile(at: path, from: source, into: problems) { $0.string("name") } == nil)
    #expect(problems.sorted.map(\.description) == ["payrelay.yaml:1:1: cannot read payrelay.yaml: No such file"])
    let good = Fixture.folder + "/least.good.yaml"
    #expect(SettingsReader.readFile(at: good, from: source, into: ProblemList(), Sample.init)?.name == "x")
}

/// A file of mode `mode` that names a literal, a variable and a file that everybody can read, and one that nobody else can.
private func warnings(mode: Int) throws -> [String] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = [
        ("open", "x", 0o644), ("closed", "x", 0o640), ("f.yaml", "k: [literal, env:A, file:open, file:closed]\n", mode),
    ]
    for (name, text, mode) in files {
        try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder + "/" + name)
    }
    let source = SettingsSource(file: "f.yaml", folder: folder, environment: { _ in "x" })
    let problems = ProblemList()
    let read = SettingsReader.readFile(at: folder + "/f.yaml", from: source, into: problems) {
        $0.secrets("k", count: 4...4)
    }
    #expect(read?.count == 4)
    return problems.sorted.map(\.description)
}

@Test func `a secret that every user of the machine can read is a warning at its place`() throws {
    let file = "f.yaml:1:21: warning: k[2]: every user of this machine can read the file it names; chmod o-r that"
    let literal =
        "f.yaml:1:5: warning: k[0]: a secret in a file that every user of this machine can read; chmod o-r it, or use "
        + "file: or env:"
    #expect(try warnings(mode: 0o640) == [file])
    #expect(try warnings(mode: 0o644) == [literal, file])
}

private let contentsCases: [(text: String, bytes: String?, problem: String?)] = [
    ("file:secrets/shop.key", "from the file", nil), ("env:SHOP_KEY", "from the environment", nil),
    ("text", "text", nil), ("file:none", nil, "f.yaml:1:4: k: cannot read none: No such file"),
    ("\"\"", nil, "f.yaml:1:4: k: it is empty"),
    ("[a]", nil, "f.yaml:1:4: k: expected file:PATH, env:NAME or the text itself, found a list"),
]

@Test(arguments: contentsCases)
func `contents come from the places that a secret comes from`(text: String, bytes: String?, problem: String?) {
    let source = SettingsSource(
        file: "f.yaml", folder: Fixture.folder, environment: { ["SHOP_KEY": "from the environment"][$0] })
    let problems = ProblemList()
    let read = SettingsReader.read(Array("k: \(text)\n".utf8), from: source, into: problems) {
        $0.required("k")?.contents()
    }
    #expect(read == bytes.map { Array($0.utf8) })
    #expect(problems.sorted.map(\.description) == [problem].compactMap { $0 })
}

@Test func `what several files are compared by can be looked at whatever else is wrong with one`() {
    let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil })
    let problems = ProblemList()
    let text = "a:\n  b: found\n  c: ''\n  d:\n  e: [x]\nwrong: 1\n"
    _ = SettingsReader.read(Array(text.utf8), from: source, into: problems) { root -> Bool? in
        let found = root.look(at: ["a", "b"])
        #expect(found?.text == "found")
        #expect(found?.position == SettingsPosition(file: "f.yaml", line: 2, column: 6, endColumn: 11, path: "a.b"))
        for keys in [["a"], ["a", "c"], ["a", "d"], ["a", "e"], ["a", "b", "x"], ["none"], []] {
            #expect(root.look(at: keys) == nil)
        }
        return true
    }
    // Nobody read them.
    #expect(problems.sorted.map(\.message) == ["unknown key \"a\"", "unknown key \"wrong\""])
}
