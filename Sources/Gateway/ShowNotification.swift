import Alipay
package import Payments
package import Tenants

/// A row of the journal with its message, decoded for people.
package struct ShowNotification: Sendable {
    package enum Signature: String, Sendable {
        case equal
        case notEqual = "not_equal"
        /// What is kept is no message, or not all of it.
        case none
        /// The tenant is not served now, so there are no keys to try.
        case unknown
    }

    package struct Shown: Sendable {
        package let row: Notification
        /// By the keys that the tenant has now. Unless it is `equal`, nobody vouches for the fields.
        package let signature: Signature
        package let fields: [MetadataEntry]
    }

    package init() {}

    /// - Parameters:
    ///   - payment: the one the row is about, if it is known: its charset is the message's.
    ///   - tenant: nil if it is not served now.
    package func run(_ row: Notification, payment: Payment?, _ tenant: Tenant?) -> Shown {
        let keys = tenant?.contract.keys
        let charset = payment?.charset ?? tenant?.contract.charset
        guard let message = try? InboundNotification(row.body) else {
            let fields = MessageText.fields(row.body, charset: charset, hiding: keys)
            return ShowNotification.shown(row, .none, fields)
        }
        let fields = message.displayFields(charset: charset, hiding: keys)
        guard let keys else { return ShowNotification.shown(row, .unknown, fields) }
        guard case .inForce = message.match(keys) else { return ShowNotification.shown(row, .notEqual, fields) }
        return ShowNotification.shown(row, .equal, fields)
    }

    private static func shown(
        _ row: Notification, _ signature: Signature, _ fields: [(name: String, value: String)]
    ) -> Shown {
        Shown(
            row: row, signature: signature, fields: fields.map { MetadataEntry(key: $0.name, value: $0.value) })
    }
}
