import Testing
import Text

private func read(_ document: String) throws(XMLError) -> XMLElement {
    try XMLReader.read(Array(document.utf8))
}

private func refusal(of bytes: [UInt8]) -> XMLError? {
    do {
        _ = try XMLReader.read(bytes)
        return nil
    } catch { return error }
}

@Test func `an answer becomes a tree with its text unescaped once`() throws {
    let root = try read(
        """
        <?xml version="1.0" encoding="utf-8"?>
        <alipay><is_success>T</is_success><request><param name="service">single_trade_query</param>\
        <param name="subject">a &amp;lt; b &#20013; <![CDATA[<&amp;>]]></param></request>\
        <response><trade><subject>三体</subject><body/></trade></response><sign>ab+/=</sign></alipay>
        """)
    #expect(root.name == "alipay")
    #expect(root.children.map(\.name) == ["is_success", "request", "response", "sign"])
    #expect(root.child(named: "is_success")?.text == "T")
    let params = try #require(root.child(named: "request")?.children)
    #expect(params.map { $0.attributes.map(\.value) } == [["service"], ["subject"]])
    #expect(params.map(\.text) == ["single_trade_query", "a &lt; b 中 <&amp;>"])
    let trade = try #require(root.child(named: "response")?.child(named: "trade"))
    #expect(trade.child(named: "subject")?.text == "三体")
    #expect(trade.child(named: "body")?.text == "")
    #expect(trade.child(named: "nothing") == nil)
}

@Test func `attribute values are unescaped once`() throws {
    let root = try read(##"<a x="1 &amp;lt; 2 &#38;amp; &quot;&#x4E2D;" y='' p:z="&lt;&#38;#38;" xmlns:p="urn:p"/>"##)
    #expect(root.attributes.map(\.name) == ["x", "y", "p:z"])
    #expect(root.attributes.map(\.value) == [##"1 &lt; 2 &amp; "中"##, "", "<&#38;"])
}

@Test func `a document in GBK gives UTF-8, references included`() throws {
    let subject = try GBK.encode("三体乗")
    let document =
        Array(#"<?xml version="1.0" encoding="GBK"?><alipay><s name=""#.utf8) + subject + Array(#"">"#.utf8) + subject
        + Array("&#20013;</s></alipay>".utf8)
    let element = try #require(try XMLReader.read(document).child(named: "s"))
    #expect(element.text == "三体乗中")
    #expect(element.attributes.map(\.value) == ["三体乗"])
}

@Test func `own text is exact, and a byte order mark, comments and instructions are no text`() throws {
    let root = try read("\u{FEFF}<!-- c --><?go?><a> x <b> y\n</b><!-- no --><?no?> z </a>\n")
    #expect(root.text == " x  z ")
    #expect(root.children.map(\.text) == [" y\n"])
}

@Test func `a prefix without a declaration is an error, a declared one is part of the name`() throws {
    #expect(try read(#"<p:a xmlns:p="urn:p"><p:b/></p:a>"#).child(named: "p:b") != nil)
    #expect(throws: XMLError.self) { try read("<p:a/>") }
}

@Test(arguments: [
    // The billion laughs.
    """
    <!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
    <l>&c;</l>
    """,
    #"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#,
    #"<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>"#,
    #"<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><a/>"#,
    ##"<!DOCTYPE a [<!ENTITY % p "<!ENTITY &#37; q '%p;%p;'>"> %p; %q;]><a/>"##,
    "<!DOCTYPE html>\n<html><body><p>ILLEGAL_SIGN<br></body></html>",
    "<!DOCTYPE a><a/>",
])
func `a document type declaration is refused`(document: String) {
    #expect(refusal(of: Array(document.utf8))?.code == .documentType)
    #expect(refusal(of: Array(document.utf8))?.line == 1)
}

@Test(arguments: [
    ("", 1), ("   ", 1), ("ILLEGAL_PARTNER", 1), ("is_success=T", 1),
])
func `what does not begin like XML is refused`(document: String, line: Int) {
    #expect(refusal(of: Array(document.utf8))?.code == .encoding)
    #expect(refusal(of: Array(document.utf8))?.line == line)
}

@Test(arguments: [
    ("<alipay>\n<is_success>T</is_success>\n", 3),
    ("<alipay>\n<is_succ", 2),
    ("<html>\n<body>\n<br>\n</body></html>", 4),
    ("<a>\n&nbsp;</a>", 2),
    ("<a>\n&x;</a>", 2),
    ("<a>&#0;</a>", 1),
    ("<a/>\n<b/>", 2),
    ("<a/>\ntrailing", 2),
    ("<a x='1' x='2'/>", 1),
    ("<a>\u{1}</a>", 1),
    ("<a>1 & 2</a>", 1),
    ("<?xml version=\"1.0\" encoding=\"no-such\"?>\n<a/>", 1),
])
func `a document that is not well-formed is refused with its line`(document: String, line: Int) {
    let error = refusal(of: Array(document.utf8))
    #expect(error?.code == .malformed)
    #expect(error?.line == line)
    #expect(error?.message.contains("\n") == false)
    #expect(error?.message.isEmpty == false)
}

@Test func `every truncation of an answer is refused`() throws {
    let whole = Array("<?xml version=\"1.0\"?><alipay><p n=\"v\">&amp;中<![CDATA[x]]></p></alipay>".utf8)
    #expect(try XMLReader.read(whole).name == "alipay")
    for length in 0..<whole.count {
        #expect(refusal(of: Array(whole.prefix(length))) != nil, "the first \(length) bytes")
    }
}

@Test func `bad bytes are refused in UTF-8 and in GBK`() throws {
    let utf8 = Array("<a>\n".utf8) + [0xD6, 0xD0] + Array("</a>".utf8)
    #expect(refusal(of: utf8)?.code == .malformed)
    #expect(refusal(of: utf8)?.line == 2)
    let gbk = Array("<?xml version=\"1.0\" encoding=\"GBK\"?><a>".utf8) + [0x41, 0xFF, 0xFF] + Array("</a>".utf8)
    #expect(refusal(of: gbk)?.code == .malformed)
    let late = Array("<?xml version=\"1.0\" encoding=\"GBK\"?><a>".utf8) + Array(repeating: 0x41, count: 20_000)
    #expect(refusal(of: late + [0xD6, 0x20] + Array("</a>".utf8)) != nil)
    #expect(refusal(of: late + [0xFF] + Array("</a>".utf8)) != nil)
}

@Test func `UTF-16, UTF-32 and encodings that Alipay does not use are refused`() {
    let little = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><!DOCTYPE a><a/>".utf16
        .flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    #expect(refusal(of: [0xFF, 0xFE] + little)?.code == .encoding)
    #expect(refusal(of: little)?.code == .encoding)
    #expect(refusal(of: [0, 0, 0, 0x3C])?.code == .encoding)
    #expect(refusal(of: [0x4C, 0x6F, 0xA7, 0x94])?.code == .encoding)
    let declared = refusal(of: Array("<?xml version='1.0' encoding='BIG5'?>\n<a/>".utf8))
    #expect(declared?.code == .encoding)
    #expect(declared?.message == "the encoding BIG5 is not one of UTF-8, GBK, GB2312, GB18030")
    #expect(refusal(of: Array("<?xml version='1.0' encoding='UTF-16'?><a/>".utf8)) != nil)
    #expect(refusal(of: Array("<?xml version='1.0' encoding='UTF-7'?><a/>".utf8)) != nil)
}

@Test func `sixteen elements deep is read and one deeper is refused, ten thousand as well`() throws {
    func nested(_ depth: Int) -> [UInt8] {
        Array((String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)).utf8)
    }
    #expect(try XMLReader.read(nested(16)).name == "a")
    #expect(refusal(of: nested(17))?.code == .tooDeep)
    #expect(refusal(of: nested(10_000))?.code == .tooDeep)
}

@Test func `a document of the greatest length is read and one byte more is refused`() throws {
    let frame = "<a></a>".utf8.count
    let text = String(repeating: "x", count: XMLReader.bytesMax - frame)
    #expect(try read("<a>\(text)</a>").text.utf8.count == text.utf8.count)
    #expect(refusal(of: Array("<a>\(text)y</a>".utf8))?.code == .tooLarge)
}

@Test func `documents are read on many threads at once`() async throws {
    let document =
        Array("<?xml version=\"1.0\" encoding=\"GBK\"?><a>".utf8) + (try GBK.encode("中")) + Array("</a>".utf8)
    try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 1...64 { group.addTask { try XMLReader.read(document).text } }
        for try await text in group { #expect(text == "中") }
    }
}

@Test func `a document with any one byte damaged is read or refused, and nothing else`() throws {
    let text = "<a n=\"&#38;v\" m='&lt;'><!--c--><?p i?><b>&amp;x&#x4E2D;<![CDATA[y]]></b><c/></a>\n"
    let utf8 = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>".utf8) + Array(text.utf8) + Array("<!-- 中 -->".utf8)
    let gbk = Array("<?xml version=\"1.0\" encoding=\"GBK\"?>".utf8) + Array(text.utf8) + [0x3C, 0x21, 0x2D, 0x2D]
    for document in [utf8, gbk + [0xD6, 0xD0, 0x2D, 0x2D, 0x3E]] {
        #expect(try XMLReader.read(document).child(named: "b")?.text == "&x中y")
        for position in document.indices {
            for byte: UInt8 in [0, 0x20, 0x21, 0x26, 0x3B, 0x3C, 0x3E, 0x5D, 0x80, 0xD6, 0xFF] {
                var damaged = document
                damaged[position] = byte
                if let error = refusal(of: damaged) { #expect(!error.message.isEmpty && !error.message.contains("\n")) }
            }
        }
    }
}
