import HTTP
import Testing

struct URLHostTests {
    @Test(arguments: [
        ("https://Shop.Example:8443/hooks?x=1", "shop.example"), ("http://shop.example./", "shop.example"),
        ("https://[2001:DB8::1]:443/", "2001:db8::1"), ("https://10.0.0.7", "10.0.0.7"), ("ftp://shop.example", ""),
    ])
    func `a host is its name alone`(url: String, name: String) {
        #expect(URLHost(of: url).name == name)
    }

    @Test(arguments: [
        ("10.0.0.7", true), ("172.31.255.255", true), ("172.32.0.1", false), ("192.168.1.1", true), ("127.0.0.1", true),
        ("169.254.169.254", true), ("93.184.216.34", false), ("[::1]", true), ("[fd00::5]", true), ("[fe80::1]", true),
        ("[::ffff:10.0.0.7]", true), ("[2606:2800:220:1::1]", false), ("localhost", true), ("shop.localhost", true),
        ("backend", true), ("backend.local", true), ("pay.internal", true), ("pay.bookshop.cn", false),
    ])
    func `a local host is known by its address or its name's kind`(host: String, isLocal: Bool) {
        #expect(URLHost(of: "https://\(host):8443/hooks").isLocal == isLocal)
    }

    @Test(arguments: [
        ("shop.example", true), ("example.com", true), ("www.example.org", true), ("a.test", true), ("a.invalid", true),
        ("example.cn", false), ("myexample.com", false), ("bookshop.cn", false),
    ])
    func `names for manuals are known`(host: String, isExample: Bool) {
        #expect(URLHost(of: "https://\(host)/").isExample == isExample)
    }
}
