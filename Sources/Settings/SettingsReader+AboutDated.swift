/// What the keys of values with an end are for.
extension SettingsReader {
    package static let aboutNotAfter =
        "From then on it counts no more: a time such as 2026-12-31T00:00:00Z, or a date, for the end of that day."

    static let aboutDated = [
        datedValueKey: "The value itself: env:NAME, file:PATH or the text.", notAfterKey: aboutNotAfter,
    ]
}
