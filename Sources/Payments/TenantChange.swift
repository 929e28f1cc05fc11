/// Something that was applied of the tenants' files, as the audit keeps it.
package struct TenantChange: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// The tenant is new.
        case added
        case changed
        /// The file is gone: no new payments, and what is open goes on.
        case removed
        /// The file is there again, before what was open had ended.
        case restored
        /// Nothing is left of the tenant: what was open has ended, or an admin said so.
        case dropped
    }

    package let tenant: String
    package let kind: Kind
    /// SHA-256 of the file's bytes, in hex; empty where there is no file any more.
    package let fileDigest: String
    /// Dotted paths of the keys whose values, or the files that they name, are others than before; never a value. Empty
    /// where the file changed while no process looked.
    package let fields: [String]
    package let atMs: Int64
    /// Alipay's number of the contract with which it is served, or was last; empty where that is not known.
    package let partner: String

    package init(
        tenant: String, kind: Kind, fileDigest: String, fields: [String], atMs: Int64, partner: String = ""
    ) {
        self.tenant = tenant
        self.partner = partner
        self.kind = kind
        self.fileDigest = fileDigest
        self.fields = fields
        self.atMs = atMs
    }
}

/// A row of the audit.
package struct NumberedTenantChange: Sendable, Hashable {
    /// In the order of the commits, from 1.
    package let number: Int64
    package let change: TenantChange

    package init(number: Int64, change: TenantChange) {
        self.number = number
        self.change = change
    }
}

/// One page of the audit.
package struct TenantChangeQuery: Sendable, Hashable {
    /// Nil for all tenants'.
    package var tenant: String?
    /// The number of the last row of the page before.
    package var before: Int64?
    package var limit: Int

    package init(tenant: String? = nil, before: Int64? = nil, limit: Int) {
        self.tenant = tenant
        self.before = before
        self.limit = limit
    }
}

/// What has not ended of a tenant's.
package struct OpenWork: Sendable, Hashable {
    /// Payments that Alipay is still asked about, or still has something to say of.
    package let payments: Int
    /// Refunds that Alipay is still asked about.
    package let refunds: Int
    /// Webhooks that are still to be sent.
    package let deliveries: Int

    package init(payments: Int, refunds: Int, deliveries: Int) {
        self.payments = payments
        self.refunds = refunds
        self.deliveries = deliveries
    }

    /// Whether something of it is not over at Alipay.
    package var isAtAlipay: Bool { payments > 0 || refunds > 0 }

    package var isNone: Bool { payments == 0 && refunds == 0 && deliveries == 0 }
}
