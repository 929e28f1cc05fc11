import Synchronization

/// The faults that are still to come.
final class FaultPlan: Sendable {
    private struct Place: Hashable {
        let target: Fault.Target
        let kind: Fault.Kind
    }

    private struct Rest {
        var count: Int
        var delayMs: Int64
        var code: String
    }

    private let rests: Mutex<[Place: Rest]>

    init(_ faults: [Fault]) {
        rests = Mutex([:])
        for fault in faults { set(fault) }
    }

    /// In the place of one of the same target and kind.
    func set(_ fault: Fault) {
        rests.withLock {
            $0[Place(target: fault.target, kind: fault.kind)] = Rest(
                count: fault.count, delayMs: fault.delayMs, code: fault.code)
        }
    }

    func clear() { rests.withLock { $0.removeAll() } }

    /// What is left, in a fixed order.
    var pending: [Fault] {
        let rests = rests.withLock { $0 }
        return Fault.Target.allCases.flatMap { target in
            Fault.kinds(of: target).compactMap { kind in
                rests[Place(target: target, kind: kind)]
                    .flatMap { Fault(target, kind, count: $0.count, delayMs: $0.delayMs, code: $0.code) }
            }
        }
    }

    /// What the next message suffers; one less of each of them is left.
    func take(_ target: Fault.Target) -> Suffered {
        rests.withLock { rests in
            var suffered = Suffered()
            for kind in Fault.kinds(of: target) {
                let place = Place(target: target, kind: kind)
                guard var rest = rests[place] else { continue }
                suffered.kinds.insert(kind)
                if kind == .slow { suffered.delayMs = rest.delayMs }
                if kind == .error || kind == .errorAfterEffect { suffered.code = rest.code }
                rest.count -= 1
                rests[place] = rest.count > 0 ? rest : nil
            }
            return suffered
        }
    }
}

/// The faults of one message.
package struct Suffered: Sendable, Hashable {
    package var kinds: Set<Fault.Kind> = []
    package var delayMs: Int64 = 0
    /// With an error, Alipay's code.
    package var code = Fault.codePreset

    package init() {}

    package func contains(_ kind: Fault.Kind) -> Bool { kinds.contains(kind) }

    /// Alipay's signed words about a trade, spoilt before they are signed.
    func spoil(_ fields: inout Fields, totalFen: Int64) {
        if contains(.wrongAmount) { fields.set("total_fee", Yuan.text(totalFen + 1)) }
        if contains(.wrongSeller) {
            fields.set("seller_id", "2088999999999999")
            fields.set("seller_email", "somebody-else@example.com")
        }
    }

    /// The results of a batch of refunds: one fen more for its first item.
    func spoilResults(_ fields: inout Fields) {
        guard contains(.wrongAmount), let details = fields.text("result_details") else { return }
        var parts = details.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1, let fen = Yuan.signedFen(parts[1]) else { return }
        parts[1] = Yuan.text(fen + 1)
        fields.set("result_details", parts.joined(separator: "^"))
    }

    /// The signature that is sent.
    func spoil(_ sign: String) -> String {
        guard contains(.badSignature) else { return sign }
        return (sign.utf8.first == UInt8(ascii: "0") ? "1" : "0") + sign.dropFirst()
    }
}
