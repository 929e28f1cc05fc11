/// A block of addresses in CIDR notation (RFC 4632, RFC 4291 §2.3).
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    package let address: IPAddress
    /// 0 to 32, or 0 to 128.
    package let prefixBits: Int

    /// Reads `110.75.128.0/19`, `2400:b200::/32` or a single address; nil for anything else. Bits after the prefix must be 0.
    /// A block of IPv4-mapped addresses (`::ffff:0:0/96` and smaller) is the IPv4 block.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        var prefix = address.bitCount
        if parts.count == 2 {
            guard let given = AddressBlock.number(parts[1]), given <= address.bitCount else { return nil }
            prefix = given
        }
        guard address.masked(prefix) == address else { return nil }
        let isMapped = !address.isIPv4 && address.canonical.isIPv4 && prefix >= 96
        self.address = isMapped ? address.canonical : address
        prefixBits = isMapped ? prefix - 96 : prefix
    }

    package func contains(_ other: IPAddress) -> Bool {
        let other = other.canonical
        guard other.bytes.count == address.bytes.count else { return false }
        let whole = prefixBits / 8
        guard other.bytes[..<whole] == address.bytes[..<whole] else { return false }
        let rest = prefixBits % 8
        return rest == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0
    }

    package var description: String { "\(address)/\(prefixBits)" }

    fileprivate static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text)
    }
}

extension IPAddress {
    fileprivate var bitCount: Int { bytes.count * 8 }

    /// The first address of the block of that size.
    fileprivate func masked(_ prefixBits: Int) -> IPAddress {
        IPAddress(
            bytes: bytes.enumerated().map { index, byte in
                let kept = min(max(prefixBits - index * 8, 0), 8)
                return kept == 8 ? byte : byte & ~(0xFF >> UInt8(kept))
            })
    }
}

// MARK: - What was meant

extension AddressBlock {
    /// What to do about a text that is no block.
    package struct Advice: Sendable, Hashable {
        /// They follow `is not a block of addresses; `.
        package let words: String
        /// What to write in its place, where that is one thing.
        package let meant: String?

        init(_ words: String, meant: String? = nil) {
            self.words = words
            self.meant = meant
        }

        static func write(_ meant: String, because words: String? = nil) -> Advice {
            Advice((words.map { $0 + "; " } ?? "") + "write \(meant)", meant: meant)
        }
    }

    /// Nil where nothing can be told of the text.
    package static func advice(_ text: String) -> Advice? {
        if text.contains("[") || text.contains("]") {
            if text.contains("]:") { return Advice("a block has neither brackets nor port") }
            let bare = text.filter { $0 != "[" && $0 != "]" }
            return AddressBlock(bare) == nil
                ? Advice("an IPv6 address stands here without brackets") : .write(bare, because: "it has no brackets")
        }
        if text.contains("-") {
            return Advice("a range is written as the blocks that it is made of, each as address/bits")
        }
        if text.contains("*") {
            return Advice("an asterisk says nothing here; write address/bits, or leave the key out for anywhere")
        }
        if text.contains("%") { return Advice("an address has no zone here; leave out the % and what follows") }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return adviceOnAddress(parts) }
        guard parts.count == 2 else { return nil }
        return adviceOnBits(parts[1], of: address)
    }

    /// Whether a single address was probably meant as a block: `110.75.128.0`, `2400:b200::`.
    package static func lacksBits(_ text: String) -> Bool {
        guard !text.contains("/"), let address = IPAddress(text) else { return false }
        return address.isIPv4 ? address.bytes.last == 0 : address.bytes[8...].allSatisfy { $0 == 0 }
    }

    private static func adviceOnBits(_ text: Substring, of address: IPAddress) -> Advice {
        guard !text.isEmpty else {
            return Advice("the number of bits is missing after the /; for one address leave out the /")
        }
        guard let bits = number(text) else {
            return maskBits(text).map { .write("\(address.masked($0))/\($0)") }
                ?? Advice("after the / comes a number of bits")
        }
        guard bits <= address.bitCount else {
            return Advice("an IPv\(address.isIPv4 ? 4 : 6) address has \(address.bitCount) bits")
        }
        let block = "\(address.masked(bits))/\(bits)"
        return Advice(
            "bits are set after its first \(bits); write \(block), or \(address) for that one address", meant: block)
    }

    /// Where the address itself is none: a port after it, or parts that were left out.
    private static func adviceOnAddress(_ parts: [Substring]) -> Advice? {
        let pieces = parts[0].split(separator: ":", omittingEmptySubsequences: false)
        if pieces.count == 2, let address = IPAddress(String(pieces[0])), number(pieces[1]) != nil {
            return .write("\(address)" + (parts.count == 2 ? "/\(parts[1])" : ""), because: "a block has no port")
        }
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...3).contains(numbers.count), numbers.allSatisfy({ number($0) != nil }) else {
            return nil
        }
        let whole = (numbers.map(String.init) + Array(repeating: "0", count: 4 - numbers.count)).joined(separator: ".")
        return AddressBlock("\(whole)/\(parts[1])").map { .write("\($0)") }
    }

    /// The number of bits that a netmask such as `255.255.224.0` stands for.
    private static func maskBits(_ text: Substring) -> Int? {
        guard let mask = IPAddress(String(text)), mask.isIPv4 else { return nil }
        let value = mask.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let bits = (~value).leadingZeroBitCount
        return value == (bits == 0 ? 0 : ~UInt32(0) << UInt32(32 - bits)) ? bits : nil
    }
}
