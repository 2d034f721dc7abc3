//! The short forms of intrinsic functions.

use serde_json::{Value as Json, json};

use super::{ProblemKind, kind_of};

/// The names after `!` of the functions whose full name is `Fn::` and that name: intrinsic functions, and those of rules.
///
/// See [intrinsic functions](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html)
/// and [rule functions](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-rules.html).
const FUNCTIONS: [&str; 25] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// The full form of `!tag argument`.
pub(super) fn expand(tag: &str, argument: Json) -> Result<Json, ProblemKind> {
    match (tag, argument) {
        ("Ref", Json::String(name)) => Ok(json!({ "Ref": name })),
        ("Condition", Json::String(name)) => Ok(json!({ "Condition": name })),
        ("Ref", other) => Err(bad("Ref", "a logical id", &other)),
        ("Condition", other) => Err(bad("Condition", "the name of a condition", &other)),
        ("ImportValue", Json::Null) => Err(bad("ImportValue", "the name of an export", &Json::Null)),
        ("Sub", Json::Null) => Err(bad("Sub", "a text or a list", &Json::Null)),
        ("GetAtt", Json::String(path)) => match path.split_once('.') {
            Some((id, attribute)) if !id.is_empty() && !attribute.is_empty() => {
                Ok(json!({ "Fn::GetAtt": [id, attribute] }))
            }
            _ => Err(bad("GetAtt", GET_ATT, &Json::String(path))),
        },
        ("GetAtt", Json::Array(path)) if path.len() == 2 => Ok(json!({ "Fn::GetAtt": path })),
        ("GetAtt", other) => Err(bad("GetAtt", GET_ATT, &other)),
        (tag, argument) if FUNCTIONS.contains(&tag) => {
            Ok(Json::Object(std::iter::once((format!("Fn::{tag}"), argument)).collect()))
        }
        (tag, _) => Err(misspelled(tag).unwrap_or_else(|| ProblemKind::UnknownTag(tag.to_owned()))),
    }
}

/// The function whose name a text begins with, such as `Ref Topic`.
pub(super) fn function_in(text: &str) -> Option<&'static str> {
    let word = text.split(' ').next().unwrap_or_default();
    names().find(|name| *name == word)
}

/// What `!ref` and `!Fn::Ref` were to be.
fn misspelled(tag: &str) -> Option<ProblemKind> {
    let word = tag.strip_prefix("Fn::").unwrap_or(tag);
    let known = names().find(|name| name.eq_ignore_ascii_case(word))?;
    Some(ProblemKind::MisspelledTag { got: tag.to_owned(), known })
}

fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.into_iter().chain(["Condition", "Ref"])
}

/// The list that stands for `LogicalId.Attribute`, which YAML may have in the full form too and JSON may not.
pub(super) fn split_attribute(argument: Json) -> Json {
    match argument.as_str().and_then(|path| path.split_once('.')) {
        Some((id, attribute)) => json!([id, attribute]),
        None => argument,
    }
}

const GET_ATT: &str = "`LogicalId.Attribute` or a list of both";

fn bad(tag: &'static str, wanted: &'static str, got: &Json) -> ProblemKind {
    ProblemKind::BadArgument { tag, wanted, got: kind_of(got) }
}
