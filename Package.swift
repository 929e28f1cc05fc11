// swift-tools-version: 6.2
import PackageDescription

/// Every module is checked as strictly as the compiler can; warnings are errors.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A C library of the system, as Debian ships it.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// A room: a module and the modules it may import. TidyTests holds every `import` line against this table.
func room(_ name: String, imports: [String] = []) -> Target {
    .target(name: name, dependencies: imports.map { .byName(name: $0) }, swiftSettings: strict)
}

func tests(of name: String, using extra: [String] = [], fixtures: Bool = false) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: ([name] + extra).map { .byName(name: $0) },
        resources: fixtures ? [.copy("Fixtures")] : [],
        swiftSettings: strict
    )
}

let package = Package(
    name: "payrelay",
    products: [
        .executable(name: "payrelay", targets: ["payrelay"]),
        // What `ops/bench` measures with; no part of what is installed.
        .executable(name: "payrelay-bench", targets: ["Bench"]),
    ],
    targets: [
        // C libraries: module map and shim.h, no logic.
        system("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        system("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        system("CXML", pkgConfig: "libxml-2.0", apt: "libxml2-dev"),
        .systemLibrary(name: "CMimalloc", providers: [.apt(["libmimalloc-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Bindings: every pointer of the project lives in these.
        room("Platform", imports: ["CLinux", "CMimalloc"]),
        room("SQLite", imports: ["CSQLite", "CLinux"]),
        room("YAML", imports: ["CYAML"]),
        room("Crypto", imports: ["CCrypto"]),
        room("Text", imports: ["CXML", "CLinux"]),
        room("HTTPServer", imports: ["CMicrohttpd", "CLinux", "HTTP", "Settings", "Diagnostics", "Platform"]),
        room("HTTPClient", imports: ["CCurl", "CLinux", "HTTP", "Settings", "Diagnostics", "Platform"]),

        // Vocabulary: values only, no I/O.
        room("HTTP"),
        room("Payments"),
        room("Diagnostics"),
        room("JSON", imports: ["Payments", "Diagnostics"]),
        room("Settings", imports: ["YAML", "Diagnostics", "Platform"]),

        // Policy.
        room("Alipay", imports: ["Payments", "JSON", "HTTP", "Crypto", "Text", "Settings", "Diagnostics"]),
        room("Webhooks", imports: ["Payments", "JSON", "HTTP", "Crypto", "Settings", "Diagnostics"]),
        room(
            "Tenants",
            imports: ["Payments", "HTTP", "Crypto", "Settings", "Alipay", "Webhooks", "Diagnostics", "Platform"]),
        room("Storage", imports: ["Payments", "JSON", "SQLite", "Settings", "Diagnostics", "Platform"]),
        room(
            "Gateway",
            imports: ["Payments", "JSON", "HTTP", "Crypto", "Alipay", "Webhooks", "Tenants", "Diagnostics"]
        ),
        room(
            "API",
            imports: [
                "HTTP", "JSON", "Payments", "Crypto", "Text", "Settings", "Tenants", "Gateway", "Diagnostics",
            ]
        ),
        room(
            "Console", imports: ["HTTP", "JSON", "Payments", "Crypto", "Settings", "Tenants", "Gateway", "Diagnostics"]),
        room(
            "Simulator",
            imports: ["HTTP", "HTTPServer", "HTTPClient", "Crypto", "Text", "JSON", "Diagnostics", "Settings"]
        ),

        // Assembly.
        room(
            "App",
            imports: [
                "API", "Alipay", "Console", "Crypto", "Diagnostics", "Gateway", "HTTP", "HTTPClient", "HTTPServer",
                "JSON", "Payments", "Settings", "Simulator", "Storage", "Tenants", "Text", "Platform", "Webhooks",
            ]
        ),
        .executableTarget(
            name: "payrelay",
            dependencies: ["App", "Simulator", "Settings", "Diagnostics"],
            swiftSettings: strict
        ),
        // The second assembly: the product's rooms under load.
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Alipay", "App", "Diagnostics", "HTTP", "HTTPClient", "JSON", "Payments", "Platform", "Storage",
                "Webhooks",
            ],
            swiftSettings: strict
        ),

        // Tests. `Support` is what several of them share.
        .target(
            name: "Support",
            dependencies: [
                "Alipay", "Crypto", "Diagnostics", "HTTP", "JSON", "Payments", "Platform", "Storage", "Tenants",
                "Webhooks",
            ],
            path: "Tests/Support",
            swiftSettings: strict
        ),
        tests(of: "Platform", using: ["Support"]),
        tests(of: "SQLite", using: ["Support"]),
        tests(of: "YAML"),
        tests(of: "Crypto", fixtures: true),
        tests(of: "Text"),
        tests(of: "HTTPServer", using: ["HTTP", "HTTPClient", "Diagnostics", "Settings", "Support"], fixtures: true),
        tests(of: "HTTPClient", using: ["HTTP", "HTTPServer", "Diagnostics", "Platform", "Settings", "Support"]),
        tests(of: "HTTP", using: ["Support"]),
        tests(of: "Payments", using: ["Support"], fixtures: true),
        tests(of: "Diagnostics", using: ["Support"]),
        tests(of: "JSON", using: ["Payments", "Support"]),
        tests(of: "Settings", using: ["YAML", "Diagnostics"], fixtures: true),
        tests(
            of: "Alipay", using: ["Crypto", "Diagnostics", "HTTP", "Payments", "Settings", "Text", "YAML", "Support"],
            fixtures: true),
        tests(
            of: "Webhooks", using: ["Crypto", "HTTP", "JSON", "Payments", "Settings", "Diagnostics", "Support"],
            fixtures: true),
        tests(
            of: "Tenants",
            using: [
                "Alipay", "Payments", "Settings", "Webhooks", "HTTP", "Crypto", "Diagnostics", "Support", "YAML",
            ],
            fixtures: true),
        tests(of: "Storage", using: ["Payments", "SQLite", "Diagnostics", "Support"]),
        tests(
            of: "Gateway",
            using: ["Payments", "Storage", "Alipay", "Tenants", "Webhooks", "HTTP", "Diagnostics", "Support"]),
        tests(
            of: "API",
            using: [
                "Alipay", "Console", "Crypto", "Diagnostics", "Gateway", "HTTP", "JSON", "Payments", "Storage",
                "Support",
                "Tenants", "Webhooks",
            ]
        ),
        tests(
            of: "Simulator",
            using: [
                "HTTP", "HTTPClient", "HTTPServer", "Crypto", "Text", "JSON", "Diagnostics", "Settings", "Support",
            ],
            fixtures: true
        ),
        tests(
            of: "App",
            using: [
                "Alipay", "Crypto", "Diagnostics", "HTTP", "HTTPClient", "HTTPServer", "JSON", "Payments", "Settings",
                "Storage", "Tenants", "Webhooks", "Support",
            ],
            fixtures: true
        ),
        .testTarget(
            name: "WalkTests",
            dependencies: [
                "App", "Alipay", "Crypto", "Diagnostics", "HTTP", "HTTPClient", "HTTPServer", "JSON", "Payments",
                "Settings",
                "Simulator", "SQLite", "Storage", "Support", "Tenants", "Webhooks",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TidyTests", dependencies: ["App", "Diagnostics", "JSON", "Platform", "Settings", "Simulator"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
