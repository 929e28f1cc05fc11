import Foundation
import Support
import Testing

/// What `payrelay serve` says of how many files its process may have open.
@Suite(.timeLimit(.minutes(1))) struct FileLimitTests {
    @Test func `a limit of open files that may not suffice is warned of`() throws {
        let world = try World()
        defer { world.stop() }
        try world.putPorts()
        let gateway = try world.startProcess(openFilesMax: 400)
        #expect(gateway.terminate() == 0)
        let warning = try #require(gateway.log.first { $0.contains("the limit of open files is low") })
        #expect(warning.contains(#""limit":400,"wanted":14000"#))
    }
}
