import Settings
import Testing

struct SourceTextPlaceTests {
    private static let file = """
        name: Shop
        alipay:
          keys:
            - first
            - {env: SECOND}
        api_keys: []
        """

    private func place(_ path: String, _ text: String = Self.file) throws -> String {
        let problems = ProblemList(keepsTexts: true)
        let source = SettingsSource(file: "f.yaml", folder: "", environment: { _ in nil })
        _ = SettingsReader.read(Array(text.utf8), from: source, into: problems) { _ in true }
        return try #require(problems.texts["f.yaml"]).position(of: path, in: "f.yaml").problem("here").description
    }

    @Test(arguments: [
        ("name", "1:7"), ("alipay", "3:3"), ("alipay.keys", "4:5"), ("alipay.keys[0]", "4:7"),
        ("alipay.keys[1]", "5:7"),
        ("alipay.keys[1].env", "5:13"), ("api_keys", "6:11"),
    ])
    func `a value is found by its path`(_ path: String, _ place: String) throws {
        #expect(try self.place(path) == "f.yaml:\(place): \(path): here")
    }

    @Test(arguments: [
        ("alipay.public_keys", "3:3"), ("alipay.keys[2]", "4:5"), ("alipay.keys.first", "4:5"), ("name.first", "1:7"),
        ("webhook.secrets[0]", "1:1"),
    ])
    func `of one that is not there the section is shown`(_ path: String, _ place: String) throws {
        #expect(try self.place(path) == "f.yaml:\(place): \(path): here")
    }

    @Test func `a file that is no YAML has one place`() throws {
        #expect(try place("name", "name: [") == "f.yaml:1:1: name: here")
    }
}
