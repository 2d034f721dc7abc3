//! Templates as texts: what is sent, what CloudFormation gives back, and how the two are compared.
//!
//! A plan reads a megabyte of templates in which, on most days, nothing or one setting differs. So texts are compared first, then
//! the texts of their entries, and only what differs is made into values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// The entries of an object, by name, as texts.
pub(crate) type Entries<'t> = BTreeMap<String, &'t RawValue>;

/// The parts of a template, or none of them if the text is not one: that is nobody's that the engine deployed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Sections<'t> {
    #[serde(borrow)]
    pub(crate) mappings: Entries<'t>,
    #[serde(borrow)]
    pub(crate) conditions: Entries<'t>,
    #[serde(borrow)]
    pub(crate) resources: Entries<'t>,
    #[serde(borrow)]
    pub(crate) outputs: Entries<'t>,
}

/// What is known of a resource without reading its properties.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Heading<'t> {
    #[serde(borrow)]
    pub(crate) r#type: Cow<'t, str>,
    #[serde(borrow)]
    pub(crate) deletion_policy: Option<Cow<'t, str>>,
    #[serde(borrow)]
    pub(crate) metadata: Metadata<'t>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata<'t> {
    #[serde(borrow, rename = "flagcdk:path")]
    pub(crate) path: Option<Cow<'t, str>>,
}

impl<'t> Sections<'t> {
    pub(crate) fn of(template: &'t str) -> Self {
        serde_json::from_str(template).unwrap_or_default()
    }
}

impl<'t> Heading<'t> {
    pub(crate) fn of(resource: &'t RawValue) -> Self {
        serde_json::from_str(resource.get()).unwrap_or_default()
    }
}

/// A deployed template. One that is not JSON is nobody's that the engine deployed, and equal to none of its own.
pub(crate) fn parse(template: &str) -> Json {
    serde_json::from_str(template).unwrap_or(Json::Null)
}

/// Whether two texts of JSON mean the same: white space and the order of entries do not count.
pub(crate) fn means_the_same(one: &str, other: &str) -> bool {
    let entries = |text| serde_json::from_str::<Entries<'_>>(text).ok();
    one == other
        || match (entries(one), entries(other)) {
            (Some(one), Some(other)) => {
                one.len() == other.len()
                    && one.iter().zip(&other).all(|((name, value), (other_name, other_value))| {
                        name == other_name && means_the_same(value.get(), other_value.get())
                    })
            }
            _ => parse(one) == parse(other),
        }
}

/// The names in either, each with what it stands for here and there.
pub(crate) fn side_by_side<'e, V>(
    old: &'e BTreeMap<String, V>,
    new: &'e BTreeMap<String, V>,
) -> impl Iterator<Item = (&'e String, Option<&'e V>, Option<&'e V>)> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names.into_iter().map(move |name| (name, old.get(name), new.get(name)))
}

/// JSON without the white space between its parts.
pub(crate) fn without_white_space(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut out = String::with_capacity(json.len());
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = end_of_string(bytes, at),
            b' ' | b'\n' | b'\r' | b'\t' => {
                out.push_str(&json[start..at]);
                while at < bytes.len() && bytes[at].is_ascii_whitespace() {
                    at += 1;
                }
                start = at;
            }
            _ => at += 1,
        }
    }
    out.push_str(&json[start..]);
    out
}

/// Where the string ends that begins with the quote at this place: behind its closing quote.
fn end_of_string(bytes: &[u8], open: usize) -> usize {
    let mut at = open + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    bytes.len().min(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_where_it_means_nothing() {
        for (json, expected) in [
            ("{\n  \"a b\": [1, 2],\r\n\t\"c\": {}\n}\n", r#"{"a b":[1,2],"c":{}}"#),
            (r#"{ "quote \" and { \\" : " x " }"#, r#"{"quote \" and { \\":" x "}"#),
            ("", ""),
            (r#"{"no end \"#, r#"{"no end \"#),
        ] {
            assert_eq!(without_white_space(json), expected);
        }
    }

    #[test]
    fn order_and_white_space_mean_nothing() {
        for (one, other, expected) in [
            (r#"{"a":1,"b":{"c":[1,2]}}"#, r#"{ "b": { "c": [1, 2] }, "a": 1 }"#, true),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#, false),
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"c":2}"#, false),
            (r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, false),
            (r#"{"a":"A"}"#, r#"{"a":"\u0041"}"#, true),
            ("not JSON", "{}", false),
        ] {
            assert_eq!(means_the_same(one, other), expected, "{one} and {other}");
        }
    }
}
