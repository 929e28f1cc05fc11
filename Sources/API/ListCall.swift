import Gateway
import HTTP
import JSON
import Payments

/// A list: one read, one element more than asked for to know whether there are more.
struct ListCall: Sendable {
    /// Elements may be large, and a peer may be slow to take them: a page of so many bytes is the last of a list that has more.
    static let pageBytesMax = 1 << 20

    let house: House
    let call: APIRequest
    let limit: Int
    /// Whether elements have URLs that are signed for them.
    var signs = false

    /// - Parameters:
    ///   - cursor: the parameter that says where to go on.
    ///   - read: at most `limit + 1` elements; nil when the cursor names nothing of this tenant's.
    func run<Element: Sendable>(
        cursor: String,
        read: @escaping @Sendable (any StoreReader) throws(StoreError) -> [Element]?,
        each: @escaping @Sendable (Element, inout JSONWriter) -> Void
    ) {
        house.store.read(read) { result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(nil):
                call.answer(.invalid([Problem.FieldError(cursor, "\(cursor) names nothing of this tenant's")]))
            case .success(let elements?):
                signing {
                    var out = JSONWriter(reservingCapacity: 16_384)
                    Shape.writeList(
                        Array(elements.prefix(limit)), hasMore: elements.count > limit,
                        bytesMax: ListCall.pageBytesMax, to: &out, each: each)
                    call.answer(Response.json(status: 200, out.bytes))
                }
            }
        }
    }

    private func signing(_ write: @escaping @Sendable () -> Void) {
        if signs { house.sign(for: call.tenant, write) } else { write() }
    }

    /// One object, or 404.
    func one<Element: Sendable>(
        _ read: @escaping @Sendable (any StoreReader) throws(StoreError) -> Element?, name: String,
        write: @escaping @Sendable (Element, inout JSONWriter) -> Void
    ) {
        house.store.read(read) { result in
            switch result {
            case .failure: call.answer(.unavailable)
            case .success(nil): call.answer(Problem(.notFound, "this tenant has no such \(name)"))
            case .success(let element?):
                var out = JSONWriter()
                write(element, &out)
                call.answer(Response.json(status: 200, out.bytes))
            }
        }
    }
}
