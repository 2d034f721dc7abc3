//! Keywords of registry schemas that JSON Schema does not have, and `pattern`, which is compiled only when a text meets it.
//!
//! Most values that have a pattern are functions or never set, and a pattern costs more to compile than a schema.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use jsonschema::paths::Location;
use jsonschema::{Draft, Keyword, ValidationError, ValidationOptions, Validator};
use serde_json::{Map, Value as Json, json};

use super::suggest::listed;

type Compiled<'a> = Result<Box<dyn for<'i> Keyword<'i>>, ValidationError<'a>>;

/// Teaches the engine the keywords.
pub(super) fn register(options: ValidationOptions<'_>) -> ValidationOptions<'_> {
    options
        .with_keyword("pattern", |_: &Map<String, Json>, value: &Json, _: Location| -> Compiled<'_> {
            Ok(Box::new(Pattern { pattern: value.as_str().unwrap_or_default().to_owned(), compiled: OnceLock::new() }))
        })
        .with_keyword("enumCaseInsensitive", |_: &Map<String, Json>, value: &Json, _: Location| -> Compiled<'_> {
            Ok(Box::new(EnumCaseInsensitive { options: texts(value) }))
        })
        .with_keyword("requiredXor", |_: &Map<String, Json>, value: &Json, _: Location| -> Compiled<'_> {
            Ok(Box::new(Required { names: texts(value), at_most: 1 }))
        })
        .with_keyword("requiredOr", |_: &Map<String, Json>, value: &Json, _: Location| -> Compiled<'_> {
            Ok(Box::new(Required { names: texts(value), at_most: usize::MAX }))
        })
        .with_keyword("dependentExcluded", |_: &Map<String, Json>, value: &Json, _: Location| -> Compiled<'_> {
            let excluded = value.as_object().into_iter().flatten().map(|(name, others)| (name.clone(), texts(others)));
            Ok(Box::new(DependentExcluded { excluded: excluded.collect() }))
        })
        .with_keyword("uniqueKeys", |_: &Map<String, Json>, value: &Json, _: Location| -> Compiled<'_> {
            Ok(Box::new(UniqueKeys { keys: texts(value) }))
        })
}

/// Whether the whole text matches the pattern. One that the engine refuses matches everything.
pub(super) fn matches_whole(pattern: &str, text: &str) -> bool {
    matches(&compiled(&format!("^(?:{pattern})$")), text)
}

fn texts(value: &Json) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Json::as_str).map(str::to_owned).collect()
}

/// What is said when no group of properties is set. The schemas say some of these rules twice, in two ways.
pub(super) fn lacks(groups: &[String]) -> String {
    format!("lacks {}", groups.join(", or "))
}

/// What is said when more than one group of properties is set.
pub(super) fn excludes(groups: &str) -> String {
    format!("has more than one of {groups}, which exclude each other")
}

type SharedPattern = Arc<Option<Validator>>;

/// The pattern for the schema engine, which reads patterns in their own dialect. Types share many patterns.
fn compiled(pattern: &str) -> SharedPattern {
    static PATTERNS: LazyLock<Mutex<HashMap<String, SharedPattern>>> = LazyLock::new(Mutex::default);
    if let Some(known) = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known.clone();
    }
    let validator = jsonschema::options().with_draft(Draft::Draft7).build(&json!({ "pattern": pattern })).ok();
    let shared = Arc::new(validator);
    PATTERNS.lock().unwrap_or_else(PoisonError::into_inner).insert(pattern.to_owned(), shared.clone());
    shared
}

fn matches(pattern: &SharedPattern, text: &str) -> bool {
    use jsonschema::error::ValidationErrorKind as Kind;
    let Some(validator) = pattern.as_ref() else { return true };
    // A pattern that the engine gives up on says nothing about the text.
    validator
        .validate(&Json::String(text.to_owned()))
        .err()
        .is_none_or(|error| !matches!(error.kind(), Kind::Pattern { .. }))
}

struct Pattern {
    pattern: String,
    compiled: OnceLock<SharedPattern>,
}

impl<'i> Keyword<'i> for Pattern {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            Ok(())
        } else {
            Err(ValidationError::custom(format!("a text that matches `{}`", self.pattern)))
        }
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        let Json::String(text) = instance else { return true };
        // What a dynamic reference stands for is known to CloudFormation alone.
        text.contains("{{resolve:") || matches(self.compiled.get_or_init(|| compiled(&self.pattern)), text)
    }
}

struct EnumCaseInsensitive {
    options: Vec<String>,
}

impl<'i> Keyword<'i> for EnumCaseInsensitive {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        if self.is_valid(instance) {
            return Ok(());
        }
        Err(ValidationError::custom(format!("one of {}", listed(self.options.iter().map(String::as_str)))))
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        instance.as_str().is_none_or(|text| self.options.iter().any(|option| option.eq_ignore_ascii_case(text)))
    }
}

/// At least one of some properties, and not more than so many.
struct Required {
    names: Vec<String>,
    at_most: usize,
}

impl Required {
    fn present<'s>(&'s self, instance: &Json) -> Option<Vec<&'s str>> {
        let entries = instance.as_object()?;
        Some(self.names.iter().map(String::as_str).filter(|name| entries.contains_key(*name)).collect())
    }
}

impl<'i> Keyword<'i> for Required {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        let wanted = listed(self.names.iter().map(String::as_str));
        match self.present(instance) {
            Some(present) if present.is_empty() => Err(ValidationError::custom(lacks(
                &self.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>(),
            ))),
            Some(present) if present.len() > self.at_most => Err(ValidationError::custom(excludes(&wanted))),
            _ => Ok(()),
        }
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        self.present(instance).is_none_or(|present| !present.is_empty() && present.len() <= self.at_most)
    }
}

struct DependentExcluded {
    excluded: Vec<(String, Vec<String>)>,
}

impl<'i> Keyword<'i> for DependentExcluded {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        let Some(entries) = instance.as_object() else { return Ok(()) };
        // An empty list is as good as none.
        let is_set =
            |name: &str| entries.get(name).is_some_and(|value| value.as_array().is_none_or(|items| !items.is_empty()));
        for (name, others) in self.excluded.iter().filter(|(name, _)| is_set(name)) {
            let present: Vec<_> = others.iter().map(String::as_str).filter(|other| is_set(other)).collect();
            if !present.is_empty() {
                return Err(ValidationError::custom(format!("has `{name}`, which excludes {}", listed(present))));
            }
        }
        Ok(())
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        self.validate(instance).is_ok()
    }
}

/// No two items of a list have the same values of some keys.
struct UniqueKeys {
    keys: Vec<String>,
}

impl<'i> Keyword<'i> for UniqueKeys {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        let items = instance.as_array().into_iter().flatten();
        let mut seen: Vec<Vec<&Json>> = Vec::new();
        for values in items.filter_map(|item| self.keys.iter().map(|key| item.get(key)).collect::<Option<Vec<_>>>()) {
            if seen.contains(&values) {
                return Err(ValidationError::custom(format!(
                    "items that differ in {}",
                    listed(self.keys.iter().map(String::as_str))
                )));
            }
            seen.push(values);
        }
        Ok(())
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        self.validate(instance).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_accept_and_refuse() {
        let check = |schema: Json, instance: Json, expected: Option<&str>| {
            let validator = register(jsonschema::options().with_draft(Draft::Draft202012))
                .build(&schema)
                .expect("the schema compiles");
            let message = validator.validate(&instance).err().map(|error| error.to_string());
            assert_eq!(message.as_deref(), expected, "{schema} {instance}");
            assert_eq!(validator.is_valid(&instance), expected.is_none());
        };
        check(json!({ "pattern": "^a+$" }), json!("aa"), None);
        check(json!({ "pattern": "^a+$" }), json!("ab"), Some("a text that matches `^a+$`"));
        check(json!({ "pattern": "^(?!aws).*$" }), json!("aws"), Some("a text that matches `^(?!aws).*$`"));
        check(json!({ "pattern": "^a+$" }), json!(3), None);
        check(json!({ "pattern": "^a+$" }), json!("{{resolve:ssm:x}}"), None);
        check(json!({ "pattern": "(" }), json!("x"), None);
        check(json!({ "enumCaseInsensitive": ["Yes", "no"] }), json!("YES"), None);
        check(json!({ "enumCaseInsensitive": ["Yes", "no"] }), json!("maybe"), Some("one of `Yes`, `no`"));
        check(json!({ "requiredXor": ["A", "B"] }), json!({ "A": 1 }), None);
        check(
            json!({ "requiredXor": ["A", "B"] }),
            json!({ "A": 1, "B": 1 }),
            Some("has more than one of `A`, `B`, which exclude each other"),
        );
        check(json!({ "requiredXor": ["A", "B"] }), json!({ "C": 1 }), Some("lacks `A`, or `B`"));
        check(json!({ "requiredOr": ["A", "B"] }), json!({ "A": 1, "B": 1 }), None);
        check(json!({ "requiredOr": ["A", "B"] }), json!({}), Some("lacks `A`, or `B`"));
        check(json!({ "dependentExcluded": { "A": ["B"] } }), json!({ "A": 1 }), None);
        check(
            json!({ "dependentExcluded": { "A": ["B"] } }),
            json!({ "A": 1, "B": 1 }),
            Some("has `A`, which excludes `B`"),
        );
        check(json!({ "dependentExcluded": { "A": ["B"] } }), json!({ "A": 1, "B": [] }), None);
        check(json!({ "uniqueKeys": ["K"] }), json!([{ "K": 1 }, { "K": 2 }, {}]), None);
        check(json!({ "uniqueKeys": ["K"] }), json!([{ "K": 1 }, { "K": 1 }]), Some("items that differ in `K`"));
    }

    #[test]
    fn whole_texts_match() {
        assert!(matches_whole("[a-z]+", "abc"));
        assert!(!matches_whole("[a-z]+", "abc1"));
        assert!(!matches_whole("a|b", "ab"));
        assert!(matches_whole("(", "anything"));
    }
}
