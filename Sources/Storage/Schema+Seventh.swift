extension Schema {
    /// With whose contract a tenant was served. Empty where there is no file, and of what an earlier program wrote.
    static let seventh = """
        ALTER TABLE tenant_changes ADD COLUMN partner TEXT NOT NULL DEFAULT '';
        """
}
