extension SignatureDiagnosis {
    /// What a finding says; the raw values are stable, for the journal and for searching it.
    package enum Code: String, Sendable, CaseIterable {
        // About the message as a whole.
        case equal
        case tooLong = "too_long"
        case notAForm = "not_a_form"
        case signMissing = "sign_missing"
        case signTypeDiffers = "sign_type_differs"
        case keyLapsed = "key_lapsed"
        case algorithmDiffers = "algorithm_differs"
        // The signature's own text.
        case signUpperCase = "sign_upper_case"
        case signPadded = "sign_padded"
        case signPlusAsSpace = "sign_plus_as_space"
        case signEncoded = "sign_encoded"
        // The key, and what stands before it.
        case keyPadded = "key_padded"
        case keyUnpadded = "key_unpadded"
        case keyUpperCase = "key_upper_case"
        case keyLowerCase = "key_lower_case"
        case keyMissing = "key_missing"
        case ownKeySigned = "own_key_signed"
        case ampersandBeforeKey = "ampersand_before_key"
        case keyWordBeforeKey = "key_word_before_key"
        case ampersandsTrimmed = "ampersands_trimmed"
        // Which fields, and their order.
        case signTypeSigned = "sign_type_signed"
        case emptyValuesSigned = "empty_values_signed"
        case unknownFields = "unknown_fields"
        case extraField = "extra_field"
        case sortedWithoutCase = "sorted_without_case"
        case sortedAsPairs = "sorted_as_pairs"
        case notSorted = "not_sorted"
        // The values.
        case gbkSigned = "gbk_signed"
        case utf8Signed = "utf8_signed"
        case utf8Twice = "utf8_twice"
        case decodedTwice = "decoded_twice"
        case notDecoded = "not_decoded"
        case plusKept = "plus_kept"
        case plusAsBlank = "plus_as_blank"
        case blankAsPlus = "blank_as_plus"
        case valuesTrimmed = "values_trimmed"
        case lineBreaksLF = "line_breaks_lf"
        case lineBreaksCRLF = "line_breaks_crlf"
        case slashesAdded = "slashes_added"
        case slashesStripped = "slashes_stripped"
        case htmlEscaped = "html_escaped"
        case htmlUnescaped = "html_unescaped"
        // When nothing matches.
        case otherSeller = "other_seller"
        case charactersLost = "characters_lost"
        case noMatch = "no_match"
    }

    /// One thing that explains the signature, or that can be said about it. It holds no value of the message.
    package struct Finding: Sendable, Hashable {
        package let code: Code
        /// The field's name, the reason, the algorithm or the key that the sentence names.
        package let detail: String?

        init(_ code: Code, detail: String? = nil) {
            self.code = code
            self.detail = detail
        }
    }
}
