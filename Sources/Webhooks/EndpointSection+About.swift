extension EndpointSection {
    /// What each key of an endpoint is for.
    static let about = [
        "id": "The endpoint's name among those of the tenant: 1 to 39 of a-z, 0-9 and -.",
        "url": "Where events are posted: https to port 443 or 8443, without user name and fragment.",
        "secrets": "What requests are signed with, whsec_ and base64; each request is signed with all of them.",
        "schedule": "When an event that was not taken is tried again: a preset, or the delays between the tries.",
        "jitter": "How far chance moves each delay, either way.",
        "timeout": "How long one try may take, the whole answer included.",
        "events": "Only events of these types; all of them without it.",
        "ordering": "payment: the events of one payment one after the other; none: as they come.",
        "headers": "Headers of the merchant's own for each request; a value may be env:NAME or file:PATH.",
        "max_in_flight": "Requests at a time, at most; fewer while the endpoint is slow or failing.",
        "allow_http": "Intranets and tests: plain http as well, also to ports 80 and 8080.",
        "allow_private_network": "Intranets and tests: private addresses as well, and any port.",
        "allow_ports": "Ports beside the usual ones.",
    ]
}
