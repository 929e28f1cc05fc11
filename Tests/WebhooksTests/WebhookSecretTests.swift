import Diagnostics
import Testing
import Webhooks

struct WebhookSecretTests {
    @Test func `24 and 64 bytes are read back as they were`() throws {
        for count in [24, 32, 64] {
            let bytes = (0..<count).map { UInt8($0) }
            let text = WebhookSecret(bytes: bytes).revealText()
            #expect(text.hasPrefix("whsec_"))
            #expect(try WebhookSecret(Secret(text)).bytes.reveal() == bytes)
        }
    }

    @Test func `a generated secret has 32 bytes and is no other's`() throws {
        let (one, other) = (WebhookSecret.generate(), WebhookSecret.generate())
        #expect(one.bytes.count == 32)
        #expect(one != other)
        #expect(try WebhookSecret(Secret(one.revealText())) == one)
    }

    @Test(arguments: [
        ("", WebhookSecretError.Code.empty),
        ("whsec_AAECAwQFBgcICQoL DA0ODxAREhMUFRYX", .blank),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n", .blank),
        ("v1,whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", .versionPrefix),
        ("whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", .asymmetric),
        ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", .noPrefix),
        ("WHSEC_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", .noPrefix),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUF-_X", .urlSafe),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", .padding),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFR!X", .base64),
        ("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=", .tooShort),
        ("whsec_", .tooShort),
    ])
    func `a classic mistake is named`(text: String, code: WebhookSecretError.Code) {
        let error = #expect(throws: WebhookSecretError.self) { try WebhookSecret(Secret(text)) }
        #expect(error?.code == code)
        #expect(error?.description.contains("AAEC") == false)
    }

    @Test func `65 bytes are too many`() {
        let text = "whsec_" + String(repeating: "AAAA", count: 21) + "AAA="
        let error = #expect(throws: WebhookSecretError.self) { try WebhookSecret(Secret(text)) }
        #expect(error?.code == .tooLong)
    }

    @Test func `a secret does not show when it is printed`() {
        let secret = WebhookSecret(bytes: Array("0123456789abcdefghijklmnopqrstuv".utf8))
        #expect(!"\(secret)".contains("0123"))
        #expect(!String(reflecting: secret).contains("48, 49"))
    }
}
