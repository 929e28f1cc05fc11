package import Settings

extension TenantFolder {
    /// What a tenant's file may hold, as its reader declares it.
    package static var fileShape: SettingsShape {
        SettingsReader.describe { root in
            var file = TenantFile(id: "tenant")
            return file.read(root)
        }
    }
}
