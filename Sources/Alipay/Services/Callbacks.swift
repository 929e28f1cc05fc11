/// Where Alipay reports to.
package struct Callbacks: Sendable, Hashable {
    /// At most 190 bytes, without a query.
    package let notifyURL: String
    /// At most 200 bytes, without a query.
    package let returnURL: String

    package init(notifyURL: String, returnURL: String) {
        self.notifyURL = notifyURL
        self.returnURL = returnURL
    }
}
