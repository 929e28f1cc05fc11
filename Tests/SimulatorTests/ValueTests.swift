import Simulator
import Testing

@Suite struct ValueTests {
    @Test(arguments: [("0.01", 1), ("0.1", 10), ("1", 100), ("120.50", 12050), ("100000000.00", 10_000_000_000)])
    func `an amount in yuan is read as fen`(text: String, fen: Int64) throws {
        #expect(try Yuan.fen(text) == fen)
    }

    @Test(arguments: [
        "", ".", "1.", ".5", "1.234", "1,00", "+1", " 1", "1e2", "100000000.01", "1000000000", "--1", "１",
    ])
    func `what is no amount is malformed`(text: String) {
        #expect(throws: Yuan.Refusal.malformed) { try Yuan.fen(text) }
    }

    @Test(arguments: ["0", "0.00", "-0.01", "-5"]) func `nothing and less are refused as such`(text: String) {
        #expect(throws: Yuan.Refusal.zeroOrLess) { try Yuan.fen(text) }
    }

    @Test func `fen are written in yuan with two decimals`() {
        #expect([1, 10, 12050, 0, -305].map(Yuan.text) == ["0.01", "0.10", "120.50", "0.00", "-3.05"])
    }

    @Test func `times are Beijing's`() {
        // 2026-01-02T16:04:05Z is the next day in Beijing.
        #expect(BeijingTime.text(1_767_369_845_000) == "2026-01-03 00:04:05")
        #expect(BeijingTime.date(1_767_369_845_000) == "20260103")
        #expect(BeijingTime.text(BeijingTime.nextMidnight(afterMs: 1_767_369_845_000)) == "2026-01-04 00:00:00")
    }

    @Test func `what a page or a document cannot carry is escaped`() {
        #expect(
            Markup.escape("<a href=\"x\">'&'\r\u{1}</a>")
                == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&#13;\u{FFFD}&lt;/a&gt;")
    }
}
