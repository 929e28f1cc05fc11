extension ContractSettings {
    /// What each key of the section is for.
    static let about = [
        "partner": "The merchant's partner number at Alipay: 16 digits that begin with 2088.",
        "seller_id": "The account that is paid, 16 digits that begin with 2088; the partner unless it is said.",
        "seller_email": "The email address of the account that is paid, in place of seller_id.",
        "sign_type": "How requests and notifications are signed; MD5 goes with keys, RSA with private_key.",
        "keys": "MD5: the keys shared with Alipay; the first one signs, all of them verify.",
        "private_key":
            "RSA: the merchant's own private key, PEM or base64 without a frame; its public half stands at Alipay's.",
        "alipay_public_keys":
            "RSA: Alipay's public keys, all of which verify; without it, the one that Alipay has for all partners.",
        "charset": "What requests are written in; gbk where the contract was made for it.",
        "gateway_url": "Alipay's gateway; another one is for tests only.",
        "notify_verify": "Whether each notification is confirmed with Alipay before it counts.",
        "notify_sources": "Blocks of addresses; notifications from anywhere else are refused.",
        "services": "What the contract with Alipay includes.",
        "on_late_payment":
            "Money for a payment that was canceled or had expired: accept takes it, refund gives it back.",
    ]

    /// What each key of the section `services` is for.
    static let aboutServices = [
        "trade_query": "Whether Alipay may be asked about a trade (single_trade_query).",
        "refund": "no_password: refunds are carried out at once; password: staff confirm each on a page of Alipay's.",
        "it_b_pay": "Whether Alipay closes unpaid orders itself when their time is over.",
        "query_timestamp": "Whether each checkout carries a key of Alipay's against phishing.",
        "exter_invoke_ip": "Whether each checkout carries the buyer's address.",
    ]
}
