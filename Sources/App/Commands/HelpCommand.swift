/// `payrelay help [COMMAND]`
enum HelpCommand {
    static let command = CommandRunner.Command(
        name: "help", summary: "show the commands, or one command's options",
        usage: "payrelay help [COMMAND]"
    ) { words, console throws in
        let arguments = try Arguments(words, wordsMax: 2)
        guard !arguments.words.isEmpty else {
            console.out(overview)
            return CommandRunner.fine
        }
        guard let command = CommandRunner.command(arguments.words) else {
            throw Arguments.UsageError(description: CommandRunner.unknown(arguments.words))
        }
        console.out(text(command))
        return CommandRunner.fine
    }

    static var overview: String {
        // Two blanks after the longest name.
        let nameWidth = CommandRunner.commands.map(\.name.count).max().map { $0 + 2 } ?? 0
        let lines = CommandRunner.commands.map { command in
            "  " + command.name + String(repeating: " ", count: nameWidth - command.name.count)
                + command.summary
        }
        return """
            PayRelay: one service between many merchants and Alipay.

            Usage: payrelay COMMAND [OPTIONS]

            \(lines.joined(separator: "\n"))

            "payrelay help COMMAND" tells more. Exit status: 0 fine, 1 failed, 2 wrong usage.
            """
    }

    static func text(_ command: CommandRunner.Command) -> String {
        "\(command.summary.prefix(1).uppercased() + command.summary.dropFirst()).\n\nUsage: \(command.usage)"
    }
}
