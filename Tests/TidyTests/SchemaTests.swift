import App
import JSON
import Settings
import Testing

/// The JSON Schemas beside the project are those of the code that reads the files.
@Suite struct SchemaTests {
    @Test(arguments: SettingsSchema.allCases)
    func `the schema in ops is what the readers declare`(schema: SettingsSchema) throws {
        let file = "ops/\(schema.fileName)"
        let kept = try Project.text(file)
        #expect(kept == schema.text, "payrelay check --schema \(schema.rawValue) >\(file)")
        _ = try JSONReader.read(Array(schema.text.utf8))
    }

    @Test(arguments: SettingsSchema.allCases)
    func `every key says in a sentence what it is for`(schema: SettingsSchema) {
        var keys = 0
        SchemaTests.visit(schema.shape, "") { path, value in
            keys += 1
            let about = value.about ?? ""
            #expect(about.hasSuffix(".") && about.count >= 20, "\(path) is not explained where it is declared")
        }
        #expect(keys > 15)
    }

    @Test func `payrelay check prints the schemas`() {
        for schema in SettingsSchema.allCases {
            let lines = Lines()
            #expect(CommandRunner.run(["check", "--schema", schema.rawValue], lines.console) == CommandRunner.fine)
            #expect(lines.text + "\n" == schema.text)
        }
        #expect(CommandRunner.run(["check", "--schema", "tennant"], Lines().console) == CommandRunner.wrongUsage)
    }

    private static func visit(
        _ shape: SettingsShape, _ path: String, _ body: (String, SettingsShape.Value) -> Void
    ) {
        for key in shape.keys {
            body(path + key.name, key.value)
            for form in key.value.forms {
                switch form {
                case .section(let inner): visit(inner, path + key.name + ".", body)
                case .list(let item, _):
                    for case .section(let inner) in item.forms { visit(inner, path + key.name + "[].", body) }
                default: break
                }
            }
        }
    }
}
