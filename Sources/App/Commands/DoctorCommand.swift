import Diagnostics
import Platform
import Settings
import Tenants

/// `payrelay doctor TENANT`: is it the right key, does it fit, does anything answer?
enum DoctorCommand {
    static let command = CommandRunner.Command(
        name: "doctor", summary: "prove a tenant's keys, secrets and URLs; --online asks Alipay",
        usage: """
            payrelay doctor TENANT [--online | --offline] [--public-key FILE] [--json] [--config FILE]

              --online            also send Alipay a signed query about an order that cannot exist: harmless, and its
                                  answer proves partner, key and contract. With several MD5 keys one query for each
              --offline           send nothing at all
              --public-key FILE   the merchant's public key as it was uploaded to Alipay: is it the half of private_key?
                                  Files beside the private key that are called so (NAME.pub, NAME_public.pem) are looked
                                  at without a word
              --json              for programs
              --config FILE       the service's settings (payrelay.yaml)

            Without --online and --offline it asks nobody but the merchant's own server: each webhook URL is resolved,
            connected to and sent a HEAD, on the way and under the rules of webhooks. No event, no signature, and none of
            the endpoint's own headers goes with it, so that the merchant's code has nothing to act on.

            A file with mistakes is examined as far as it can be read. No key is printed; a fingerprint is the first 12
            digits of its SHA-256 (of an RSA key: of its SubjectPublicKeyInfo), which tells keys apart and reveals none.
            Exits 1 when there is an error, 0 otherwise.
            """
    ) { words, console throws in
        let arguments = try Arguments(
            words, options: ["config", "public-key"], flags: ["online", "offline", "json"], wordsMax: 1)
        guard let tenant = arguments.words.first else { throw Arguments.UsageError(description: "name a tenant") }
        guard !arguments.flags.isSuperset(of: ["online", "offline"]) else {
            throw Arguments.UsageError(description: "--online and --offline exclude each other")
        }
        let visit = try DoctorVisit(
            tenant: tenant, path: arguments.value("config") ?? ConfigFile.pathDefault,
            publicKeyFile: arguments.value("public-key"))
        let report = visit.report(
            reachesOut: !arguments.flags.contains("offline"), asksAlipay: arguments.flags.contains("online"))
        console.out(
            arguments.flags.contains("json") ? String(decoding: report.json, as: UTF8.self) : report.text)
        console.error("payrelay doctor: \(tenant): \(report.summary)")
        return report.errorCount == 0 ? CommandRunner.fine : CommandRunner.failed
    }
}
