import CYAML

/// One libyaml parser with its input; freed once. Used only by the thread that makes it.
@safe struct YAMLParser: ~Copyable {
    /// On the heap because libyaml keeps pointers into it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let source: YAMLSource

    init(_ source: YAMLSource) throws(YAMLError) {
        self.source = source
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw YAMLError(line: 1, column: 1, message: "libyaml has no memory for a parser")
        }
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: source.bytes.count)
        _ = unsafe input.initialize(fromContentsOf: source.bytes)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        // Borrowed: `input` lives until after yaml_parser_delete. libyaml wants a pointer even for no bytes.
        let start = unsafe UnsafePointer(input.baseAddress ?? UnsafeMutablePointer(bitPattern: 1))
        unsafe yaml_parser_set_input_string(parser, start, input.count)
        unsafe self.parser = unsafe parser
        unsafe self.input = unsafe input
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe Self.copy(event)
    }

    /// libyaml's problem with its context, as one sentence, at the place it names.
    private func failure() -> YAMLError {
        guard let problem = unsafe parser.pointee.problem.map({ unsafe String(cString: $0) }) else {
            return YAMLError(line: 1, column: 1, message: "libyaml has no memory")
        }
        if unsafe parser.pointee.error == YAML_READER_ERROR {
            return YAMLError(at: source.mark(ofByte: unsafe parser.pointee.problem_offset), problem)
        }
        let mark = unsafe Mark(parser.pointee.problem_mark)
        var message = problem
        if let context = unsafe parser.pointee.context.map({ unsafe String(cString: $0) }) {
            message += " " + context
            let start = unsafe Mark(parser.pointee.context_mark)
            if start.line < mark.line { message += " that begins on line \(start.line)" }
            // As in `listen: [::1]:8080`.
            if context.hasSuffix("flow node") { message += "; text that begins with [ or { needs quotes" }
        }
        if source.isTab(at: mark), !problem.contains("tab") {
            message += "; it is a tab, and YAML is indented with spaces"
        }
        return YAMLError(at: mark, message)
    }

    /// Copies everything out; the event is deleted afterwards.
    private static func copy(_ event: yaml_event_t) -> YAMLEvent {
        switch unsafe event.type {
        case YAML_STREAM_END_EVENT: return unsafe make(.streamEnd, event)
        case YAML_DOCUMENT_START_EVENT: return unsafe make(.documentStart, event)
        case YAML_DOCUMENT_END_EVENT: return unsafe make(.documentEnd, event)
        case YAML_ALIAS_EVENT: return unsafe make(.alias, event)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = unsafe String(decoding: bytes, as: UTF8.self)
            let style: Node.Style = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted
            return unsafe make(.scalar(text, style), event, tag: scalar.tag, anchor: scalar.anchor)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe make(.sequenceStart, event, tag: start.tag, anchor: start.anchor)
        case YAML_SEQUENCE_END_EVENT: return unsafe make(.sequenceEnd, event)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe make(.mappingStart, event, tag: start.tag, anchor: start.anchor)
        case YAML_MAPPING_END_EVENT: return unsafe make(.mappingEnd, event)
        // What remains is YAML_STREAM_START_EVENT, and YAML_NO_EVENT after the end.
        default: return unsafe make(.streamStart, event)
        }
    }

    private static func make(
        _ kind: YAMLEvent.Kind, _ event: yaml_event_t, tag: UnsafeMutablePointer<yaml_char_t>? = nil,
        anchor: UnsafeMutablePointer<yaml_char_t>? = nil
    ) -> YAMLEvent {
        let text = unsafe tag.map { unsafe String(cString: $0) }
        let (mark, end) = unsafe (Mark(event.start_mark), Mark(event.end_mark))
        return unsafe YAMLEvent(kind: kind, mark: mark, end: end, tag: text, hasAnchor: anchor != nil)
    }
}

extension Mark {
    /// libyaml counts from 0.
    init(_ mark: yaml_mark_t) { self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1) }
}
