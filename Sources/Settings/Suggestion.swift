/// The name that was probably meant: the nearest one by at most two edits (a letter added, dropped, changed, or two
/// neighbours swapped), whatever the case; nil when none is near or the name shares nothing with it.
package func suggestion(for name: String, among names: some Sequence<String>) -> String? {
    let editsMax = 2
    let written = Array(name.lowercased().unicodeScalars)
    guard written.count <= 64 else { return nil }
    var best: (name: String, edits: Int)?
    for candidate in names where candidate != name {
        let wanted = Array(candidate.lowercased().unicodeScalars)
        guard abs(wanted.count - written.count) <= editsMax else { continue }
        let edits = editDistance(written, wanted)
        guard edits <= editsMax, edits < min(written.count, wanted.count) else { continue }
        if edits < best?.edits ?? .max { best = (candidate, edits) }
    }
    return best?.name
}

/// Optimal string alignment: Levenshtein's distance, with a swap of neighbours as one edit.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
        var current = [row + 1]
        for column in right.indices {
            let change = previous[column] + (left[row] == right[column] ? 0 : 1)
            var edits = min(previous[column + 1] + 1, current[column] + 1, change)
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                edits = min(edits, beforePrevious[column - 1] + 1)
            }
            current.append(edits)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[right.count]
}
