import Diagnostics
import Testing

struct SecretTests {
    private struct Settings: Sendable {
        let name = "bookshop"
        let key: Secret
        let keys: [Secret]
        let byName: [String: Secret]
        let maybe: Secret?
    }

    private struct Failure: Error {
        let key: Secret
    }

    private static let text = "sk_live_0123456789"

    /// Whether `printed` shows the secret, as text, as numbers or in hexadecimal.
    private func tells(_ printed: String) -> Bool {
        printed.contains("sk_live") || printed.contains("115, 107") || printed.contains("- 115")
            || printed.contains("736b")
    }

    @Test func `every way of printing a secret gives the same word`() {
        let secret = Secret(Self.text)
        #expect("\(secret)" == "<secret>")
        #expect(secret.description == "<secret>" && secret.debugDescription == "<secret>")
        #expect(String(describing: secret) == "<secret>" && String(reflecting: secret) == "<secret>")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(dumped == "- <secret>\n")
        var printed = ""
        print(secret, to: &printed)
        debugPrint(secret, to: &printed)
        #expect(printed == "<secret>\n<secret>\n")
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test func `no value that holds secrets prints them`() {
        let secret = Secret(Self.text)
        let settings = Settings(key: secret, keys: [secret, secret], byName: ["k": secret], maybe: secret)
        let values: [Any] = [
            settings, [secret], ["k": secret], Optional(secret) as Any, (secret, 1), Set([secret]),
            Failure(key: secret),
            Result<Secret, Failure>.failure(Failure(key: secret)), Result<Secret, Failure>.success(secret),
        ]
        for value in values {
            var printed = "\(value)" + String(reflecting: value)
            dump(value, to: &printed)
            #expect(printed.contains("<secret>"))
            #expect(!tells(printed), "\(printed)")
        }
    }

    @Test func `the bytes are there for who asks, and equal secrets are equal`() {
        let secret = Secret(Self.text)
        #expect(secret.reveal() == Array(Self.text.utf8) && secret.count == 18)
        #expect(secret == Secret(Array(Self.text.utf8)) && secret != Secret("sk_live_0123456780"))
        #expect(Set([secret, Secret(Self.text)]).count == 1)
        #expect(Secret("").count == 0)
    }

    @Test func `the check of these tests sees a secret that is told`() {
        #expect(tells(Self.text) && tells("\(Array(Self.text.utf8))"))
        var dumped = ""
        dump(Array(Self.text.utf8), to: &dumped)
        #expect(tells(dumped))
    }
}
