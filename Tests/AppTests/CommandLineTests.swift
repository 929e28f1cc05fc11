import App
import Testing

struct CommandLineTests {
    static let commands = [
        "serve", "check", "doctor", "tenant new", "tenant show", "apikey new", "secret new", "notifications list",
        "notifications show",
        "notifications explain", "notifications replay", "deliveries list", "deliveries show", "deliveries replay",
        "events redeliver", "endpoints list", "endpoints enable", "endpoints disable", "tenant list",
        "tenant changes", "tenant drop", "reload", "simulate", "demo", "version", "help",
    ]

    private func words(_ line: String) -> [String] { line.split(separator: " ").map(String.init) }

    @Test func `these are the commands`() {
        #expect(CommandRunner.commandNames == CommandLineTests.commands)
    }

    @Test(arguments: commands)
    func `help tells every command's usage, both ways of asking`(command: String) {
        let outcome = Shop.run(["help"] + words(command))
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        #expect(outcome.out.contains("\n\nUsage: payrelay \(command)"))
        for option in ["--help", "-h"] {
            let other = Shop.run(words(command) + [option])
            #expect(other.out == outcome.out)
            #expect(other.status == 0)
        }
        #expect(Shop.run(words(command) + ["--nonsense", "--help"]).out == outcome.out)
    }

    @Test(arguments: ["help", "--help", "-h"])
    func `help lists every command once`(word: String) {
        let outcome = Shop.run([word])
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        let lines = outcome.out.split(separator: "\n")
        for command in CommandLineTests.commands {
            #expect(lines.count { $0.hasPrefix("  \(command)  ") } == 1, "\(command)")
        }
        #expect(lines.allSatisfy { $0.count <= 100 })
    }

    @Test func `no command at all is wrong usage, and help comes on standard error`() {
        let outcome = Shop.run([])
        #expect(outcome.status == 2)
        #expect(outcome.out == "")
        #expect(outcome.error == Shop.run(["help"]).out)
    }

    @Test(arguments: ["version", "--version", "-V"])
    func `the version is one line`(word: String) {
        let outcome = Shop.run([word])
        #expect(outcome.status == 0)
        #expect(outcome.out == "payrelay \(Version.text)\n")
        #expect(outcome.error == "")
    }

    @Test(arguments: [
        ("chekc", "unknown command \"chekc\"; did you mean \"check\"?"),
        ("chekc --config payrelay.yaml", "unknown command \"chekc\"; did you mean \"check\"?"),
        ("sreve", "unknown command \"sreve\"; did you mean \"serve\"?"),
        ("Serve", "unknown command \"Serve\"; did you mean \"serve\"?"),
        ("tenant", "unknown command \"tenant\"; did you mean \"tenant new\"?"),
        ("tenant nwe shop", "unknown command \"tenant nwe\"; did you mean \"tenant new\"?"),
        ("tenent new shop", "unknown command \"tenent new\"; did you mean \"tenant new\"?"),
        ("tennant", "unknown command \"tennant\"; did you mean \"tenant\"?"),
        ("secret", "unknown command \"secret\"; did you mean \"secret new\"?"),
        ("apikey list", "unknown command \"apikey list\"; did you mean \"apikey new\"?"),
        ("payments", "unknown command \"payments\""),
        ("frobnicate --hard", "unknown command \"frobnicate\""),
        ("sk_shop_843bb7c42d16856c4c33586ff6e9ca1631c5c87feac74967", "unknown command a text of 56 characters"),
        ("--hlep", "unknown option --hlep; a command comes first"),
        ("--config=payrelay.yaml check", "unknown option --config; a command comes first"),
        ("-x", "unknown option -x; a command comes first"),
    ])
    func `an unknown command is wrong usage, with the one that was probably meant`(line: String, message: String) {
        let outcome = Shop.run(words(line))
        #expect(outcome.status == 2)
        #expect(outcome.out == "")
        #expect(outcome.error == "payrelay: \(message)\nRun \"payrelay help\" for the commands.\n")
    }

    @Test(arguments: [
        ("help chekc", "unknown command \"chekc\"; did you mean \"check\"?"),
        ("help tenant", "unknown command \"tenant\"; did you mean \"tenant new\"?"),
        ("help one two three", "unexpected argument \"three\""),
        ("version now", "unexpected argument \"now\""),
        ("--version now", "unexpected argument \"now\""),
        ("check --confg payrelay.yaml", "unknown option --confg; did you mean --config?"),
        ("check -config payrelay.yaml", "unknown option -config; did you mean --config?"),
        ("check ---config payrelay.yaml", "unknown option ---config; did you mean --config?"),
        ("check --Strict", "unknown option --Strict; did you mean --strict?"),
        ("check --frobnicate", "unknown option --frobnicate"),
        ("check -x", "unknown option -x"),
        ("check --config", "--config needs a value"),
        ("check --config=", "--config needs a value"),
        ("check --config --strict", "--config needs a value"),
        ("check --strict=yes", "--strict takes no value"),
        ("check payrelay.yaml", "unexpected argument \"payrelay.yaml\""),
        ("check -- --strict", "unexpected argument \"--strict\""),
        ("serve payrelay.yaml", "unexpected argument \"payrelay.yaml\""),
        ("serve --strict", "unknown option --strict"),
        ("tenant new", "ID must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit"),
        ("tenant new Shop", "ID must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit"),
        ("tenant new ../shop", "ID must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit"),
        ("tenant new shop other", "unexpected argument \"other\""),
        ("tenant new shop --foldr x", "unknown option --foldr; did you mean --folder?"),
        ("apikey new", "TENANT must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit"),
        ("apikey new SHOP", "TENANT must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit"),
        ("apikey new shop --label a,b", "--label must be 1 to 40 of a-z 0-9 . _ -"),
        ("apikey new shop --label null", "--label must be 1 to 40 of a-z 0-9 . _ -"),
        ("apikey new shop --lable a", "unknown option --lable; did you mean --label?"),
        ("secret new shop", "unexpected argument \"shop\""),
        ("simulate --sped 3", "unknown option --sped; did you mean --speed?"),
        ("simulate --speed fast", "--speed must be a whole number from 1 to 1000000"),
        ("simulate --speed 0", "--speed must be a whole number from 1 to 1000000"),
        ("simulate --log loud", "--log must be debug, info, warning or error"),
        ("simulate --listen 8090", "--listen must be an IP address and a port, such as 127.0.0.1:8090"),
        (
            "simulate --account hush",
            "--account must be PARTNER:KEY or PARTNER:KEY:EMAIL, PARTNER being 16 digits from 2088 on"
        ),
        ("simulate --merchant-key key.pem", "--merchant-key must be PARTNER=FILE, PARTNER being one of --account"),
        (
            "simulate --merchant-key 2088101122136241=/nowhere/key.pem",
            "--merchant-key: cannot read the file: No such file"
        ),
        ("simulate --alipay-key /nowhere/key.pem", "--alipay-key: cannot read the file: No such file"),
        ("simulate --without close_trad", "--without must be the name of one of Alipay's services"),
        (
            "simulate --with it_c_pay",
            "--with must be one of anti_phishing_key, exter_invoke_ip, it_b_pay, refund_query_xml, trade_closed, wait_buyer_pay"
        ),
        ("demo --port 65536", "--port must be a whole number from 0 to 65535"),
        ("demo --sta", "unknown option --sta; did you mean --stay?"),
    ])
    func `wrong usage is status 2, says what is wrong, and shows the usage`(line: String, message: String) {
        let outcome = Shop.run(words(line))
        #expect(outcome.status == 2)
        #expect(outcome.out == "")
        let lines = outcome.error.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first?.hasPrefix("payrelay ") == true)
        #expect(lines.first?.hasSuffix(": " + message) == true, "\(lines.first ?? "")")
        #expect(lines.dropFirst().first?.hasPrefix("Usage: payrelay ") == true)
    }

    @Test(arguments: [
        "simulate --acount=2088101122136241:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "simulate --account 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "simulate --account 2088:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "simulate 2088101122136241:0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "apikey new 0f1e2d3c4b5a69788796a5b4c3d2e1f0-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "secret new 0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "--key=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "check --token=0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    ])
    func `a key on a command line that is wrong is not repeated`(line: String) {
        let outcome = Shop.run(words(line))
        #expect(outcome.status == 2)
        #expect(!outcome.text.contains("0f1e2d3c"))
    }

    @Test func `an option's value may stand after an equals sign, and the last one counts`() throws {
        let shop = try Shop()
        #expect(shop.run(["check", "--config=\(shop.configPath)"]).status == 0)
        #expect(shop.run(["check", "--config=nowhere.yaml", "--config", shop.configPath]).status == 0)
    }

    @Test func `a demo without its example says which file it wants`() {
        let outcome = Shop.run(["demo", "--tenant-file", "/nowhere/shop.yaml"])
        #expect(outcome.status == 1)
        #expect(outcome.out == "")
        #expect(
            outcome.error
                == "payrelay demo: cannot read /nowhere/shop.yaml; run it in the project's folder, or name an example "
                + "with --tenant-file\n")
    }
}
