/// Why an acquire service did not do it: `detail_error_code` and `detail_error_des`.
struct AcquireFailure: Error, Sendable {
    let code: String
    let detail: String

    init(_ code: String, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    /// The acquire services' word for what other services call something else.
    init(_ error: GatewayError) {
        let code =
            switch error.code {
            case .sellerNotExist: "SELLER_NOT_EXIST"
            case .sellerNotInSpecifiedSellers: "INVALID_RECEIVE_ACCOUNT"
            case .buyerSellerEqual: "BUYER_SELLER_EQUAL"
            case .tradeDataMatchError: "CONTEXT_INCONSISTENT"
            case .tradeNotExist: "TRADE_NOT_EXIST"
            default: "INVALID_PARAMETER"
            }
        self.init(code, error.detail)
    }

    static let noSuchTrade = AcquireFailure("TRADE_NOT_EXIST", "no such trade")
}
