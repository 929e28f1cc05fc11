import Crypto
import Diagnostics
import Foundation
import HTTP
import JSON
import Simulator
import Support
import Testing

/// Whole requests of the protocol reference, as they stand on the wire, signed by other people's code.
@Suite struct GoldenRequestTests {
    /// A simulator on 2025-01-03, 09:08:07 in Beijing, with the reference's partner.
    static func ask(_ raw: String, merchantKey: RSAPublicKey? = nil) -> (text: String, simulator: AlipaySimulator) {
        var account = SimulatorAccount(
            partner: "2088000000000001", key: Secret("abcdefghijklmnopqrstuvwxyz012345"),
            sellerEmail: "seller@example.com", merchantPublicKey: merchantKey)
        account.contract.itBPay = true
        let simulator = AlipaySimulator(
            settings: SimulatorSettings(accounts: [account]), sender: Inbox(),
            clock: ManualClock(nowMs: 1_735_866_487_000), logger: .none)
        let reply = RecordedReply()
        simulator.handle(Request(method: .get, path: "/gateway.do", query: Array(raw.utf8)), reply)
        return (String(decoding: reply.response?.body ?? [], as: UTF8.self), simulator)
    }

    @Test(arguments: [
        ("req-direct-ascii", "付款 Pay"), ("req-direct-utf8-zh", "测试商品 中文"), ("req-direct-gbk-zh", "测试商品 中文"),
        ("req-direct-gbk-ext", "镕堃喆 朱镕基路"), ("req-wap", "手机支付"), ("req-close-out", "<error>TRADE_NOT_EXIST</error>"),
        ("req-refund-nopwd", "<is_success>T</is_success>"), ("req-refund-pwd", "协商退款"),
        ("req-refund-pwd-gbk", "协商退款"), ("req-refund-query", "error_code=REFUND_NOT_EXIST"),
        ("req-batch-trans", "ILLEGAL_SERVICE"), ("req-acq-precreate", "<voucher_type>qrcode</voucher_type>"),
        ("req-acq-createandpay", "<result_code>ORDER_SUCCESS_PAY_SUCCESS</result_code>"),
        ("req-acq-refund", "<detail_error_code>TRADE_NOT_EXIST</detail_error_code>"),
        ("req-acq-close", "<detail_error_code>TRADE_NOT_EXIST</detail_error_code>"),
    ]) func `a request of the reference is understood`(id: String, expected: String) throws {
        let vector = try found(SignatureTests.vectors.first { $0.id == id })
        #expect(GoldenRequestTests.ask(vector.raw).text.contains(expected))
    }

    @Test(arguments: ["rsa1024-req-direct-utf8", "rsa1024-req-direct-gbk"])
    func `a request with somebody else's RSA sign is understood`(id: String) throws {
        let url = Bundle.module.bundleURL.appending(path: "Fixtures/mapi-rsa-requests.json")
        guard case .array(let list) = try JSONReader.read(Array(try Data(contentsOf: url))) else {
            throw NothingFound()
        }
        let vector = try found(list.first { $0["id"]?.text == id })
        let key = try RSAPublicKey(text: try found(vector["public_key"]?.text))
        let (text, simulator) = GoldenRequestTests.ask(try found(vector["raw"]?.text), merchantKey: key)
        #expect(text.contains("付款 Pay"))
        #expect(simulator.trades().first?.dialect.signType == .rsa)
    }
}
