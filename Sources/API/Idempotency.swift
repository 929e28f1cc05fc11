import Crypto
import HTTP
import Payments

/// An `Idempotency-Key` of a request, and what the store knows under it.
struct IdempotencyClaim: Sendable {
    static let keyCharactersMax = 255
    static let retentionMs: Int64 = 7 * 86_400_000
    static let retryAfterSeconds = 1

    let scope: IdempotencyScope
    let fingerprint: [UInt8]
    let nowMs: Int64

    enum Found: Sendable {
        /// Nobody used the key in the last seven days, or whoever did never came to keep an answer.
        case nothing
        case answer(Response)
        case problem(Problem)
    }

    /// Nil when the request has no key.
    /// - Throws: `invalid_request` when the key is not one.
    static func read(_ request: Request, tenant: String, nowMs: Int64) throws(Problem) -> IdempotencyClaim? {
        let keys = request.headers.values("Idempotency-Key")
        guard let key = keys.first else { return nil }
        guard keys.count == 1, (1...keyCharactersMax).contains(key.count),
            key.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            throw .invalid([
                Problem.FieldError(
                    "Idempotency-Key", "Idempotency-Key must be one value of 1 to 255 printable ASCII characters")
            ])
        }
        return IdempotencyClaim(
            scope: IdempotencyScope(tenant: tenant, method: request.method.rawValue, path: request.path, key: key),
            fingerprint: SHA256.digest(request.body), nowMs: nowMs
        )
    }

    /// What is kept; a request of this process that is still running is `RunningClaims`' to know, so that a record without
    /// an answer is what a dead process, or a store that failed, left behind.
    func find(in reader: any StoreReader) throws(StoreError) -> Found {
        guard let record = try reader.idempotencyRecord(scope),
            nowMs - record.createdAtMs < IdempotencyClaim.retentionMs
        else {
            return .nothing
        }
        guard constantTimeEqual(record.fingerprint, fingerprint) else { return .problem(IdempotencyClaim.mismatch) }
        switch record.state {
        case .running: return .nothing
        case .answered(let status, let location, let body):
            var response = Response.json(status: status, body)
            if status >= 400 { response.headers.set("Content-Type", "application/problem+json") }
            if let location { response.headers.add("Location", location) }
            response.headers.add("Idempotent-Replayed", "true")
            return .answer(response)
        }
    }

    func begin(owner: String, in transaction: any StoreTransaction) throws(StoreError) {
        try transaction.put(
            IdempotencyRecord(scope: scope, fingerprint: fingerprint, state: .running(owner: owner), createdAtMs: nowMs)
        )
    }

    /// Keeps the answer for seven days, if it is one that stays true: 2xx and 4xx except 401, 409 and 429, never 5xx.
    func end(_ response: Response, in transaction: any StoreTransaction) throws(StoreError) {
        guard IdempotencyClaim.isKept(response.status) else { return try transaction.removeIdempotencyRecord(scope) }
        let state = IdempotencyRecord.State.answered(
            status: response.status, location: response.headers["Location"], body: response.body
        )
        try transaction.put(IdempotencyRecord(scope: scope, fingerprint: fingerprint, state: state, createdAtMs: nowMs))
    }

    static let mismatch = Problem(.idempotencyMismatch, "this Idempotency-Key was used with another body")

    static let inProgress = {
        var problem = Problem(.idempotencyInProgress, "the first request with this Idempotency-Key is still running")
        problem.retryAfterSeconds = retryAfterSeconds
        return problem
    }()

    static func isKept(_ status: Int) -> Bool {
        (200..<300).contains(status) || (400..<500).contains(status) && ![401, 409, 429].contains(status)
    }
}
