/// A line of a file as a terminal shows it, and where in it a problem is.
package struct Excerpt: Sendable, Hashable {
    /// In columns of the terminal.
    package static let widthMax = 100

    /// From 1.
    package let line: Int
    /// At most 100 columns, without tabs and control characters; no secret is in it.
    package let text: String
    /// How many columns stand before the place; then that many are at fault, at least one.
    package let caretOffset: Int
    package let caretWidth: Int

    /// Nil when the problem is of no place that has text.
    package init?(of problem: Problem, in source: SourceText) {
        guard problem.hasPlace, let pieces = source.pieces(ofLine: problem.line) else { return nil }
        var cells = Excerpt.cells(pieces)
        let start = problem.column - 1
        let end = max(problem.endColumn.map { $0 - 1 } ?? start + 1, start + 1)
        while let last = cells.last, last.source >= end, last.text == " " { cells.removeLast() }
        guard cells.contains(where: { $0.text != " " }) else { return nil }
        let before = cells.prefix { $0.sourceEnd <= start }
        let marked = cells.dropFirst(before.count).prefix { $0.source < end }
        line = problem.line
        (text, caretOffset, caretWidth) = Excerpt.window(
            cells, before: before.reduce(0) { $0 + $1.width }, marked: marked.reduce(0) { $0 + $1.width })
    }

    /// What takes one place on the terminal, and the characters of the line that it stands for.
    private struct Cell {
        let text: String
        let width: Int
        let source: Int
        let sourceEnd: Int
    }

    private static let tab = "    "

    private static func cells(_ pieces: [SourceText.Piece]) -> [Cell] {
        var cells: [Cell] = []
        var source = 0
        for piece in pieces {
            guard let text = piece.text else {
                let (shown, end) = (SourceText.hidden, source + piece.count)
                cells.append(Cell(text: shown, width: shown.count, source: source, sourceEnd: end))
                source = end
                continue
            }
            for scalar in text.unicodeScalars {
                let shown = scalar == "\t" ? tab : scalar.shownOnTerminal
                let width = shown.unicodeScalars.reduce(0) { $0 + $1.terminalWidth }
                cells.append(Cell(text: shown, width: width, source: source, sourceEnd: source + 1))
                source += 1
            }
        }
        return cells
    }

    /// Cuts a long line to a part around the place; `…` stands for what is left out.
    private static func window(_ cells: [Cell], before: Int, marked: Int) -> (String, offset: Int, width: Int) {
        let whole = cells.reduce(0) { $0 + $1.width }
        guard whole > widthMax else { return (cells.map(\.text).joined(), before, max(marked, 1)) }
        let from = max(min(before - widthMax / 3, whole - widthMax + 1), 0)
        var text = from > 0 ? "…" : ""
        var (column, width) = (0, from > 0 ? 1 : 0)
        var offset = 0
        for cell in cells {
            defer { column += cell.width }
            guard column >= from else { continue }
            if column <= before { offset = width }
            let isLast = column + cell.width == whole
            guard width + cell.width < widthMax + (isLast ? 1 : 0) else {
                text += "…"
                break
            }
            text += cell.text
            width += cell.width
        }
        if before >= whole { offset = width }
        return (text, offset, max(min(marked, widthMax - 1 - offset), 1))
    }
}
