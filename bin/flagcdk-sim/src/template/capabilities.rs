//! What a caller has to acknowledge.

use std::collections::BTreeMap;

use super::Template;
use crate::protocol::ServiceError;

/// The types of IAM for which CloudFormation asks, with the property that gives them a name.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html>
const IAM_TYPES: &[(&str, Option<&str>)] = &[
    ("AWS::IAM::AccessKey", None),
    ("AWS::IAM::Group", Some("GroupName")),
    ("AWS::IAM::InstanceProfile", Some("InstanceProfileName")),
    ("AWS::IAM::ManagedPolicy", Some("ManagedPolicyName")),
    ("AWS::IAM::Policy", None),
    ("AWS::IAM::Role", Some("RoleName")),
    ("AWS::IAM::User", Some("UserName")),
    ("AWS::IAM::UserToGroupAddition", None),
];

/// The capability that the template asks for.
pub(crate) fn needed(template: &Template) -> Option<&'static str> {
    let mut needed = None;
    for resource in template.resources.values() {
        let Some((_, name)) = IAM_TYPES.iter().find(|(kind, _)| *kind == resource.type_name) else {
            continue;
        };
        if name.is_some_and(|name| resource.properties.get(name).is_some()) {
            return Some("CAPABILITY_NAMED_IAM");
        }
        needed = Some("CAPABILITY_IAM");
    }
    needed
}

/// The types because of which it is asked.
pub(crate) fn reason(template: &Template) -> Vec<String> {
    let types: BTreeMap<&str, ()> = template
        .resources
        .values()
        .filter(|resource| IAM_TYPES.iter().any(|(kind, _)| *kind == resource.type_name))
        .map(|resource| (resource.type_name.as_str(), ()))
        .collect();
    types.into_keys().map(str::to_owned).collect()
}

/// Refuses a request that does not acknowledge what its template does.
pub(crate) fn check(template: &Template, acknowledged: &[String]) -> Result<(), ServiceError> {
    const KNOWN: &[&str] = &["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"];
    if let Some(unknown) = acknowledged.iter().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(ServiceError::validation(format!(
            "1 validation error detected: Value '[{unknown}]' at 'capabilities' failed to satisfy constraint: \
             Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_IAM, \
             CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]]"
        )));
    }
    let has = |name: &str| acknowledged.iter().any(|other| other == name);
    let missing = match needed(template) {
        Some("CAPABILITY_IAM") if !has("CAPABILITY_IAM") && !has("CAPABILITY_NAMED_IAM") => "CAPABILITY_IAM",
        Some("CAPABILITY_NAMED_IAM") if !has("CAPABILITY_NAMED_IAM") => "CAPABILITY_NAMED_IAM",
        _ => return Ok(()),
    };
    Err(ServiceError::new(400, "InsufficientCapabilitiesException", format!("Requires capabilities : [{missing}]")))
}
