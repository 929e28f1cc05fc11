/// Whose turn it is: of the tenants the one that has used the least slot time, and of its endpoints likewise.
///
/// Slot time is virtual: who was idle re-enters at the time of who is served, so that nobody saves it up. A send is charged
/// with the time it is expected to take, and put right when it is answered (start-time fair queueing).
struct FairTurns: Sendable {
    private struct Tenant {
        var timeMs: Int64 = 0
        var endpoints = TurnHeap()
        /// The time of the endpoint that was served last.
        var servedMs: Int64 = 0
        var inFlight = 0
    }

    /// A tenant has at most this part of the slots,
    private static let tenantPart = 4
    /// or so many.
    private static let tenantSlotsMin = 32

    private let tenantMax: Int
    private var tenants: [Tenant] = []
    /// Tenants that have endpoints here, and slots left.
    private var ready = TurnHeap()
    private var tenantPlaces: [Int] = []
    private var endpointTimes: [Int64] = []
    private var endpointPlaces: [Int] = []
    /// The time of the tenant that was served last.
    private var servedMs: Int64 = 0
    private var stamp = 0

    init(slots: Int) {
        tenantMax = max(FairTurns.tenantSlotsMin, slots / FairTurns.tenantPart)
    }

    /// The endpoint whose turn it is.
    var next: Int? { ready.first.flatMap { tenants[$0].endpoints.first } }

    /// Makes room for what the numbers stand for, which have not used anything yet.
    mutating func add(endpoint: Int, tenant: Int) {
        while endpointTimes.count <= endpoint {
            endpointTimes.append(0)
            endpointPlaces.append(-1)
        }
        while tenants.count <= tenant {
            tenants.append(Tenant())
            tenantPlaces.append(-1)
        }
        endpointTimes[endpoint] = 0
    }

    /// The tenant's number will stand for another one.
    mutating func forget(tenant: Int) { tenants[tenant] = Tenant() }

    func contains(_ endpoint: Int) -> Bool { endpointPlaces[endpoint] >= 0 }

    mutating func enter(_ endpoint: Int, of tenant: Int) {
        guard endpointPlaces[endpoint] < 0 else { return }
        stamp += 1
        endpointTimes[endpoint] = max(endpointTimes[endpoint], tenants[tenant].servedMs)
        tenants[tenant].endpoints.insert(
            endpoint, time: endpointTimes[endpoint], stamp: stamp, places: &endpointPlaces)
        offer(tenant)
    }

    mutating func leave(_ endpoint: Int, of tenant: Int) {
        guard endpointPlaces[endpoint] >= 0 else { return }
        tenants[tenant].endpoints.remove(endpoint, places: &endpointPlaces)
        if tenants[tenant].endpoints.isEmpty { withdraw(tenant) }
    }

    /// It is `next`, and sends.
    mutating func serve(_ endpoint: Int, of tenant: Int, expectedMs: Int64) {
        servedMs = max(servedMs, tenants[tenant].timeMs)
        tenants[tenant].servedMs = max(tenants[tenant].servedMs, endpointTimes[endpoint])
        charge(endpoint, tenant, expectedMs)
        tenants[tenant].inFlight += 1
        if tenants[tenant].inFlight >= tenantMax { withdraw(tenant) }
    }

    /// What it sent is answered, or will not be; it took so much more than expected, or less.
    mutating func release(_ endpoint: Int, of tenant: Int, correctionMs: Int64) {
        tenants[tenant].inFlight -= 1
        charge(endpoint, tenant, correctionMs)
        offer(tenant)
    }

    private mutating func charge(_ endpoint: Int, _ tenant: Int, _ ms: Int64) {
        endpointTimes[endpoint] += ms
        if endpointPlaces[endpoint] >= 0 {
            tenants[tenant].endpoints.update(endpoint, time: endpointTimes[endpoint], places: &endpointPlaces)
        }
        tenants[tenant].timeMs += ms
        if tenantPlaces[tenant] >= 0 {
            ready.update(tenant, time: tenants[tenant].timeMs, places: &tenantPlaces)
        }
    }

    private mutating func offer(_ tenant: Int) {
        guard tenantPlaces[tenant] < 0, !tenants[tenant].endpoints.isEmpty, tenants[tenant].inFlight < tenantMax
        else { return }
        stamp += 1
        tenants[tenant].timeMs = max(tenants[tenant].timeMs, servedMs)
        ready.insert(tenant, time: tenants[tenant].timeMs, stamp: stamp, places: &tenantPlaces)
    }

    private mutating func withdraw(_ tenant: Int) {
        if tenantPlaces[tenant] >= 0 { ready.remove(tenant, places: &tenantPlaces) }
    }
}
