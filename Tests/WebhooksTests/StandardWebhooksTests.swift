import Crypto
import Diagnostics
import HTTP
import JSON
import Testing
import Webhooks

/// Against `webhook-vectors.json`: published vectors of other implementations, and some computed with one of them.
struct StandardWebhooksTests {
    @Test func `every v1 vector gives the published signature`() throws {
        let vectors = try Fixture.json("webhook-vectors.json")
        let v1 = (list(vectors["published"]) + list(vectors["computed"])).filter { $0["alg"]?.text == "v1" }
        #expect(v1.count == 13)
        for vector in v1 {
            let headers = StandardWebhooks.headers(
                id: try #require(vector["id"]?.text), timestampSeconds: try #require(vector["timestamp"]?.int64),
                body: try body(vector), secrets: [try secret(vector["secret"])])
            #expect(headers["webhook-signature"] == vector["signature"]?.text, "\(vector["name"]?.text ?? "")")
            #expect(headers["webhook-id"] == vector["id"]?.text)
            #expect(headers["webhook-timestamp"].flatMap { Int64($0) } == vector["timestamp"]?.int64)
        }
    }

    @Test func `two secrets give two entries in their order`() throws {
        let vectors = try Fixture.json("webhook-vectors.json")
        let rotation = try #require(list(vectors["computed"]).first { $0["alg"]?.text == "multi" })
        let secrets = try list(rotation["secrets"]).prefix(2).map { try secret($0) }
        let headers = StandardWebhooks.headers(
            id: "msg_rotate", timestampSeconds: 1_700_000_000, body: try body(rotation), secrets: secrets)
        #expect(
            headers["webhook-signature"] == "v1,zjPb+Rki4pd3eXU9R1IhNv5HLuvaa/PtSSpWZpAAouA= "
                + "v1,xMFerJ6aUa87NoLh7vK92PEL372K4DO05j85kYdRVy0=")
    }

    @Test func `every verify case is judged as the vectors say`() throws {
        let cases = list(try Fixture.json("webhook-vectors.json")["verify"])
        #expect(cases.count == 15)
        for vector in cases where vector["error"]?.text != "empty_secret" {
            let headers = Headers([
                ("Webhook-Id", try #require(vector["id"]?.text)),
                ("Webhook-Timestamp", try #require(vector["timestamp"]?.text)),
                ("Webhook-Signature", try #require(vector["header"]?.text)),
            ])
            var found: String?
            do throws(WebhookVerifyError) {
                try StandardWebhooks.verify(
                    headers, body: Array((vector["body"]?.text ?? "").utf8), secrets: [key(vector["secret"])],
                    nowSeconds: vector["now"]?.int64 ?? 0)
            } catch {
                found = error.code.rawValue
            }
            #expect(found == vector["error"]?.text, "\(vector["name"]?.text ?? "")")
        }
    }

    @Test func `what one secret signs, any list with that secret verifies`() throws {
        let (old, new) = (WebhookSecret.generate(), WebhookSecret.generate())
        let body = Array("{\"a\":1}".utf8)
        let headers = StandardWebhooks.headers(id: "evt_1", timestampSeconds: 1000, body: body, secrets: [new, old])
        try StandardWebhooks.verify(headers, body: body, secrets: [old], nowSeconds: 1000)
        try StandardWebhooks.verify(headers, body: body, secrets: [new], nowSeconds: 1000)
        #expect(throws: WebhookVerifyError.self) {
            try StandardWebhooks.verify(headers, body: body, secrets: [.generate()], nowSeconds: 1000)
        }
    }

    @Test func `an id with a dot would move content between fields, and is not believed`() throws {
        let attack = try #require(try Fixture.json("webhook-vectors.json")["confusion_attack"])
        let signature = try #require(attack["signature"]?.text)
        let key = WebhookSecret(bytes: Array(0..<32))
        let honest = StandardWebhooks.headers(
            id: "msg_1", timestampSeconds: 1_700_000_000, body: Array("x.1700000001.y".utf8), secrets: [key])
        #expect(honest["webhook-signature"] == signature)
        let forged = Headers([
            ("webhook-id", "msg_1.1700000000.x"), ("webhook-timestamp", "1700000001"), ("webhook-signature", signature),
        ])
        let error = #expect(throws: WebhookVerifyError.self) {
            try StandardWebhooks.verify(forged, body: Array("y".utf8), secrets: [key], nowSeconds: 1_700_000_000)
        }
        #expect(error?.code == .badID)
    }

    @Test func `an entry beyond the limit is not looked at`() throws {
        let key = WebhookSecret(bytes: Array(0..<32))
        let good = StandardWebhooks.headers(id: "a", timestampSeconds: 10, body: [], secrets: [key])
        let entry = try #require(good["webhook-signature"])
        for (before, accepted) in [(StandardWebhooks.entriesMax - 1, true), (StandardWebhooks.entriesMax, false)] {
            var headers = good
            headers.set("webhook-signature", String(repeating: "v9,AAAA ", count: before) + entry)
            let believed = (try? StandardWebhooks.verify(headers, body: [], secrets: [key], nowSeconds: 10)) != nil
            #expect(believed == accepted)
        }
    }

    private func list(_ value: JSONValue?) -> [JSONValue] {
        guard case .array(let items)? = value else { return [] }
        return items
    }

    private func secret(_ value: JSONValue?) throws -> WebhookSecret {
        try WebhookSecret(Secret(try #require(value?.text)))
    }

    /// Receivers of other kinds take secrets without the prefix; ours are always read with it.
    private func key(_ value: JSONValue?) -> WebhookSecret {
        let text = value?.text ?? ""
        let encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
        return WebhookSecret(bytes: Base64.decode(encoded) ?? [])
    }

    private func body(_ vector: JSONValue) throws -> [UInt8] {
        if let encoded = vector["body_base64"]?.text { return try #require(Base64.decode(encoded)) }
        if let count = vector["body_repeat"]?["count"]?.int64 { return [UInt8](repeating: 0x78, count: Int(count)) }
        return Array(try #require(vector["body"]?.text).utf8)
    }
}
