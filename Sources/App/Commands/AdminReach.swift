import Diagnostics
import JSON

/// What the commands that ask the running service have in common.
enum AdminReach {
    /// The end of their usage.
    static let usage = """

          --config FILE   the service's settings, which say where it is (payrelay.yaml)
          --admin URL     its admin listener, if it is elsewhere: http://127.0.0.1:8081 or unix:run/admin.sock
        """
    static let options = ["config", "admin"]

    static func client(_ arguments: Arguments) throws(AdminClient.Failure) -> AdminClient {
        try AdminClient(path: arguments.value("config") ?? ConfigFile.pathDefault, url: arguments.value("admin"))
    }

    /// `name=value` for each of the options that was given.
    static func query(_ names: [String], _ arguments: Arguments) throws(Arguments.UsageError) -> [String] {
        var query: [String] = []
        for name in names {
            guard let value = arguments.value(name) else { continue }
            guard isWord(value) else {
                throw Arguments.UsageError(description: "--\(name) has letters, digits, - and _ only")
            }
            query.append("\(name)=\(value)")
        }
        return query
    }

    static func tenant(_ arguments: Arguments) throws(Arguments.UsageError) -> String {
        guard let tenant = arguments.value("tenant") else {
            throw Arguments.UsageError(description: "name a tenant: --tenant ID")
        }
        guard isWord(tenant) else {
            throw Arguments.UsageError(description: "--tenant has letters, digits, - and _ only")
        }
        return tenant
    }

    /// The only word, an id such as `dlv_…`; `what` with its article.
    static func id(_ arguments: Arguments, _ what: String, prefix: String) throws(Arguments.UsageError) -> String {
        guard let id = arguments.words.first, id.hasPrefix(prefix), isWord(id) else {
            throw Arguments.UsageError(description: "name \(what): \(prefix)…")
        }
        return id
    }

    /// `starting_after=…`, if `--after` names the last one of the page before; `what` with its article.
    static func after(
        _ arguments: Arguments, _ what: String, prefix: String
    ) throws(Arguments.UsageError) -> String? {
        guard let id = arguments.value("after") else { return nil }
        guard id.hasPrefix(prefix), isWord(id) else {
            throw Arguments.UsageError(description: "--after must be the id of \(what): \(prefix)…")
        }
        return "starting_after=\(id)"
    }

    /// Says how to get the next page of a list, if there is one.
    static func tellOfMore(_ answer: JSONValue, last: String?, on console: CommandRunner.Console) {
        guard answer["has_more"] == .bool(true), let last else { return }
        console.error("there are more: --after \(TerminalText.shown(last))")
    }

    /// What may stand in a path or a query as it is.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D
            }
    }

    /// Unix milliseconds; nil if it is not given.
    static func time(
        _ name: String, _ arguments: Arguments, nowMs: Int64
    ) throws(Arguments.UsageError) -> Int64? {
        guard let text = arguments.value(name) else { return nil }
        if let ms = RFC3339.unixMs(text) { return ms }
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard (1...agoDigitsMax).contains(digits.count), let amount = Int64(String(decoding: digits, as: UTF8.self)),
            let unitMs = unitsMs[String(text.dropFirst(digits.count))]
        else {
            throw Arguments.UsageError(
                description:
                    "--\(name) must be a time such as 2026-01-02T03:04:05Z, or how long ago, such as 30m, 2h or 7d"
            )
        }
        return nowMs - amount * unitMs
    }

    private static let unitsMs: [String: Int64] = ["s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
    /// No product of it and a unit overflows.
    private static let agoDigitsMax = 6
}

extension JSONValue {
    /// An array's; none of anything else.
    var elements: [JSONValue] {
        guard case .array(let elements) = self else { return [] }
        return elements
    }
}
