//! The form of the source.

use super::literals::{self, JsonLiterals};

/// Calls that stand for macros while the code is formatted: as calls, their arguments are broken into lines.
pub(super) const TEXT_MACRO: &str = "text_macro_of_flagcdk";
pub(super) const JSON_MACRO: &str = "json_macro_of_flagcdk";

/// Begins the names of functions that stand for methods of the stack, which keeps the variable and the method together.
pub(super) const STACK_METHOD: &str = "stack_method_of_flagcdk_";

/// A statement that stands for an empty line.
pub(super) const EMPTY_LINE: &str = "empty_line_of_flagcdk();";

const WIDTH: usize = 100;

/// Types that stand for `Value` of a kind, which is not broken into lines then.
const VALUES: [(&str, &str); 3] = [
    ("Value::<String>::", "ValueOfStringOfFlagcdk::"),
    ("Value::<Json>::", "ValueOfJsonOfFlagcdk::"),
    ("Value::<Vec<String>>::", "ValueOfTextsOfFlagcdk::"),
];

/// The source in its final form.
pub(super) fn pretty(source: &str, json: &JsonLiterals) -> String {
    let source = &VALUES.iter().fold(source.to_owned(), |source, (value, stand_in)| source.replace(value, stand_in));
    // What was written here is Rust; should it ever not be, it is better shown as it is than not at all.
    let formatted = match syn::parse_file(source) {
        Ok(file) => prettyplease::unparse(&file),
        Err(_) => source.to_owned(),
    };
    let mut out = String::with_capacity(formatted.len());
    let mut rest = formatted.as_str();
    while let Some((before, after)) = rest.split_once(JSON_MACRO) {
        out.push_str(before);
        let after = after.trim_start_matches('(');
        let (index, after) = after.split_once(')').unwrap_or((after, ""));
        if let Some(json) = index.trim().parse().ok().and_then(|index| json.get(index)) {
            let line = &out[out.rfind('\n').map_or(0, |end| end + 1)..];
            let indent = line.len() - line.trim_start().len();
            let width = WIDTH.saturating_sub(line.len());
            out.push_str(&literals::json(json, indent, width));
        }
        rest = after;
    }
    out.push_str(rest);
    let out = out.replace(&format!("{TEXT_MACRO}("), "text!(").replace(STACK_METHOD, "stack.");
    let out = VALUES.iter().fold(out, |out, (value, stand_in)| out.replace(stand_in, value));
    let mut lines = String::with_capacity(out.len());
    for line in out.lines() {
        let is_heading = line.starts_with("use ");
        let is_other_library = line.starts_with("use flagcdk") && lines.contains("use std");
        if line.trim() == EMPTY_LINE {
            lines.push('\n');
            continue;
        }
        if is_heading && !lines.ends_with(";\n") || is_other_library || line.starts_with("/// ") {
            lines.push('\n');
        }
        lines.push_str(line);
        lines.push('\n');
    }
    lines
}
