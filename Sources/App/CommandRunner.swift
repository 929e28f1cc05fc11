import Diagnostics
import Platform
import Settings

/// The command line: `payrelay COMMAND …`. Exit status 0 is fine, 1 failed, 2 wrong usage.
package enum CommandRunner {
    package static let fine: Int32 = 0
    package static let failed: Int32 = 1
    package static let wrongUsage: Int32 = 2

    /// Where a command writes: what was asked for on `out`, what went wrong on `error`.
    package struct Console: Sendable {
        package let out: @Sendable (String) -> Void
        package let error: @Sendable (String) -> Void

        package init(out: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void) {
            self.out = out
            self.error = error
        }

        static let process = Console(
            out: { StandardStream.out.write(Array(($0 + "\n").utf8)) },
            error: { StandardStream.error.write(Array(($0 + "\n").utf8)) }
        )
    }

    struct Command: Sendable {
        /// One word, or two: `tenant new`.
        let name: String
        let summary: String
        let usage: String
        let run: @Sendable ([String], Console) throws -> Int32
    }

    /// Runs the command that `words` (without the program's name) ask for, on this process's streams.
    package static func run(_ words: [String]) -> Int32 { run(words, .process) }

    package static func run(_ words: [String], _ console: Console) -> Int32 {
        let first = words.first ?? "help"
        if ["--help", "-h", "help"].contains(first) { return help(Array(words.dropFirst()), console) }
        if ["--version", "-V"].contains(first) { return run(["version"], console) }
        let two = words.prefix(2).joined(separator: " ")
        guard let command = commands.first(where: { $0.name == two || $0.name == first }) else {
            let hint = (suggestion(for: two, among: commands.map(\.name)) ?? suggestion(for: first, among: commands.map(\.name)))
                .map { "; did you mean \"\($0)\"?" } ?? ""
            console.error("payrelay: unknown command \"\(two)\"\(hint)\nRun \"payrelay help\" for the commands.")
            return wrongUsage
        }
        let rest = Array(words.dropFirst(command.name == two && two.contains(" ") ? 2 : 1))
        if rest.contains("--help") || rest.contains("-h") { return help([command.name], console) }
        do { return try command.run(rest, console) } catch let error as Arguments.UsageError {
            console.error("payrelay \(command.name): \(error)\nUsage: \(command.usage)")
            return wrongUsage
        } catch {
            console.error("payrelay \(command.name): \(error)")
            return failed
        }
    }

    static let commands: [Command] = [
        ServeCommand.command, CheckCommand.command, TenantNewCommand.command, APIKeyNewCommand.command,
        SecretNewCommand.command, SimulateCommand.command, DemoCommand.command,
        Command(name: "version", summary: "print the version", usage: "payrelay version") { words, console throws in
            _ = try Arguments(words)
            console.out("payrelay \(Version.text)")
            return fine
        },
    ]

    private static func help(_ words: [String], _ console: Console) -> Int32 {
        let name = words.prefix(2).joined(separator: " ")
        guard !name.isEmpty else {
            console.out("PayRelay: one service between many merchants and Alipay.\n\nUsage: payrelay COMMAND [OPTIONS]\n")
            for command in commands {
                console.out("  " + command.name + String(repeating: " ", count: max(14 - command.name.count, 1)) + command.summary)
            }
            console.out("\n\"payrelay help COMMAND\" tells more. Exit status: 0 fine, 1 failed, 2 wrong usage.")
            return fine
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            let hint = suggestion(for: name, among: commands.map(\.name)).map { "; did you mean \"\($0)\"?" } ?? ""
            console.error("payrelay help: unknown command \"\(name)\"\(hint)")
            return wrongUsage
        }
        console.out("\(command.summary.prefix(1).uppercased() + command.summary.dropFirst()).\n\nUsage: \(command.usage)")
        return fine
    }
}
