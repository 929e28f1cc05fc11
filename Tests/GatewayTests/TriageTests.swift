import Alipay
import Gateway
import HTTP
import Testing

@Suite struct TriageTests {
    private static let noAnswer = Result<NotifyVerify.Answer, SendError>.failure(
        SendError(code: .tls, message: "expired"))

    @Test func `each row of Alipay's table names the signature, the answer and what to check`() {
        #expect(Triage.signedRow(.success(.true)) == "SIGN equal, notify_verify true")
        #expect(Triage.signedRow(.success(.false)).hasPrefix("SIGN equal, notify_verify false: "))
        #expect(
            Triage.signedRow(.success(.invalid)).hasPrefix(
                "SIGN equal, notify_verify invalid: check the tenant's partner"))
        #expect(Triage.signedRow(.success(.unreadable)).hasSuffix("check gateway_url"))
        #expect(
            Triage.signedRow(Self.noAnswer)
                == "SIGN equal, notify_verify no answer (tls): check this machine's way out to Alipay")
    }

    @Test func `a wrong signature on a message that Alipay did send points at the key`() {
        #expect(Triage.unsignedRow(.success(.true)).contains("the tenant's key is not the partner's"))
        #expect(Triage.unsignedRow(.success(.false)) == "notify_verify false: forged, or too old to tell")
        #expect(Triage.unsignedRow(.success(.invalid)) == "notify_verify invalid: check the tenant's partner")
        #expect(Triage.unsignedRow(.success(.unreadable)) == "notify_verify gave no usable answer")
        #expect(Triage.unsignedRow(Self.noAnswer) == "notify_verify no answer (tls)")
    }
}
