import Alipay

/// One of Alipay's codes, as a merchant needs it.
package struct ProviderCode: Sendable, Hashable {
    package let code: String

    package init(_ code: String) { self.code = code }

    /// One sentence: what it means.
    package var meaning: String { ErrorCode.meaning(code) }

    /// Whether the same request may go through later.
    package var isRetryable: Bool { ErrorCode.remedy(code) != .final }
}
