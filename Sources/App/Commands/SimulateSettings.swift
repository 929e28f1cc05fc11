import Crypto
import Diagnostics
import FoundationEssentials
import Settings
import Simulator

/// The settings that the words after `payrelay simulate` mean.
enum SimulateSettings {
    private static let keyBytesMax = 65_536

    static func read(_ arguments: Arguments) throws(Arguments.UsageError) -> SimulatorSettings {
        var accounts: [SimulatorAccount] = []
        for text in arguments.values["account"] ?? [] { accounts.append(try account(text)) }
        if accounts.isEmpty { accounts = [.sample] }
        for text in arguments.values["merchant-key"] ?? [] { try addKey(text, to: &accounts) }
        let contract = try contract(arguments)
        for index in accounts.indices { accounts[index].contract = contract }
        let speed = try arguments.number("speed", in: 1...SimulatorSettings.speedMax) ?? 1
        return SimulatorSettings(
            accounts: accounts, speed: speed, alipayKey: try alipayKey(arguments),
            repeats: arguments.flags.contains("old-repeats") ? .old : .current)
    }

    private static func account(_ text: String) throws(Arguments.UsageError) -> SimulatorAccount {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        let isPartner = parts[0].utf8.count == 16 && parts[0].hasPrefix("2088") && Int(parts[0]) != nil
        guard parts.count >= 2, isPartner, !parts[1].isEmpty else {
            throw Arguments.UsageError(
                description: "--account must be PARTNER:KEY or PARTNER:KEY:EMAIL, PARTNER being 16 digits from 2088 on"
            )
        }
        return SimulatorAccount(
            partner: parts[0], key: Secret(parts[1]), sellerEmail: parts.count == 3 ? parts[2] : "seller@example.com"
        )
    }

    private static func addKey(
        _ text: String, to accounts: inout [SimulatorAccount]
    ) throws(Arguments.UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let index = accounts.firstIndex(where: { $0.partner == parts[0] }) else {
            throw Arguments.UsageError(
                description: "--merchant-key must be PARTNER=FILE, PARTNER being one of --account")
        }
        let bytes = try file(parts[1], "merchant-key")
        do throws(RSAKeyError) {
            accounts[index].merchantPublicKey = try RSAPublicKey(text: String(decoding: bytes, as: UTF8.self))
            accounts[index].signTypes = [.md5, .rsa]
        } catch {
            throw Arguments.UsageError(description: "--merchant-key: \(error.message)")
        }
    }

    private static func alipayKey(_ arguments: Arguments) throws(Arguments.UsageError) -> RSAPrivateKey? {
        guard let path = arguments.value("alipay-key") else { return nil }
        let bytes = try file(path, "alipay-key")
        do throws(RSAKeyError) { return try RSAPrivateKey(text: String(decoding: bytes, as: UTF8.self)) } catch {
            throw Arguments.UsageError(description: "--alipay-key: \(error.message)")
        }
    }

    private static func contract(_ arguments: Arguments) throws(Arguments.UsageError) -> SimulatorAccount.Contract {
        var contract = SimulatorAccount.Contract()
        for name in arguments.values["without"] ?? [] {
            guard let line = SimulatorAccount.Contract.services[name] else {
                throw Arguments.UsageError(description: "--without must be the name of one of Alipay's services")
            }
            contract[keyPath: line] = false
        }
        for name in arguments.values["with"] ?? [] {
            guard let line = SimulatorAccount.Contract.options[name] else {
                let names = SimulatorAccount.Contract.options.keys.sorted().joined(separator: ", ")
                throw Arguments.UsageError(description: "--with must be one of \(names)")
            }
            contract[keyPath: line] = true
        }
        return contract
    }

    private static func file(_ path: String, _ option: String) throws(Arguments.UsageError) -> [UInt8] {
        do throws(FileProblem) { return try SettingsFiles.read(path, bytesMax: keyBytesMax) } catch {
            throw Arguments.UsageError(description: "--\(option): cannot read the file: \(error.reason)")
        }
    }

    /// Writes a key that everybody may know.
    static func write(_ key: String, to path: String) throws(Arguments.UsageError) {
        guard FileManager.default.createFile(atPath: path, contents: Data(key.utf8)) else {
            throw Arguments.UsageError(description: "--alipay-public-key: the file cannot be written")
        }
    }
}
