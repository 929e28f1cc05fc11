import Alipay
import Testing
import Text

/// Step 1 of what is done with a notification: size and shape.
struct InboundNotificationTests {
    /// Why the body is refused; nil when it is not.
    static func reason(_ body: [UInt8]) -> String? {
        do {
            _ = try InboundNotification(body)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test func `what every message has is read, whatever the order of its fields`() throws {
        let notification = try Message.paid.signed().notification()
        #expect(notification.notifyID == "0123456789abcdef0123456789abcdef2a")
        #expect(notification.notifyType == "trade_status_sync")
        #expect(notification.signType == "MD5")
        #expect(notification.providerStatus == "TRADE_SUCCESS")
        var turned = Message.paid.signed()
        turned.fields.reverse()
        #expect(try turned.notification().isSigned(by: .sample))
    }

    @Test(arguments: ["notify_id", "notify_type", "sign", "sign_type"])
    func `a message without it, or with an empty one, is malformed`(name: String) {
        let message = Message.paid.signed()
        #expect(InboundNotificationTests.reason(message.with(name, nil).body) == "\(name) is missing")
        #expect(InboundNotificationTests.reason(message.with(name, "").body) == "\(name) is missing")
        #expect(
            InboundNotificationTests.reason(Array((message.with(name, nil).wire + "&\(name)").utf8))
                == "\(name) is missing")
    }

    @Test(arguments: [
        ("&total_fee=0.01", "not a form: the field total_fee appears twice"),
        ("&total%5Ffee=0.01", "not a form: the field total_fee appears twice"),
        ("&out_trade_no=", "not a form: the field out_trade_no appears twice"),
        ("&sign=0", "not a form: the field sign appears twice"),
        ("&x=%", "not a form: bad percent-encoding at byte {end+3}"),
        ("&x=%4", "not a form: bad percent-encoding at byte {end+3}"),
        ("&x=%4g", "not a form: bad percent-encoding at byte {end+3}"),
        ("&%zz=1", "not a form: bad percent-encoding at byte {end+1}"),
        ("&=1", "not a form: a field without a name"),
        ("&x%00=1", "not a form: a field name with a character outside A-Z a-z 0-9 _ . -"),
        ("&a%3Db=1", "not a form: a field name with a character outside A-Z a-z 0-9 _ . -"),
        ("&a%26b=1", "not a form: a field name with a character outside A-Z a-z 0-9 _ . -"),
        ("&三=1", "not a form: a field name with a character outside A-Z a-z 0-9 _ . -"),
    ])
    func `a form that can be read in two ways, or not at all, is malformed`(added: String, reason: String) {
        let body = Message.paid.signed().body
        var reason = reason
        for offset in [1, 3] { reason = reason.replacing("{end+\(offset)}", with: "\(body.count + offset)") }
        #expect(InboundNotificationTests.reason(body + Array(added.utf8)) == reason)
    }

    @Test func `200 fields are read, 201 are not`() throws {
        var message = Message.paid
        for number in 1...(198 - message.fields.count) { message = message.with("x\(number)", "1") }
        message = message.signed()
        #expect(message.fields.count == 200)
        #expect(try message.notification().isSigned(by: .sample))
        #expect(InboundNotificationTests.reason(message.with("y", "1").body) == "not a form: too many fields")
    }

    @Test func `64 KiB are read, one byte more is not`() throws {
        let message = Message.paid.signed()
        let padding = String(
            repeating: "x", count: InboundNotification.bodyBytesMax - message.body.count - "&note=".utf8.count)
        let largest = message.with("note", padding)
        #expect(largest.body.count == 65_536)
        #expect(InboundNotificationTests.reason(largest.body) == nil)
        #expect(InboundNotificationTests.reason(message.with("note", padding + "x").body) == "longer than 65536 bytes")
    }

    @Test(arguments: [
        ("notify_id", 128), ("notify_type", 64), ("sign_type", 16),
    ])
    func `its own words are short and printable`(name: String, bytesMax: Int) {
        let message = Message.paid.signed()
        let complaint = "\(name) is too long or has characters that it cannot have"
        #expect(
            InboundNotificationTests.reason(message.with(name, String(repeating: "x", count: bytesMax)).body) == nil)
        for bad in [String(repeating: "x", count: bytesMax + 1), "a b", " ", "a\nb", "a\0", "三", "a\u{7F}"] {
            #expect(InboundNotificationTests.reason(message.with(name, bad).body) == complaint)
        }
        #expect(InboundNotificationTests.reason(message.with(name, bytes: [0xFF]).body) == complaint)
    }

    @Test(arguments: [
        "", "&", "&&&", "success", "{\"notify_id\": \"1\"}", "<notify/>", "\0",
        "--boundary\r\nContent-Disposition: form-data",
    ])
    func `a body that is something else is malformed`(body: String) {
        #expect(InboundNotificationTests.reason(Array(body.utf8)) != nil)
    }

    @Test func `empty segments change nothing`() throws {
        let wire = "&" + Message.paid.signed().wire.replacing("&trade_no", with: "&&trade_no") + "&"
        #expect(try InboundNotification(Array(wire.utf8)).isSigned(by: .sample))
    }

    /// With one MD5 key both ways, our own signed requests would otherwise be valid signatures over text that a buyer or
    /// merchant had a say in: `…&body=x&notify_id=…&trade_status=TRADE_SUCCESS&z=…`, read apart in another way.
    @Test func `a request of ours, turned round, is no notification`() throws {
        let description = "x&notify_id=0123456789abcdef0123456789abcdef2a&notify_type=trade_status_sync"
        let payment = CreateDirectPayTests.payment(description: description)
        let url = CreateDirectPayTests.url(payment)
        let forged = url.split(separator: "?", maxSplits: 1)[1].replacing("%26", with: "&").replacing("%3D", with: "=")
        let form = try FormFields(Array(forged.utf8), fieldsMax: 200)
        #expect(form["notify_type"].map(Array.init) == Array("trade_status_sync".utf8))
        let sign = try #require(form["sign"])
        #expect(SigningKeys.sample.verify(CanonicalString.bytes(of: form), signature: sign))
        #expect(
            InboundNotificationTests.reason(Array(forged.utf8))
                == "it has an _input_charset, which requests have and notifications do not")
    }
}
