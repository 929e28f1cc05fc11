/// `it_b_pay`: `1m` to `15d` in whole minutes, hours or days, or `1c`, until midnight in Beijing.
enum PaymentTimeout: Sendable, Hashable {
    case minutes(Int64)
    case untilMidnight

    private static let minutesMax: Int64 = 15 * 1440

    init?(_ text: String) {
        if text == "1c" {
            self = .untilMidnight
            return
        }
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last, (1...5).contains(digits.count),
            digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(String(decoding: digits, as: UTF8.self))
        else { return nil }
        let minutes: Int64
        switch unit {
        case UInt8(ascii: "m"): minutes = count
        case UInt8(ascii: "h"): minutes = count * 60
        case UInt8(ascii: "d"): minutes = count * 1440
        default: return nil
        }
        guard (1...PaymentTimeout.minutesMax).contains(minutes) else { return nil }
        self = .minutes(minutes)
    }

    func endMs(fromMs: Int64) -> Int64 {
        switch self {
        case .minutes(let minutes): fromMs + minutes * 60_000
        case .untilMidnight: BeijingTime.nextMidnight(afterMs: fromMs)
        }
    }
}
