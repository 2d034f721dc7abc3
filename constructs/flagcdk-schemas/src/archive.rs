//! The embedded zip file with one entry per resource type.

use std::io::{Cursor, Read as _};
use std::sync::OnceLock;

use serde_json::Value;
use zip::ZipArchive;

static BYTES: &[u8] = include_bytes!("../data/cfn.zip");

type Archive = ZipArchive<Cursor<&'static [u8]>>;

/// The schema of a resource type such as `AWS::SQS::Queue`, or none if there is no such type in any region.
///
/// It is decompressed and parsed at each call: keep what is asked for often.
pub fn schema(type_name: &str) -> Option<Value> {
    let text = raw_schema(type_name)?;
    Some(serde_json::from_str(&text).expect("the archive has JSON only"))
}

/// The text of [`schema`], which is minified JSON.
pub fn raw_schema(type_name: &str) -> Option<String> {
    let index = archive().index_for_name_raw(format!("{type_name}.json").as_bytes())?;
    // A clone shares the directory and has a place of reading of its own.
    let mut archive = archive().clone();
    let mut file = archive.by_index(index).expect("the index is of this archive");
    let mut text = String::with_capacity(usize::try_from(file.size()).expect("a schema fits into memory"));
    file.read_to_string(&mut text).expect("the archive is embedded and whole");
    Some(text)
}

/// The names of all types, sorted.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    archive().file_names_raw().map(|name| {
        let name = std::str::from_utf8(name).expect("names of types are ASCII");
        name.strip_suffix(".json").expect("entries are JSON files")
    })
}

fn archive() -> &'static Archive {
    static ARCHIVE: OnceLock<Archive> = OnceLock::new();
    ARCHIVE.get_or_init(|| ZipArchive::new(Cursor::new(BYTES)).expect("the archive is embedded and whole"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn has_a_schema_for_every_name() {
        let names: Vec<&str> = type_names().collect();
        assert!(names.len() > 1_800, "{}", names.len());
        assert!(names.is_sorted());
        for name in names {
            assert_eq!(schema(name).expect(name)["typeName"], name);
        }
        assert_eq!(schema("AWS::SQS::Cue"), None);
        assert_eq!(raw_schema("cfn"), None);
    }

    /// Every keyword that holds a regular expression, wherever a schema may be.
    fn patterns(schema: &Value, found: &mut BTreeSet<String>) {
        match schema {
            Value::Object(keywords) => {
                if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str) {
                    found.insert(pattern.to_owned());
                }
                if let Some(by_pattern) = keywords.get("patternProperties").and_then(Value::as_object) {
                    found.extend(by_pattern.keys().cloned());
                }
                keywords.values().for_each(|inner| patterns(inner, found));
            }
            Value::Array(several) => several.iter().for_each(|inner| patterns(inner, found)),
            _ => {}
        }
    }

    #[test]
    fn has_only_patterns_that_compile() {
        let mut found = BTreeSet::new();
        for name in type_names() {
            patterns(&schema(name).expect(name), &mut found);
        }
        assert!(found.len() > 2_000, "{}", found.len());
        let refused: Vec<&String> = found
            .iter()
            .filter(|pattern| {
                !jsonschema_regex::is_valid_ecma_regex(pattern)
                    || jsonschema_regex::to_rust_regex(pattern)
                        .map_err(|()| "not translated".to_owned())
                        .and_then(|rust| fancy_regex::Regex::new(&rust).map_err(|error| error.to_string()))
                        .is_err()
            })
            .collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
