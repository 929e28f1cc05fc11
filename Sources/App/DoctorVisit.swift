import Alipay
import Crypto
import Diagnostics
import Dispatch
import Gateway
import HTTPClient
import Platform
import Settings
import Synchronization
import Tenants
import Webhooks

/// One look at one tenant: its file, what the file names, and whoever may be asked.
struct DoctorVisit {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let tenant: String
    private let file: String
    private let loaded: Configuration.Loaded
    private let place: TenantsPlace
    private let specimen: TenantSpecimen

    private static let keyBytesMax = 64 * 1024
    /// How long connections may take to close.
    private static let graceMs = 0

    /// - Parameter publicKeyFile: what the admin says was uploaded to Alipay.
    init(tenant: String, path: String, publicKeyFile: String?) throws(Failure) {
        self.tenant = tenant
        let environment: @Sendable (String) -> String? = { Platform.environment($0) }
        loaded = Configuration.load(path: path, environment: environment)
        place = TenantsPlace.look(at: ConfigFile(path), environment)
        let folder = TenantFolder(
            path: place.path, shownAs: place.shownAs, publicURL: place.publicURL ?? "", environment: environment)
        file = "\(place.shownAs)/\(TenantFolder.fileName(of: tenant))"
        try DoctorVisit.checkPresence(of: tenant, in: folder, place)
        var specimen = folder.specimen(of: tenant)
        if let publicKeyFile {
            do throws(FileProblem) {
                let bytes = try SettingsFiles.read(publicKeyFile, bytesMax: DoctorVisit.keyBytesMax)
                specimen.add(uploaded: bytes, from: "--public-key")
            } catch { throw Failure(description: "cannot read the file that --public-key names: \(error.reason)") }
        }
        self.specimen = specimen
    }

    private static func checkPresence(
        of tenant: String, in folder: TenantFolder, _ place: TenantsPlace
    ) throws(Failure) {
        let ids: [String]
        do throws(TenantFolder.Unreadable) { ids = try folder.ids() } catch {
            throw Failure(description: "the folder \(place.shownAs): \(error.reason)")
        }
        guard !ids.contains(tenant) else { return }
        let near = suggestion(for: tenant, among: ids).map { "; did you mean \($0)?" } ?? ""
        throw Failure(description: "there is no tenant \(quoted(tenant)) in the folder \(place.shownAs)\(near)")
    }

    func report(reachesOut: Bool, asksAlipay: Bool) -> DoctorReport {
        var examination = TenantDoctor.examine(specimen)
        if let publicURL = place.publicURL {
            examination.add(TenantDoctor.examine(notifyURL: tenant, publicURL: publicURL))
        } else {
            examination.skip("the notify URL", "payrelay.yaml names no public_url that can be used")
        }
        if specimen.contract == nil {
            examination.skip("alipay", "the file cannot be read so far")
        } else if let contract = specimen.goodContract {
            examination.add(ContractDoctor.prove(contract, except: examination.wrong))
        }
        if reachesOut { examination.add(reachEndpoints()) }
        if asksAlipay { examination.add(askAlipay()) }
        return DoctorReport(
            tenant: tenant, file: file, problems: loaded.problems.filter { $0.file == file }, examination: examination)
    }

    // MARK: - Asking

    private func reachEndpoints() -> Examination {
        var examination = Examination()
        guard !specimen.goodEndpoints.isEmpty else {
            examination.skip("webhook", "not reached: its section has mistakes")
            return examination
        }
        guard let service = loaded.configuration?.service else {
            examination.skip("webhook", "not reached: payrelay.yaml, which says how webhooks leave, cannot be used")
            return examination
        }
        let client = WebhookClient.make(logger: .none, metrics: Metrics(), proxy: service.webhookProxy)
        defer { client.shutdown(graceMs: DoctorVisit.graceMs) }
        let reaches = zip(specimen.goodEndpoints, specimen.endpoints).map(EndpointReach.init)
        return DoctorVisit.wait { await ReachEndpoints(sender: client).run(reaches) }
    }

    private func askAlipay() -> Examination {
        guard let contract = specimen.goodContract else {
            var examination = Examination()
            examination.skip("Alipay", "not asked: the section alipay has mistakes")
            return examination
        }
        let client = HTTPClient(logger: .none, metrics: Metrics(), name: "alipay")
        defer { client.shutdown(graceMs: DoctorVisit.graceMs) }
        return DoctorVisit.wait { await AskAlipay(sender: client).run(LiveDoctor(contract)) }
    }

    /// Blocks the thread of the command, which is nobody else's.
    private static func wait(_ body: @escaping @Sendable () async -> Examination) -> Examination {
        let done = DispatchSemaphore(value: 0)
        let result = Mutex(Examination())
        Task {
            let examination = await body()
            result.withLock { $0 = examination }
            done.signal()
        }
        done.wait()
        return result.withLock { $0 }
    }
}
