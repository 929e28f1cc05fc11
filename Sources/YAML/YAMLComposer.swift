/// Builds the tree of one document from libyaml's events.
struct YAMLComposer {
    private let source: YAMLSource
    private(set) var duplicateKeys: [YAMLDocument.DuplicateKey] = []
    private var nodeCount = 0

    private static let coreTagPrefix = "tag:yaml.org,2002:"

    init(_ source: YAMLSource) { self.source = source }

    mutating func composeDocument() throws(YAMLError) -> Node {
        var parser = try YAMLParser(source)
        _ = try parser.next()
        guard case .documentStart = try parser.next().kind else {
            let start = Mark(line: 1, column: 1)
            return Node(.scalar("", .plain), at: start, to: start)
        }
        let first = try parser.next()
        let root = try compose(first, from: &parser, depth: 1)
        _ = try parser.next()
        let after = try parser.next()
        guard case .streamEnd = after.kind else {
            throw YAMLError(at: after.mark, "a second document begins here; a file holds one")
        }
        return root
    }

    private mutating func compose(
        _ event: YAMLEvent, from parser: inout YAMLParser, depth: Int
    ) throws(YAMLError) -> Node {
        nodeCount += 1
        guard nodeCount <= YAMLDocument.nodesMax else {
            throw YAMLError(at: event.mark, "the file has more than \(YAMLDocument.nodesMax) values")
        }
        if event.hasAnchor { throw YAMLError(at: event.mark, "anchors (&name) are not supported; write the value out") }
        switch event.kind {
        case .scalar(let text, let style):
            let isText = try checkTag(event, of: ["str", "int", "float", "bool", "null"]) == "str"
            return Node(.scalar(text, isText ? .quoted : style), at: event.mark, to: event.end)
        case .sequenceStart:
            _ = try checkTag(event, of: ["seq"])
            try checkDepth(depth, at: event.mark)
            let (items, end) = try composeItems(from: &parser, depth: depth)
            return Node(.sequence(items), at: event.mark, to: end)
        case .mappingStart:
            _ = try checkTag(event, of: ["map"])
            try checkDepth(depth, at: event.mark)
            let (entries, end) = try composeEntries(from: &parser, depth: depth)
            return Node(.mapping(entries), at: event.mark, to: end)
        case .alias:
            throw YAMLError(at: event.mark, "aliases (*name) are not supported; write the value out")
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            // libyaml's grammar has a value here; said as an error all the same, since the file is someone else's.
            throw YAMLError(at: event.mark, "a value is missing")
        }
    }

    private mutating func composeItems(
        from parser: inout YAMLParser, depth: Int
    ) throws(YAMLError) -> ([Node], end: Mark) {
        var items: [Node] = []
        while true {
            let event = try parser.next()
            if case .sequenceEnd = event.kind { return (items, event.end) }
            items.append(try compose(event, from: &parser, depth: depth + 1))
        }
    }

    private mutating func composeEntries(
        from parser: inout YAMLParser, depth: Int
    ) throws(YAMLError) -> ([Node.Entry], end: Mark) {
        var entries: [Node.Entry] = []
        var firstMarks: [String: Mark] = [:]
        while true {
            let event = try parser.next()
            if case .mappingEnd = event.kind { return (entries, event.end) }
            let key = try compose(event, from: &parser, depth: depth + 1)
            guard case .scalar(let name, _) = key.content else {
                throw YAMLError(at: key.mark, "a key must be plain text")
            }
            if key.isNull { throw YAMLError(at: key.mark, "a key is missing") }
            if let first = firstMarks[name] {
                duplicateKeys.append(.init(name: name, first: first, second: key.mark))
            } else {
                firstMarks[name] = key.mark
            }
            let value = try compose(try parser.next(), from: &parser, depth: depth + 1)
            entries.append(Node.Entry(key: key, value: value, name: name))
        }
    }

    private func checkDepth(_ depth: Int, at mark: Mark) throws(YAMLError) {
        guard depth <= YAMLDocument.depthMax else {
            throw YAMLError(at: mark, "values are nested deeper than \(YAMLDocument.depthMax)")
        }
    }

    /// The core tag's last word; nil without a tag. `!` alone means text, list or mapping, as the value is.
    private func checkTag(_ event: YAMLEvent, of allowed: [String]) throws(YAMLError) -> String? {
        guard let tag = event.tag else { return nil }
        if tag == "!" { return allowed[0] }
        let word = String(tag.dropFirst(Self.coreTagPrefix.count))
        guard tag.hasPrefix(Self.coreTagPrefix), allowed.contains(word) else {
            throw YAMLError(at: event.mark, "this tag (!…) is not supported here")
        }
        return word
    }
}
