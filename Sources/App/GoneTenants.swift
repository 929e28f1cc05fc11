import Payments
import Settings
import Tenants

/// Tenants whose files are gone while something of them is open: a service that is running ends it in order, and one that starts
/// without the file knows neither keys nor endpoints to do so.
struct GoneTenants {
    /// By tenant.
    private let open: [(tenant: String, work: OpenWork)]

    /// - Parameters:
    ///   - digests: of the files that are in force, by tenant.
    ///   - broken: tenants whose files are there and cannot be used.
    init(
        _ reader: any StoreReader, _ latest: [TenantChange], digests: [String: String], broken: Set<String>
    ) throws(StoreError) {
        var open: [(tenant: String, work: OpenWork)] = []
        for change in TenantAudit.gone(latest, digests: digests, broken: broken) {
            let work = try reader.openWork(tenant: change.tenant)
            if !work.isNone { open.append((change.tenant, work)) }
        }
        self.open = open.sorted { $0.tenant < $1.tenant }
    }

    var ids: Set<String> { Set(open.map(\.tenant)) }

    /// - Parameter folder: the folder's name in problems.
    func warnings(in folder: String) -> [Problem] {
        open.map { tenant, work in
            let message =
                "the file is gone while \(work.payments) payments, \(work.refunds) refunds and \(work.deliveries) webhooks of it "
                + "are open; put it back until they have ended, or give them up with `payrelay tenant drop \(tenant)`"
            return Problem(file: "\(folder)/\(TenantFolder.fileName(of: tenant))", severity: .warning, message: message)
        }
    }
}
