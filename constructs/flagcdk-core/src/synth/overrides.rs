//! Changes to resolved properties that the caller made by path.

use serde_json::Value as Json;

/// The names and places of a path: a dot is between them, and `\.` is a dot in a name.
pub(super) fn parts(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = path.chars().peekable();
    while let Some(c) = characters.next() {
        let last = parts.last_mut().expect("there is always one part");
        match c {
            '\\' if characters.peek() == Some(&'.') => last.extend(characters.next()),
            '.' => parts.push(String::new()),
            c => last.push(c),
        }
    }
    parts
}

/// Sets the value at a path of names and places, `RedrivePolicy.maxReceiveCount` or `Tags.0.Value`; `null` removes it.
/// Objects on the way are made where they are missing, and the place after a list's last one appends.
///
/// # Errors
/// The part of the path that leads into a text, a number or a place that the list does not have.
pub(super) fn set(properties: &mut Json, path: &str, value: Json) -> Result<(), String> {
    let mut parts = parts(path);
    let last = parts.pop().unwrap_or_default();
    let mut current = properties;
    for part in parts {
        current = match current {
            Json::Object(entries) => entries.entry(part).or_insert_with(|| Json::Object(serde_json::Map::new())),
            Json::Array(items) => {
                let index = part.parse::<usize>().ok().filter(|index| *index < items.len()).ok_or(part)?;
                &mut items[index]
            }
            _ => return Err(part),
        };
    }
    match current {
        Json::Object(entries) if value.is_null() => {
            entries.remove(&last);
        }
        Json::Object(entries) => {
            entries.insert(last, value);
        }
        Json::Array(items) => {
            let index = last.parse::<usize>().ok().filter(|index| *index <= items.len()).ok_or(last)?;
            match (index == items.len(), value.is_null()) {
                (true, true) => {}
                (true, false) => items.push(value),
                (false, true) => drop(items.remove(index)),
                (false, false) => items[index] = value,
            }
        }
        _ => return Err(last),
    }
    Ok(())
}

/// Puts a value at a path of names. What is in the way and no object gives way to one.
pub(super) fn put(whole: &mut Json, path: &[String], value: &Json) {
    let Some((name, rest)) = path.split_first() else {
        *whole = value.clone();
        return;
    };
    if !whole.is_object() {
        *whole = Json::Object(serde_json::Map::new());
    }
    put(&mut whole[name], rest, value);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_to_values() {
        let check = |path: &str, value: Json, expected: Result<Json, &str>| {
            let mut properties = json!({ "A": { "B": 1 }, "L": [{ "X": 1 }, 2] });
            let outcome = set(&mut properties, path, value).map(|()| properties);
            assert_eq!(outcome, expected.map_err(str::to_owned), "{path}");
        };
        check("A.B", json!(2), Ok(json!({ "A": { "B": 2 }, "L": [{ "X": 1 }, 2] })));
        check("A.B", Json::Null, Ok(json!({ "A": {}, "L": [{ "X": 1 }, 2] })));
        check("N.M", json!(true), Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 1 }, 2], "N": { "M": true } })));
        check("A.x\\.y", json!(1), Ok(json!({ "A": { "B": 1, "x.y": 1 }, "L": [{ "X": 1 }, 2] })));
        check("L.0.X", json!(3), Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 3 }, 2] })));
        check("L.1", Json::Null, Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 1 }] })));
        check("L.2", json!(3), Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 1 }, 2, 3] })));
        check("L.2", Json::Null, Ok(json!({ "A": { "B": 1 }, "L": [{ "X": 1 }, 2] })));
        check("L.7", json!(1), Err("7"));
        check("L.2.X", json!(1), Err("2"));
        check("A.B.C", json!(1), Err("C"));
    }
}
