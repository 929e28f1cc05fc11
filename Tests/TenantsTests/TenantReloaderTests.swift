import Diagnostics
import Foundation
import Payments
import Platform
import Settings
import Support
import Synchronization
import Tenants
import Testing

/// Real files and the system's own events.
@Suite(.timeLimit(.minutes(1)))
struct TenantReloaderTests {
    private let tenants: TenantsFixture
    private let clock = ManualClock()
    private let log = RecordedLog()
    private let changes = Changes()
    private let directory: TenantDirectory
    private let reloader: TenantReloader

    private final class Changes: Sendable {
        private let kept = Mutex<[TenantChange]>([])
        func add(_ more: [TenantChange]) { kept.withLock { $0 += more } }
        var words: [String] { kept.withLock { $0.map { "\($0.tenant) \($0.kind.rawValue)" } } }
    }

    init() throws {
        tenants = try TenantsFixture()
        try tenants.addGood("ash.yaml", partner: "2088000000000001", sha256: String(repeating: "a", count: 64))
        try tenants.addGood("birch.yaml", partner: "2088000000000002", sha256: String(repeating: "b", count: 64))
        var loader = TenantLoader(
            TenantFolder(
                path: tenants.scratch.path("tenants"), shownAs: "tenants", publicURL: "https://pay.example",
                environment: { Fixture.environment[$0] }))
        let outcome = try loader.look(nowMs: clock.nowMs)
        directory = TenantDirectory(outcome.snapshot)
        reloader = TenantReloader(
            loader, directory: directory, clock: clock, logger: Logger(sink: log),
            metrics: Metrics()
        ) { [changes] in changes.add($0) }
        reloader.start()
    }

    private func text(_ name: String) throws -> String {
        try Fixture.text("least.good.yaml").replacing("2088101122136241", with: "2088000000000001")
            .replacing(
                "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
                with: String(repeating: "a", count: 64)
            )
            .replacing("name: Shop", with: "name: \(name)")
    }

    private func path(_ name: String) -> String { tenants.scratch.path("tenants/" + name) }

    /// Waits until that is so. The files' events come in their own time, so the test's clock goes as fast as the real one.
    private func until(_ condition: () throws -> Bool) async throws {
        var last = ContinuousClock.now
        while !Task.isCancelled {
            if try condition() { return }
            let passedMs = Int64((ContinuousClock.now - last) / .milliseconds(1))
            if passedMs > 0 {
                last += .milliseconds(passedMs)
                clock.advance(byMs: passedMs)
            }
            await Task.yield()
        }
        Issue.record("it did not come about; log: \(log.lines.map { "\($0)" }.joined(separator: "\n"))")
    }

    private func name(_ id: String = "ash") -> String? { directory.current.tenant(id)?.name }

    @Test func `an edit in place, a rename over and a new file are applied, each by itself`() async throws {
        defer { reloader.stop() }
        try tenants.scratch.write("tenants/ash.yaml", try text("In place"), mode: 0o640)
        try await until { name() == "In place" }
        try tenants.scratch.write("tenants/.ash.yaml.swp", try text("Renamed"), mode: 0o640)
        #expect(RawFiles.rename(path(".ash.yaml.swp"), over: path("ash.yaml")))
        try await until { name() == "Renamed" }
        try tenants.addGood("cedar.yaml", partner: "2088000000000003", sha256: String(repeating: "c", count: 64))
        try await until { changes.words.count == 3 }
        #expect(changes.words == ["ash changed", "ash changed", "cedar added"])
        #expect(name("birch") == "Shop")
    }

    @Test func `half a file is not applied, however long its writer takes a breath`() async throws {
        defer { reloader.stop() }
        let handle = try #require(FileHandle(forWritingAtPath: path("ash.yaml")))
        let whole = Array(try text("Whole").utf8)
        try handle.truncate(atOffset: 0)
        // Valid YAML and a valid tenant up to here, but for its last line.
        try handle.write(contentsOf: whole.prefix(whole.count - 20))
        // Another tenant's change is applied meanwhile.
        try tenants.addGood("cedar.yaml", partner: "2088000000000003", sha256: String(repeating: "c", count: 64))
        try await until { directory.current.tenant("cedar") != nil }
        #expect(name() == "Shop")
        #expect(directory.current.problems == [])
        try handle.write(contentsOf: whole.suffix(20))
        try handle.close()
        try await until { name() == "Whole" }
        #expect(log.messages(.error) == [])
    }

    @Test func `a broken file is logged once with its place, and once when it is mended`() async throws {
        defer { reloader.stop() }
        try tenants.scratch.write("tenants/ash.yaml", try text("X").replacing("name:", with: "nam:"), mode: 0o640)
        try await until { directory.current.stale == ["ash"] }
        #expect(name() == "Shop")
        try tenants.scratch.write("tenants/ash.yaml", try text("Mended"), mode: 0o640)
        try await until { changes.words == ["ash changed"] }
        #expect(name() == "Mended")
        #expect(directory.current.stale == [])
        #expect(log.messages(.error) == ["configuration error", "configuration error"])
        #expect(log.lines.contains { "\($0)".contains("tenants/ash.yaml:1:1: name is missing") })
        #expect(log.messages(.info).contains("configuration is in order again"))
    }

    @Test func `a secret that is replaced is taken up`() async throws {
        defer { reloader.stop() }
        try tenants.scratch.write("tenants/secrets/new", "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=\n")
        #expect(RawFiles.rename(path("secrets/new"), over: path("secrets/shop.whsec")))
        try await until { changes.words == ["ash changed", "birch changed"] }
    }

    @Test func `a mounted volume is swapped in one step`() async throws {
        defer { reloader.stop() }
        #expect(RawFiles.remove(path("ash.yaml")))
        for (version, name) in [("v1", "One"), ("v2", "Two")] {
            try tenants.scratch.write("tenants/..\(version)/ash.yaml", try text(name), mode: 0o640)
        }
        #expect(RawFiles.link(path("..data"), to: "..v1"))
        #expect(RawFiles.link(path("ash.yaml"), to: "..data/ash.yaml"))
        try await until { name() == "One" }
        #expect(RawFiles.link(path("..data_tmp"), to: "..v2"))
        #expect(RawFiles.rename(path("..data_tmp"), over: path("..data")))
        try await until { name() == "Two" }
    }

    @Test func `the folder itself may be a link that is swapped`() async throws {
        reloader.stop()
        let link = tenants.scratch.path("link")
        #expect(RawFiles.link(link, to: "tenants"))
        var loader = TenantLoader(
            TenantFolder(path: link, shownAs: "tenants", publicURL: "", environment: { Fixture.environment[$0] }))
        let directory = TenantDirectory(try loader.look(nowMs: clock.nowMs).snapshot)
        let reloader = TenantReloader(
            loader, directory: directory, clock: clock, logger: Logger(sink: log), metrics: Metrics()
        ) { _ in }
        reloader.start()
        defer { reloader.stop() }
        try tenants.scratch.write("other/ash.yaml", try text("Other"), mode: 0o640)
        try tenants.scratch.write("other/secrets/shop.whsec", try Fixture.text("secrets/shop.whsec"))
        #expect(RawFiles.link(tenants.scratch.path("next"), to: "other"))
        #expect(RawFiles.rename(tenants.scratch.path("next"), over: link))
        try await until { directory.current.tenant("ash")?.name == "Other" && directory.current.draining == ["birch"] }
    }

    @Test func `a file that goes drains, and one that comes back serves`() async throws {
        defer { reloader.stop() }
        let text = try tenants.scratch.text("tenants/birch.yaml")
        #expect(RawFiles.remove(path("birch.yaml")))
        try await until { changes.words == ["birch removed"] }
        #expect(directory.current.draining == ["birch"])
        #expect(log.messages(.warning).count { $0.hasPrefix("tenant's file is gone") } == 1)
        try tenants.scratch.write("tenants/birch.yaml", text, mode: 0o640)
        try await until { changes.words == ["birch removed", "birch restored"] }
        #expect(directory.current.draining == [])
    }

    @Test func `an unreadable folder changes nothing, and is said once`() async throws {
        defer { reloader.stop() }
        let folder = tenants.scratch.path("tenants")
        #expect(RawFiles.rename(folder, over: folder + "-away"))
        try await until { log.messages(.error).count == 1 }
        clock.advance(byMs: 60_000)
        let report = await withCheckedContinuation { continuation in
            reloader.reload { continuation.resume(returning: $0) }
        }
        #expect(report.failure == "there is no such folder; make it, or name the one with the tenants' files")
        #expect(log.messages(.error).count == 1)
        #expect(directory.current.count == 2)
        #expect(RawFiles.rename(folder + "-away", over: folder))
        try await until { log.messages(.info).contains("the tenants folder can be read again") }
        #expect(changes.words == [])
    }

    @Test func `a reload that was asked for says what it came to, also when nothing changed`() async throws {
        defer { reloader.stop() }
        let nothing = await withCheckedContinuation { continuation in
            reloader.reload { continuation.resume(returning: $0) }
        }
        #expect(nothing.changes == [] && nothing.problems == [] && nothing.failure == nil)
        try tenants.scratch.write("tenants/ash.yaml", "name: [", mode: 0o640)
        let broken = await withCheckedContinuation { continuation in
            reloader.reload { continuation.resume(returning: $0) }
        }
        #expect(broken.changes == [])
        #expect(broken.problems.first?.file == "tenants/ash.yaml")
    }

    @Test func `only a draining tenant is dropped`() async throws {
        defer { reloader.stop() }
        let served = await withCheckedContinuation { continuation in
            reloader.drop("ash") { continuation.resume(returning: $0) }
        }
        #expect(!served)
        #expect(RawFiles.remove(path("ash.yaml")))
        try await until { changes.words == ["ash removed"] }
        let drained = await withCheckedContinuation { continuation in
            reloader.drop("ash") { continuation.resume(returning: $0) }
        }
        #expect(drained)
        #expect(directory.current.tenant("ash") == nil)
        #expect(changes.words == ["ash removed", "ash dropped"])
    }

    @Test func `what is asked for after the end is answered`() async throws {
        reloader.stop()
        let report = Mutex<TenantReloader.Report?>(nil)
        reloader.reload { value in report.withLock { $0 = value } }
        #expect(report.withLock { $0?.failure } == "the service is stopping")
    }
}
