import Diagnostics
package import Settings

/// What of an endpoint can be looked at, whether or not the file that it stands in can be used.
package struct EndpointSpecimen: Sendable {
    /// `webhook` or `webhooks[1]`.
    package let subject: String
    let url: String?
    /// By the paths of their places.
    let secrets: [(subject: String, text: Secret)]
    let allowHTTP: Bool
    let allowPrivateNetwork: Bool

    /// Of an endpoint in force.
    ///
    /// - Parameter subject: the path of its section.
    package init(_ endpoint: EndpointSettings, at subject: String) {
        self.subject = subject
        url = endpoint.url
        secrets = endpoint.secrets.enumerated().map { index, secret in
            ("\(subject).secrets[\(index)]", Secret(secret.revealText()))
        }
        (allowHTTP, allowPrivateNetwork) = (endpoint.allowHTTP, endpoint.allowPrivateNetwork)
    }

    private init(_ section: SettingsReader) {
        subject = section.position.path
        url = section.optional("url")?.string()
        let values = section.optional("secrets")?.list(count: 1...EndpointSpecimen.secretsMax) ?? []
        secrets = values.compactMap { value in
            value.dated { $0.secret() }.map { (value.position.path, $0.value.secret) }
        }
        allowHTTP = section.bool("allow_http", default: false)
        allowPrivateNetwork = section.bool("allow_private_network", default: false)
    }

    /// As many as are looked at.
    private static let secretsMax = 20
    private static let endpointsMax = 100

    /// All endpoints of a file's root, whatever is wrong with it. Nothing here is a problem of the file: give it a reader
    /// whose problems nobody looks at.
    package static func read(_ root: SettingsReader) -> [EndpointSpecimen] {
        var found: [EndpointSpecimen] = []
        let note: (SettingsReader) -> Bool? = { section in
            found.append(EndpointSpecimen(section))
            return true
        }
        _ = root.optionalSection("webhook", note)
        for entry in root.optional("webhooks")?.list(count: 1...endpointsMax) ?? [] { _ = entry.section(note) }
        return found
    }

    /// Of a tenant's endpoints in force, in the order of the file.
    package static func all(of endpoints: [EndpointSettings]) -> [EndpointSpecimen] {
        // `webhook:` is one without a choice of its id.
        let isOne = endpoints.count == 1 && endpoints[0].id == EndpointSettings.defaultID
        return endpoints.enumerated().map { index, endpoint in
            EndpointSpecimen(endpoint, at: isOne ? "webhook" : "webhooks[\(index)]")
        }
    }
}
