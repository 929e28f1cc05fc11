import Alipay
import Crypto
import Diagnostics
import Payments
import Tenants
import Testing
import Webhooks

struct TenantDirectoryTests {
    private static func digest(_ key: String) -> [UInt8] { SHA256.digest(Array(key.utf8)) }

    private func tenant(
        _ id: String, name: String = "Shop", keys: [String], url: String = "https://shop.example/"
    ) -> Tenant {
        Tenant(
            id: id, name: name,
            contract: Contract(
                partner: "2088101122136241", keys: SigningKeys(md5: [Secret("key")]),
                gatewayURL: "https://alipay.example/"
            ),
            products: [], apiKeys: keys.map { APIKey(label: $0, digest: TenantDirectoryTests.digest($0)) },
            endpoints: [EndpointSettings(url: url, secrets: [.generate()])]
        )
    }

    @Test func `each key finds its tenant and its label`() {
        let snapshot = TenantSnapshot([
            tenant("ash", keys: ["sk_ash_1", "sk_ash_2"]), tenant("birch", keys: ["sk_birch"]),
        ])
        for (key, id) in [("sk_ash_1", "ash"), ("sk_ash_2", "ash"), ("sk_birch", "birch")] {
            let found = snapshot.tenant(keyDigest: TenantDirectoryTests.digest(key))
            #expect(found?.tenant.id == id)
            #expect(found?.key.label == key)
        }
    }

    @Test func `an unknown digest, a part of one and none at all find nobody`() {
        let snapshot = TenantSnapshot([tenant("ash", keys: ["sk_ash"])])
        let known = TenantDirectoryTests.digest("sk_ash")
        #expect(snapshot.tenant(keyDigest: TenantDirectoryTests.digest("sk_as")) == nil)
        #expect(snapshot.tenant(keyDigest: Array(known.dropLast())) == nil)
        #expect(snapshot.tenant(keyDigest: known + [0]) == nil)
        #expect(snapshot.tenant(keyDigest: []) == nil)
    }

    @Test func `tenants are listed by id`() {
        let snapshot = TenantSnapshot(
            ["elm", "ash", "birch"].map { tenant($0, keys: ["sk_" + $0]) }, broken: ["cedar"])
        #expect(snapshot.all.map(\.id) == ["ash", "birch", "elm"])
        #expect(snapshot.count == 3)
        #expect(snapshot.broken == ["cedar"])
        #expect(snapshot.tenant("cedar") == nil)
    }

    @Test func `a snapshot that somebody holds stays as it was when another takes its place`() throws {
        let directory = TenantDirectory(TenantSnapshot([tenant("ash", name: "Old", keys: ["sk_old"])]))
        let held = directory.current
        directory.replace(
            with: TenantSnapshot([
                tenant("ash", name: "New", keys: ["sk_new"]), tenant("birch", keys: ["sk_birch"]),
            ]))
        #expect(held.tenant("ash")?.name == "Old")
        #expect(held.tenant(keyDigest: TenantDirectoryTests.digest("sk_old"))?.tenant.name == "Old")
        #expect(held.tenant(keyDigest: TenantDirectoryTests.digest("sk_new")) == nil)
        #expect(held.count == 1)
        #expect(directory.current.tenant("ash")?.name == "New")
        #expect(directory.current.tenant(keyDigest: TenantDirectoryTests.digest("sk_old")) == nil)
        #expect(directory.current.count == 2)
    }

    @Test func `deliveries find the endpoint that is in force`() {
        let directory = TenantDirectory(TenantSnapshot([tenant("ash", keys: ["a"], url: "https://old.example/")]))
        let key = EndpointKey(tenant: "ash", endpoint: "default")
        #expect(directory.endpoint(key)?.url == "https://old.example/")
        directory.replace(with: TenantSnapshot([tenant("ash", keys: ["a"], url: "https://new.example/")]))
        #expect(directory.endpoint(key)?.url == "https://new.example/")
        #expect(directory.endpoint(EndpointKey(tenant: "ash", endpoint: "erp")) == nil)
        #expect(directory.endpoint(EndpointKey(tenant: "birch", endpoint: "default")) == nil)
        directory.replace(with: TenantSnapshot([]))
        #expect(directory.endpoint(key) == nil)
    }

    @Test func `readers see one directory or the other, never a mixture`() async {
        let old = TenantSnapshot(["ash", "birch"].map { tenant($0, name: "Old", keys: ["sk_" + $0]) })
        let new = TenantSnapshot(["ash", "birch"].map { tenant($0, name: "New", keys: ["sk_" + $0]) })
        let directory = TenantDirectory(old)
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                for round in 0..<2_000 { directory.replace(with: round.isMultiple(of: 2) ? new : old) }
                return true
            }
            for _ in 0..<2 {
                group.addTask {
                    (0..<2_000).allSatisfy { _ in
                        let snapshot = directory.current
                        return snapshot.tenant("ash")?.name == snapshot.tenant("birch")?.name
                    }
                }
            }
            for await isWhole in group { #expect(isWhole) }
        }
    }
}
