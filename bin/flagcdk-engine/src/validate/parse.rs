//! Templates from text to JSON, once, and without losing what JSON readers lose silently.

use std::fmt;

use flagcdk_assembly::{Assembly, Finding, StackEntry};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value as Json};

use super::codes;

/// The template of a stack; a finding and none if there is none or it is not JSON.
pub(super) fn template(assembly: &Assembly, stack: &StackEntry, findings: &mut Vec<Finding>) -> Option<Json> {
    let file = &stack.template;
    let Some(text) = assembly.templates.get(file) else {
        findings.push(Finding::error(
            codes::MISSING_TEMPLATE,
            &stack.id,
            format!("the template `{file}` is not in the assembly"),
            "make the assembly again: `flagcdk synth`",
        ));
        return None;
    };
    match parse(text) {
        Ok((json, duplicates)) => {
            findings.extend(duplicates.into_iter().map(|place| {
                Finding::error(
                    codes::DUPLICATE_KEY,
                    format!("{} at {place}", stack.id),
                    "the key is there twice, and all but the last would be lost",
                    "rename or remove one of the two",
                )
            }));
            Some(json)
        }
        Err(error) => {
            let help = if error.to_string().contains("recursion limit") {
                "no template needs a depth of more than 127 objects and lists: flatten the value"
            } else {
                "templates of an assembly are JSON: make the assembly again with `flagcdk synth`"
            };
            findings.push(Finding::error(
                codes::NOT_JSON,
                format!("{} at {file}", stack.id),
                format!("not JSON: {error}"),
                help,
            ));
            None
        }
    }
}

/// The value, and the places of keys that stand twice in one object.
///
/// The reader's own limit of depth holds, so that no text leads to an overflow of the stack here or in any later walk.
fn parse(text: &str) -> Result<(Json, Vec<String>), serde_json::Error> {
    let mut seen = Seen::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let json = (&mut seen).deserialize(&mut reader)?;
    reader.end()?;
    Ok((json, seen.duplicates))
}

#[derive(Default)]
struct Seen {
    trail: Vec<String>,
    duplicates: Vec<String>,
}

impl<'de> DeserializeSeed<'de> for &mut Seen {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Seen {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(&mut *self)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut entries = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            // The key serves as a part of the trail while its value is read.
            self.trail.push(key);
            let value = access.next_value_seed(&mut *self)?;
            match entries.entry(self.trail.pop().expect("pushed above")) {
                Entry::Vacant(entry) => _ = entry.insert(value),
                Entry::Occupied(mut entry) => {
                    let place =
                        self.trail.iter().chain([entry.key()]).map(String::as_str).collect::<Vec<_>>().join(".");
                    self.duplicates.push(place);
                    entry.insert(value);
                }
            }
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_usual_reader() {
        for text in ["null", "[1, -2, 3.5, 18446744073709551615, true]", r#"{"a": {"b": "\u00e9"}, "c": []}"#] {
            assert_eq!(parse(text).unwrap().0, serde_json::from_str::<Json>(text).unwrap(), "{text}");
        }
        for text in ["", "{", "nul", r#""\ud800""#, "{} {}", "NaN", "[1,]"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_that_stand_twice_are_found() {
        let (json, duplicates) = parse(r#"{"Resources": {"A": 1, "B": {"C": 1, "C": 2}, "A": 3}}"#).unwrap();
        assert_eq!(duplicates, ["Resources.B.C", "Resources.A"]);
        assert_eq!(json["Resources"]["A"], 3);
    }

    #[test]
    fn depth_is_an_error_and_no_overflow() {
        assert!(parse(&"[".repeat(10_000)).unwrap_err().to_string().contains("recursion limit"));
        assert!(parse(&r#"{"a":"#.repeat(10_000)).unwrap_err().to_string().contains("recursion limit"));
    }
}
