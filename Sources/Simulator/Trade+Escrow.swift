extension Trade {
    mutating func chooseLogistics(_ place: Int, _ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitBuyerPay:
            guard order.logistics.indices.contains(place) else {
                throw TradeRefusal(code: .logistics, message: "the order has no logistics option \(place)")
            }
            let old = logisticsChoice
            logisticsChoice = place
            guard (1...Yuan.fenMax).contains(totalFen) else {
                let total = Yuan.text(totalFen)
                logisticsChoice = old
                throw TradeRefusal(code: .price, message: "the total would be \(total)")
            }
            logisticsAtMs = atMs
        case .waitSellerSendGoods, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .success, .finished, .closed:
            throw refusal("get other logistics")
        }
    }

    mutating func sendGoods(_ shipment: Shipment, _ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitSellerSendGoods:
            status = .waitBuyerConfirmGoods
            self.shipment = shipment
            sentGoodsAtMs = atMs
            logisticsAtMs = atMs
        case .waitBuyerPay, .waitBuyerConfirmGoods, .waitSysPaySeller, .pending, .success, .finished, .closed:
            throw refusal("be shipped")
        }
    }

    mutating func confirmReceipt() throws(TradeRefusal) {
        switch status {
        case .waitBuyerConfirmGoods:
            guard dispute == nil else { throw refusal("be confirmed during a dispute") }
            status = .waitSysPaySeller
        case .waitBuyerPay, .waitSellerSendGoods, .waitSysPaySeller, .pending, .success, .finished, .closed:
            throw refusal("be confirmed")
        }
    }

    mutating func paySeller(_ atMs: Int64) throws(TradeRefusal) {
        switch status {
        case .waitSysPaySeller:
            status = .finished
            closedAtMs = atMs
        case .waitBuyerPay, .waitSellerSendGoods, .waitBuyerConfirmGoods, .pending, .success, .finished, .closed:
            throw refusal("be paid out")
        }
    }
}
