/// What a file may hold, learnt by running its reader over no file at all: the declarations that read a file are the ones
/// that describe it.
package struct SettingsShape: Sendable, Hashable {
    /// One form that a value may have.
    package indirect enum Form: Sendable, Hashable {
        /// Any scalar but an empty one.
        case text
        /// A literal, `env:NAME` or `file:PATH`.
        case secret
        /// As a secret, but none.
        case contents
        case bool
        case int(ClosedRange<Int>)
        case choice([String])
        /// A whole number with one of the units; `limits` says from where to where, in words.
        case amount(units: [String], limits: String)
        /// The number 0, without a unit.
        case zero
        case list(Value, count: ClosedRange<Int>)
        case section(SettingsShape)
        /// Keys of the admin's own, each with such a value.
        case members(Value, count: ClosedRange<Int>)
    }

    /// What stands behind a key.
    package struct Value: Sendable, Hashable {
        /// Any one of these, in the order in which the reader came to them.
        package var forms: [Form] = []
        /// What holds where the key is missing.
        package var fallback: Fallback?
        /// One sentence for the person who writes the file.
        package var about: String?

        package init(forms: [Form] = [], fallback: Fallback? = nil, about: String? = nil) {
            self.forms = forms
            self.fallback = fallback
            self.about = about
        }
    }

    package enum Fallback: Sendable, Hashable {
        case bool(Bool)
        case int(Int)
        case text(String)

        /// As a file says it: `15s`.
        package static func time(_ duration: Duration) -> Fallback { .text(SettingsValue.text(duration)) }
    }

    package struct Key: Sendable, Hashable {
        package let name: String
        package let value: Value
    }

    /// In the order in which the reader asks for them.
    package let keys: [Key]
    /// The keys without which no file is good.
    package let required: Set<String>
    /// Where the reader has branches: beside the required keys, one of these sets; empty where there is none to choose.
    package let alternatives: [Set<String>]
}
