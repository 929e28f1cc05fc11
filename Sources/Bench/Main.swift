import Platform

/// `payrelay-bench`: the product's own rooms under load, one measurement a run; `ops/bench` calls it.
@main enum Main {
    private static let usage = """
        usage: payrelay-bench COMMAND OPTIONS; `ops/bench` calls it

          seed  --database FILE --endpoints N --deliveries N
                makes a database in which so many deliveries are due, spread over so many merchants
          open  --database FILE --tenants N --payments N
                makes a database with so many payments that nobody has paid yet, of so many merchants in turn
          drain --database FILE --ports P,P,… --deliveries N [--sample FILE] [--log LEVEL]
                delivers all that is due in it, so many, to these ports of 127.0.0.1, one merchant each
          live  --database FILE --ports P,P,… --rate N --seconds N --stamps FILE [--timeout-ms N]
                [--sample FILE] [--log LEVEL]
                commits new events at a steady rate and delivers them

        A result is one line of JSON on standard output; the log, of level info by default as in production, goes to
        standard error.

        """

    static func main() {
        do {
            let words = Array(CommandLine.arguments.dropFirst())
            let options = try Options(Array(words.dropFirst()))
            ignoreSIGPIPE()
            keepNewFilesPrivate()
            _ = raiseFileLimit()
            switch words.first {
            case "seed": try Seed.run(options)
            case "open": try Seed.open(options)
            case "drain": try Drain.run(options)
            case "live": try Live.run(options)
            case "read": try Reading.run(options)
            default: throw Failure(description: usage)
            }
        } catch {
            StandardStream.error.write(Array("payrelay-bench: \(error)\n".utf8))
            exitNow(1)
        }
    }
}

/// Why there is no measurement, for the person who runs it.
struct Failure: Error, CustomStringConvertible {
    let description: String
}
