import Platform
import Settings

/// The command line: `payrelay COMMAND …`. Exit status 0 is fine, 1 failed, 2 wrong usage.
package enum CommandRunner {
    package static let fine: Int32 = 0
    package static let failed: Int32 = 1
    package static let wrongUsage: Int32 = 2

    /// Where a command writes: what was asked for on `out`, what went wrong on `error`. Each call is one or more lines.
    package struct Console: Sendable {
        package let out: @Sendable (String) -> Void
        package let error: @Sendable (String) -> Void
        /// Whether a person may be reading `out`.
        package let isTerminal: Bool

        package init(
            out: @escaping @Sendable (String) -> Void, error: @escaping @Sendable (String) -> Void,
            isTerminal: Bool = false
        ) {
            self.out = out
            self.error = error
            self.isTerminal = isTerminal
        }

        static let process = Console(
            out: { StandardStream.out.write(Array(($0 + "\n").utf8)) },
            error: { StandardStream.error.write(Array(($0 + "\n").utf8)) },
            isTerminal: StandardStream.out.isTerminal
        )
    }

    struct Command: Sendable {
        /// One word, or two: `tenant new`.
        let name: String
        let summary: String
        let usage: String
        let run: @Sendable ([String], Console) throws -> Int32
    }

    static let commands: [Command] = [
        ServeCommand.command, CheckCommand.command, DoctorCommand.command, TenantNewCommand.command,
        TenantShowCommand.command,
        APIKeyNewCommand.command,
        SecretNewCommand.command, NotificationsCommand.list, NotificationsCommand.show, NotificationsCommand.explain,
        NotificationsCommand.replay, DeliveriesCommand.list, DeliveriesCommand.show, DeliveriesCommand.replay,
        EventsCommand.redeliver, EndpointsCommand.list, EndpointsCommand.enable, EndpointsCommand.disable,
        TenantsCommand.list, TenantsCommand.changes, TenantsCommand.drop, TenantsCommand.reload,
        SimulateCommand.command, DemoCommand.command, VersionCommand.command,
        HelpCommand.command,
    ]

    /// The names of all commands, in the order of `help`.
    package static var commandNames: [String] { commands.map(\.name) }

    /// Runs the command that `words` (without the program's name) ask for, on this process's streams.
    package static func run(_ words: [String]) -> Int32 { run(words, .process) }

    package static func run(_ words: [String], _ console: Console) -> Int32 {
        switch words.first {
        case nil:
            console.error(HelpCommand.overview)
            return wrongUsage
        case "--help"?, "-h"?: return run(["help"] + words.dropFirst(), console)
        case "--version"?, "-V"?: return run(["version"] + words.dropFirst(), console)
        default: break
        }
        guard let command = command(words) else {
            console.error("payrelay: \(unknown(words))\nRun \"payrelay help\" for the commands.")
            return wrongUsage
        }
        let rest = Array(words.dropFirst(command.name.split(separator: " ").count))
        if rest.prefix(while: { $0 != "--" }).contains(where: { ["--help", "-h"].contains($0) }) {
            console.out(HelpCommand.text(command))
            return fine
        }
        do { return try command.run(rest, console) } catch let error as Arguments.UsageError {
            console.error("payrelay \(command.name): \(error)\nUsage: \(command.usage)")
            return wrongUsage
        } catch {
            console.error("payrelay \(command.name): \(error)")
            return failed
        }
    }

    /// The command that the words begin with.
    static func command(_ words: [String]) -> Command? {
        commands.first { command in words.starts(with: command.name.split(separator: " ").map(String.init)) }
    }

    /// `unknown command "chekc"; did you mean "check"?`
    static func unknown(_ words: [String]) -> String {
        let first = words.first ?? ""
        guard !first.hasPrefix("-") else {
            return "unknown option \(first.prefix { $0 != "=" }); a command comes first"
        }
        let second = words.dropFirst().first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        let group = commandNames.filter { $0.hasPrefix(first + " ") }
        let two = ([first] + [second].compactMap { $0 }).joined(separator: " ")
        let near =
            suggestion(for: two, among: commandNames) ?? group.first ?? suggestion(for: first, among: commandNames)
            ?? suggestion(
                for: first, among: commandNames.compactMap { $0.split(separator: " ").first.map(String.init) })
        let isPair = !group.isEmpty || near?.contains(" ") == true
        return "unknown command \(quoted(isPair ? two : first))" + (near.map { "; did you mean \"\($0)\"?" } ?? "")
    }
}
