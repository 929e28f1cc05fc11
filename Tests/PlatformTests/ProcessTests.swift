import FoundationEssentials
import Platform
import Testing

struct ProcessTests {
    @Test func `a variable that is set is read, one that is not is nil`() throws {
        let path = try #require(environment("PATH"))
        #expect(path.split(separator: ":").contains("/usr/bin"))
        #expect(environment("PAYRELAY_NO_SUCH_VARIABLE") == nil)
    }

    @Test func `the file limit becomes the hard limit`() throws {
        let raised = raiseFileLimit()
        let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        let columns = line.split(separator: " ")
        #expect(columns[3] == "\(raised)")
        #expect(columns[4] == "\(raised)")
    }

    @Test func `the system's words are English`() {
        #expect(systemErrorText(28) == "No space left on device")
        #expect(systemErrorText(99_999) == "errno 99999")
    }
}
