extension SignatureDiagnosis.Finding {
    /// One sentence: what would have to be true for the signature to match, or what is known instead.
    package var sentence: String { words.sentence }
    /// What to do about it.
    package var cure: String { words.cure }

    private typealias Words = (sentence: String, cure: String)

    private var name: String { detail ?? "" }
    /// All values, or the one that the finding is about.
    private var values: String { detail.map { "the value of \($0)" } ?? "the values" }

    private func match(_ condition: String, _ cure: String) -> Words {
        ("The signature would match if \(condition).", cure)
    }

    private var words: Words {
        let rawBody = "Let what lies in front of this service pass the body on unchanged, as raw bytes."
        let signer = "Whoever signs must"
        return switch code {
        case .equal:
            (
                "The signature is equal as the message stands: it was refused for another reason.",
                "Read the verdict's explanation."
            )
        case .tooLong:
            (
                "The body is longer than \(SignatureDiagnosis.bodyBytesMax) bytes, more than Alipay sends.",
                "Find out who posts it."
            )
        case .notAForm:
            (
                "The body is not a form that can be read in one way only: \(name).",
                "Find out who posts it, and whether something on the way rewrites bodies or adds the URL's parameters to them."
            )
        case .signMissing:
            (
                "The message has no sign.",
                "Find out who posts it; Alipay signs every notification."
            )
        case .keyLapsed:
            (
                "The signature is equal by the key \(name).",
                "Put the key that Alipay signs with now into the tenant's file, or take not_after off this one."
            )
        case .algorithmDiffers:
            (
                "The message's sign_type names another algorithm than \(name), which the contract signs with.",
                "Set sign_type in the tenant's file to what the merchant centre shows, with the keys that belong to it; else the message is not for this contract."
            )
        case .signTypeDiffers:
            match(
                "the message's sign_type were \(name)",
                "\(signer) send sign_type=\(name), in these letters.")
        case .signUpperCase:
            match(
                "sign were in lower case",
                "\(signer) write MD5 as lower-case hexadecimal digits.")
        case .signPadded:
            match(
                "sign had no blanks or line breaks in it",
                "\(signer) send sign as one word. \(rawBody)")
        case .signPlusAsSpace:
            match(
                "the blanks in sign were +",
                "\(signer) send + as %2B. \(rawBody)")
        case .signEncoded:
            match(
                "sign were percent-decoded once more",
                "\(signer) encode sign once, not twice. \(rawBody)")
        case .keyPadded:
            match(
                "the key had a blank, a line break or a byte order mark at one end",
                "\(signer) remove it from their key.")
        case .keyUnpadded:
            match(
                "the key here had no blanks or quotation marks at its ends",
                "Remove them from the key in the tenant's file.")
        case .keyUpperCase:
            match(
                "the key were in upper case",
                "Copy the key from the merchant centre letter by letter, at both ends.")
        case .keyLowerCase:
            match(
                "the key were in lower case",
                "Copy the key from the merchant centre letter by letter, at both ends.")
        case .keyMissing:
            match(
                "there were no key at all",
                "\(signer) append the key; without it anybody can sign.")
        case .ownKeySigned:
            match(
                "the merchant's own key were Alipay's",
                "The merchant's private key signed this message, as a test may; Alipay signs with a key of its own.")
        case .ampersandBeforeKey:
            match(
                "& stood between the string and the key",
                "\(signer) append the key directly to the string.")
        case .keyWordBeforeKey:
            match(
                "&key= stood between the string and the key",
                "\(signer) append the key directly; &key= is WeChat's way.")
        case .ampersandsTrimmed:
            match(
                "the string's last value did not end in &",
                "\(signer) cut one separator from the string's end, and no & of a value.")
        case .signTypeSigned:
            match(
                "sign_type were signed",
                "\(signer) leave sign and sign_type out of the string.")
        case .emptyValuesSigned:
            match(
                "fields without a value were signed",
                "\(signer) leave empty values out of the string.")
        case .unknownFields:
            match(
                "the fields that Alipay's documents do not name were left out",
                "Keep parameters out of the notify_url's query, and the router from adding any. \(signer) sign whatever is sent."
            )
        case .extraField:
            match(
                "the field \(name) were left out",
                "Keep it out of the notify_url's query, and the router from adding it. \(signer) sign whatever is sent."
            )
        case .sortedWithoutCase:
            match(
                "names were sorted without regard to case",
                "\(signer) sort names by their bytes: A to Z, then _, then a to z.")
        case .sortedAsPairs:
            match(
                "name=value were sorted as a whole",
                "\(signer) sort by the names alone.")
        case .notSorted:
            match(
                "the fields were not sorted",
                "\(signer) sort the fields by their names.")
        case .gbkSigned:
            match(
                "the values were in GBK",
                "\(rawBody) \(signer) sign the bytes that are sent.")
        case .utf8Signed:
            match(
                "the values were in UTF-8",
                "\(rawBody) \(signer) sign the bytes that are sent.")
        case .utf8Twice:
            match(
                "the values were put into UTF-8 once, not twice",
                "\(rawBody) Something took UTF-8 for ISO 8859-1.")
        case .decodedTwice:
            match(
                "the values were percent-decoded once more",
                "\(rawBody) Something encodes what is encoded already, or the signer decodes twice.")
        case .notDecoded:
            match(
                "\(values) were not percent-decoded",
                "\(signer) sign plain values and encode them afterwards.")
        case .plusKept:
            match(
                "each + of the body were a plus sign and no blank",
                "\(signer) send + as %2B. \(rawBody)")
        case .plusAsBlank:
            match(
                "blanks in \(values) were +",
                "\(signer) send + as %2B. \(rawBody)")
        case .blankAsPlus:
            match(
                "each + in the values were a blank",
                "\(signer) sign + as it is; it means a blank only where it is encoded.")
        case .valuesTrimmed:
            match(
                "blanks at the ends of values were cut off",
                "\(signer) sign values with their blanks.")
        case .lineBreaksLF:
            match(
                "line breaks were LF and not CRLF",
                "\(rawBody) Something turned LF into CRLF, or the signer the other way.")
        case .lineBreaksCRLF:
            match(
                "line breaks were CRLF and not LF",
                "\(rawBody) Something turned CRLF into LF, or the signer the other way.")
        case .slashesAdded:
            match(
                "quotation marks and backslashes had a backslash before them",
                "\(signer) sign before anything is escaped. \(rawBody)")
        case .slashesStripped:
            match(
                "backslashes that escape were removed",
                "\(rawBody) Something adds them, as PHP's magic quotes do.")
        case .htmlEscaped:
            match(
                "the values were HTML-escaped",
                "\(signer) sign before anything is escaped. \(rawBody)")
        case .htmlUnescaped:
            match(
                "the values were HTML-unescaped",
                "\(rawBody) Something escapes HTML in it, as filters against scripts do.")
        case .otherSeller:
            (
                "The message's seller_id is not the contract's.",
                "Check which tenant's notify_url the order was created with: with another partner's key no signature can match."
            )
        case .charactersLost:
            (
                "The field \(name) has U+FFFD, the mark of bytes that were lost: it was decoded in the wrong charset on its way.",
                "\(rawBody) This message cannot be repaired."
            )
        case .noMatch:
            (
                "No single usual mistake explains the signature.",
                "Check in this order: 1. the key, against the one that the merchant centre shows for this partner (with RSA Alipay's public key, not the merchant's own); 2. whether it was changed in the last 25 hours, and the old one is still listed; 3. whether the notify_url belongs to this tenant; 4. what lies between Alipay and this service and may change bodies (proxy, firewall, framework); 5. notify_verify: unless it says true, the message is forged."
            )
        }
    }
}
