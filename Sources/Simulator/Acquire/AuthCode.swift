/// What a payment code of the buyer's telephone leads to, by its last digit.
///
/// | last digit | `result_code` | the trade |
/// | --- | --- | --- |
/// | 1, and any that is not below | ORDER_SUCCESS_PAY_SUCCESS | paid |
/// | 2 | ORDER_SUCCESS_PAY_INPROCESS | made; the buyer must confirm, which the control API's `pay` does |
/// | 3 | ORDER_FAIL, BUYER_ENABLE_STATUS_FORBID | none |
/// | 4 | UNKNOWN | paid |
/// | 5 | UNKNOWN | none |
/// | 6 | ORDER_SUCCESS_PAY_FAIL, BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR | made, not paid |
enum AuthCode: Sendable {
    case paid
    case inProcess
    case orderFails
    case unknownPaid
    case unknownUnmade
    case payFails

    static let types = ["bar_code", "qr_code", "wave_code", "barcode", "qrcode", "soundwave"]

    init(_ fields: AcquireFields) throws(AcquireFailure) {
        guard let type = fields.filled("dynamic_id_type"), AuthCode.types.contains(type) else {
            throw AcquireFailure("INVALID_PARAMETER", "dynamic_id_type is none that Alipay knows")
        }
        guard let code = fields.filled("dynamic_id"), code.utf8.count <= 64 else {
            throw AcquireFailure("INVALID_PARAMETER", "dynamic_id is missing, or too long")
        }
        let isBar = type == "bar_code" || type == "barcode"
        guard !isBar || (16...24).contains(code.utf8.count) && code.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw AcquireFailure("INVALID_PARAMETER", "a bar code has 16 to 24 digits") }
        self =
            switch code.utf8.last {
            case UInt8(ascii: "2"): .inProcess
            case UInt8(ascii: "3"): .orderFails
            case UInt8(ascii: "4"): .unknownPaid
            case UInt8(ascii: "5"): .unknownUnmade
            case UInt8(ascii: "6"): .payFails
            default: .paid
            }
    }
}
