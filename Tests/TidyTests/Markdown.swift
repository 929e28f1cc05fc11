/// A Markdown file's fenced blocks, in their order.
struct Markdown {
    struct Block {
        let language: String
        let text: String
    }

    let text: String
    private(set) var blocks: [Block] = []

    init(_ text: String) {
        self.text = text
        var open: (language: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let block = open, line == "```" {
                blocks.append(Block(language: block.language, text: block.lines.map { $0 + "\n" }.joined()))
                open = nil
            } else if open != nil {
                open?.lines.append(line)
            } else if line.hasPrefix("```") {
                open = (String(line.dropFirst(3)), [])
            }
        }
    }

    /// The commands of the blocks of shell, one by one, without their comments; with the JSON that the page shows after one.
    var commands: [(command: String, answer: String?)] {
        var commands: [(command: String, answer: String?)] = []
        for block in blocks {
            switch block.language {
            case "sh":
                let joined = block.text.replacing("\\\n", with: " ")
                commands += joined.split(separator: "\n").map { line in
                    (String(line.prefix(upTo: line.firstRange(of: " #")?.lowerBound ?? line.endIndex)).trimmed, nil)
                }
            case "json" where !commands.isEmpty: commands[commands.count - 1].answer = block.text
            default: break
            }
        }
        return commands
    }

    /// What stands between single backticks, blocks left out.
    var codeSpans: [String] {
        var prose = text
        for block in blocks { prose = prose.replacing(block.text, with: "") }
        return prose.matches(of: /`([^`\n]+)`/).map { String($0.1) }
    }

    /// The targets of links.
    var links: [String] { text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) } }
}

extension String {
    var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
