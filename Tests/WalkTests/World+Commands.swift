import App
import Dispatch
import HTTP
import JSON
import Settings
import Synchronization

/// What a command wrote, and how it ended.
struct Spoken: Sendable {
    let status: Int32
    let out: String
    let error: String

    var text: String { out + error }
}

extension World {
    /// `payrelay …`, as an admin beside the running service types it.
    func payrelay(_ words: String..., config: String = "payrelay.yaml", on service: Service) async -> Spoken {
        await payrelay(words, config: config, on: service)
    }

    func payrelay(_ words: [String], config: String = "payrelay.yaml", on service: Service) async -> Spoken {
        await payrelay(
            words + ["--config", "\(folder)/\(config)", "--admin", "http://127.0.0.1:\(service.adminPort)"])
    }

    /// These words and no more.
    func payrelay(_ all: [String]) async -> Spoken {
        // Commands block; the threads of tests are few.
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let written = Mutex((out: "", error: ""))
                let console = CommandRunner.Console(
                    out: { line in written.withLock { $0.out += line + "\n" } },
                    error: { line in written.withLock { $0.error += line + "\n" } })
                let status = CommandRunner.run(all, console)
                let (out, error) = written.withLock { $0 }
                continuation.resume(returning: Spoken(status: status, out: out, error: error))
            }
        }
    }

    /// The id of the newest row of the first tenant's journal.
    func newestRow(on service: Service) async throws -> String {
        guard let id = try await journal(on: service).first?["id"]?.text else {
            throw Broken(description: "the journal is empty")
        }
        return id
    }
}
