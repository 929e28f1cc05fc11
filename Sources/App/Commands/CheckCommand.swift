import Settings
import Tenants

/// `payrelay check`: every problem of every file, without network.
enum CheckCommand {
    static let command = CommandRunner.Command(
        name: "check", summary: "check payrelay.yaml and all tenant files, without network",
        usage: """
            payrelay check [--config FILE] [--strict] [--json | --lines WHEN --color WHEN]
            payrelay check --schema service|tenant

              --config FILE   the service's settings (payrelay.yaml)
              --strict        exit 1 on warnings as well
              --json          one JSON document on standard output, for editors and CI
              --lines WHEN    whether each problem's line is shown with a mark under the place, and text that may be a
                              secret left out: always, never or auto (on a terminal)
              --color WHEN    always, never or auto (on a terminal, unless NO_COLOR is set)
              --schema KIND   print the JSON Schema of payrelay.yaml (service) or of a tenant's file, for editors

            Prints file:line:column: message for every problem. Exits 1 on errors, 0 otherwise.

            With --json: {"ok", "counts": {"errors", "warnings", "good_tenants", "bad_tenants"}, "problems": [{"file", "line",
            "column", "end_column", "severity", "path", "message", "suggestion"}]}. ok is whether the exit status is 0. Lines and
            columns count from 1, columns in characters. severity is error or warning; path the key's, such as
            webhook.timeout. end_column and suggestion, which is to be written from column to end_column, are there when
            known.
            """
    ) { words, console throws in
        let arguments = try Arguments(
            words, options: ["config", "lines", "color", "schema"], flags: ["strict", "json"])
        if let kind = arguments.value("schema") { return try printSchema(kind, console) }
        let lines = try when("lines", arguments)
        let color = try when("color", arguments)
        let report = CheckReport(path: arguments.value("config") ?? ConfigFile.pathDefault)
        let isGood = report.errorCount == 0 && (report.warningCount == 0 || !arguments.flags.contains("strict"))
        if arguments.flags.contains("json") {
            guard lines == nil, color == nil else {
                throw Arguments.UsageError(description: "--json goes with neither --lines nor --color")
            }
            console.out(report.json(isGood: isGood))
        } else {
            let style = CheckReport.Style(
                showsLines: lines ?? console.isTerminal, isColored: color ?? console.isColored)
            for problem in report.problems { console.out(report.text(of: problem, style)) }
            console.error("payrelay check: " + report.summary)
        }
        return isGood ? CommandRunner.fine : CommandRunner.failed
    }

    private static func printSchema(
        _ kind: String, _ console: CommandRunner.Console
    ) throws(Arguments.UsageError) -> Int32 {
        guard let schema = SettingsSchema(rawValue: kind) else {
            throw Arguments.UsageError(description: "--schema is service or tenant")
        }
        // The console ends the last line.
        console.out(String(schema.text.dropLast()))
        return CommandRunner.fine
    }

    /// Nil for `auto`, or when the option is not given.
    private static func when(_ option: String, _ arguments: Arguments) throws(Arguments.UsageError) -> Bool? {
        switch arguments.value(option) {
        case nil, "auto"?: return nil
        case "always"?: return true
        case "never"?: return false
        default: throw Arguments.UsageError(description: "--\(option) is always, never or auto")
        }
    }
}
