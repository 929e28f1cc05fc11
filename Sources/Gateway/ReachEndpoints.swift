package import Diagnostics
package import HTTP
package import Webhooks

/// Tries whether something answers at each of a tenant's endpoints, all at once.
package struct ReachEndpoints: Sendable {
    let sender: any HTTPSender

    /// - Parameter sender: the one that carries webhooks, so that it goes their way.
    package init(sender: any HTTPSender) { self.sender = sender }

    /// In the order of `reaches`, whoever answers first.
    package func run(_ reaches: [EndpointReach]) async -> Examination {
        await withTaskGroup(of: (Int, Examination).self) { group in
            for (index, reach) in reaches.enumerated() {
                group.addTask { [sender] in (index, reach.read(await sender.send(reach.request))) }
            }
            var found: [(Int, Examination)] = []
            for await one in group { found.append(one) }
            return found.sorted { $0.0 < $1.0 }.reduce(into: Examination()) { $0.add($1.1) }
        }
    }
}
