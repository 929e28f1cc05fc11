/// One YAML file as a tree: what a configuration needs, and nothing that can surprise (no anchors, no tags of one's own,
/// no second document).
package struct YAMLDocument: Sendable {
    /// 256 KiB.
    package static let bytesMax = 256 * 1024
    /// Lists and mappings inside one another; the root is the first.
    package static let depthMax = 20
    /// Scalars (keys included), lists and mappings together.
    package static let nodesMax = 20_000

    /// A key that stands twice in one mapping.
    package struct DuplicateKey: Sendable, Hashable {
        package let name: String
        package let first: Mark
        package let second: Mark
    }

    /// A null at 1:1 when the file is empty.
    package let root: Node
    /// In the file's order; the tree holds all of the entries.
    package let duplicateKeys: [DuplicateKey]

    /// Parses UTF-8, with or without a byte order mark.
    ///
    /// - Throws: the first error; YAML cannot be read on behind one.
    package init(_ bytes: [UInt8]) throws(YAMLError) {
        guard bytes.count <= Self.bytesMax else {
            throw YAMLError(line: 1, column: 1, message: "the file is larger than \(Self.bytesMax / 1024) KiB")
        }
        let source = YAMLSource(bytes)
        try source.checkUTF8()
        var composer = YAMLComposer(source)
        root = try composer.composeDocument()
        duplicateKeys = composer.duplicateKeys
    }
}
