import Alipay
import Diagnostics
import Support
import Testing

/// What carries a signature that none of the contract's keys gave is refused, however near it comes.
struct ForgeryTests {
    static let message = Message.paid.signed()
    static let right = Message.paid.sign()

    /// Whether the message is read and accepted.
    static func accepts(_ body: [UInt8], keys: SigningKeys = .sample) -> Bool {
        (try? InboundNotification(body).isSigned(by: keys)) ?? false
    }

    static func accepts(_ message: Message, keys: SigningKeys = .sample) -> Bool { accepts(message.body, keys: keys) }

    @Test func `the right one is accepted`() {
        #expect(ForgeryTests.accepts(ForgeryTests.message))
    }

    @Test func `every other signature is refused`() {
        let right = ForgeryTests.right
        let wrong = [
            "0", String(repeating: "0", count: 32), right.uppercased(), String(right.dropLast()),
            String(right.dropFirst()), right + "0",
            right + right, " " + right, right + " ", right + "\n", right + "\0", "0" + right, String(right.reversed()),
            Message.paid.sign(key: ""), Message.paid.sign(key: otherKeyText), Message.paid.sign(key: keyText + "\n"),
            Message.paid.sign(key: "&key=" + keyText), Message.paid.sign(key: "&" + keyText),
            "d41d8cd98f00b204e9800998ecf8427e",
        ]
        for sign in wrong { #expect(!ForgeryTests.accepts(ForgeryTests.message.with("sign", sign)), "\(sign)") }
        #expect(right.contains { $0.isLetter })
        for place in right.indices {
            var sign = right
            sign.replaceSubrange(place...place, with: right[place] == "0" ? "1" : "0")
            #expect(!ForgeryTests.accepts(ForgeryTests.message.with("sign", sign)))
        }
    }

    /// The contract says how it signs; the message does not choose.
    @Test(arguments: ["md5", "Md5", "RSA", "RSA2", "DSA", "MD", "MD55", "0001", "none"])
    func `another sign_type is refused, though the signature would be right`(type: String) {
        #expect(!ForgeryTests.accepts(ForgeryTests.message.with("sign_type", type)))
    }

    /// A flip inside `%xx` or between `+` and its like can leave the decoded bytes as they were: the very same message.
    @Test func `one flipped bit anywhere is refused, unless it decodes to the same bytes`() throws {
        var generator = SeededGenerator(seed: 0x5EED)
        let body = ForgeryTests.message.body
        let same = try Message.fields(of: body)
        var refused = 0
        for place in body.indices {
            var forged = body
            forged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            let isSame = (try? Message.fields(of: forged)) == same
            #expect(ForgeryTests.accepts(forged) == isSame, "at \(place)")
            if !isSame { refused += 1 }
        }
        #expect(refused > body.count * 9 / 10)
    }

    @Test func `one byte dropped, doubled or replaced anywhere is refused, unless it decodes to the same bytes`() throws
    {
        var generator = SeededGenerator(seed: 0xB17E)
        let body = ForgeryTests.message.body
        let same = try Message.fields(of: body)
        for place in body.indices {
            var dropped = body
            dropped.remove(at: place)
            var doubled = body
            doubled.insert(body[place], at: place)
            var replaced = body
            replaced[place] = UInt8.random(in: 0...255, using: &generator)
            for forged in [dropped, doubled, replaced] {
                let isSame = (try? Message.fields(of: forged)) == same
                #expect(ForgeryTests.accepts(forged) == isSame, "at \(place)")
            }
        }
    }

    @Test func `a body cut short anywhere is refused`() {
        let body = ForgeryTests.message.body
        for count in body.indices { #expect(!ForgeryTests.accepts(Array(body[..<count])), "cut at \(count)") }
    }

    @Test func `a field added is refused, one without a value is not in the signature`() {
        #expect(!ForgeryTests.accepts(ForgeryTests.message.with("shop", "17")))
        #expect(!ForgeryTests.accepts(ForgeryTests.message.with("s", "/pay/notify")))
        #expect(!ForgeryTests.accepts(ForgeryTests.message.with("refund_status", "REFUND_SUCCESS")))
        #expect(!ForgeryTests.accepts(ForgeryTests.message.with("blank", " ")))
        #expect(!ForgeryTests.accepts(ForgeryTests.message.with("zero", "0")))
        #expect(ForgeryTests.accepts(ForgeryTests.message.with("refund_status", "")))
    }

    @Test func `any field removed, renamed or emptied is refused`() {
        for field in ForgeryTests.message.fields where !field.value.isEmpty {
            #expect(!ForgeryTests.accepts(ForgeryTests.message.with(field.name, nil)), "\(field.name)")
            #expect(!ForgeryTests.accepts(ForgeryTests.message.with(field.name, "")), "\(field.name)")
            let renamed = ForgeryTests.message.with(field.name, nil).with(field.name + "1", bytes: field.value)
            #expect(!ForgeryTests.accepts(renamed), "\(field.name)")
        }
    }

    @Test func `any two values swapped are refused`() {
        let fields = ForgeryTests.message.fields
        for (index, one) in fields.enumerated() {
            for other in fields[(index + 1)...] where one.value != other.value {
                let swapped = ForgeryTests.message.with(one.name, bytes: other.value).with(other.name, bytes: one.value)
                #expect(!ForgeryTests.accepts(swapped), "\(one.name), \(other.name)")
            }
        }
    }

    @Test func `in any order it is the same message`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<50 {
            var shuffled = ForgeryTests.message
            shuffled.fields.shuffle(using: &generator)
            #expect(ForgeryTests.accepts(shuffled))
        }
    }

    @Test func `what another tenant's key signed is refused`() {
        #expect(!ForgeryTests.accepts(Message.paid.signed(key: otherKeyText)))
        #expect(ForgeryTests.accepts(Message.paid.signed(key: otherKeyText), keys: .other))
        #expect(!ForgeryTests.accepts(ForgeryTests.message, keys: .other))
    }

    @Test func `while a key is rotated the old and the new one are accepted, a third is not`() {
        let keys = SigningKeys(md5: [Secret("new key of 32 characters, all of"), Secret(keyText)])
        #expect(ForgeryTests.accepts(Message.paid.signed(), keys: keys))
        #expect(ForgeryTests.accepts(Message.paid.signed(key: "new key of 32 characters, all of"), keys: keys))
        #expect(!ForgeryTests.accepts(Message.paid.signed(key: otherKeyText), keys: keys))
    }

    /// What frameworks on the way do to a body.
    @Test func `a body decoded twice, trimmed or escaped on its way is refused`() {
        let message = Message.paid.with("subject", " a+b %26 <c> \"d\" ").signed()
        #expect(ForgeryTests.accepts(message))
        for subject in [
            "a+b %26 <c> \"d\"", " a b %26 <c> \"d\" ", " a+b & <c> \"d\" ", " a+b %26 &lt;c&gt; &quot;d&quot; ",
            " a+b %26 <c> \\\"d\\\" ",
        ] {
            #expect(!ForgeryTests.accepts(message.with("subject", subject)), "\(subject)")
        }
    }
}
