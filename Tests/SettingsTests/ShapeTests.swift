import Settings
import Testing

/// What a reader says of its files when it reads none.
struct ShapeTests {
    private static func value(_ shape: SettingsShape, _ key: String) throws -> SettingsShape.Value {
        try #require(shape.keys.first { $0.name == key }).value
    }

    private static func section(_ shape: SettingsShape, _ key: String) throws -> SettingsShape {
        guard case .section(let inner)? = try value(shape, key).forms.first else {
            Issue.record("\(key) is no section")
            return shape
        }
        return inner
    }

    private static let text = SettingsShape.Value(forms: [.text])
    private static let timeUnits = ["ms", "s", "m", "h", "d"]

    @Test func `every kind of value is described with its range, default and need`() throws {
        let shape = SettingsReader.describe(Sample.init)
        #expect(shape.keys.map(\.name) == ["name", "alipay", "products", "webhooks", "limits", "store", "keep"])
        #expect(shape.required == ["name", "alipay", "products"])
        #expect(shape.alternatives == [])
        #expect(try ShapeTests.value(shape, "name") == ShapeTests.text)
        #expect(try ShapeTests.value(shape, "products").forms == [.list(ShapeTests.text, count: 1...3)])
        #expect(try ShapeTests.value(shape, "store") == ShapeTests.text)
        #expect(
            try ShapeTests.value(shape, "keep").forms == [
                .zero, .amount(units: ShapeTests.timeUnits, limits: "from 1d to 10d, or 0 (for ever)"),
            ])
        let limits = try ShapeTests.section(shape, "limits")
        #expect(
            try ShapeTests.value(limits, "requests_per_second")
                == SettingsShape.Value(forms: [.int(1...1_000)], fallback: .int(50)))
        let alipay = try ShapeTests.section(shape, "alipay")
        // private_key is only refused.
        #expect(alipay.keys.map(\.name) == ["partner", "sign_type", "keys", "notify_verify"])
        #expect(alipay.required == ["partner", "keys"])
        #expect(
            try ShapeTests.value(alipay, "sign_type")
                == SettingsShape.Value(forms: [.choice(["MD5", "RSA", "DSA"])], fallback: .text("MD5")))
        #expect(
            try ShapeTests.value(alipay, "keys").forms
                == [.list(SettingsShape.Value(forms: [.secret]), count: 1...3)])
        #expect(
            try ShapeTests.value(alipay, "notify_verify")
                == SettingsShape.Value(forms: [.bool], fallback: .bool(true)))
    }

    @Test func `lists of sections and keys of the admin's own are described from the inside`() throws {
        let shape = SettingsReader.describe(Sample.init)
        guard case .list(let item, 1...2)? = try ShapeTests.value(shape, "webhooks").forms.first,
            case .section(let hook)? = item.forms.first
        else {
            Issue.record("no list of sections")
            return
        }
        #expect(hook.required == ["url"])
        #expect(try ShapeTests.value(hook, "id").fallback == .text("main"))
        #expect(
            try ShapeTests.value(hook, "timeout")
                == SettingsShape.Value(
                    forms: [.amount(units: ShapeTests.timeUnits, limits: "from 1s to 1m")], fallback: .text("15s")))
        #expect(
            try ShapeTests.value(hook, "body_max")
                == SettingsShape.Value(
                    forms: [.amount(units: ["B", "KiB", "MiB", "GiB"], limits: "from 1KiB to 1MiB")],
                    fallback: .text("64KiB")))
        #expect(
            try ShapeTests.value(hook, "jitter")
                == SettingsShape.Value(forms: [.amount(units: ["%"], limits: "from 0% to 50%")], fallback: .text("20%"))
        )
        #expect(
            try ShapeTests.value(hook, "schedule").forms == [
                .list(
                    SettingsShape.Value(forms: [.amount(units: ShapeTests.timeUnits, limits: "from 0s to 1d")]),
                    count: 1...4)
            ])
        #expect(try ShapeTests.value(hook, "labels").forms == [.members(ShapeTests.text, count: 1...3)])
    }

    @Test func `every branch is taken, those behind another one as well`() throws {
        enum Kind: String, CaseIterable { case plain, fancy }
        let shape = SettingsReader.describe { root -> Bool? in
            root.explain(["one": "The only one.", "kind": "Of which kind."])
            if root.has("many") {
                _ = root.required("many")?.list(count: 1...2)?.map { $0.string() }
            } else {
                _ = root.section("one") { section -> Bool? in
                    if section.has("extra") { _ = section.required("extra")?.bool() }
                    let value = section.required("value")
                    return value?.isList == true ? value?.strings(count: 1...2).map { _ in true } : value?.bool()
                }
            }
            switch root.choice("kind", default: Kind.plain) {
            case .plain: _ = root.string("plain_key")
            case .fancy: _ = root.required("fancy_key")?.secret()
            }
            root.refuse("old", "it is gone")
            root.notYet("later")
            return nil
        }
        #expect(shape.keys.map(\.name) == ["many", "kind", "plain_key", "fancy_key", "one"])
        #expect(shape.required == [])
        #expect(
            Set(shape.alternatives) == [
                ["many", "plain_key"], ["many", "fancy_key"], ["one", "plain_key"], ["one", "fancy_key"],
            ])
        #expect(try ShapeTests.value(shape, "one").about == "The only one.")
        #expect(try ShapeTests.value(shape, "many").about == nil)
        let one = try ShapeTests.section(shape, "one")
        #expect(one.required == ["value"])
        #expect(one.alternatives == [])
        #expect(try ShapeTests.value(one, "extra").forms == [.bool])
        #expect(try ShapeTests.value(one, "value").forms.count == 2)
    }
}
