//! Literals of Rust, and JSON in the form of `json!`.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::format::JSON_MACRO;

/// JSON that stands in the code, kept apart until the code around it has its form.
#[derive(Debug, Default)]
pub(super) struct JsonLiterals(Vec<Json>);

impl JsonLiterals {
    /// An expression that stands for the JSON.
    pub(super) fn add(&mut self, json: &Json) -> String {
        self.0.push(json.clone());
        format!("{JSON_MACRO}({})", self.0.len() - 1)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Json> {
        self.0.get(index)
    }
}

/// A text: raw with its line breaks if it has several lines, else in quotes.
pub(super) fn text(text: &str) -> String {
    let is_printable = |c: char| c == '\n' || !c.is_control();
    let has_lines = text.trim_end().contains('\n');
    let is_awkward = text.contains(['"', '\\']) && text.len() > 20;
    if (has_lines || is_awkward) && text.chars().all(is_printable) {
        let mut hashes = String::new();
        while text.contains(&format!("\"{hashes}")) {
            hashes.push('#');
        }
        format!("r{hashes}\"{text}\"{hashes}")
    } else {
        format!("{text:?}")
    }
}

/// A number that may have digits after the point.
pub(super) fn number(value: f64) -> String {
    let whole = value as i64;
    if whole as f64 == value && i32::try_from(whole).is_ok() { whole.to_string() } else { format!("{value:?}") }
}

/// A text in one line of a comment.
pub(super) fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// `json!(…)`, in one line if it fits into the width, else with an entry on each line.
pub(super) fn json(json: &Json, indent: usize, width: usize) -> String {
    let mut out = "json!(".to_owned();
    write_json(&mut out, json, indent, width.saturating_sub(6));
    out.push(')');
    out
}

fn write_json(out: &mut String, json: &Json, indent: usize, width: usize) {
    let mut line = String::new();
    write_line(&mut line, json);
    if line.len() <= width && !line.contains('\n') {
        out.push_str(&line);
        return;
    }
    let inner = indent + 4;
    let mut entries: Vec<(String, &Json)> = Vec::new();
    let (open, close) = match json {
        Json::Object(object) => {
            entries.extend(object.iter().map(|(name, json)| (format!("{}: ", text(name)), json)));
            ('{', '}')
        }
        Json::Array(items) => {
            entries.extend(items.iter().map(|json| (String::new(), json)));
            ('[', ']')
        }
        _ => {
            out.push_str(&line);
            return;
        }
    };
    out.push(open);
    for (name, json) in entries {
        let _ = write!(out, "\n{:inner$}{name}", "");
        write_json(out, json, inner, 118_usize.saturating_sub(inner + name.len()));
        out.push(',');
    }
    let _ = write!(out, "\n{:indent$}{close}", "");
}

fn write_line(out: &mut String, json: &Json) {
    match json {
        Json::Object(entries) if !entries.is_empty() => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, json)| {
                    let mut entry = format!("{}: ", text(name));
                    write_line(&mut entry, json);
                    entry
                })
                .collect();
            let _ = write!(out, "{{ {} }}", entries.join(", "));
        }
        Json::Object(_) => out.push_str("{}"),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_line(out, item);
            }
            out.push(']');
        }
        Json::String(string) => out.push_str(&text(string)),
        // Beyond `i32`, a literal needs to say what it is.
        Json::Number(number) => match number.as_i64() {
            Some(integer) if i32::try_from(integer).is_err() => {
                let _ = write!(out, "{integer}_i64");
            }
            None if number.is_u64() => {
                let _ = write!(out, "{number}_u64");
            }
            Some(_) => out.push_str(&number.to_string()),
            None => {
                let _ = write!(out, "{:?}", number.as_f64().unwrap_or_default());
            }
        },
        other => out.push_str(&other.to_string()),
    }
}
