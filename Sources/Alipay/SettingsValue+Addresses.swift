package import HTTP
package import Settings

/// Blocks of addresses, of Alipay's and of others: where something may come from.
extension SettingsValue {
    /// A list of blocks in CIDR notation; those that are wrong are left out, and reported. Nil if there is no list.
    ///
    /// - Parameter example: what to write, for an entry of which nothing better can be told.
    package func addressBlocks(count: ClosedRange<Int>, example: String) -> [AddressBlock]? {
        list(count: count)?.compactMap { $0.addressBlock(example: example) }
    }

    private func addressBlock(example: String) -> AddressBlock? {
        guard let text = string() else { return nil }
        guard let block = AddressBlock(text) else {
            let advice = AddressBlock.advice(text)
            problem(
                "\(quoted(text)) is not a block of addresses; \(advice?.words ?? "write \(example)")",
                suggestion: advice?.meant)
            return nil
        }
        if AddressBlock.lacksBits(text) {
            warning("\(quoted(text)) is one address; a block has its number of bits after a /, such as \(example)")
        }
        return block
    }
}
