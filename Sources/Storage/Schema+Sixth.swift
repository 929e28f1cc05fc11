extension Schema {
    /// Two indexes less for each notification.
    ///
    /// A tenant's events and notifications are put together from those of each type and of each verdict, which are few. An
    /// index that begins with the tenant costs nearly a page of the log for each row: neighbours in a commit are of many.
    static let sixth = """
        DROP INDEX events_listed;
        DROP INDEX notifications_listed;
        """
}
