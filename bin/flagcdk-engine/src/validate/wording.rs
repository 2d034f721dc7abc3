//! What the schema engine finds, in words: where, what was found, what was wanted.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::Location;
use jsonschema::types::JsonType;
use serde_json::Value as Json;

use super::properties::{Problem, conversion};
use super::schemas::TypeSchema;
use super::suggest::{counted, did_you_mean, listed, shown};
use super::{codes, keywords, secrets};

/// The attributes of resources that people look for among the properties.
const BESIDE_PROPERTIES: [&str; 6] =
    ["Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "UpdatePolicy", "UpdateReplacePolicy"];

const ONE_GROUP: &str = "set one of them";
const ONLY_ONE_GROUP: &str = "remove all but one of them";

/// Appends what an error comes down to.
pub(super) fn describe(schema: &TypeSchema, kind: &str, error: &ValidationError<'_>, found: &mut Vec<Problem>) {
    let place = dotted(error.instance_path());
    let reference = || format!("see `{kind}` in CloudFormation's template reference");
    let got = || shown_at(&place, error.instance());
    let subject = || match last_name(&place) {
        "" => format!("`{kind}`"),
        name => format!("`{name}`"),
    };
    let mut push = |place: String, code: &'static str, message: String, help: String| {
        found.push(Problem { place, code, message, help });
    };
    let mut bad_value = |wanted: String| {
        push(place.clone(), codes::BAD_VALUE, format!("{} is {}, wanted {wanted}", subject(), got()), reference());
    };
    match error.kind() {
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            let known = properties_beside(schema, error.schema_path());
            for name in unexpected {
                let shown = name.escape_debug();
                let help = if place.is_empty() && BESIDE_PROPERTIES.contains(&name.as_str()) {
                    format!("move `{name}` out of `Properties`, to stand beside it")
                } else {
                    let settable = known.iter().copied().filter(|name| !is_read_only(schema, &place, name));
                    did_you_mean(name, settable, reference())
                };
                let owner = if place.is_empty() { format!("`{kind}`") } else { format!("`{place}` of `{kind}`") };
                push(join(&place, name), codes::UNKNOWN_PROPERTY, format!("{owner} has no property `{shown}`"), help);
            }
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let message = format!("the required property `{name}` of {} is not set", subject());
            push(place.clone(), codes::MISSING_PROPERTY, message, format!("set `{}`", join(&place, name)));
        }
        // That there is a `null` is said already.
        Kind::Type { .. } if error.instance().is_null() => {}
        Kind::Type { kind } => {
            let wanted = match kind {
                TypeKind::Single(one) => type_words(*one).to_owned(),
                TypeKind::Multiple(set) => set.iter().map(type_words).collect::<Vec<_>>().join(" or "),
            };
            push(place.clone(), codes::WRONG_TYPE, format!("{} is {}, wanted {wanted}", subject(), got()), reference());
        }
        Kind::Enum { options } => {
            let texts: Vec<String> = options
                .as_array()
                .into_iter()
                .flatten()
                .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
                .collect();
            let names = || texts.iter().map(String::as_str);
            let help = did_you_mean(error.instance().as_str().unwrap_or_default(), names(), reference());
            let message = format!("{} is {}, wanted one of {}", subject(), got(), listed(names()));
            push(place.clone(), codes::BAD_VALUE, message, help);
        }
        Kind::Custom { keyword, message } => match keyword.as_str() {
            "pattern" | "enumCaseInsensitive" | "uniqueKeys" => bad_value(message.clone()),
            "requiredXor" | "requiredOr" if message.starts_with("lacks") => {
                push(place.clone(), codes::MISSING_PROPERTY, format!("{} {message}", subject()), ONE_GROUP.to_owned());
            }
            _ => push(
                place.clone(),
                codes::BAD_COMBINATION,
                format!("{} {message}", subject()),
                ONLY_ONE_GROUP.to_owned(),
            ),
        },
        Kind::Pattern { pattern } => bad_value(format!("a text that matches `{pattern}`")),
        Kind::Constant { expected_value } => bad_value(shown(expected_value)),
        Kind::MinLength { limit } => {
            bad_value(format!("{} at least{}", limited(*limit, "character"), length(error.instance())))
        }
        Kind::MaxLength { limit } => {
            bad_value(format!("{} at most{}", limited(*limit, "character"), length(error.instance())))
        }
        Kind::Minimum { limit } => bad_value(format!("{limit} at least")),
        Kind::Maximum { limit } => bad_value(format!("{limit} at most")),
        Kind::ExclusiveMinimum { limit } => bad_value(format!("more than {limit}")),
        Kind::ExclusiveMaximum { limit } => bad_value(format!("less than {limit}")),
        Kind::MultipleOf { multiple_of } => bad_value(format!("a multiple of {multiple_of}")),
        Kind::MinItems { limit } => bad_value(format!("{} at least", limited(*limit, "item"))),
        Kind::MaxItems { limit } => bad_value(format!("{} at most", limited(*limit, "item"))),
        Kind::UniqueItems => bad_value("a list in which no item is twice".to_owned()),
        Kind::MinProperties { limit } => bad_value(format!("{} at least", limited(*limit, "key"))),
        Kind::MaxProperties { limit } => bad_value(format!("{} at most", limited(*limit, "key"))),
        Kind::PropertyNames { error } => bad_value(format!("no key such as {}", shown(error.instance()))),
        Kind::Not { .. } | Kind::FalseSchema => bad_value("another value, or none".to_owned()),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            none_fits(schema, kind, &place, subject(), context, found)
        }
        Kind::OneOfMultipleValid { .. } => {
            if let Some(groups) = exclusive_groups(schema, error.schema_path()) {
                let message = format!("{} {}", subject(), keywords::excludes(&groups.join(", ")));
                push(place.clone(), codes::BAD_COMBINATION, message, ONLY_ONE_GROUP.to_owned());
            }
        }
        // The engine gave up, or the keyword is of a draft that registry schemas are not written in.
        _ => {}
    }
}

/// None of several forms fits: say what they have in common, or what is wrong with the one that comes nearest.
fn none_fits(
    schema: &TypeSchema,
    kind: &str,
    place: &str,
    subject: String,
    branches: &[Vec<ValidationError<'static>>],
    found: &mut Vec<Problem>,
) {
    let required = |branch: &Vec<ValidationError<'static>>| {
        let names = branch.iter().map(|error| match error.kind() {
            Kind::Required { property } if dotted(error.instance_path()) == place => {
                property.as_str().map(|name| format!("`{name}`"))
            }
            _ => None,
        });
        names.collect::<Option<Vec<_>>>().map(|names| names.join(" and "))
    };
    let groups: Option<Vec<String>> = branches.iter().map(required).collect();
    if let Some(mut groups) = groups.filter(|groups| !groups.is_empty()) {
        groups.dedup();
        found.push(Problem {
            place: place.to_owned(),
            code: codes::MISSING_PROPERTY,
            message: format!("{subject} {}", keywords::lacks(&groups)),
            help: ONE_GROUP.to_owned(),
        });
        return;
    }
    let nearest = branches.iter().min_by_key(|branch| {
        let depth = branch.iter().map(|error| error.instance_path().segments().count()).max().unwrap_or_default();
        (usize::MAX - depth, branch.len())
    });
    let before = found.len();
    let unconvertible = nearest.into_iter().flatten().filter(|error| conversion(error).is_none());
    unconvertible.take(3).for_each(|error| describe(schema, kind, error, found));
    if branches.len() > 1 {
        for problem in &mut found[before..] {
            problem.message = format!("{}; of {} forms, this one comes nearest", problem.message, branches.len());
        }
    }
}

/// The groups of required properties among which `oneOf` lets one be; none if it is about something else, such as which of
/// several formats a text has, which is not checked.
fn exclusive_groups(schema: &TypeSchema, one_of: &Location) -> Option<Vec<String>> {
    let branches = schema.json.pointer(one_of.as_str())?.as_array()?;
    let group = |branch: &Json| {
        let names: Option<Vec<_>> =
            branch.get("required")?.as_array()?.iter().map(|name| Some(format!("`{}`", name.as_str()?))).collect();
        names.map(|names| names.join(" with "))
    };
    branches.iter().map(group).collect()
}

/// The names that stand in `properties` beside a keyword.
fn properties_beside<'s>(schema: &'s TypeSchema, keyword: &Location) -> Vec<&'s str> {
    let beside = keyword.as_str().rsplit_once('/').map_or("", |(parent, _)| parent);
    let properties = schema.json.pointer(beside).and_then(|parent| parent.get("properties")).and_then(Json::as_object);
    properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

fn is_read_only(schema: &TypeSchema, place: &str, name: &str) -> bool {
    place.is_empty() && schema.read_only.iter().any(|path| path.len() == 1 && path[0] == name)
}

/// `Tags.0.Key`
fn dotted(path: &Location) -> String {
    path.segments().map(|segment| segment.to_string()).collect::<Vec<_>>().join(".")
}

/// The name at the end of a place, with the position in its list if there is one: `Key` of `Tags.0.Key`, `Tags.0` of `Tags.0`.
fn last_name(place: &str) -> &str {
    let is_position = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mut start = place.len();
    for part in place.rsplit('.') {
        start -= part.len() + usize::from(start < place.len());
        if !is_position(part) {
            break;
        }
    }
    &place[start..]
}

fn limited(limit: u64, what: &str) -> String {
    counted(usize::try_from(limit).unwrap_or(usize::MAX), what)
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn length(value: &Json) -> String {
    value.as_str().map_or_else(String::new, |text| format!(", got {}", text.chars().count()))
}

fn shown_at(place: &str, value: &Json) -> String {
    let is_secret = value.is_string() && place.split('.').any(secrets::is_secret_name);
    if is_secret { "(hidden)".to_owned() } else { shown(value) }
}

fn type_words(wanted: JsonType) -> &'static str {
    match wanted {
        JsonType::Null => "`null`",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "a text",
        JsonType::Array => "a list",
        JsonType::Object => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_names() {
        for (place, expected) in
            [("", ""), ("A", "A"), ("Tags.0.Key", "Key"), ("Tags.0", "Tags.0"), ("A.B.1.2", "B.1.2"), ("0", "0")]
        {
            assert_eq!(last_name(place), expected, "{place}");
        }
    }
}
