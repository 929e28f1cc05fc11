import Webhooks

/// `payrelay secret new`
enum SecretNewCommand {
    static let command = CommandRunner.Command(
        name: "secret new", summary: "make a webhook secret (whsec_…)",
        usage: """
            payrelay secret new

            Put it in a file that only the service can read (chmod 600) and name it as file:PATH in the tenant's file.
            """
    ) { words, console throws in
        _ = try Arguments(words)
        console.out(WebhookSecret.generate().revealText())
        return CommandRunner.fine
    }
}
