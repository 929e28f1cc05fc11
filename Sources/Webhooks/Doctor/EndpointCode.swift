/// What the doctor can find about a tenant's endpoints; the raw values are stable.
package enum EndpointCode: String, Sendable, CaseIterable {
    case secretPasted = "secret_pasted"
    case secretMalformed = "secret_malformed"
    case secretShared = "secret_shared"
    case secretPublished = "secret_published"
    case url = "webhook_url"
    case http = "webhook_http"
    case placeholder = "webhook_placeholder"
    case privateAddress = "webhook_private"
    case twice = "webhook_twice"
    // Reaching it.
    case nameless = "webhook_name"
    case refused = "webhook_refused"
    case unreachable = "webhook_unreachable"
    case tls = "webhook_tls"
    case slow = "webhook_slow"
    case notHTTP = "webhook_not_http"
    case redirects = "webhook_redirects"
    case gone = "webhook_gone"
    case failing = "webhook_failing"

    /// What shows without sending anything.
    package static let offline: [EndpointCode] = [
        .secretPasted, .secretMalformed, .secretShared, .secretPublished, .url, .http, .placeholder, .privateAddress,
        .twice,
    ]
}
