/// `payrelay version`
enum VersionCommand {
    static let command = CommandRunner.Command(
        name: "version", summary: "print the version", usage: "payrelay version"
    ) { words, console throws in
        _ = try Arguments(words)
        console.out("payrelay \(Version.text)")
        return CommandRunner.fine
    }
}
