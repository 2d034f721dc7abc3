//! Changes to resolved properties that the caller made by path.

use serde_json::Value as Json;

/// Sets the value at a path of names and places, `RedrivePolicy.maxReceiveCount` or `Tags.0.Value`; `null` removes it.
/// Objects on the way are made where they are missing.
///
/// # Errors
/// The part of the path that leads into a text, a number or a place that the list does not have.
pub(super) fn set(properties: &mut Json, path: &str, value: &Json) -> Result<(), String> {
    let mut parts: Vec<&str> = path.split('.').collect();
    let last = parts.pop().unwrap_or_default();
    let mut current = properties;
    for part in parts {
        current = match current {
            Json::Object(entries) => entries.entry(part).or_insert_with(|| Json::Object(serde_json::Map::new())),
            Json::Array(items) => {
                part.parse::<usize>().ok().and_then(|index| items.get_mut(index)).ok_or_else(|| part.to_owned())?
            }
            _ => return Err(part.to_owned()),
        };
    }
    match current {
        Json::Object(entries) if value.is_null() => {
            entries.remove(last);
        }
        Json::Object(entries) => {
            entries.insert(last.to_owned(), value.clone());
        }
        Json::Array(items) => {
            let index =
                last.parse::<usize>().ok().filter(|index| *index < items.len()).ok_or_else(|| last.to_owned())?;
            if value.is_null() {
                items.remove(index);
            } else {
                items[index] = value.clone();
            }
        }
        _ => return Err(last.to_owned()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let check = |path: &str, value: Json, expected: Result<Json, &str>| {
            let mut properties = json!({ "A": { "B": 1 }, "L": [{ "X": 1 }, 2] });
            let outcome = set(&mut properties, path, &value).map(|()| properties);
            assert_eq!(outcome, expected.map_err(str::to_owned), "{path}");
        };
        check("A.B", json!(2), Ok(json!({ "A": { "B": 2 }, "L": [{ "X": 1 }, 2] })));
        check("A.B", Json::Null, Ok(json!({ "A": {}, "L": [{ "X": 1 }, 2] })));
        check("N.M", json!(true), Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 1 }, 2], "N": { "M": true } })));
        check("L.0.X", json!(3), Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 3 }, 2] })));
        check("L.1", Json::Null, Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 1 }] })));
        check("L.7", json!(1), Err("7"));
        check("A.B.C", json!(1), Err("C"));
    }
}
