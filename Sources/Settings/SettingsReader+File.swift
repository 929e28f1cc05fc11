import YAML

/// Reading a whole file.
extension SettingsReader {
    /// Parses the file's bytes and reads its root with the closure.
    ///
    /// - Returns: what the closure returned; nil when this file has any error, so that a value is a good one.
    package static func read<Value>(
        _ bytes: [UInt8], from source: SettingsSource, into problems: ProblemList,
        _ body: (SettingsReader) -> Value?
    ) -> Value? {
        do {
            let document = try YAMLDocument(bytes)
            let value = read(document, from: source, into: problems, body)
            problems.keep(
                SourceText(bytes, document.root, plain: problems.plainMarks, in: source), of: source.file)
            return value
        } catch {
            problems.add(Problem(file: source.file, line: error.line, column: error.column, message: error.message))
            problems.keep(SourceText(unreadable: bytes, in: source), of: source.file)
            return nil
        }
    }

    /// As ``read(_:from:into:_:)`` of the file at this path; that it cannot be read is a problem of line 1. A secret that
    /// every user of the machine can read, in this file or in one that it names, is a warning.
    package static func readFile<Value>(
        at path: String, from source: SettingsSource, into problems: ProblemList, _ body: (SettingsReader) -> Value?
    ) -> Value? {
        do {
            let bytes = try source.readFile(path, YAMLDocument.bytesMax)
            var source = source
            source.path = path
            return read(bytes, from: source, into: problems, body)
        } catch {
            let message = "cannot read \(source.file): \(error.reason)"
            problems.add(Problem(file: source.file, message: message))
            return nil
        }
    }

    private static func read<Value>(
        _ document: YAMLDocument, from source: SettingsSource, into problems: ProblemList,
        _ body: (SettingsReader) -> Value?
    ) -> Value? {
        let errorsBefore = problems.errorCount
        let position = SettingsPosition(file: source.file, node: document.root, path: "")
        for duplicate in document.duplicateKeys {
            let text = "duplicate key \(quoted(key: duplicate.name)); it stands on line \(duplicate.first.line) already"
            let mark = duplicate.second
            problems.add(Problem(file: source.file, line: mark.line, column: mark.column, message: text))
        }
        guard !document.root.isNull else {
            problems.add(Problem(file: source.file, message: "the file is empty"))
            return nil
        }
        let root = SettingsValue(
            node: document.root,
            position: position,
            sectionNode: document.root,
            source: source,
            problems: problems
        )
        let value = root.section(body)
        return problems.errorCount == errorsBefore ? value : nil
    }
}
