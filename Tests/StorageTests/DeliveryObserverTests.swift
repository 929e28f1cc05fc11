import Payments
import Storage
import Synchronization
import Testing

struct DeliveryObserverTests {
    /// A gateway of a few weeks; each call that went deeper than the last one would end the process long before.
    @Test func `the observer is told of as many commits as there are`() {
        let observer = DeliveryObserver()
        let heard = Mutex(0)
        observer.set { news in heard.withLock { $0 += news.lines.count } }
        let line = DeliveryLine(endpoint: EndpointKey(tenant: "shop", endpoint: "a"), lane: .live)
        for _ in 0..<300_000 { observer.hear(DeliveryNews(lines: [line])) }
        #expect(heard.withLock { $0 } == 300_000)
    }
}
