import Payments
import Synchronization

/// Who is told of commits that changed which deliveries are due.
final class DeliveryObserver: Sendable {
    private let tell = Mutex<(@Sendable (DeliveryNews) -> Void)?>(nil)

    func set(_ observer: @escaping @Sendable (DeliveryNews) -> Void) {
        tell.withLock { $0 = observer }
    }

    func hear(_ news: DeliveryNews) {
        guard !news.isEmpty, let tell = tell.withLock({ $0 }) else { return }
        tell(news)
    }
}
