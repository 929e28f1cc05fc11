import JSON
import Testing

struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var out = JSONWriter(reservingCapacity: 16)
        write(&out)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    @Test func `commas stand between values and nowhere else`() {
        let written = text { out in
            out.beginObject()
            out.name("empty")
            out.beginArray()
            out.endArray()
            out.name("list")
            out.beginArray()
            out.value(1)
            out.beginObject()
            out.endObject()
            out.value("x")
            out.null()
            out.value(true)
            out.raw(Array(#"{"a":1}"#.utf8))
            out.value(String?.none)
            out.time(1_767_323_045_678)
            out.endArray()
            out.field("last", false)
            out.endObject()
        }
        #expect(
            written
                == #"{"empty":[],"list":[1,{},"x",null,true,{"a":1},null,"2026-01-02T03:04:05.678Z"],"last":false}"#)
    }

    @Test(arguments: [
        (Int64.min, "-9223372036854775808"), (-1, "-1"), (0, "0"), (12_050, "12050"),
        (Int64.max, "9223372036854775807"),
    ])
    func `a number is its digits`(number: Int64, digits: String) {
        #expect(text { $0.value(number) } == digits)
    }

    @Test func `quotes, backslashes and every control character are escaped, all else is as it is`() {
        let controls: [(String, String)] = (0x00...0x1F).map { code in
            let hex = String(code, radix: 16)
            let escape = code == 0x0A ? "\\n" : "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            return (String(decoding: [UInt8(code)], as: UTF8.self), escape)
        }
        let others = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\u{7F}", "\\u007f"), ("/", "/"), ("三体", "三体"), ("😀", "😀"),
            ("\u{2028}", "\u{2028}"), ("\u{FEFF}", "\u{FEFF}"), ("", ""),
        ]
        for (plain, escaped) in controls + others {
            #expect(text { $0.value("a" + plain + "b") } == "\"a\(escaped)b\"")
            #expect(
                text { out in
                    out.beginObject()
                    out.field(plain, "x")
                    out.endObject()
                } == "{\"\(escaped)\":\"x\"}")
        }
    }
}
