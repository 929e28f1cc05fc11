import Diagnostics
import HTTP
import JSON
import Payments
import Support
import Tenants
import Testing

/// `shipping` of a payment in escrow: how the goods may travel, what that costs, and to whom they go.
struct ShippingTests {
    static let whole = """
        {"options": [{"carrier_type": "express", "fee": 1000, "paid_by": "buyer"}, \
        {"carrier_type": "ems", "fee": 0, "paid_by": "seller"}, \
        {"carrier_type": "post", "fee": 500, "paid_by": "on_receipt"}], \
        "receiver": {"name": "张三", "address": "文三路 90 号", "zip": "310000", "phone": "0571-88888888"}}
        """

    private static func create(
        _ shipping: String?, amount: String = "12050", settlement: String = "escrow",
        _ desk: Desk = Desk(tenants: [.everything()])
    ) async -> Reading {
        await desk.create {
            $0["settlement"] = "\"\(settlement)\""
            $0["amount"] = amount
            $0["shipping"] = shipping
        }
    }

    @Test(arguments: Engine.allCases, ["escrow", "buyer_choice"])
    func `shipping comes back as it was given, and goes to Alipay`(engine: Engine, settlement: String) async throws {
        try await Desk.run(on: engine) { desk in
            desk.tenants.replace(with: .init([.everything()]))
            let answer = await ShippingTests.create(ShippingTests.whole, settlement: settlement, desk)
            #expect(answer.status == 201)
            let shipping = try #require(answer.text.firstRange(of: #""shipping":{"options":"#))
            #expect(
                answer.text[shipping.lowerBound...].hasPrefix(
                    """
                    "shipping":{"options":[{"carrier_type":"express","fee":1000,"paid_by":"buyer"},\
                    {"carrier_type":"ems","fee":0,"paid_by":"seller"},\
                    {"carrier_type":"post","fee":500,"paid_by":"on_receipt"}],\
                    "receiver":{"name":"张三","address":"文三路 90 号","zip":"310000","phone":"0571-88888888"}}
                    """))
            let sent = answer.providerParameters
            #expect(sent["logistics_type"] == "EXPRESS")
            #expect(sent["logistics_fee"] == "10.00")
            #expect(sent["logistics_payment"] == "BUYER_PAY")
            #expect(sent["logistics_type_2"] == "POST")
            #expect(sent["logistics_payment_2"] == "BUYER_PAY_AFTER_RECEIVE")
            #expect(sent["receive_name"] == "张三")
            #expect(sent["price"] == "120.50")
            #expect(await desk.call(.get, "/v1/payments/\(answer.id)").text == answer.text)
        }
    }

    @Test func `without shipping Alipay is told of a way that costs nothing`() async {
        let answer = await ShippingTests.create(nil)
        #expect(answer.status == 201)
        #expect(answer.json["shipping"] == .null)
        let sent = answer.providerParameters
        #expect(sent["logistics_type"] == "EXPRESS")
        #expect(sent["logistics_fee"] == "0.00")
        #expect(sent["logistics_payment"] == "SELLER_PAY")
    }

    @Test(arguments: [
        #"{"options": [{"carrier_type": "direct", "fee": 0, "paid_by": "seller"}]}"#,
        #"{"options": [{"carrier_type": "direct", "fee": 0, "paid_by": "seller"}], "receiver": null}"#,
        #"{"options": [{"carrier_type": "direct", "fee": 0, "paid_by": "seller"}], "receiver": {}}"#,
        #"{"options": [{"carrier_type": "direct", "fee": 0, "paid_by": "seller"}], "receiver": {"zip": null}}"#,
    ])
    func `a receiver of nothing is none`(shipping: String) async {
        let answer = await ShippingTests.create(shipping)
        #expect(answer.status == 201)
        #expect(answer.json["shipping"]?["receiver"] == .null)
    }

    @Test(arguments: [
        ("1", "9999999999", true), ("1", "10000000000", false), ("10000000000", "0", true),
        ("10000000000", "1", false), ("5000000000", "5000000000", true), ("5000000000", "5000000001", false),
    ])
    func `amount and fee together stay within what Alipay can charge`(
        amount: String, fee: String, isTaken: Bool
    ) async {
        for paidBy in ["buyer", "seller", "on_receipt"] {
            let answer = await ShippingTests.create(
                #"{"options": [{"carrier_type": "ems", "fee": \#(fee), "paid_by": "\#(paidBy)"}]}"#, amount: amount)
            #expect(answer.status == (isTaken ? 201 : 400))
            #expect(
                answer.errors
                    == (isTaken
                        ? [] : ["/shipping/options/0/fee: amount and fee together must be at most 10000000000 fen"]))
        }
    }

    @Test(arguments: [("name", 128), ("address", 256), ("zip", 20), ("phone", 30)])
    func `a field of the receiver at its limit is taken, one past it is not`(field: String, bytesMax: Int) async {
        func shipping(_ text: String) -> String {
            #"{"options": [{"carrier_type": "ems", "fee": 0, "paid_by": "seller"}], "receiver": {"\#(field)": "\#(text)"}}"#
        }
        let refusal = [
            "/shipping/receiver/\(field): \(field) must be 1 to \(bytesMax) bytes counted as GBK, without control characters"
        ]
        for full in [String(repeating: "a", count: bytesMax), String(repeating: "书", count: bytesMax / 2)] {
            let taken = await ShippingTests.create(shipping(full))
            #expect(taken.json["shipping"]?["receiver"]?[field]?.text == full)
            #expect(await ShippingTests.create(shipping(full + "b")).errors == refusal)
        }
        for bad in ["", "a\\nb", "\\u0000", "\\u007f", "\\u2028"] {
            #expect(await ShippingTests.create(shipping(bad)).errors == refusal)
        }
    }

    @Test(arguments: [
        ("7", ["/shipping: shipping must be an object, not a number"]),
        ("[]", ["/shipping: shipping must be an object, not an array"]),
        ("{}", ["/shipping/options: options is required with shipping"]),
        (#"{"options": null}"#, ["/shipping/options: options is required with shipping"]),
        (#"{"options": {}}"#, ["/shipping/options: options must be an array of 1 to 3 ways of shipping"]),
        (#"{"options": []}"#, ["/shipping/options: options must be an array of 1 to 3 ways of shipping"]),
        (#"{"options": [1, 2, 3, 4]}"#, ["/shipping/options: options must be an array of 1 to 3 ways of shipping"]),
        (
            #"{"options": [1, {}]}"#,
            [
                "/shipping/options/0: a way of shipping must be an object, not a number",
                "/shipping/options/1/carrier_type: carrier_type is required",
                "/shipping/options/1/paid_by: paid_by is required", "/shipping/options/1/fee: fee is required",
            ]
        ),
        (
            #"{"options": [{"carrier_type": "EXPRESS", "fee": "10", "paid_by": "me", "price": 1}]}"#,
            [
                "/shipping/options/0/carrier_type: carrier_type must be one of post, ems, express, direct",
                "/shipping/options/0/paid_by: paid_by must be one of seller, buyer, on_receipt",
                "/shipping/options/0/fee: fee must be a whole number of fen from 0 to 10000000000",
                "/shipping/options/0/price: unknown field price",
            ]
        ),
        (
            #"{"options": [{"carrier_type": "ems", "fee": -1, "paid_by": "buyer"}]}"#,
            ["/shipping/options/0/fee: fee must be a whole number of fen from 0 to 10000000000"]
        ),
        (
            #"{"options": [{"carrier_type": "ems", "fee": 10000000001, "paid_by": "buyer"}]}"#,
            ["/shipping/options/0/fee: fee must be a whole number of fen from 0 to 10000000000"]
        ),
        (
            #"{"options": [{"carrier_type": "ems", "fee": 1.5, "paid_by": "buyer"}]}"#,
            ["/shipping/options/0/fee: fee must be a whole number of fen from 0 to 10000000000"]
        ),
        (
            #"""
            {"options": [{"carrier_type": "ems", "fee": 1, "paid_by": "buyer"},
             {"carrier_type": "ems", "fee": 2, "paid_by": "seller"}]}
            """#,
            ["/shipping/options/1/carrier_type: carrier_type ems appears twice"]
        ),
        (
            #"{"options": [{"carrier_type": "ems", "fee": 1, "paid_by": "buyer"}], "receiver": "Li"}"#,
            ["/shipping/receiver: receiver must be an object, not a string"]
        ),
        (
            #"{"options": [{"carrier_type": "ems", "fee": 1, "paid_by": "buyer"}], "receiver": {"zip": 310000, "city": "杭州"}}"#,
            [
                "/shipping/receiver/zip: zip must be text, not a number",
                "/shipping/receiver/city: unknown field city",
            ]
        ),
        (
            #"{"options": [{"carrier_type": "ems", "fee": 1, "paid_by": "buyer"}], "reciever": {}}"#,
            ["/shipping/reciever: unknown field reciever; did you mean receiver?"]
        ),
    ])
    func `what is wrong with shipping is pointed at`(shipping: String, errors: [String]) async {
        let answer = await ShippingTests.create(shipping)
        #expect(answer.status == 400)
        #expect(answer.errors == errors)
    }

    @Test func `shipping does not go with instant`() async {
        let answer = await ShippingTests.create(ShippingTests.whole, settlement: "instant")
        #expect(answer.errors == ["/shipping: shipping goes with settlement escrow or buyer_choice"])
        // A settlement at fault is one error, not two.
        #expect(await ShippingTests.create(ShippingTests.whole, settlement: "later").pointers == ["/settlement"])
    }

    @Test func `another shipping is another payment`() async {
        let desk = Desk(tenants: [.everything()])
        let first = await ShippingTests.create(ShippingTests.whole, desk)
        #expect(await ShippingTests.create(ShippingTests.whole, desk).text == first.text)
        for other in [
            nil, ShippingTests.whole.replacing("1000", with: "1001"), ShippingTests.whole.replacing("三", with: "四"),
        ] {
            let answer = await ShippingTests.create(other, desk)
            #expect(answer.status == 409)
            #expect(answer.code == "reference_conflict")
        }
    }
}
