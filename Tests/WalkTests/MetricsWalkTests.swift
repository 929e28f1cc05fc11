import App
import HTTP
import JSON
import Simulator
import Support
import Testing

/// What the service's metrics tell of the service itself.
@Suite(.timeLimit(.minutes(2))) struct MetricsWalkTests {
    @Test func `the version that runs is told, and no other`() async throws {
        try await World.run { world, service in
            let lines = try await world.metrics(on: service).split(separator: "\n").map(String.init)
            #expect(
                lines.filter { $0.hasPrefix("payrelay_build") } == ["payrelay_build{version=\"\(Version.text)\"} 1"])
        }
    }

    @Test func `an edit of a tenant's file is counted`() async throws {
        try await World.run { world, service in
            let changed = #"payrelay_tenant_changes_total{result="changed"}"#
            #expect(try await world.metric(changed, on: service) == 0)
            try await world.edit(service, "name: Bookshop", "name: Books")
            // It is in force a moment before it is counted.
            try await world.until(nil, "the count") { try await world.metric(changed, on: service) > 0 }
            #expect(try await world.metric(changed, on: service) == 1)
            #expect(try await world.metric(#"payrelay_tenant_changes_total{result="added"}"#, on: service) == 0)
        }
    }
}
