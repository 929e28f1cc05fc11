import Settings
import Tenants

/// `payrelay check`: every problem of every file, without network.
enum CheckCommand {
    static let command = CommandRunner.Command(
        name: "check", summary: "check payrelay.yaml and all tenant files, without network",
        usage: """
            payrelay check [--config FILE] [--strict]

              --config FILE   the service's settings (payrelay.yaml)
              --strict        exit 1 on warnings as well

            Prints file:line:column: message for every problem. Exits 1 on errors, 0 otherwise.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["config"], flags: ["strict"])
        let path = arguments.value("config") ?? ConfigFile.pathDefault
        let loaded = Configuration.load(path: path)
        for problem in loaded.problems { console.out(problem.description) }
        let warningCount = loaded.problems.count - loaded.errorCount
        console.error("payrelay check: " + summary(loaded, warningCount: warningCount))
        let isBad = loaded.hasErrors || arguments.flags.contains("strict") && warningCount > 0
        return isBad ? CommandRunner.failed : CommandRunner.fine
    }

    private static func summary(_ loaded: Configuration.Loaded, warningCount: Int) -> String {
        let counts = "\(counted(loaded.errorCount, "error")), \(counted(warningCount, "warning"))"
        guard let tenants = loaded.configuration?.tenants else { return counts + "; the service would not start" }
        let bad = tenants.broken.isEmpty ? "" : ", \(tenants.broken.count) bad"
        return "\(counted(tenants.count, "good tenant"))\(bad); \(counts)"
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
