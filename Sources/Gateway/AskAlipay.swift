package import Alipay
package import Diagnostics
package import HTTP

/// Puts the doctor's questions to Alipay, one after another. It belongs to no tenant in force: nothing is counted, and no
/// service is held to be refused on its account.
package struct AskAlipay: Sendable {
    let sender: any HTTPSender

    package init(sender: any HTTPSender) { self.sender = sender }

    package func run(_ doctor: LiveDoctor) async -> Examination {
        var doctor = doctor
        for question in doctor.questions {
            guard let request = question.request, doctor.take(await sender.send(request)) else { break }
        }
        return doctor.examine()
    }
}
