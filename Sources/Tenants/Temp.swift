import Settings
import Webhooks
extension EndpointSettings {
    static func read(_ root: SettingsReader) -> (endpoints: [EndpointSettings], secrets: [SettingsSecret])? { nil }
}
