import Crypto
import Foundation
import Payments
import Settings
import Support
import Synchronization
import Tenants
import Testing

/// What becomes of a tenant's file between two looks. Time is a number; nothing waits.
struct TenantLoaderTests {
    private let tenants: TenantsFixture
    private var loader: TenantLoader

    init() throws {
        tenants = try TenantsFixture()
        loader = TenantLoader(
            TenantFolder(
                path: tenants.scratch.path("tenants"), shownAs: "tenants", publicURL: "https://pay.example",
                environment: { Fixture.environment[$0] }))
        try put("ash")
        try put("birch", number: 2)
    }

    private func put(_ id: String, number: Int = 1, _ change: (String) -> String = { $0 }) throws {
        let text = try Fixture.text("least.good.yaml")
            .replacing("2088101122136241", with: "208800000000000\(number)")
            .replacing("5e884898", with: String(repeating: "\(number)", count: 8))
        try tenants.scratch.write("tenants/\(id).yaml", change(text), mode: 0o640)
    }

    private func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: tenants.scratch.path("tenants/" + name))
    }

    private static func words(_ changes: [TenantChange]) -> [String] {
        changes.map { "\($0.tenant) \($0.kind.rawValue)" + ($0.fields.isEmpty ? "" : " \($0.fields.count)") }
    }

    /// Of a mutating call, which `#require` does not take.
    private static func known(_ outcome: TenantLoader.Outcome?) throws -> TenantLoader.Outcome { try #require(outcome) }

    /// Whose API key the file of that number has.
    private static func owner(ofKey number: Int, _ outcome: TenantLoader.Outcome) -> String? {
        let hex = String(repeating: "\(number)", count: 8) + "da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
        return Hex.decode(hex).flatMap { outcome.snapshot.tenant(keyDigest: $0)?.tenant.id }
    }

    private static func standing(_ outcome: TenantLoader.Outcome, _ id: String) -> TenantSnapshot.Standing? {
        outcome.snapshot.standing(of: id)
    }

    @Test mutating func `the first look adds every tenant, and a second one finds nothing new`() throws {
        let first = try loader.look(nowMs: 1)
        #expect(Self.words(first.changes) == ["ash added 8", "birch added 8"])
        #expect(first.problems == [])
        #expect(first.snapshot.version(of: "ash")?.appliedAtMs == 1)
        let second = try loader.look(nowMs: 2)
        #expect(second.changes == [])
        #expect(!second.isUnsettled)
        #expect(second.snapshot.version(of: "ash")?.appliedAtMs == 1)
    }

    @Test mutating func `a change is applied with its fields, and touches no other tenant`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "name: Ash\nlimits: {requests_per_second: 7}") }
        let outcome = try loader.look(nowMs: 2)
        #expect(outcome.changes.map(\.tenant) == ["ash"])
        #expect(outcome.changes.first?.kind == .changed)
        #expect(outcome.changes.first?.fields == ["limits.requests_per_second", "name"])
        #expect(outcome.changes.first?.fileDigest == outcome.snapshot.version(of: "ash")?.fileDigest)
        #expect(outcome.snapshot.tenant("ash")?.name == "Ash")
        #expect(outcome.snapshot.version(of: "birch")?.appliedAtMs == 1)
    }

    @Test mutating func `a broken file leaves the last good version serving, and says what is wrong`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "nam: Ash") }
        let broken = try loader.look(nowMs: 2)
        #expect(broken.changes == [])
        #expect(
            broken.problems.map(\.description) == [
                "tenants/ash.yaml:1:1: name is missing",
                "tenants/ash.yaml:1:1: unknown key \"nam\"; did you mean \"name\"?",
            ])
        #expect(Self.standing(broken, "ash") == .stale)
        #expect(broken.snapshot.tenant("ash")?.name == "Shop")
        #expect(Self.standing(broken, "birch") == .serving)
        #expect(broken.snapshot.problems(of: "ash").count == 2)
        #expect(broken.snapshot.problems(of: "birch") == [])

        try put("ash")
        let mended = try loader.look(nowMs: 3)
        #expect(mended.changes == [])
        #expect(mended.problems == [])
        #expect(Self.standing(mended, "ash") == .serving)
    }

    @Test mutating func `a broken file of which no good version is known is down, and its keys are known to be its`()
        throws
    {
        try put("cedar", number: 3) { $0.replacing("name: Shop\n", with: "") }
        let outcome = try loader.look(nowMs: 1)
        #expect(Self.standing(outcome, "cedar") == .broken)
        #expect(outcome.snapshot.tenant("cedar") == nil)
        let digest = String(repeating: "3", count: 8) + "da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { at in
            UInt8(digest.dropFirst(at).prefix(2), radix: 16)
        }
        #expect(outcome.snapshot.isOfBrokenTenant(keyDigest: bytes))
        #expect(outcome.snapshot.tenant(keyDigest: bytes) == nil)
        try put("cedar", number: 3)
        let mended = try loader.look(nowMs: 2)
        #expect(Self.words(mended.changes) == ["cedar added 8"])
        #expect(!mended.snapshot.isOfBrokenTenant(keyDigest: bytes))
    }

    @Test mutating func `a file that is gone for half a second drains, and comes back as it was`() throws {
        _ = try loader.look(nowMs: 1000)
        try remove("ash.yaml")
        let missed = try loader.look(nowMs: 2000)
        #expect(missed.changes == [])
        #expect(missed.isUnsettled)
        #expect(Self.standing(missed, "ash") == .serving)
        let stillMissed = try loader.look(nowMs: 2000 + TenantLoader.missingMsMax - 1)
        #expect(stillMissed.changes == [])
        let gone = try loader.look(nowMs: 2000 + TenantLoader.missingMsMax)
        #expect(Self.words(gone.changes) == ["ash removed"])
        #expect(!gone.isUnsettled)
        #expect(Self.standing(gone, "ash") == .draining)
        #expect(gone.snapshot.tenant("ash")?.isDraining == true)
        #expect(try loader.look(nowMs: 9000).changes == [])
        try put("ash")
        let back = try loader.look(nowMs: 10_000)
        #expect(Self.words(back.changes) == ["ash restored"])
        #expect(Self.standing(back, "ash") == .serving)
    }

    @Test mutating func `a file that is replaced within half a second never drains`() throws {
        _ = try loader.look(nowMs: 1000)
        try remove("ash.yaml")
        _ = try loader.look(nowMs: 2000)
        try put("ash") { $0.replacing("name: Shop", with: "name: Ash") }
        #expect(Self.words(try loader.look(nowMs: 2400).changes) == ["ash changed 1"])
        try remove("ash.yaml")
        #expect(try loader.look(nowMs: 2600).changes == [])
    }

    @Test mutating func `only a tenant that drains can be dropped`() throws {
        _ = try loader.look(nowMs: 1)
        for id in ["ash", "nobody"] {
            let dropped = loader.drop(id, nowMs: 2)
            #expect(dropped == nil)
        }
        try remove("ash.yaml")
        _ = try loader.look(nowMs: 1000)
        _ = try loader.look(nowMs: 2000)
        let outcome = try Self.known(loader.drop("ash", nowMs: 3000))
        #expect(Self.words(outcome.changes) == ["ash dropped"])
        #expect(outcome.snapshot.standing(of: "ash") == nil)
        #expect(outcome.snapshot.count == 1)
    }

    @Test mutating func `who is in force keeps what a new file claims as well, whatever its name`() throws {
        _ = try loader.look(nowMs: 1)
        try put("aspen", number: 2) { $0.replacing("22222222", with: "99999999") }
        let outcome = try loader.look(nowMs: 2)
        #expect(outcome.changes == [])
        #expect(Self.standing(outcome, "birch") == .serving)
        #expect(Self.standing(outcome, "aspen") == .broken)
        #expect(
            outcome.problems.map(\.description) == [
                "tenants/aspen.yaml:2:19: alipay.partner: tenants/birch.yaml has the same partner; "
                    + "each tenant needs a contract of its own"
            ])
        // Whoever has the refused one's API key must not get into another tenant with it.
        try put("cedar", number: 3) { $0.replacing("33333333", with: "99999999") }
        #expect(Self.standing(try loader.look(nowMs: 3), "cedar") == .broken)
    }

    @Test mutating func `after a restart the one that was served before is served, whatever the names are`() throws {
        let latest = try loader.look(nowMs: 1).changes
        try put("aspen", number: 2)
        var restarted = TenantLoader(loader.folder)
        let byName = try restarted.look(nowMs: 2)
        #expect(Self.standing(byName, "aspen") == .serving)
        let isUnsettled = restarted.learn(of: latest)
        #expect(isUnsettled)
        let settled = restarted.settle(by: latest, nowMs: 2)
        #expect(Self.standing(settled, "aspen") == .broken)
        #expect(Self.standing(settled, "birch") == .serving)
    }

    @Test mutating func `two tenants may change places in one look`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash", number: 2)
        try put("birch", number: 1)
        let outcome = try loader.look(nowMs: 2)
        #expect(outcome.changes.map(\.tenant) == ["ash", "birch"])
        #expect(outcome.problems == [])
        #expect(outcome.snapshot.tenant("ash")?.partner == "2088000000000002")
        #expect(Self.owner(ofKey: 2, outcome) == "ash")
        #expect(Self.owner(ofKey: 1, outcome) == "birch")
        // Each holds what it has now: a third one cannot have it as well.
        try put("cedar", number: 2)
        let third = try loader.look(nowMs: 3)
        #expect(Self.standing(third, "cedar") == .broken)
    }

    @Test mutating func `an API key that moves to another file in one look is that tenant's from then on`() throws {
        _ = try loader.look(nowMs: 1)
        // Each takes over what the one after it had.
        try put("ash", number: 2)
        try put("birch", number: 3)
        let outcome = try loader.look(nowMs: 2)
        #expect(Self.owner(ofKey: 1, outcome) == nil)
        #expect(Self.owner(ofKey: 2, outcome) == "ash")
        #expect(Self.owner(ofKey: 3, outcome) == "birch")
    }

    @Test mutating func `another partner waits until nothing is open that was made with the one before`() throws {
        let isBound = Flag(true)
        loader.isBound = { $0 == "ash" && isBound.isSet }
        _ = try loader.look(nowMs: 1)
        try put("ash", number: 7)
        let held = try loader.look(nowMs: 2)
        #expect(held.changes == [])
        #expect(held.snapshot.stale == ["ash"])
        #expect(held.snapshot.tenant("ash")?.partner == "2088000000000001")
        #expect(
            held.problems.map(\.description) == [
                "tenants/ash.yaml:2:19: alipay.partner: payments or refunds of this tenant are open that Alipay knows by "
                    + "partner 2088000000000001; a new contract needs a file of its own"
            ])
        // Others are not held back with it.
        try put("birch", number: 8)
        #expect(Self.words(try loader.look(nowMs: 3).changes) == ["birch changed 2"])
        isBound.isSet = false
        let taken = try loader.look(nowMs: 4)
        #expect(Self.words(taken.changes) == ["ash changed 2"])
        #expect(taken.changes.first?.partner == "2088000000000007")
        #expect(taken.problems == [])
    }

    @Test mutating func `a restart holds a file to the partner that was written down, until the tenant is dropped`()
        throws
    {
        let latest = try loader.look(nowMs: 1).changes
        try put("ash", number: 7)
        var restarted = TenantLoader(loader.folder)
        _ = try restarted.look(nowMs: 2)
        restarted.isBound = { _ in true }
        let makesADifference = restarted.learn(of: latest)
        #expect(makesADifference)
        let settled = restarted.settle(by: latest, nowMs: 2)
        #expect(Self.standing(settled, "ash") == .broken)
        #expect(Self.standing(settled, "birch") == .serving)
        // The file goes, the tenant is dropped, and what comes then is another one.
        try remove("ash.yaml")
        _ = try restarted.look(nowMs: 1000)
        _ = try restarted.look(nowMs: 2000)
        _ = restarted.note(missing: ["ash"])
        _ = try Self.known(restarted.drop("ash", nowMs: 3000))
        try put("ash", number: 7)
        let another = try restarted.look(nowMs: 4000)
        #expect(Self.standing(another, "ash") == .serving)
    }

    @Test mutating func `a tenant without a file is missing until the file is back`() throws {
        try remove("ash.yaml")
        _ = try loader.look(nowMs: 1)
        let snapshot = loader.note(missing: ["ash", "birch"])
        #expect(snapshot.missing == ["ash"])
        #expect(snapshot.standing(of: "ash") == .missing && snapshot.isDown("ash") && !snapshot.isDown("birch"))
        #expect(snapshot.ids == ["ash", "birch"])
        try put("ash")
        let back = try loader.look(nowMs: 2)
        #expect(Self.words(back.changes) == ["ash restored 8"])
        #expect(back.snapshot.missing == [] && Self.standing(back, "ash") == .serving)
    }

    private final class Flag: Sendable {
        private let value: Mutex<Bool>
        init(_ isSet: Bool) { value = Mutex(isSet) }
        var isSet: Bool {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    @Test mutating func `one that falls back keeps what it had from the one that wanted it`() throws {
        try put("cedar", number: 3)
        _ = try loader.look(nowMs: 1)
        // ash wants what cedar has, and birch what ash had: ash is refused, so birch is too.
        try put("ash", number: 3)
        try put("birch", number: 1)
        let outcome = try loader.look(nowMs: 2)
        #expect(outcome.changes == [])
        #expect(outcome.snapshot.stale == ["ash", "birch"])
        #expect(outcome.snapshot.tenant("ash")?.partner == "2088000000000001")
        #expect(outcome.snapshot.tenant("birch")?.partner == "2088000000000002")
        #expect(
            outcome.problems.map(\.file) == [
                "tenants/ash.yaml", "tenants/ash.yaml", "tenants/birch.yaml", "tenants/birch.yaml",
            ])
    }

    @Test mutating func `a renamed file waits until an admin drops what it left behind`() throws {
        _ = try loader.look(nowMs: 1)
        try remove("ash.yaml")
        try put("oak")
        _ = try loader.look(nowMs: 1000)
        let outcome = try loader.look(nowMs: 2000)
        #expect(Self.words(outcome.changes) == ["ash removed"])
        #expect(Self.standing(outcome, "oak") == .broken)
        #expect(
            outcome.problems.first?.description
                == "tenants/oak.yaml:2:19: alipay.partner: tenants/ash.yaml, whose file is gone and whose payments are not "
                + "over, has the same partner; `payrelay tenant drop ash` ends it")
        let dropped = try Self.known(loader.drop("ash", nowMs: 3000))
        #expect(Self.words(dropped.changes) == ["ash dropped", "oak added 8"])
        #expect(dropped.problems == [])
    }

    @Test mutating func `what a file names is a part of it: another secret is a change of that field`() throws {
        _ = try loader.look(nowMs: 1)
        try tenants.scratch.write(
            "tenants/secrets/shop.whsec", "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=\n")
        let outcome = try loader.look(nowMs: 2)
        #expect(outcome.changes.map(\.tenant) == ["ash", "birch"])
        #expect(outcome.changes.first?.fields == ["webhook.secrets[0]"])
        try FileManager.default.removeItem(atPath: tenants.scratch.path("tenants/secrets/shop.whsec"))
        let gone = try loader.look(nowMs: 3)
        #expect(gone.changes == [])
        #expect(gone.snapshot.stale == ["ash", "birch"])
        #expect(
            gone.problems.first?.description
                == "tenants/ash.yaml:5:54: webhook.secrets[0]: cannot read secrets/shop.whsec: No such file")
    }

    @Test mutating func `a touch, another mode and the same text again are no changes`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash")
        #expect(RawFiles.setMode(tenants.scratch.path("tenants/ash.yaml"), 0o600))
        let outcome = try loader.look(nowMs: 2)
        #expect(outcome.changes == [])
        #expect(outcome.snapshot.version(of: "ash")?.appliedAtMs == 1)
    }

    @Test mutating func `a file that is being written is left alone, and so is one whose secret is`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "name: Half") }
        let yaml = tenants.scratch.path("tenants/ash.yaml")
        let postponed = try loader.look(nowMs: 2, isBeingWritten: { $0 == yaml })
        #expect(postponed.changes == [])
        #expect(postponed.isUnsettled)
        #expect(Self.words(try loader.look(nowMs: 3).changes) == ["ash changed 1"])

        try tenants.scratch.write("tenants/secrets/shop.whsec", "whsec_b3Ro")
        let secret = tenants.scratch.path("tenants/secrets/shop.whsec")
        let half = try loader.look(nowMs: 4, isBeingWritten: { $0 == secret })
        #expect(half.problems == [])
        #expect(half.isUnsettled)
    }

    @Test mutating func `links are followed: a swapped link changes every file behind it`() throws {
        let mounted = try TenantsFixture()
        let folder = mounted.scratch.path("tenants")
        for (version, name) in [("v1", "One"), ("v2", "Two")] {
            try mounted.scratch.makeFolder("tenants/..\(version)")
            try mounted.scratch.write(
                "tenants/..\(version)/ash.yaml",
                try Fixture.text("least.good.yaml").replacing("name: Shop", with: "name: \(name)"), mode: 0o640)
        }
        #expect(RawFiles.link(folder + "/..data", to: "..v1"))
        #expect(RawFiles.link(folder + "/ash.yaml", to: "..data/ash.yaml"))
        var loader = TenantLoader(
            TenantFolder(
                path: folder, shownAs: "tenants", publicURL: "", environment: { Fixture.environment[$0] }))
        #expect(try loader.look(nowMs: 1).snapshot.tenant("ash")?.name == "One")
        #expect(RawFiles.link(folder + "/..data_tmp", to: "..v2"))
        #expect(RawFiles.rename(folder + "/..data_tmp", over: folder + "/..data"))
        let swapped = try loader.look(nowMs: 2)
        #expect(Self.words(swapped.changes) == ["ash changed 1"])
        #expect(swapped.snapshot.tenant("ash")?.name == "Two")
    }

    private func paths(_ names: String...) -> Set<String> {
        Set(names.map { tenants.scratch.path("tenants/" + $0) })
    }

    @Test mutating func `a look at what was heard of reads no other tenant's file`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "name: Ash") }
        try put("birch", number: 2) { $0.replacing("name: Shop", with: "name: Birch") }
        #expect(Self.words(try loader.look(nowMs: 2, heard: paths("ash.yaml")).changes) == ["ash changed 1"])
        #expect(try loader.look(nowMs: 3, heard: []).changes == [])
        let beside = paths("4913", "birch.yaml~", ".birch.yaml.swp", ".birch.yaml", "birch.yaml.new")
        #expect(try loader.look(nowMs: 4, heard: beside).changes == [])
        #expect(Self.words(try loader.look(nowMs: 5).changes) == ["birch changed 1"])
    }

    @Test(arguments: ["secrets/shop.whsec", "secrets", "..data", "cedar.yml"])
    mutating func `what may have a part in any file is looked at in all`(_ heard: String) throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "name: Ash") }
        #expect(Self.words(try loader.look(nowMs: 2, heard: paths(heard)).changes) == ["ash changed 1"])
    }

    @Test mutating func `a path elsewhere is looked at in all`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "name: Ash") }
        #expect(Self.words(try loader.look(nowMs: 2, heard: ["/mnt/shared.key"]).changes) == ["ash changed 1"])
    }

    @Test mutating func `a file that is named is heard of before it is there`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("file:secrets/shop.whsec", with: "file:new.whsec") }
        let missing = try loader.look(nowMs: 2, heard: paths("ash.yaml"))
        #expect(missing.snapshot.stale == ["ash"])
        try tenants.scratch.write("tenants/new.whsec", "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXI=\n")
        let there = try loader.look(nowMs: 3, heard: paths("new.whsec"))
        #expect(Self.words(there.changes) == ["ash changed 1"])
        #expect(there.problems == [])
    }

    @Test mutating func `what was passed over is looked at again, though nothing more is heard of it`() throws {
        _ = try loader.look(nowMs: 1)
        try put("ash") { $0.replacing("name: Shop", with: "name: Ash") }
        let restless = try loader.look(nowMs: 2, settleMs: 30, heard: paths("ash.yaml"))
        #expect(restless.changes == [])
        #expect(restless.isUnsettled)
        #expect(try loader.look(nowMs: 31, settleMs: 30, heard: []).isUnsettled)
        let settled = try loader.look(nowMs: 32, settleMs: 30, heard: [])
        #expect(Self.words(settled.changes) == ["ash changed 1"])
        #expect(!settled.isUnsettled)
    }

    @Test mutating func `with a file that is gone the folder may be gone, and nobody drains`() throws {
        _ = try loader.look(nowMs: 1)
        let folder = tenants.scratch.path("tenants")
        #expect(RawFiles.rename(folder, over: folder + "-away"))
        #expect(throws: TenantFolder.Unreadable.self) { try loader.look(nowMs: 2, heard: paths("ash.yaml")) }
        #expect(RawFiles.rename(folder + "-away", over: folder))
        try remove("ash.yaml")
        #expect(try loader.look(nowMs: 1000, heard: paths("ash.yaml")).isUnsettled)
        #expect(Self.words(try loader.look(nowMs: 2000, heard: []).changes) == ["ash removed"])
    }

    @Test mutating func `hundreds of files are read together as one by one`() throws {
        for number in 0..<200 {
            try tenants.addGood(
                "many-\(number).yaml", partner: String(2_088_000_000_001_000 + number),
                sha256: String(repeating: "0", count: 61) + String(number + 100))
        }
        try put("ash") { $0.replacing("name: Shop", with: "nam: Shop") }
        let outcome = try loader.look(nowMs: 1)
        #expect(outcome.snapshot.count == 201)
        #expect(outcome.snapshot.broken == ["ash"])
        #expect(outcome.changes.map(\.tenant) == outcome.snapshot.all.map(\.id).sorted { $0 + "." < $1 + "." })
    }

    @Test mutating func `a folder that cannot be read changes nothing`() throws {
        _ = try loader.look(nowMs: 1)
        let folder = tenants.scratch.path("tenants")
        #expect(RawFiles.rename(folder, over: folder + "-away"))
        #expect(throws: TenantFolder.Unreadable.self) { try loader.look(nowMs: 2) }
        #expect(throws: TenantFolder.Unreadable.self) { try loader.look(nowMs: 5000) }
        #expect(RawFiles.rename(folder + "-away", over: folder))
        let back = try loader.look(nowMs: 6000)
        #expect(back.changes == [])
        #expect(back.snapshot.count == 2)
    }

    @Test mutating func `a look that rereads reads what looks the same`() throws {
        _ = try loader.look(nowMs: 1)
        let outcome = try loader.look(nowMs: 2, rereads: true)
        #expect(outcome.changes == [])
        #expect(outcome.snapshot.count == 2)
    }
}
