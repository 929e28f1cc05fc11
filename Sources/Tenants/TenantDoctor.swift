import Alipay
package import Diagnostics
import HTTP
import Webhooks

/// Looks at a tenant for the mistakes that files can have and still be well-formed, before money finds them. Pure, and quick
/// enough for every load of every tenant: nothing is signed, and no key is read again.
package enum TenantDoctor {
    /// Of a tenant in force.
    package static func examine(_ tenant: Tenant) -> [Finding] { examine(TenantSpecimen(tenant)).findings }

    /// Of a file, whatever is wrong with it.
    package static func examine(_ specimen: TenantSpecimen) -> Examination {
        var examination = Examination()
        if let contract = specimen.contract { examination.add(ContractDoctor.examine(contract)) }
        examination.add(EndpointDoctor.examine(specimen.endpoints))
        return examination
    }

    /// Of the URL to which Alipay posts notifications.
    ///
    /// - Parameter publicURL: as `payrelay.yaml` gives it, without a slash at the end.
    package static func examine(notifyURL tenant: String, publicURL: String) -> Examination {
        var examination = Examination()
        let url = "\(publicURL)/notify/\(tenant)"
        examination.fact(notifyURLSubject, url)
        examination.find(NotifyURLCheck.length(url))
        examination.find(NotifyURLCheck.place(url))
        return examination
    }

    static let notifyURLSubject = "the notify URL"
}

/// What the doctor can find about a notify URL; the raw values are stable.
package enum NotifyURLCode: String, Sendable, CaseIterable {
    case long = "notify_url_long"
    case port = "notify_url_port"
    case local = "notify_url_local"
    case http = "notify_url_http"
}

private enum NotifyURLCheck {
    /// Ports 80 and 443 are the only ones that Alipay posts to.
    private static let ports = [80, 443]

    static func length(_ url: String) -> Finding? {
        guard url.utf8.count > TenantFolder.notifyURLBytesMax else { return nil }
        return find(
            .long, .error, "it has \(url.utf8.count) bytes, and Alipay takes \(TenantFolder.notifyURLBytesMax)",
            cure: "Shorten public_url or the file's name.")
    }

    static func place(_ url: String) -> Finding? {
        let host = URLHost(of: url)
        if host.isLocal || host.isExample {
            return find(
                .local, .warning, "\(host.name) is no address in public, and so Alipay cannot reach it",
                cure: "Give public_url the name by which the internet reaches this service.")
        }
        if let port = AbsoluteURL.port(url), !ports.contains(port) {
            return find(
                .port, .warning, "it names port \(port), and Alipay posts to 80 and 443 only",
                cure: "Put a proxy on port 443 before this service, and take the port out of public_url.")
        }
        guard AbsoluteURL.scheme(url) == "http" else { return nil }
        return find(
            .http, .warning, "it is plain http: notifications and buyers can be read and changed on the way",
            cure: "Use https.")
    }

    private static func find(
        _ code: NotifyURLCode, _ severity: Finding.Severity, _ sentence: String, cure: String
    ) -> Finding {
        Finding(code, severity, TenantDoctor.notifyURLSubject, sentence, cure: cure)
    }
}
