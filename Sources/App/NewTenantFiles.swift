import FoundationEssentials
import Platform
import Tenants
import Webhooks

/// The files of a tenant that is new.
struct NewTenantFiles {
    let folder: String
    let id: String

    var yamlPath: String { "\(folder)/\(TenantFolder.fileName(of: id))" }
    var secretPath: String { "\(folder)/secrets/\(id).whsec" }
    /// The file that is to hold Alipay's key; the admin writes it.
    var keyPath: String { "\(folder)/secrets/\(id).key" }

    /// The environment variable that may hold it instead; its name cannot begin with a digit.
    var keyVariable: String {
        let name = String(id.uppercased().map { $0 == "-" ? "_" : $0 }) + "_ALIPAY_KEY"
        return id.first?.isNumber == true ? "TENANT_" + name : name
    }

    /// Only for its owner.
    private static let secretMode: UInt32 = 0o600
    /// The service's group may read it too.
    private static let yamlMode: UInt32 = 0o640

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes all of them or none; answers the API key, which is kept nowhere.
    func write() throws(Failure) -> NewAPIKey {
        for path in [yamlPath, secretPath] where FileManager.default.fileExists(atPath: path) { throw taken(path) }
        let secrets = "\(folder)/secrets"
        do {
            try FileManager.default.createDirectory(
                atPath: secrets, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw Failure(description: "cannot make the folder \(secrets); nothing was written")
        }
        let key = NewAPIKey(tenant: id)
        try put(WebhookSecret.generate().revealText() + "\n", at: secretPath, mode: NewTenantFiles.secretMode)
        do { try put(text(key), at: yamlPath, mode: NewTenantFiles.yamlMode) } catch {
            try? FileManager.default.removeItem(atPath: secretPath)
            throw error
        }
        return key
    }

    private func put(_ text: String, at path: String, mode: UInt32) throws(Failure) {
        do { try NewFile.write(Array(text.utf8), to: path, mode: mode) } catch {
            throw error.isTaken ? taken(path) : Failure(description: error.description)
        }
    }

    private func taken(_ path: String) -> Failure {
        Failure(description: "\(path) is there already; nothing was written")
    }

    private func text(_ key: NewAPIKey) -> String {
        """
        # \(id): one merchant, one Alipay contract. `payrelay check` tells what is wrong with this file.
        name: "\(id)"                           # CHANGE: for people

        alipay:
          partner:                             # CHANGE: 16 digits in quotes, from Alipay's merchant centre
          # seller_email: sales@shop.example   # who is paid; the partner unless it is said here
          sign_type: MD5                       # or RSA, with private_key in place of keys
          keys:                                # the first one signs; list two while one is being rotated
            - file:secrets/\(id).key   # CHANGE: write Alipay's key into that file, mode 600
            # - env:\(keyVariable)   # in its place: a variable that the service was started with
          # private_key: file:secrets/\(id).pem   # RSA: PEM or bare base64
          # alipay_public_keys: [file:secrets/alipay.pem]   # RSA: only if Alipay named one that is not its usual one
          charset: utf-8                       # or gbk, if the contract was made for it
          notify_verify: true                  # each notification is confirmed with Alipay
          services:                            # what the contract includes
            trade_query: true
            refund: no_password                # or password: staff confirm each refund on a page of Alipay's
            it_b_pay: false                    # true: Alipay closes unpaid orders itself
            query_timestamp: false             # true: each checkout carries a key against phishing
            exter_invoke_ip: false             # true: each checkout carries the buyer's address
          on_late_payment: accept              # or refund: money for a canceled or expired payment goes back

        # Or web/escrow, web/buyer_choice, mobile_web/instant, qr/instant, barcode/instant: what the contract sells.
        products: [web/instant]

        api_keys:                              # `payrelay apikey new \(id)` makes more
          - {label: backend, sha256: \(key.digest)}

        webhook:
          url: https://shop.example/hooks/payrelay   # CHANGE: where events are posted
          secrets: [file:secrets/\(id).whsec]   # each request is signed with all of them, up to 5
          schedule: payments                   # 14 tries in three days; or standard, alipay, [0s, 5s, 1m]
          timeout: 15s                         # for the whole answer
          ordering: payment                    # the events of one payment in order; none: as they come
          # jitter: 20%                        # how far chance moves each delay, 0% to 50%
          # max_in_flight: 32                  # requests at a time, 1 to 512
          # events: [payment.succeeded]        # only these; all of them by default
          # headers: {X-Shop: "\(id)"}         # with every webhook; a value may be env:NAME or file:PATH
          # allow_ports: [9443]                # beside 443 and 8443
          # allow_http: true                   # intranet and tests: plain http, also to 80 and 8080
          # allow_private_network: true        # intranet and tests: private addresses, any port

        limits: {requests_per_second: 50, webhook_backlog: 100000}   # an alarm tells when more webhooks wait

        """
    }
}
