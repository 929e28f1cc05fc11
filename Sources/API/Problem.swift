package import Gateway
package import HTTP
import JSON

/// An error as a merchant sees it: RFC 9457 with a stable code.
package struct Problem: Error, Sendable, Hashable {
    package enum Code: String, Sendable, CaseIterable {
        case invalidRequest = "invalid_request"
        case unauthenticated
        case sourceNotAllowed = "source_not_allowed"
        case notFound = "not_found"
        case methodNotAllowed = "method_not_allowed"
        case referenceConflict = "reference_conflict"
        case idempotencyInProgress = "idempotency_in_progress"
        case notCancelable = "not_cancelable"
        case notShippable = "not_shippable"
        case notRefundable = "not_refundable"
        case notDeliverable = "not_deliverable"
        case refundExceedsPayment = "refund_exceeds_payment"
        case refundInProgress = "refund_in_progress"
        case tenantDraining = "tenant_draining"
        case tooLarge = "too_large"
        case unsupportedMediaType = "unsupported_media_type"
        case idempotencyMismatch = "idempotency_mismatch"
        case productNotEnabled = "product_not_enabled"
        case amountOverLimit = "amount_over_limit"
        case rateLimited = "rate_limited"
        case providerRefused = "provider_refused"
        case providerInvalidAnswer = "provider_invalid_answer"
        case unavailable
        case providerTimeout = "provider_timeout"

        var status: Int {
            switch self {
            case .invalidRequest: 400
            case .unauthenticated: 401
            case .sourceNotAllowed: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .referenceConflict, .idempotencyInProgress, .notCancelable, .notShippable, .notRefundable,
                .notDeliverable, .refundExceedsPayment, .refundInProgress, .tenantDraining:
                409
            case .tooLarge: 413
            case .unsupportedMediaType: 415
            case .idempotencyMismatch, .productNotEnabled, .amountOverLimit: 422
            case .rateLimited: 429
            case .providerRefused, .providerInvalidAnswer: 502
            case .unavailable: 503
            case .providerTimeout: 504
            }
        }

        /// Whether the same request may go through later; of a refusal Alipay's own code tells.
        var isRetryable: Bool {
            switch self {
            case .idempotencyInProgress, .refundInProgress, .rateLimited, .unavailable, .providerTimeout,
                .providerInvalidAnswer:
                true
            case .invalidRequest, .unauthenticated, .sourceNotAllowed, .notFound, .methodNotAllowed, .referenceConflict,
                .notCancelable, .notShippable, .notRefundable, .notDeliverable, .refundExceedsPayment, .tenantDraining,
                .tooLarge, .unsupportedMediaType, .idempotencyMismatch, .productNotEnabled, .amountOverLimit,
                .providerRefused:
                false
            }
        }

        /// Whether it is open what Alipay has done.
        var leavesOutcomeOpen: Bool {
            self == .providerTimeout || self == .providerInvalidAnswer
        }

        /// `Invalid request` for `invalid_request`.
        var title: String {
            let words = rawValue.split(separator: "_").joined(separator: " ")
            return words.prefix(1).uppercased() + words.dropFirst()
        }
    }

    /// One field at fault.
    package struct FieldError: Sendable, Hashable {
        /// RFC 6901, `/amount`; for a query parameter or header its name.
        package let pointer: String
        package let detail: String

        package init(_ pointer: String, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    package let code: Code
    /// One sentence for the developer who reads it.
    package let detail: String
    package var errors: [FieldError] = []
    /// Seconds, for `Retry-After`.
    package var retryAfterSeconds: Int?
    /// Methods, for `Allow`.
    package var allow: String?
    /// What Alipay said.
    package var provider: ProviderCode?
    /// The payment that it is about, or that stands in the way.
    package var payment: String?
    /// The refund that stands in the way.
    package var refund: String?
    /// Whether Alipay may have done what was asked, where the code does not say so by itself.
    package var leavesOutcomeOpen = false

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// Fields at fault, all of them.
    package static func invalid(_ errors: [FieldError]) -> Problem {
        var problem = Problem(
            .invalidRequest, errors.count == 1 ? errors[0].detail : "\(errors.count) fields are at fault; see errors"
        )
        problem.errors = errors
        return problem
    }

    package static let unavailable = Problem(.unavailable, "the service cannot do this now; nothing was done")

    /// All of the tenant's keys at Alipay have lapsed.
    package static let unsignable = Problem(
        .unavailable, "no key of this merchant's contract with Alipay is in force; nothing was done")

    private var isRetryable: Bool {
        guard code == .providerRefused, let provider else { return code.isRetryable }
        return provider.isRetryable
    }

    package func response(requestID: String) -> Response {
        var out = JSONWriter(reservingCapacity: 512)
        out.beginObject()
        out.field("type", "https://payrelay.dev/errors/\(code.rawValue)")
        out.field("title", code.title)
        out.field("status", code.status)
        out.field("code", code.rawValue)
        out.field("detail", detail)
        out.name("errors")
        out.beginArray()
        for error in errors {
            out.beginObject()
            out.field("pointer", error.pointer)
            out.field("detail", error.detail)
            out.endObject()
        }
        out.endArray()
        out.field("retryable", isRetryable)
        out.field("outcome", code.leavesOutcomeOpen || leavesOutcomeOpen ? "unknown" : "known")
        out.field("request_id", requestID)
        if let payment { out.field("payment", payment) }
        if let refund { out.field("refund", refund) }
        if let provider {
            out.name("provider")
            out.beginObject()
            out.field("code", provider.code)
            out.field("message", provider.meaning)
            out.endObject()
        }
        out.endObject()
        var response = Response(status: code.status, contentType: "application/problem+json", body: out.bytes)
        if let retryAfterSeconds { response.headers.add("Retry-After", String(retryAfterSeconds)) }
        if let allow { response.headers.add("Allow", allow) }
        if code == .unauthenticated { response.headers.add("WWW-Authenticate", "Bearer") }
        return response
    }
}

extension Response {
    /// A JSON answer.
    static func json(status: Int, _ body: [UInt8]) -> Response {
        Response(status: status, contentType: "application/json", body: body)
    }
}
