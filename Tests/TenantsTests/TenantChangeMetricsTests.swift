import Diagnostics
import Foundation
import Payments
import Settings
import Support
import Tenants
import Testing

/// What is counted of the tenants' files. Each look is one that the test asks for.
@Suite(.timeLimit(.minutes(1)))
struct TenantChangeMetricsTests {
    private let tenants: TenantsFixture
    private let clock = ManualClock()
    private let metrics = Metrics()
    private let reloader: TenantReloader

    init() throws {
        tenants = try TenantsFixture()
        try tenants.addGood("ash.yaml", partner: "2088000000000001", sha256: String(repeating: "a", count: 64))
        try tenants.addGood("birch.yaml", partner: "2088000000000002", sha256: String(repeating: "b", count: 64))
        var loader = TenantLoader(
            TenantFolder(
                path: tenants.scratch.path("tenants"), shownAs: "tenants", publicURL: "https://pay.example",
                environment: { Fixture.environment[$0] }))
        let outcome = try loader.look(nowMs: clock.nowMs)
        reloader = TenantReloader(
            loader, directory: TenantDirectory(outcome.snapshot), clock: clock, logger: Logger.none, metrics: metrics
        ) { _ in }
        reloader.start()
    }

    /// Looks at all files; why they could not be looked at.
    private func look() async -> String? {
        await withCheckedContinuation { continuation in
            reloader.reload { continuation.resume(returning: $0.failure) }
        }
    }

    /// Takes a file away, and looks until it is gone for good.
    private func remove(_ file: String) async {
        #expect(RawFiles.remove(tenants.scratch.path("tenants/" + file)))
        #expect(await look() == nil)
        clock.advance(byMs: 500)
        #expect(await look() == nil)
    }

    /// The counters as they are printed, without the metric's name.
    private var counters: [String] {
        let name = "payrelay_tenant_changes_total"
        return metrics.prometheusText().split(separator: "\n").filter { $0.hasPrefix(name + "{") }
            .map { String($0.dropFirst(name.count)) }
    }

    @Test func `each change of a file is counted by what became of it, and a look that failed as well`() async throws {
        defer { reloader.stop() }
        #expect(await look() == nil)
        // What was there at the start is no change, and each counter is there from the start.
        #expect(
            counters == [
                #"{result="added"} 0"#, #"{result="changed"} 0"#, #"{result="dropped"} 0"#,
                #"{result="folder_unreadable"} 0"#, #"{result="removed"} 0"#, #"{result="restored"} 0"#,
            ])

        try tenants.addGood("cedar.yaml", partner: "2088000000000003", sha256: String(repeating: "c", count: 64))
        #expect(await look() == nil)
        let birch = try tenants.scratch.text("tenants/birch.yaml")
        for name in ["Birch", "Betula"] {
            try tenants.scratch.write(
                "tenants/birch.yaml", birch.replacing("name: Shop", with: "name: \(name)"), mode: 0o640)
            #expect(await look() == nil)
        }
        // A file that cannot be used changes nothing.
        try tenants.scratch.write("tenants/ash.yaml", "name: [", mode: 0o640)
        #expect(await look() == nil)
        for _ in 1...3 {
            await remove("birch.yaml")
            try tenants.scratch.write("tenants/birch.yaml", birch, mode: 0o640)
            #expect(await look() == nil)
        }
        await remove("birch.yaml")
        let isDropped = await withCheckedContinuation { continuation in
            reloader.drop("birch") { continuation.resume(returning: $0) }
        }
        #expect(isDropped)
        #expect(
            counters == [
                #"{result="added"} 1"#, #"{result="changed"} 2"#, #"{result="dropped"} 1"#,
                #"{result="folder_unreadable"} 0"#, #"{result="removed"} 4"#, #"{result="restored"} 3"#,
            ])

        let folder = tenants.scratch.path("tenants")
        #expect(RawFiles.rename(folder, over: folder + "-away"))
        #expect(await look() != nil)
        #expect(RawFiles.rename(folder + "-away", over: folder))
        #expect(await look() == nil)
        #expect(counters.contains(#"{result="folder_unreadable"} 1"#))
    }
}
