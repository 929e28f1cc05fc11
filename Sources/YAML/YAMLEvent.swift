/// One event of libyaml's parser, copied into Swift values.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias
        case scalar(String, Node.Style)
        case sequenceStart, sequenceEnd
        case mappingStart, mappingEnd
    }

    var kind: Kind
    var mark: Mark
    var end: Mark
    /// Resolved, such as `tag:yaml.org,2002:str`; nil when none is written.
    var tag: String?
    var hasAnchor = false
}
