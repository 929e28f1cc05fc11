import HTTP
import Testing

/// What an admin is told of a text that is no block of addresses.
struct AddressAdviceTests {
    @Test(arguments: [
        ("10.0.0.1/8", "bits are set after its first 8; write 10.0.0.0/8, or 10.0.0.1 for that one address"),
        (
            "110.75.128.0/16",
            "bits are set after its first 16; write 110.75.0.0/16, or 110.75.128.0 for that one address"
        ),
        (
            "2400:b200:8000::1/32",
            "bits are set after its first 32; write 2400:b200::/32, or 2400:b200:8000::1 for that one address"
        ),
        ("203.0.113.7/0", "bits are set after its first 0; write 0.0.0.0/0, or 203.0.113.7 for that one address"),
        ("10.0.0.0/33", "an IPv4 address has 32 bits"), ("2400:b200::/129", "an IPv6 address has 128 bits"),
        ("10.0.0.0/", "the number of bits is missing after the /; for one address leave out the /"),
        ("10.0.0.0/x", "after the / comes a number of bits"),
        ("10.0.0.0/-1", "a range is written as the blocks that it is made of, each as address/bits"),
        ("10.1.2.3/255.255.224.0", "write 10.1.0.0/19"), ("0.0.0.0/0.0.0.0", "write 0.0.0.0/0"),
        ("10.0.0.1/255.255.255.255", "write 10.0.0.1/32"),
        ("10.0.0.0/255.0.255.0", "after the / comes a number of bits"),
        ("[2400:b200::]/32", "it has no brackets; write 2400:b200::/32"),
        ("[::1]", "it has no brackets; write ::1"),
        ("[2400:b200::1]:443", "a block has neither brackets nor port"),
        ("[bank]/8", "an IPv6 address stands here without brackets"),
        ("203.0.113.7:8080", "a block has no port; write 203.0.113.7"),
        ("203.0.113.0:8080/24", "a block has no port; write 203.0.113.0/24"),
        ("110.75.128/19", "write 110.75.128.0/19"), ("10/8", "write 10.0.0.0/8"),
        ("10.0.0.1-10.0.0.9", "a range is written as the blocks that it is made of, each as address/bits"),
        ("110.75.*", "an asterisk says nothing here; write address/bits, or leave the key out for anywhere"),
        ("fe80::1%eth0/64", "an address has no zone here; leave out the % and what follows"),
    ])
    func `a slip is named with what was meant`(text: String, advice: String) {
        #expect(AddressBlock(text) == nil)
        #expect(AddressBlock.advice(text)?.words == advice)
        if let meant = AddressBlock.advice(text)?.meant {
            #expect(AddressBlock(meant) != nil && advice.contains(meant))
        }
    }

    @Test(arguments: ["", "alipay.com", "10.75/33", "1.2.3.4.5", "bank/8", "300.0.0.1", "10.1/8"])
    func `of what is nothing like a block nothing is guessed`(text: String) {
        #expect(AddressBlock.advice(text) == nil)
    }

    @Test func `an address that ends in zeros was probably meant as a block`() {
        for text in ["110.75.128.0", "10.0.0.0", "2400:b200::", "::"] {
            #expect(AddressBlock.lacksBits(text), "\(text)")
        }
        for text in ["110.75.128.1", "110.75.128.0/32", "2400:b200::1", "::1", "bank"] {
            #expect(!AddressBlock.lacksBits(text), "\(text)")
        }
    }
}
