import Crypto
package import Diagnostics
import HTTP
import Settings

/// Looks at a tenant's endpoints for what would keep webhooks from arriving or from being believed. Pure; it sends nothing.
package enum EndpointDoctor {
    package static func examine(_ specimens: [EndpointSpecimen]) -> Examination {
        var examination = Examination()
        var urls: [String: String] = [:]
        var secrets: [WebhookSecret: (subject: String, endpoint: String)] = [:]
        for specimen in specimens {
            examination.add(url(of: specimen, &urls))
            for (subject, text) in specimen.secrets {
                guard let secret = examine(text, at: subject, &examination) else { continue }
                if let other = secrets[secret], other.endpoint != specimen.subject {
                    examination.find(
                        Finding(
                            EndpointCode.secretShared, .warning, subject, "it is the same secret as \(other.subject)",
                            cure:
                                "Give each endpoint its own (`payrelay secret new`): whoever has the one could sign for "
                                + "the other."))
                }
                secrets[secret] = secrets[secret] ?? (subject, specimen.subject)
            }
        }
        return examination
    }

    // MARK: - Secrets

    private static func examine(
        _ text: Secret, at subject: String, _ examination: inout Examination
    ) -> WebhookSecret? {
        do throws(WebhookSecretError) {
            let secret = try WebhookSecret(text)
            let fingerprint = KeyFingerprint.of(secret.bytes.reveal())
            examination.fact(
                subject, "a webhook secret of \(secret.bytes.reveal().count) bytes, fingerprint \(fingerprint)")
            if published.contains(fingerprint) {
                examination.find(
                    Finding(
                        EndpointCode.secretPublished, .warning, subject,
                        "it is the sample of a manual, which everybody has",
                        cure: "Make one with `payrelay secret new`."))
            }
            return secret
        } catch {
            examination.fact(subject, "no webhook secret that can be used")
            examination.find(pasted(text, at: subject) ?? malformed(error, at: subject))
            return nil
        }
    }

    /// `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw` of Standard Webhooks' specification and libraries, and
    /// `whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD` of theirs and Svix's manuals.
    private static let published: Set<String> = Set(
        ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"].compactMap(Base64.decode)
            .map(KeyFingerprint.of))

    private static func pasted(_ text: Secret, at subject: String) -> Finding? {
        guard let clean = PasteFlaw.cleaned(text.reveal(), of: PasteFlaw.ofOneWord),
            (try? WebhookSecret(Secret(clean.bytes))) != nil
        else { return nil }
        return Finding(
            EndpointCode.secretPasted, .error, subject, "it has \(clean.words); without that it is a webhook secret",
            cure: "Write it without that.")
    }

    private static func malformed(_ error: WebhookSecretError, at subject: String) -> Finding {
        let parts = error.description.split(separator: "; ", maxSplits: 1)
        let rest = parts.count > 1 ? parts[1] : "copy it again, or make one with `payrelay secret new`"
        return Finding(
            EndpointCode.secretMalformed, .error, subject, String(parts[0]),
            cure: rest.prefix(1).uppercased() + rest.dropFirst() + ".")
    }

    // MARK: - URLs

    private static func url(of specimen: EndpointSpecimen, _ urls: inout [String: String]) -> Examination {
        var examination = Examination()
        let subject = "\(specimen.subject).url"
        guard let url = specimen.url else { return examination }
        // The path may have a token in it.
        if let origin = AbsoluteURL.origin(url) { examination.fact(subject, "\(origin)/…") }
        if let problem = EndpointURL.problem(url, allowHTTP: specimen.allowHTTP, ports: nil) {
            examination.find(
                Finding(EndpointCode.url, .error, subject, problem, cure: "Ask the merchant for the URL again."))
            return examination
        }
        examination.find(host(URLHost(of: url), at: subject, allowsPrivate: specimen.allowPrivateNetwork))
        if AbsoluteURL.scheme(url) == "http" {
            examination.find(
                Finding(
                    EndpointCode.http, .warning, subject, "it is plain http: who is on the way can read what is sent",
                    cure: "Use https, unless this is an intranet or a test."))
        }
        if let other = urls[url] {
            examination.find(
                Finding(
                    EndpointCode.twice, .warning, subject, "it is the same URL as \(other).url",
                    cure: "Every event would come twice; give them different events, or take one out."))
        }
        urls[url] = urls[url] ?? specimen.subject
        return examination
    }

    private static func host(_ host: URLHost, at subject: String, allowsPrivate: Bool) -> Finding? {
        if host.isLocal, !allowsPrivate {
            return Finding(
                EndpointCode.privateAddress, .error, subject,
                "\(host.name) is no address in public, and webhooks go nowhere else",
                cure:
                    "Give the URL by which others reach the merchant, or say allow_private_network: true on an intranet."
            )
        }
        guard host.isExample else { return nil }
        return Finding(
            EndpointCode.placeholder, .warning, subject, "\(host.name) is a name for examples, and leads nowhere",
            cure: "Ask the merchant where events are to be posted.")
    }
}
