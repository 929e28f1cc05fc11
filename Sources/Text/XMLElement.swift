/// One element of a document read by ``XMLReader``.
package struct XMLElement: Sendable, Hashable {
    package struct Attribute: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    /// As written, with its prefix if it has one.
    package var name: String
    /// In the order written; namespace declarations are not among them.
    package var attributes: [Attribute]
    /// The element's own character data, CDATA included, unescaped once and not trimmed; children's text is theirs.
    package var text: String
    package var children: [XMLElement]

    package init(name: String, attributes: [Attribute] = [], text: String = "", children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes
        self.text = text
        self.children = children
    }

    /// The first child of that name.
    package func child(named name: String) -> XMLElement? { children.first { $0.name == name } }
}
