//! Texts about types and properties: kept short, and made harmless for rustdoc.
//!
//! A type's texts are an object with `description`, `properties` (name → text), `attributes` (name → text) and `definitions`
//! (name → an object with `description` and `properties`).

use serde_json::{Map, Value};

/// What is kept of a text. AWS's page, to which every type links, has the rest.
const LONGEST: usize = 320;

/// Adds the texts of `other` where `texts` has none, and shortens all.
pub(super) fn merge(texts: &Value, other: &Value) -> Value {
    match (texts, other) {
        (Value::Object(texts), Value::Object(other)) => {
            let names = texts.keys().chain(other.keys());
            let merged: Map<String, Value> = names
                .map(|name| {
                    let of = |texts: &Map<String, Value>| texts.get(name).cloned().unwrap_or(Value::Null);
                    (name.clone(), merge(&of(texts), &of(other)))
                })
                .filter(|(_, text)| !is_empty(text))
                .collect();
            merged.into()
        }
        (Value::String(text), _) if !text.trim().is_empty() => short(text).into(),
        (Value::Object(_), Value::Null) => merge(texts, &Value::Object(Map::new())),
        (_, Value::Object(_)) => merge(&Value::Object(Map::new()), other),
        (_, Value::String(text)) => short(text).into(),
        _ => Value::Null,
    }
}

fn is_empty(texts: &Value) -> bool {
    match texts {
        Value::String(text) => text.is_empty(),
        Value::Object(texts) => texts.is_empty(),
        _ => true,
    }
}

/// The first sentences of the first paragraph that says something, on one line, as Markdown without links.
fn short(text: &str) -> String {
    let plain = without_links(&without_tags(text).replace("``", "`"));
    let paragraphs = plain.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    let Some(paragraph) = paragraphs.into_iter().find(|paragraph| !is_notice(paragraph)) else { return String::new() };
    escaped(&cut(&paragraph))
}

fn is_notice(paragraph: &str) -> bool {
    paragraph.is_empty() || paragraph.starts_with('>') || paragraph.starts_with('#') || paragraph.starts_with('|')
}

/// As many sentences as fit, or the beginning of the first; without those that only point elsewhere.
fn cut(paragraph: &str) -> String {
    // A list or table that was written into the paragraph is unreadable.
    let paragraph = paragraph.split(" - ").next().unwrap_or(paragraph).split(" + ").next().unwrap_or(paragraph).trim();
    let paragraph = paragraph.replace(" .", ".").replace(" ,", ",").replace(" )", ")").replace("( ", "(");
    let mut kept = String::new();
    for (index, sentence) in paragraph.split_inclusive(". ").enumerate() {
        let points_elsewhere = ["For more", "For an ", "For information", "See ", "To learn"]
            .iter()
            .any(|start| sentence.starts_with(start));
        if index > 0 && (points_elsewhere || sentence.ends_with(':')) {
            continue;
        }
        if kept.len() + sentence.len() > LONGEST {
            break;
        }
        kept.push_str(sentence);
    }
    if kept.is_empty() {
        let fits = &paragraph[..paragraph.floor_char_boundary(LONGEST)];
        kept = format!("{}…", &fits[..fits.rfind(' ').unwrap_or(fits.len())]);
    }
    kept.trim().to_owned()
}

/// Removes `<p>`, `<a href=…>` and their like, which some services' texts have.
fn without_tags(text: &str) -> String {
    const TAGS: [&str; 14] =
        ["p", "a", "b", "i", "ul", "ol", "li", "code", "br", "note", "em", "important", "caution", "strong"];
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let inner = rest.find('>').map(|end| (end, rest[1..end].trim_start_matches('/').trim_end_matches('/')));
        match inner {
            Some((end, tag)) if TAGS.contains(&tag.split_whitespace().next().unwrap_or_default()) => {
                kept.push(if matches!(tag, "p" | "br" | "li") { '\n' } else { ' ' });
                rest = &rest[end + 1..];
            }
            _ => {
                kept.push('<');
                rest = &rest[1..];
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// `[text](address)` becomes `text`.
fn without_links(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let link = rest[..middle].rfind('[').zip(rest[middle..].find(')'));
        let Some((start, end)) = link else {
            kept.push_str(&rest[..middle + 2]);
            rest = &rest[middle + 2..];
            continue;
        };
        kept.push_str(&rest[..start]);
        kept.push_str(&rest[start + 1..middle]);
        rest = &rest[middle + end + 1..];
    }
    kept.push_str(rest);
    kept
}

/// Escapes what rustdoc would read as links or HTML, outside of code.
fn escaped(text: &str) -> String {
    // Of which words an odd quote marks as code, nobody can tell.
    let text = if text.matches('`').count().is_multiple_of(2) { text.to_owned() } else { text.replace('`', "") };
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut in_code = false;
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            escaped.push(' ');
        }
        let address = word.find("http://").or_else(|| word.find("https://"));
        if !in_code
            && !word.contains('`')
            && let Some(start) = address
        {
            let end = word.trim_end_matches(['.', ',', ')', ';', ':', '*', '"', '\'', '>', ']']).len().max(start);
            escape_into(&word[..start], &mut escaped, &mut in_code);
            escaped.push_str(&format!("`{}`", &word[start..end]));
            escape_into(&word[end..], &mut escaped, &mut in_code);
        } else {
            escape_into(word, &mut escaped, &mut in_code);
        }
    }
    escaped
}

fn escape_into(text: &str, escaped: &mut String, in_code: &mut bool) {
    for character in text.chars() {
        match character {
            '`' => *in_code = !*in_code,
            '[' | ']' | '<' | '>' if !*in_code => escaped.push('\\'),
            _ => {}
        }
        escaped.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortens_and_escapes() {
        let check = |text: &str, expected: &str| assert_eq!(short(text), expected, "{text}");
        check("  The time in\n seconds. You can  choose.\n\nMore.", "The time in seconds. You can choose.");
        check("> A note.\n\nThe name.", "The name.");
        check(
            "See [the guide](https://example.com/a(b)) or https://example.com/x.",
            "See the guide) or `https://example.com/x`.",
        );
        check(
            "A `[code]` and a [list] of <T> with snake_case",
            "A `[code]` and a \\[list\\] of \\<T\\> with snake_case",
        );
        check("<p>Some <code>html</code></p>", "Some html");
        check("an odd ` tick", "an odd  tick");
        check("``KeyType``*and* other", "`KeyType`*and* other");
        check("A queue. For more information, see the guide. It is `fast` .", "A queue. It is `fast`.");
        check("A queue. The values:", "A queue.");
        check("The valid values are: - a - b", "The valid values are:");
        let long = format!("{} end. {}", "word ".repeat(20), "more ".repeat(100));
        check(&long, &format!("{}end.", "word ".repeat(20)));
    }

    #[test]
    fn merges_where_texts_are_missing() {
        let texts = serde_json::json!({ "description": "one", "properties": { "A": "a", "B": "" } });
        let other = serde_json::json!({ "description": "two", "properties": { "B": "b" }, "definitions": { "D": { "description": "d" } } });
        let expected = serde_json::json!({
            "description": "one", "properties": { "A": "a", "B": "b" }, "definitions": { "D": { "description": "d" } }
        });
        assert_eq!(merge(&texts, &other), expected);
    }
}
