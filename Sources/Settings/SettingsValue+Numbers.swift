import YAML

/// Numbers and their units.
extension SettingsValue {
    /// A whole number in decimal digits.
    package func int(in range: ClosedRange<Int>) -> Int? {
        if let shape { return shape.take(.int(range)) }
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard case .scalar(let text, let style) = node.content, !node.isNull else { return mismatch(wanted) }
        problems.notePlain(node)
        if style == .plain, let number = Int(text), !text.hasPrefix("+"), range.contains(number) { return number }
        let isInQuotes = style == .quoted && Int(text).map(range.contains) == true
        problem(
            "expected \(wanted), found \(quoted(text))" + (isInQuotes ? "; write it without quotes" : ""),
            suggestion: isInQuotes ? text : nil)
        return nil
    }

    /// A whole number with a unit: `500ms`, `15s`, `2m`, `1h`, `30d`.
    package func duration(in range: ClosedRange<Duration>) -> Duration? {
        if let shape { return shape.take(Self.timeUnits, limits: Self.limits(range)) }
        guard let amount = amount(units: Self.timeUnits, example: "15s") else { return nil }
        let duration = Duration.milliseconds(amount)
        guard range.contains(duration) else {
            problem("\(Self.text(duration)) is not \(Self.limits(range))")
            return nil
        }
        return duration
    }

    /// A time of whole days such as `30d`, or `0` (`0d`, `0s`) for what `zeroMeans` says, which is `.zero`.
    ///
    /// - Parameter reason: why there is a least, for the message to one that is below it.
    package func days(in range: ClosedRange<Duration>, zeroMeans: String, because reason: String? = nil) -> Duration? {
        if let shape {
            let _: Duration? = shape.take(.zero)
            return shape.take(Self.timeUnits, limits: "\(Self.limits(range)), or 0 (\(zeroMeans))")
        }
        if case .scalar("0", .plain) = node.content {
            problems.notePlain(node)
            return .zero
        }
        guard let amount = amount(units: Self.timeUnits, example: "30d") else { return nil }
        let duration = Duration.milliseconds(amount)
        guard duration == .zero || range.contains(duration) else {
            let why = duration < range.lowerBound ? reason.map { "; \($0)" } ?? "" : ""
            problem("\(Self.text(duration)) is not \(Self.limits(range)), nor 0 (\(zeroMeans))\(why)")
            return nil
        }
        return duration
    }

    /// A whole number of hundredths: `20%`.
    package func percent(in range: ClosedRange<Int>) -> Int? {
        let units: [Unit] = [("%", 1)]
        let limits = "from \(range.lowerBound)% to \(range.upperBound)%"
        if let shape { return shape.take(units, limits: limits) }
        guard let amount = amount(units: units, example: "20%") else { return nil }
        guard range.contains(amount) else {
            problem("\(amount)% is not \(limits)")
            return nil
        }
        return amount
    }

    /// A whole number of bytes with a unit: `512B`, `64KiB`, `1MiB`, `2GiB`.
    package func byteCount(in range: ClosedRange<Int>) -> Int? {
        let limits = "from \(Self.text(bytes: range.lowerBound)) to \(Self.text(bytes: range.upperBound))"
        if let shape { return shape.take(Self.sizeUnits, limits: limits) }
        guard let amount = amount(units: Self.sizeUnits, example: "64KiB") else { return nil }
        guard range.contains(amount) else {
            problem("\(Self.text(bytes: amount)) is not \(limits)")
            return nil
        }
        return amount
    }

    typealias Unit = (name: String, size: Int)

    /// In milliseconds, the largest last. The first unit that a message offers is seconds.
    private static let timeUnits: [Unit] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let sizeUnits: [Unit] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]

    /// Nine digits: more than thirty years of seconds, and no product of it and a unit overflows.
    private static let amountDigitsMax = 9

    /// The number times its unit; `example` ends with the unit that a bare number is offered.
    private func amount(units: [Unit], example: String) -> Int? {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            return mismatch("a number with a unit such as \(example)")
        }
        problems.notePlain(node)
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text.dropFirst(digits.count)
        let exampleUnit = example.drop { $0.isNumber }
        if let number = Int(digits), digits.count <= Self.amountDigitsMax {
            if let unit = units.first(where: { $0.name == name }) { return number * unit.size }
            if name.isEmpty {
                let meant = digits + exampleUnit
                problem("\(quoted(text)) has no unit; write \(meant)", suggestion: String(meant))
                return nil
            }
        }
        problem("expected a whole number and \(oneOf(units.map(\.name))), such as \(example), found \(quoted(text))")
        return nil
    }

    private static func limits(_ range: ClosedRange<Duration>) -> String {
        "from \(text(range.lowerBound)) to \(text(range.upperBound))"
    }

    /// In the largest unit that divides it.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        return text(Int(milliseconds), timeUnits, zeroUnit: "s")
    }

    static func text(bytes: Int) -> String { text(bytes, sizeUnits, zeroUnit: "B") }

    private static func text(_ amount: Int, _ units: [Unit], zeroUnit: String) -> String {
        guard amount != 0, let unit = units.last(where: { amount % $0.size == 0 }) else { return "0" + zeroUnit }
        return "\(amount / unit.size)\(unit.name)"
    }
}
