package import Alipay
import Settings
package import Webhooks

/// What of a tenant's file can be looked at, whatever is wrong with it.
package struct TenantSpecimen: Sendable {
    package internal(set) var contract: ContractSpecimen?
    package internal(set) var endpoints: [EndpointSpecimen] = []
    /// Without a mistake in their own sections, though there may be one elsewhere in the file.
    package internal(set) var goodContract: Contract?
    package internal(set) var goodEndpoints: [EndpointSettings] = []

    init() {}

    /// Of a tenant in force.
    package init(_ tenant: Tenant) {
        contract = ContractSpecimen(tenant.contract)
        endpoints = EndpointSpecimen.all(of: tenant.endpoints)
        (goodContract, goodEndpoints) = (tenant.contract, tenant.endpoints)
    }

    /// Reads the root of a file whose problems are told elsewhere.
    ///
    /// - Parameter problems: the list that the root's reader reports to; nobody looks at it.
    init(reading root: SettingsReader, _ problems: ProblemList) {
        _ = root.optionalSection("alipay") { section -> Bool? in
            contract = ContractSpecimen.read(section)
            let errorsBefore = problems.errorCount
            let settings = ContractSettings.read(section)
            if problems.errorCount == errorsBefore { goodContract = settings?.contract }
            return nil
        }
        endpoints = EndpointSpecimen.read(root)
        let errorsBefore = problems.errorCount
        let section = EndpointSettings.read(root)
        if problems.errorCount == errorsBefore { goodEndpoints = section?.endpoints ?? [] }
    }

    /// Adds the merchant's public key as an admin says that it was uploaded to Alipay.
    package mutating func add(uploaded bytes: [UInt8], from subject: String) {
        contract?.add(uploaded: bytes, from: subject, isSure: true)
    }
}

extension TenantFolder {
    /// What of one tenant's file can be looked at; nothing if it is no YAML or cannot be read.
    package func specimen(of id: String) -> TenantSpecimen {
        let problems = ProblemList()
        let name = id + TenantFolder.fileSuffix
        let source = SettingsSource(file: "\(shownAs)/\(name)", folder: path, environment: environment, clock: clock)
        var specimen = TenantSpecimen()
        _ = SettingsReader.readFile(at: "\(path)/\(name)", from: source, into: problems) { root -> Bool? in
            specimen = TenantSpecimen(reading: root, problems)
            return true
        }
        guard let key = specimen.contract?.privateKeyPath else { return specimen }
        for file in PublicHalfFile.names(beside: key) {
            guard let bytes = try? source.readFile(file, PublicHalfFile.bytesMax) else { continue }
            specimen.contract?.add(uploaded: bytes, from: shown(file), isSure: false)
        }
        return specimen
    }

    /// A path as problems name it.
    private func shown(_ file: String) -> String {
        file.hasPrefix(path + "/") ? shownAs + file.dropFirst(path.count) : file
    }
}

/// What a file with the public half of a private key is called where people keep the two side by side.
enum PublicHalfFile {
    static let bytesMax = 64 * 1024

    /// `shop.pem.pub`, `shop.pub`, `shop_public.pem`, `shop-public.pem` beside `shop.pem`; and what `openssl`'s manual and Alipay's
    /// tool make of a name with `private` in it.
    static func names(beside privateKey: String) -> [String] {
        let start = privateKey.lastIndex(of: "/").map(privateKey.index(after:)) ?? privateKey.startIndex
        let (folder, name) = (privateKey[..<start], privateKey[start...])
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        let (stem, ending) = (name[..<dot], name[dot...])
        var names = ["\(name).pub", "\(stem).pub", "\(stem)_public\(ending)", "\(stem)-public\(ending)"]
        for (own, other) in [("private", "public"), ("私钥", "公钥")] where name.contains(own) {
            names.append(String(name).replacing(own, with: other))
        }
        var seen: Set<String> = [String(name)]
        return names.filter { seen.insert($0).inserted }.map { folder + $0 }
    }
}
