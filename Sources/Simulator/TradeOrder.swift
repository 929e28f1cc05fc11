/// What a merchant asked the buyer to pay for; two requests for one `out_trade_no` must agree on it.
package struct TradeOrder: Sendable, Hashable {
    /// The service that made it, `exterface` in a return.
    package var service: String
    package var outTradeNo: String
    package var subject: String
    package var body: String?
    package var extraCommonParam: String?
    package var paymentType: String
    package var priceFen: Int64
    package var quantity: Int64
    /// Added to price × quantity; negative is cheaper.
    package var discountFen: Int64
    package var sellerID: String
    package var sellerEmail: String
    package var flow: Trade.Flow
    /// What the buyer can choose from with escrow, the order's own first; empty for others.
    package var logistics: [Trade.LogisticsOption]
    /// Where the goods go, if the merchant said so.
    package var receiver: Trade.Receiver?

    package init(
        service: String, outTradeNo: String, subject: String, body: String? = nil, extraCommonParam: String? = nil,
        paymentType: String = "1", priceFen: Int64, quantity: Int64 = 1, discountFen: Int64 = 0, sellerID: String,
        sellerEmail: String, flow: Trade.Flow = .instant, logistics: [Trade.LogisticsOption] = [],
        receiver: Trade.Receiver? = nil
    ) {
        self.service = service
        self.outTradeNo = outTradeNo
        self.subject = subject
        self.body = body
        self.extraCommonParam = extraCommonParam
        self.paymentType = paymentType
        self.priceFen = priceFen
        self.quantity = quantity
        self.discountFen = discountFen
        self.sellerID = sellerID
        self.sellerEmail = sellerEmail
        self.flow = flow
        self.logistics = logistics
        self.receiver = receiver
    }

    /// Without the logistics fee; at most ``Yuan/fenMax``, which the request's check saw to.
    package var totalFen: Int64 { priceFen * quantity + discountFen }

    /// Whether a further request is for the same thing.
    package func agrees(with other: TradeOrder) -> Bool {
        subject == other.subject && totalFen == other.totalFen && sellerID == other.sellerID && flow == other.flow
            && logistics == other.logistics
    }
}

extension Trade {
    /// How the money reaches the seller.
    package enum Flow: String, Sendable, Hashable, CaseIterable {
        case instant
        /// Alipay holds it until the buyer has the goods.
        case escrow
        /// The buyer says which of the two at the cashier.
        case buyersChoice = "buyers_choice"
    }

    /// One `logistics_type`, `logistics_fee` and `logistics_payment` of an order.
    package struct LogisticsOption: Sendable, Hashable {
        package enum Payment: String, Sendable, CaseIterable {
            case seller = "SELLER_PAY"
            case buyer = "BUYER_PAY"
            /// Freight collect: shown, and not in the total.
            case buyerAfterReceive = "BUYER_PAY_AFTER_RECEIVE"
        }

        package static let types = ["POST", "EMS", "EXPRESS", "DIRECT"]

        /// One of ``types``.
        package var type: String
        package var feeFen: Int64
        package var payment: Payment

        package init(type: String, feeFen: Int64, payment: Payment) {
            self.type = type
            self.feeFen = feeFen
            self.payment = payment
        }

        /// What it adds to the total.
        package var chargedFen: Int64 { payment == .buyer ? feeFen : 0 }
    }

    /// Where the goods go.
    package struct Receiver: Sendable, Hashable {
        package var name: String
        package var address: String
        package var zip: String
        package var phone: String
        package var mobile: String

        package init(name: String, address: String, zip: String, phone: String, mobile: String) {
            self.name = name
            self.address = address
            self.zip = zip
            self.phone = phone
            self.mobile = mobile
        }

        /// What the buyer types at the cashier when the merchant gave no address.
        package static let sample = Receiver(
            name: "张三", address: "浙江省 杭州市 某路 1 号", zip: "310000", phone: "0571-00000000", mobile: "10000000000")
    }

    /// What `send_goods_confirm_by_platform` says, or the seller on Alipay's site.
    package struct Shipment: Sendable, Hashable {
        /// One of ``LogisticsOption/types``.
        package var transportType: String
        package var carrier: String
        package var invoiceNo: String?

        package init(transportType: String = "EXPRESS", carrier: String = "某某快递", invoiceNo: String? = nil) {
            self.transportType = transportType
            self.carrier = carrier
            self.invoiceNo = invoiceNo
        }
    }
}
