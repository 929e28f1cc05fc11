/// How many requests may be out, in all and of each suspicious kind.
struct Slots: Sendable {
    /// Endpoints that fail, or were let out to see, share this part of the slots.
    private static let doubtfulPart = 10
    /// This part of the slots is kept for endpoints that are proven to be well, once the others' requests and all that have
    /// been out for long take the rest: many that die at the same moment, each with a request or two, leave these.
    private static let provenPart = 4
    /// But endpoints that are not proven have this part in any case.
    private static let unprovenPart = 16
    /// There is trouble from half of what the others may take to a quarter of it.
    private static let troublePart = (begin: 2, end: 4)
    /// What is proven once in this time is so for as long.
    private static let provenMs: Int64 = 15_000
    /// Slots are scarce once half of them are used, and scarcer with three quarters; if so many are used at all.
    private static let pressedMin = 32
    /// They are as scarce until this part of them is free besides.
    private static let pressurePart = 16
    /// A request that has been out for longer is a slow one.
    static let slowMs: Int64 = 1_000
    /// A request is charged for so long at most: no timeout is longer, but the machine's clock may jump.
    static let chargedMsMax: Int64 = 60_000

    let max: Int
    private let doubtfulMax: Int
    private let riskyMax: Int
    private let unprovenMin: Int
    private(set) var used = 0
    private(set) var doubtful = 0
    /// Old ones, and those to endpoints that were not proven.
    private(set) var risky = 0
    private(set) var unproven = 0
    /// Since when there is trouble, less `slowMs`; nil if there is none.
    private(set) var troubleSinceMs: Int64?
    /// Also those whose results are on the way to the store, and those that are left alone.
    private(set) var out = 0
    /// Of those the ones that are left alone.
    private(set) var paused = 0
    /// How scarce slots are: 0, 1 or 2.
    private(set) var pressure = 0

    init(max: Int) {
        self.max = Swift.max(1, max)
        doubtfulMax = Swift.max(1, self.max / Slots.doubtfulPart)
        riskyMax = self.max < Slots.pressedMin ? self.max : self.max - self.max / Slots.provenPart
        unprovenMin = Swift.max(1, self.max / Slots.unprovenPart)
    }

    /// Results that are on the way to the store are bounded as well.
    var hasRoom: Bool { used < max && out < 2 * max }
    var doubtfulRoom: Int { doubtfulMax - doubtful }
    /// For endpoints that are not proven.
    var unprovenRoom: Int { Swift.max(riskyMax - risky, unprovenMin - unproven) }

    /// How many requests an endpoint that may have died this moment keeps.
    static func suspectMax(pressure: Int) -> Int { 4 >> pressure }

    mutating func take(isDoubtful: Bool, isProven: Bool) {
        used += 1
        out += 1
        if isDoubtful { doubtful += 1 }
        if !isProven {
            unproven += 1
            risky += 1
        }
        pressure = Swift.max(pressure, pressure(used))
    }

    /// A request to a proven endpoint has been out for long.
    mutating func grewOld() { risky += 1 }

    /// To be called after a change, before the next one is asked about.
    mutating func watchTrouble(_ nowMs: Int64) {
        if troubleSinceMs == nil {
            if risky * Slots.troublePart.begin >= riskyMax, risky > 1 { troubleSinceMs = nowMs - Slots.slowMs }
        } else if risky * Slots.troublePart.end < riskyMax {
            troubleSinceMs = nil
        }
    }

    /// Trouble has lasted as long as before.
    mutating func clockWasSetBack(byMs ms: Int64) { troubleSinceMs = troubleSinceMs.map { $0 - ms } }

    /// Whether an endpoint that took something last at that time is well, as far as it matters now.
    func isProven(takenAtMs: Int64?, nowMs: Int64) -> Bool {
        guard let troubleSinceMs else { return true }
        return takenAtMs.map { $0 >= Swift.max(troubleSinceMs, nowMs - Slots.provenMs) } ?? false
    }

    mutating func free(isDoubtful: Bool, isProven: Bool, isOld: Bool) {
        used -= 1
        if isDoubtful { doubtful -= 1 }
        if !isProven { unproven -= 1 }
        if !isProven || isOld { risky -= 1 }
        pressure = Swift.min(pressure, pressure(used + max / Slots.pressurePart))
    }

    private func pressure(_ used: Int) -> Int {
        if used * 2 < max || used < Slots.pressedMin { return 0 }
        return used * 4 < max * 3 ? 1 : 2
    }

    mutating func pause() { paused += 1 }

    mutating func end(wasPaused: Bool) {
        out -= 1
        if wasPaused { paused -= 1 }
    }
}
