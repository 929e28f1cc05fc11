import Settings

extension TenantFile {
    /// What each key of the file is for.
    static let about = [
        "name": "The merchant's name, for people.",
        "alipay": "The merchant's contract with Alipay.",
        "products": "What the contract sells: pairs of channel and settlement.",
        "api_keys": "Keys of the merchants' API, each known only by its digest; `payrelay apikey new` makes one.",
        "webhook": "The endpoint that events are posted to.",
        "webhooks": "Several endpoints in place of webhook, each with an id.",
        "limits": "What the tenant may ask for.",
        "allowed_sources": "Blocks of addresses from which the API may be called; from anywhere without it.",
    ]

    /// What each key of an entry of `api_keys` is for.
    static let aboutKeys = [
        "label": "Which of the merchant's systems has the key, for people.",
        "sha256": "SHA-256 of the whole key text in lower-case hex, 64 digits.",
        "not_after": SettingsReader.aboutNotAfter,
    ]

    /// What each key of the section `limits` is for.
    static let aboutLimits = [
        "requests_per_second": "Requests to the API per second; no limit without it.",
        "burst": "Requests that may come at once; as many as in a second without it.",
        "payments_per_day": "New payments on one day in Beijing; no limit without it.",
        "amount_max": "The largest amount of one payment, in fen; no limit without it.",
        "webhook_backlog": "Webhooks that may wait at once before an alarm tells; none is dropped.",
    ]
}
