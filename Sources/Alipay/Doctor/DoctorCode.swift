/// What the doctor can find about a contract; the raw values are stable.
package enum DoctorCode: String, Sendable, CaseIterable {
    // Who signs, with what, to whom.
    case partnerText = "partner_text"
    case partnerShape = "partner_shape"
    case signTypeRSA2 = "sign_type_rsa2"
    case gatewayOpenAPI = "gateway_openapi"
    case gatewaySandbox = "gateway_sandbox"
    case gatewayHTTP = "gateway_http"
    // Any key.
    case keyPasted = "key_pasted"
    case keyBinary = "key_binary"
    case keyUnreadable = "key_unreadable"
    case notAKey = "not_a_key"
    case keyTwice = "key_twice"
    // MD5.
    case rsaForMD5 = "rsa_key_for_md5"
    case keyLength = "key_length"
    case keyCharacters = "key_characters"
    case keyCapitals = "key_capitals"
    case keyPlaceholder = "key_placeholder"
    // RSA.
    case md5ForRSA = "md5_key_for_rsa"
    case publicForPrivate = "public_key_for_private"
    case privateForPublic = "private_key_for_public"
    case certificate
    case keyStore = "key_store"
    case keyEncrypted = "key_encrypted"
    case keyAlgorithm = "key_algorithm"
    case keyParts = "key_parts"
    case keySize = "key_size"
    case keyWeak = "key_weak"
    // Whose key it is.
    case ownPublicKey = "own_public_key"
    case openAPIKey = "openapi_key"
    case fixedKeyAbsent = "fixed_key_absent"
    case uploadedAlipayKey = "uploaded_alipay_key"
    case halvesDiffer = "halves_differ"
    case halvesUnknown = "halves_unknown"
    // Proof.
    case roundTrip = "round_trip"
}
