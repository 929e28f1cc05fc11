import Payments

/// Small numbers in the place of keys, for endpoints and for their tenants; numbers are used again.
struct EndpointIndex: Sendable {
    private var endpoints: [EndpointKey: Int] = [:]
    private var tenants: [String: (number: Int, endpoints: Int)] = [:]
    private var freeEndpoints: [Int] = []
    private var freeTenants: [Int] = []

    subscript(key: EndpointKey) -> Int? { endpoints[key] }

    /// - Returns: the numbers; the endpoint's is one that was used before, or the next one.
    mutating func add(_ key: EndpointKey) -> (endpoint: Int, tenant: Int) {
        let endpoint = freeEndpoints.popLast() ?? endpoints.count
        endpoints[key] = endpoint
        let tenant = tenants[key.tenant]?.number ?? freeTenants.popLast() ?? tenants.count
        tenants[key.tenant, default: (tenant, 0)].endpoints += 1
        return (endpoint, tenant)
    }

    /// - Returns: the tenant's number if this was its last endpoint.
    mutating func remove(_ key: EndpointKey) -> Int? {
        guard let endpoint = endpoints.removeValue(forKey: key), let tenant = tenants[key.tenant] else { return nil }
        freeEndpoints.append(endpoint)
        if tenant.endpoints > 1 {
            tenants[key.tenant]?.endpoints -= 1
            return nil
        }
        tenants[key.tenant] = nil
        freeTenants.append(tenant.number)
        return tenant.number
    }
}
