extension ServiceSettings {
    /// What each key of the file is for.
    static let about = [
        "listen": "Address and port for merchants, Alipay and buyers; port 0 picks a free one.",
        "admin":
            "For health, metrics and the admin API: an address and port, a socket such as unix:run/admin.sock, or a list of one of each. An address needs an admin_token unless it is on this machine.",
        "admin_token": "What the admin API's clients have to show; optional on this machine.",
        "public_url": "What Alipay and buyers are told; every notify URL begins with it.",
        "tls": "The certificate for listen; without it, plain http, for a proxy in front.",
        "trusted_proxies": "Blocks of addresses whose X-Forwarded-For counts.",
        "tenants": "The folder of the tenants' files.",
        "store": "The database: sqlite: and a file's path.",
        "log": "What is logged, and how.",
        "retention": "How long is kept what nobody waits for any more.",
        "webhook_proxy": "http://host:port of a forward proxy that webhooks go through.",
    ]

    /// What each key of the section `tls` is for.
    static let aboutTLS = [
        "certificate": "file: and the path of a PEM file with the certificate and those that it is signed with.",
        "key": "file: and the path of a PEM file with the certificate's private key, without a passphrase.",
    ]

    /// What each key of the section `log` is for.
    static let aboutLog = [
        "level": "The least severe lines that are written.",
        "format": "text for people, json for programs; without it, text on a terminal and json elsewhere.",
    ]

    /// What each key of the section `retention` is for.
    static let aboutRetention = [
        "attempts": "How long the attempts of deliveries that are done are kept.",
        "notifications": "How long the journal of what Alipay posted is kept.",
    ]
}
