//! What names in a template lead to.

use flagcdk_assembly::Finding;

use super::codes;
use super::suggest::did_you_mean;
use super::template::{AppView, StackView};

/// The parameters that every template has, see
/// [pseudo parameters](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html).
pub(super) const PSEUDO_PARAMETERS: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// What a name is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    Pseudo,
    Parameter,
    Resource(&'a str),
    Nothing,
}

pub(super) fn target<'a>(stack: &StackView<'a>, name: &str) -> Target<'a> {
    if let Some((id, _)) = stack.resources.get_key_value(name) {
        Target::Resource(id)
    } else if stack.parameters.contains_key(name) {
        Target::Parameter
    } else if PSEUDO_PARAMETERS.contains(&name) {
        Target::Pseudo
    } else {
        Target::Nothing
    }
}

/// A name that leads to nothing, and where it might have been meant to lead.
pub(super) fn dangling(app: &AppView<'_>, stack: &StackView<'_>, place: String, name: &str, also: &[&str]) -> Finding {
    let shown = name.escape_debug();
    let elsewhere =
        app.stacks.iter().find(|other| other.entry.id != stack.entry.id && other.resources.contains_key(name));
    let (message, help) = match elsewhere {
        Some(other) => (
            format!("`{shown}` is a resource of the stack `{}`, and a template can name only its own", other.entry.id),
            "let that stack export or wire the value, and name the import or the parameter here".to_owned(),
        ),
        None => {
            let names = stack.resources.keys().copied().chain(stack.parameters.keys().map(String::as_str));
            let known = names.chain(PSEUDO_PARAMETERS).chain(also.iter().copied());
            let help = did_you_mean(name, known, "name a resource, parameter or pseudo parameter of this template");
            (format!("`{shown}` is no resource and no parameter of the template"), help)
        }
    };
    Finding::error(codes::UNKNOWN_REFERENCE, place, message, help)
}
