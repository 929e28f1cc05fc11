import Synchronization

/// What a callback was called with, every time.
final class Box<Value: Sendable>: Sendable {
    private let kept = Mutex<[Value]>([])

    var values: [Value] { kept.withLock { $0 } }
    func put(_ value: Value) { kept.withLock { $0.append(value) } }
}
