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
        let loaded = Configuration.load(path: arguments.value("config") ?? "payrelay.yaml")
        for problem in loaded.problems { console.out(problem.description) }
        let errors = loaded.problems.count { $0.severity == .error }
        let warnings = loaded.problems.count - errors
        let tenants = loaded.configuration?.tenants
        let good = tenants.map { "\($0.count) good tenants, " } ?? ""
        console.error("payrelay check: \(good)\(errors) errors, \(warnings) warnings")
        let isBad = errors > 0 || arguments.flags.contains("strict") && warnings > 0
        return isBad ? CommandRunner.failed : CommandRunner.fine
    }
}
