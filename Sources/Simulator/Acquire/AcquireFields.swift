/// The parameters of an order in a shop.
struct AcquireFields: Sendable {
    private let reader: OrderFields
    private let call: GatewayCall

    init(_ call: GatewayCall, accounts: Accounts) throws(AcquireFailure) {
        self.call = call
        do throws(GatewayError) { reader = try OrderFields(call, accounts: accounts) } catch {
            throw AcquireFailure(error)
        }
    }

    func filled(_ name: String) -> String? { reader.fields.filled(name) }

    func order(_ service: ServiceName, productCode: String) throws(AcquireFailure) -> CashierOrder {
        do throws(GatewayError) {
            guard try reader.mandatory("product_code") == productCode else {
                throw OrderFields.wrong("product_code", "is not \(productCode)")
            }
            if let currency = filled("currency"), currency != "156" {
                throw OrderFields.wrong("currency", "is not 156")
            }
            if ["seller_id", "seller_email"].contains(where: { filled($0) != nil }) { try reader.checkSeller() }
            let (priceFen, quantity) = try amount()
            let order = TradeOrder(
                service: service.rawValue, outTradeNo: try reader.mandatory("out_trade_no"),
                subject: try reader.subject(), body: filled("body"), priceFen: priceFen, quantity: quantity,
                sellerID: call.account.sellerID, sellerEmail: call.account.sellerEmail)
            return CashierOrder(
                order: order, notifyURL: try reader.url("notify_url"), returnURL: nil,
                timeout: try reader.timeout(isIncluded: true), dialect: call.dialect)
        } catch {
            throw AcquireFailure(error)
        }
    }

    func notifyURL() throws(AcquireFailure) -> String? {
        do throws(GatewayError) { return try reader.url("notify_url") } catch { throw AcquireFailure(error) }
    }

    func refundFen() throws(AcquireFailure) -> Int64 {
        do throws(GatewayError) {
            return try OrderFields.fen(try reader.mandatory("refund_amount"), "refund_amount")
        } catch {
            throw AcquireFailure(error)
        }
    }

    /// total_fee, which price × quantity must be if they are given.
    private func amount() throws(GatewayError) -> (priceFen: Int64, quantity: Int64) {
        let total = try OrderFields.fen(try reader.mandatory("total_fee"), "total_fee")
        guard filled("price") != nil || filled("quantity") != nil else { return (total, 1) }
        let price = try OrderFields.fen(try reader.mandatory("price"), "price")
        let text = try reader.mandatory("quantity")
        guard let quantity = Int64(text), (1...Yuan.fenMax / price).contains(quantity), price * quantity == total else {
            throw OrderFields.wrong("quantity", "times price is not total_fee")
        }
        return (price, quantity)
    }
}
