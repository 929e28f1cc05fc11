/// What a listener calls for every complete request.
package protocol HTTPHandler: Sendable {
    /// Answers `request` through `reply`, now or later.
    ///
    /// Called on the server's loop thread: it must not block. What is answered before it returns goes out
    /// at once; what is answered later, from any thread, is resumed in batches by the loop.
    func handle(_ request: Request, _ reply: any Reply)
}

/// The way back to one waiting peer.
package protocol Reply: Sendable {
    /// Sends the answer; the first call counts, any other is ignored. A peer that hung up is ignored too.
    func send(_ response: Response)
}
