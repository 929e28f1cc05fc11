import Gateway
import Testing

@Suite struct ReturnURLTests {
    @Test(arguments: [
        ("https://shop.example/thanks", "https://shop.example/thanks?a=1&b=2"),
        ("https://shop.example", "https://shop.example?a=1&b=2"),
        ("https://shop.example/thanks?", "https://shop.example/thanks?a=1&b=2"),
        ("https://shop.example/thanks?cart=7", "https://shop.example/thanks?cart=7&a=1&b=2"),
        ("https://shop.example/thanks?cart=7&", "https://shop.example/thanks?cart=7&a=1&b=2"),
        ("https://shop.example/thanks#top", "https://shop.example/thanks?a=1&b=2#top"),
        ("https://shop.example/thanks?cart=7#top", "https://shop.example/thanks?cart=7&a=1&b=2#top"),
        ("https://shop.example/#/thanks?cart=7", "https://shop.example/?a=1&b=2#/thanks?cart=7"),
        ("https://shop.example/thanks#", "https://shop.example/thanks?a=1&b=2#"),
        ("https://shop.example/thanks#a#b", "https://shop.example/thanks?a=1&b=2#a#b"),
        ("https://shop.example/a%2Bb?c=%23d", "https://shop.example/a%2Bb?c=%23d&a=1&b=2"),
    ])
    func `our parameters come after the merchant's own and before the fragment`(url: String, expected: String) {
        #expect(ReturnURL.adding([("a", "1"), ("b", "2")], to: url) == expected)
    }

    @Test func `a signature's characters are encoded`() {
        #expect(
            ReturnURL.adding(
                [("signature", "v1,ab+/cd=="), ("merchant_reference", "A_b-9")], to: "https://shop.example/")
                == "https://shop.example/?signature=v1%2Cab%2B%2Fcd%3D%3D&merchant_reference=A_b-9")
    }
}
