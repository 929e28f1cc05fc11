import App
import Diagnostics
import Support
import Testing

/// Where the commands send the admin token, and what `serve` says of its process.
struct AdminTokenReachTests {
    private static let refusal = "the admin token goes to another machine over https only"

    private func ask(_ url: String) throws -> Outcome {
        let shop = try Shop(service: Shop.service + "admin: 127.0.0.1:1\nadmin_token: file:secrets/admin\n")
        return shop.run(["tenant", "list", "--config", shop.configPath, "--admin", url])
    }

    @Test(arguments: [
        "http://127.0.0.1.evil.invalid:8081", "http://localhost.evil.invalid", "http://localhost:8081@evil.invalid:80",
        "http://127.0.0.1@evil.invalid", "http://[::1]@evil.invalid", "http://198.51.100.7:8081", "http://128.0.0.1",
        "http://[2001:db8::1]:8081", "http://[::ffff:198.51.100.7]",
    ])
    func `no host that only looks like this machine gets it over plain http`(url: String) throws {
        let outcome = try ask(url)
        #expect(outcome.status != 0 && outcome.error.contains(Self.refusal), "\(outcome)")
    }

    @Test(arguments: ["http://127.0.0.1:1", "http://127.9.9.9:1", "http://localhost:1", "http://[::1]:1"])
    func `this machine does, and so does any over https`(url: String) throws {
        // Nothing listens there.
        for url in [url, url.replacing("http:", with: "https:")] {
            let outcome = try ask(url)
            #expect(
                outcome.status != 0 && !outcome.error.contains(Self.refusal) && outcome.error.contains("did not answer")
            )
        }
    }
}
