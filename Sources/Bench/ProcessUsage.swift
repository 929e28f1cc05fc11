import FoundationEssentials

/// What this process has used, by proc(5).
struct ProcessUsage {
    /// In user and kernel mode, of all threads; the kernel tells it in steps of 10 ms.
    let cpuMs: Int
    let residentKB: Int
    /// The most that `residentKB` ever was.
    let residentKBMax: Int

    /// Linux' USER_HZ, the same on every architecture that Swift knows.
    private static let tickMs = 10

    static func read() throws -> ProcessUsage {
        let stat = try String(contentsOfFile: "/proc/self/stat", encoding: .utf8)
        // The second field, the program's name, stands in parentheses and may hold blanks; utime and stime are 14 and 15.
        let afterName = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        guard afterName.count > 13, let user = Int(afterName[12]), let system = Int(afterName[13]),
            let resident = kilobytes("VmRSS:", status), let residentMax = kilobytes("VmHWM:", status)
        else { throw Failure(description: "/proc/self cannot be read") }
        return ProcessUsage(cpuMs: (user + system) * tickMs, residentKB: resident, residentKBMax: residentMax)
    }

    private static func kilobytes(_ name: String, _ status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    }
}
