import Tenants

/// `payrelay tenant new ID`
enum TenantNewCommand {
    static let command = CommandRunner.Command(
        name: "tenant new", summary: "write a commented tenant file",
        usage: """
            payrelay tenant new ID [--folder FOLDER]

              ID               2 to 39 of a-z 0-9 -; it becomes part of the notify URL
              --folder FOLDER  the tenants folder (\(TenantsPlace.folderDefault))

            Writes FOLDER/ID.yaml and FOLDER/secrets/ID.whsec (readable by you alone), and prints the API key once.
            """
    ) { words, console throws in
        let arguments = try Arguments(words, options: ["folder"], wordsMax: 1)
        guard let id = arguments.words.first, TenantFolder.isID(id) else {
            throw Arguments.UsageError(description: "ID must be 2 to 39 of a-z 0-9 -, beginning with a letter or digit")
        }
        let files = NewTenantFiles(folder: arguments.value("folder") ?? TenantsPlace.folderDefault, id: id)
        let key = try files.write()
        console.out("wrote \(files.yamlPath) and \(files.secretPath)")
        console.out("# the API key, for the merchant, shown once:\n\(key.text)")
        console.out(
            """
            Next: fill in what says CHANGE in \(files.yamlPath), write Alipay's key into \(files.keyPath) (mode 600),
            then run payrelay check.
            """
        )
        return CommandRunner.fine
    }
}
