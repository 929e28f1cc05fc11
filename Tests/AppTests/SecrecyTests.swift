import App
import Support
import Testing

/// No secret shows in what a command writes, whatever place of a file it was pasted into.
struct SecrecyTests {
    private static let secrets = [
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "x8fjq29dkal38fj2kd93jf82kd93jfa1",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "sk_shop_843bb7c42d16856c4c33586ff6e9ca1631c5c87feac74967",
    ]

    @Test(arguments: ["", "env:", "file:", "sqlite:", "postgres://user:", "https://user:", "[", "{", "\""])
    func `a secret at any place of payrelay yaml shows in neither check nor serve`(prefix: String) throws {
        let lines = try Shop.fixture("service/full.good.yaml").split(separator: "\n")
        let shop = try Shop()
        for number in lines.indices {
            let secret = SecrecyTests.secrets[number % SecrecyTests.secrets.count]
            let key = lines[number].prefix { $0 != ":" }
            for pasted in [
                "\(key): \(prefix)\(secret)", "\(key): \(prefix)\(secret)@host", "\(prefix)\(secret): x", secret,
            ] {
                var changed = lines
                changed[number] = pasted[...]
                // Whatever else is right, nothing starts.
                let text = changed.joined(separator: "\n") + "\nunknown: 1\n"
                try shop.scratch.write("payrelay.yaml", text)
                let check = shop.check()
                #expect(check.status == 1)
                #expect(!check.text.contains(secret), "\(pasted): \(check.text)")
                for options in [["--lines", "always"], ["--json"]] {
                    let shown = shop.run(["check", "--config", shop.configPath] + options)
                    #expect(shown.status == 1)
                    #expect(!shown.text.contains(secret), "\(pasted): \(shown.text)")
                }
                let serve = shop.run(["serve", "--config", shop.configPath])
                #expect(serve.status == 1)
                #expect(!serve.text.contains(secret), "\(pasted): \(serve.text)")
            }
        }
    }

    @Test func `what the files hold shows in no fixture's problems`() throws {
        for name in CheckTests.services(".yaml") {
            let shop = try Shop(service: try Shop.fixture("service/\(name).yaml"))
            let text = shop.check("--lines", "always").text + shop.check("--json").text
            #expect(!text.contains("hush") && !text.contains(Shop.webhookSecret), "\(name): \(text)")
        }
    }

    @Test func `a configuration that is printed by mistake shows no secret`() throws {
        let shop = try Shop(service: try Shop.fixture("service/full.good.yaml"))
        let configuration = try #require(Configuration.load(path: shop.configPath).configuration)
        var dumped = ""
        dump(configuration, to: &dumped)
        let text = "\(configuration)" + String(reflecting: configuration) + dumped
        #expect(text.contains("2088101122136241"))
        let bytes = Array("hush".utf8).map(String.init).joined(separator: ", ")
        #expect(!text.contains("hush") && !text.contains(bytes) && !text.contains("aHVzaC"))
    }
}
