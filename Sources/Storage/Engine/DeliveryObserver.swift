package import Payments
import Synchronization

/// Who is told of commits that changed which deliveries are due.
package final class DeliveryObserver: Sendable {
    /// In a struct, because a function that stands in a Mutex by itself comes out of it wrapped and goes back wrapped once more: each
    /// commit would have to go through two layers more than the last one.
    private struct Observer: Sendable {
        let tell: @Sendable (DeliveryNews) -> Void
    }

    private let observer = Mutex<Observer?>(nil)

    package init() {}

    package func set(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {
        self.observer.withLock { $0 = Observer(tell: observer) }
    }

    package func hear(_ news: DeliveryNews) {
        guard !news.isEmpty, let observer = observer.withLock({ $0 }) else { return }
        observer.tell(news)
    }
}
