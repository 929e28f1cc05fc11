import Diagnostics
import HTTP
import JSON
import Simulator

/// What the walks share whose gateway is a process of its own.
extension World {
    /// Has `payrelay.yaml` name free ports, so that each process listens where the one before it did.
    ///
    /// - Parameter adminPort: 0 for any one.
    /// - Returns: the public URL.
    @discardableResult
    func putPorts(adminPort: UInt16 = 0) throws -> String {
        let port = try FreePort.find()
        let url = "http://127.0.0.1:\(port)"
        try put(
            "payrelay.yaml",
            """
            listen: 127.0.0.1:\(port)
            admin: 127.0.0.1:\(adminPort)
            public_url: \(url)
            store: sqlite:payrelay.db
            log: {level: info, format: json}

            """)
        return url
    }

    /// Starts a process on the world's folder, and returns when it listens.
    ///
    /// - Parameter openFilesMax: see ``GatewayProcess``.
    func startProcess(openFilesMax: Int? = nil) throws -> GatewayProcess {
        try GatewayProcess(
            config: "\(folder)/payrelay.yaml",
            environment: ["BOOKSHOP_KEY": String(decoding: World.account.key.reveal(), as: UTF8.self)],
            openFilesMax: openFilesMax)
    }

    /// A call of the merchants' API at that URL, by the first tenant.
    func call(
        _ method: HTTP.Method, at url: String, body: String? = nil
    ) async throws -> (status: Int, json: JSONValue) {
        var headers = [("Authorization", "Bearer \(World.apiKey)")]
        if body != nil { headers.append(("Content-Type", "application/json")) }
        let response = try await send(method, url, headers: headers, body: body ?? "")
        return (response.status, try JSONReader.read(response.body))
    }
}
