import App
import Crypto
import Diagnostics
import HTTP
import JSON
import Simulator
import Support
import Testing

/// The usual mistakes in a signature, each posted, refused, and named by `payrelay notifications explain`.
@Suite(.timeLimit(.minutes(2))) struct UsualMistakesTests {
    typealias Pair = (name: String, value: String)

    struct Mistake: Sendable, CustomTestStringConvertible {
        let words: String
        /// Besides the usual fields.
        var more: [String: String] = [:]
        /// What is signed in the place of the fields in their order.
        var signed: @Sendable ([Pair]) -> [Pair] = { $0 }
        var joint = ""
        var key = String(decoding: World.account.key.reveal(), as: UTF8.self)
        var sign: @Sendable (String) -> String = { $0 }
        var testDescription: String { words }

        static func value(
            _ words: String, _ value: String, _ change: @escaping @Sendable (String) -> String
        ) -> Mistake {
            Mistake(words: words, more: ["body": value]) { $0.map { ($0.name, change($0.value)) } }
        }
    }

    static let mistakes = [
        Mistake(words: "sign were in lower case", sign: { $0.uppercased() }),
        Mistake(words: "sign had no blanks or line breaks in it", sign: { $0 + "\r\n" }),
        Mistake(words: "the key had a blank, a line break", key: "abcdefghijklmnopqrstuvwxyz012345\n"),
        Mistake(words: "the key were in upper case", key: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"),
        Mistake(words: "there were no key at all", key: ""),
        Mistake(words: "& stood between the string and the key", joint: "&"),
        Mistake(words: "&key= stood between the string and the key", joint: "&key="),
        Mistake(words: "sign_type were signed") { ($0 + [("sign_type", "MD5")]).sorted { $0.name < $1.name } },
        Mistake(words: "fields without a value were signed", more: ["extra_common_param": ""]),
        Mistake(words: "the field shop were left out", more: ["shop": "17"]) { $0.filter { $0.name != "shop" } },
        Mistake(words: "names were sorted without regard to case", more: ["Zone": "8"]) {
            $0.sorted { $0.name.lowercased() < $1.name.lowercased() }
        },
        Mistake(words: "the fields were not sorted") { $0.reversed() },
        .value("the values were percent-decoded once more", "50%2525") { $0.replacing("%25", with: "%") },
        .value("each + in the values were a blank", "1+1") { $0.replacing("+", with: " ") },
        .value("blanks at the ends of values were cut off", " x ") { $0 == " x " ? "x" : $0 },
        .value("line breaks were LF and not CRLF", "a\r\nb") { $0.replacing("\r\n", with: "\n") },
        .value("the values were HTML-escaped", "a<b & c") {
            $0.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        },
        .value("quotation marks and backslashes had a backslash before them", "the \"book\"") {
            $0.replacing("\"", with: "\\\"")
        },
        Mistake(words: "the values were not percent-decoded") {
            $0.map { ($0.name, HandMadeNotification.encode($0.value)) }
        },
        Mistake(words: "blanks in the value of subject were +") {
            $0.map { ($0.name, $0.name == "subject" ? $0.value.replacing(" ", with: "+") : $0.value) }
        },
    ]

    @Test(arguments: mistakes)
    func `a mistake that is usual is named`(mistake: Mistake) async throws {
        try await World.run { world, service in
            let message = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS",
                more: mistake.more)
            let (body, isRight) = Self.body(message, mistake)
            #expect(!isRight, "the mistake makes no difference")
            #expect(try await world.post(body, on: service).text == "fail")
            let row = try await world.newestRow(on: service)
            #expect(try await world.verdicts(on: service) == ["bad_signature"])
            let explained = await world.payrelay("notifications", "explain", row, on: service)
            #expect(explained.status == 0)
            #expect(explained.out.contains("The signature would match if \(mistake.words)"), "\(explained.out)")
            // The sentence is a diagnosis, and no pass.
            let accepted = await world.payrelay("notifications", "replay", "--accept", row, on: service)
            #expect(accepted.status == 1 && accepted.error.contains("nobody can vouch for such a message"))
            #expect(!explained.text.contains(String(decoding: World.account.key.reveal(), as: UTF8.self)))
        }
    }

    @Test func `values that were signed in GBK and sent in UTF-8 are named`() async throws {
        try await World.run { world, service in
            var message = HandMadeNotification(
                reference: "ORDER-1", tradeNo: "2026010222001400000000000001", status: "TRADE_SUCCESS")
            message.fields["subject"] = "三体"
            message.sign = SignedBytes.sign(
                message.fields, replacing: "三体", with: [0xC8, 0xFD, 0xCC, 0xE5], key: World.account.key)
            #expect(try await world.told(message, on: service) == "fail")
            let row = try await world.newestRow(on: service)
            let explained = await world.payrelay("notifications", "explain", row, on: service)
            #expect(explained.out.contains("The signature would match if the values were in GBK."))
        }
    }

    /// The body, and whether its signature is right after all.
    private static func body(_ message: HandMadeNotification, _ mistake: Mistake) -> (String, Bool) {
        let sorted = message.fields.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
            .map { (name: $0.key, value: $0.value) }
        let keepsEmpty = mistake.words.contains("without a value")
        let signed = mistake.signed(sorted).filter { keepsEmpty || !$0.value.isEmpty }
        let text = signed.map { "\($0.name)=\($0.value)" }.joined(separator: "&") + mistake.joint + mistake.key
        let sign = mistake.sign(Hex.encode(MD5.digest(Array(text.utf8))))
        // As sent: the reverse of the order that is right.
        let sent = sorted.reversed() + [(name: "sign", value: sign), (name: "sign_type", value: "MD5")]
        let form = sent.map { "\($0.name)=\(HandMadeNotification.encode($0.value))" }.joined(separator: "&")
        return (form, sign == message.rightSign)
    }
}
