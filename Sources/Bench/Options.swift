/// What stands behind a command: `--name value`, each name once.
struct Options {
    private let values: [String: String]

    init(_ words: [String]) throws(Failure) {
        var values: [String: String] = [:]
        var rest = words[...]
        while let name = rest.popFirst() {
            guard name.hasPrefix("--"), let value = rest.popFirst() else {
                throw Failure(description: "\(name) is not an option with a value")
            }
            guard values.updateValue(value, forKey: String(name.dropFirst(2))) == nil else {
                throw Failure(description: "\(name) stands there twice")
            }
        }
        self.values = values
    }

    func text(_ name: String) -> String? { values[name] }

    func required(_ name: String) throws(Failure) -> String {
        guard let value = values[name] else { throw Failure(description: "--\(name) is missing") }
        return value
    }

    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int? = nil) throws(Failure) -> Int {
        if let fallback, values[name] == nil { return fallback }
        guard let number = Int(try required(name)), range.contains(number) else {
            throw Failure(
                description: "--\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// 1 to 4,096 ports, with commas between them.
    func ports() throws(Failure) -> [UInt16] {
        let words = try required("ports").split(separator: ",")
        let ports = words.compactMap { UInt16($0) }
        guard ports.count == words.count, (1...4096).contains(ports.count) else {
            throw Failure(description: "--ports must be 1 to 4096 ports with commas between them")
        }
        return ports
    }
}
