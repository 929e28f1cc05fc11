import Diagnostics
import Foundation
import Support
import Synchronization
import Testing

struct LogTests {
    /// Keeps what a log gives out, one element a call.
    private final class Output: Sendable {
        private let lines = Mutex<[String]>([])
        func take(_ bytes: [UInt8]) { lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        var all: [String] { lines.withLock { $0 } }
    }

    /// What is written in both formats.
    private func written(
        level: Logger.Level = .debug, _ write: (Logger) -> Void
    ) -> (json: [String], text: [String]) {
        let outputs = (json: Output(), text: Output())
        let clock = ManualClock()
        write(Logger(sink: FormattedLog(level: level, format: .json, clock: clock) { outputs.json.take($0) }))
        write(Logger(sink: FormattedLog(level: level, format: .text, clock: clock) { outputs.text.take($0) }))
        return (outputs.json.all, outputs.text.all)
    }

    @Test func `a line is its time, level, message and fields, the logger's own first`() {
        let lines = written { log in
            log.with(["request": "req_1"]).with(["tenant": "bookshop"])
                .info("payment created", ["payment": "pay_1", "duration_ms": 12, "late": .flag(false)])
        }
        #expect(
            lines.json == [
                #"{"time":"2026-01-02T03:04:05.000Z","level":"info","message":"payment created","request":"req_1","#
                    + #""tenant":"bookshop","payment":"pay_1","duration_ms":12,"late":false}"# + "\n"
            ])
        #expect(
            lines.text == [
                "2026-01-02T03:04:05.000Z INFO payment created request=req_1 tenant=bookshop payment=pay_1 "
                    + "duration_ms=12 late=false\n"
            ])
    }

    @Test(arguments: [
        // value, in JSON, in text
        ("", #""""#, #""""#), ("plain-1.2/3:4", #""plain-1.2/3:4""#, "plain-1.2/3:4"),
        ("two words", #""two words""#, #""two words""#),
        ("三体", "\"三体\"", "三体"), ("a=b", #""a=b""#, #""a=b""#), (#"say "hi""#, #""say \"hi\"""#, #""say \"hi\"""#),
        (#"C:\x"#, #""C:\\x""#, #"C:\x"#), (#"\n"#, #""\\n""#, #"\n"#), ("a\nb", #""a\nb""#, #""a\nb""#),
        ("a\r\nb\tc", #""a\r\nb\tc""#, #""a\r\nb\tc""#),
        ("\u{0}\u{1B}[2J\u{7F}", #""\u0000\u001b[2J\u007f""#, #""\u0000\u001b[2J\u007f""#),
        ("a\u{85}b", #""a\u0085b""#, #""a\u0085b""#), ("\u{9B}2J", #""\u009b2J""#, #""\u009b2J""#),
        ("\u{2028}x\u{2029}", #""\u2028x\u2029""#, #""\u2028x\u2029""#),
        ("a\u{3000}b\u{A0}c", "\"a\u{3000}b\u{A0}c\"", "\"a\u{3000}b\u{A0}c\""),
    ])
    func `a value is quoted where it must be, and no control character goes through`(
        value: String, json: String, text: String
    ) {
        let lines = written { $0.warning("m", ["k": .text(value)]) }
        #expect(
            lines.json == [#"{"time":"2026-01-02T03:04:05.000Z","level":"warning","message":"m","k":"# + json + "}\n"])
        #expect(lines.text == ["2026-01-02T03:04:05.000Z WARNING m k=\(text)\n"])
    }

    @Test(arguments: [
        "x\n2026-01-02T03:04:05.000Z INFO payment succeeded payment=pay_9", "x\r\nforged", "\" level=error",
        "x\",\"level\":\"error",
        "x\u{2028}forged", "x\u{85}forged", "x\u{B}forged\u{C}forged", "\\\" forged", "x payment=pay_9",
    ])
    func `no value can make a second line or another field`(value: String) throws {
        let lines = written { $0.info("m", ["k": .text(value), "last": "z"]) }
        for line in lines.json + lines.text {
            #expect(
                line.unicodeScalars.filter { $0.properties.generalCategory == .control } == ["\n"]
                    && line.hasSuffix("\n"))
            #expect(!line.contains("\u{2028}") && line.split(whereSeparator: \.isNewline).count == 1)
        }
        let object = try JSONSerialization.jsonObject(with: Data(lines.json.joined().utf8)) as? [String: String]
        #expect(
            object == ["time": "2026-01-02T03:04:05.000Z", "level": "info", "message": "m", "k": value, "last": "z"])
        // In text the whole value stands between one pair of quotes.
        let text = try #require(lines.text.first)
        let quoted = try #require(text.wholeMatch(of: #/\S+ INFO m k="((?:[^"\\]|\\.)*)" last=z\n/#)?.1)
        let read = try JSONSerialization.jsonObject(with: Data("\"\(quoted)\"".utf8), options: .fragmentsAllowed)
        #expect(read as? String == value)
    }

    @Test func `a name stands once in a line, with what was said last`() {
        let lines = written { log in
            log.with(["tenant": "ash", "request": "req_1"]).with(["tenant": "birch"]).info(
                "x", ["request": "req_2", "a": 1])
        }
        #expect(
            lines.json == [
                #"{"time":"2026-01-02T03:04:05.000Z","level":"info","message":"x","tenant":"birch","request":"req_2","a":1}"#
                    + "\n"
            ])
    }

    @Test func `a line below the level is not written, and its fields are not even made`() {
        let made = Mutex(0)
        func field() -> Logger.Value {
            made.withLock { $0 += 1 }
            return "x"
        }
        let lines = written(level: .warning) { log in
            log.debug("d", ["k": field()])
            log.info("i", ["k": field()])
            log.warning("w", ["k": field()])
            log.error("e", ["k": field()])
        }
        #expect(lines.text.map { $0.dropFirst(25) } == ["WARNING w k=x\n", "ERROR e k=x\n"])
        #expect(lines.json.count == 2 && made.withLock { $0 } == 4)
        Logger.none.error("nobody hears")
    }

    @Test(arguments: [Logger.Level.debug, .info, .warning, .error])
    func `a level lets itself and what is above it through`(level: Logger.Level) {
        let lines = written(level: level) { log in
            log.debug("m")
            log.info("m")
            log.warning("m")
            log.error("m")
        }
        #expect(lines.text.count == 4 - level.rawValue)
    }

    @Test func `a secret in a line is not told`() {
        let secret = Secret("sk_live_1")
        let lines = written { $0.error("m", ["key": "\(secret)"]) }
        #expect(lines.text == ["2026-01-02T03:04:05.000Z ERROR m key=<secret>\n"])
    }
}
