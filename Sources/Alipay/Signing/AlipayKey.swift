package import Crypto

/// The key with which Alipay signs what it sends.
package enum AlipayKey {
    /// One key of 1024 bits for all partners of this interface (`mapi` 1.1); notifications of 2015 and 2016 verify with it.
    package static let fixed: RSAPublicKey = {
        do { return try RSAPublicKey(text: fixedText) } catch { preconditionFailure("Alipay's fixed key: \(error)") }
    }()

    /// SubjectPublicKeyInfo in base64, as Alipay publishes it.
    private static let fixedText =
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCnxj/9qwVfgoUh/y2W89L6BkRAFljhNhgPdyPuBV64bfQNN1PjbCzkIM6q"
        + "RdKBoLPXmKKMiFYnkd6rAoprih3/PrQEB/VsW8OoM8fxn67UDYuyBTqA23MML9q1+ilIZwBC2AQ2UBVOrFXfFl75p6/B5Ksi"
        + "NG9zpgmLCUYuLkxpLQIDAQAB"
}
