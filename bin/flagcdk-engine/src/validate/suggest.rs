//! Names that somebody may have meant, and values as messages show them.

use serde_json::Value as Json;

/// How much of a value a message shows, in characters.
const SHOWN: usize = 60;

/// The name nearest to the one that was given, if it is near enough to be a slip.
pub(super) fn nearest<'a>(got: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = got.to_lowercase();
    // Names of a letter or two are near to each other by chance.
    let allowed = match got.chars().count() {
        0..=2 => 0,
        length => 1 + length / 6,
    };
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= allowed || is_tail(&lower, &name.to_lowercase()))
        .min()
        .map(|(_, name)| name)
}

/// Whether one is the end of the other, as `Arn` is of `RoleArn`: people forget or repeat what stands before.
fn is_tail(a: &str, b: &str) -> bool {
    a.len() >= 3 && b.len() >= 3 && (a.ends_with(b) || b.ends_with(a))
}

/// ``did you mean `X`?``, or what to do otherwise.
pub(crate) fn did_you_mean<'a>(
    got: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl Into<String>,
) -> String {
    match nearest(got, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None => otherwise.into(),
    }
}

/// `1 byte`, `2 bytes`, `1,024 bytes`
pub(crate) fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// A number with a comma between each three digits.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Names in backticks with commas between them, the first few.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown: Vec<_> = names.iter().take(12).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(shown.len()) {
        0 if shown.is_empty() => "none".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A value as a message shows it: texts and numbers themselves, of lists and objects only what they are.
pub(crate) fn shown(value: &Json) -> String {
    match value {
        Json::Null => "`null`".to_owned(),
        Json::Bool(_) | Json::Number(_) => format!("`{value}`"),
        Json::String(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("`{:?}`…", &text[..end]),
            None => format!("`{text:?}`"),
        },
        Json::Array(items) => format!("a list with {}", counted(items.len(), "item")),
        Json::Object(entries) => match entries.iter().next() {
            Some((key, _)) if entries.len() == 1 => format!("an object with `{key}`"),
            _ => format!("an object with {}", counted(entries.len(), "key")),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slips_are_recognized() {
        let check = |got: &str, expected: Option<&str>| {
            let known = ["VisibilityTimeout", "QueueName", "Arn", "FifoQueue"];
            assert_eq!(nearest(got, known), expected, "{got}");
        };
        check("VisibiltyTimeout", Some("VisibilityTimeout"));
        check("visibilityTimeout", Some("VisibilityTimeout"));
        check("ARN", Some("Arn"));
        check("QueueArn", Some("Arn"));
        check("Name", Some("QueueName"));
        check("Color", None);
        check("An", None);
        check("", None);
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_048_576, "1,048,576")] {
            assert_eq!(grouped(number), expected);
        }
    }

    #[test]
    fn values_are_shown_short() {
        let check = |value: Json, expected: &str| assert_eq!(shown(&value), expected);
        check(json!("a\nb"), r#"`"a\nb"`"#);
        check(json!("é".repeat(70)), &format!("`\"{}\"`…", "é".repeat(60)));
        check(json!(3), "`3`");
        check(json!([1, 2]), "a list with 2 items");
        check(json!([1]), "a list with 1 item");
        check(json!({ "Ref": 1 }), "an object with `Ref`");
        check(json!({}), "an object with 0 keys");
    }
}
