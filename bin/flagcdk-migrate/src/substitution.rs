//! The text of `Fn::Sub`.

/// A piece of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Text(String),
    /// What stands between `${` and `}`.
    Variable(String),
}

/// The pieces of the text. `${!Name}` is the text `${Name}`.
pub(crate) fn parts(template: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        if let Some(literal) = after.strip_prefix('!') {
            text.push_str("${");
            rest = literal;
        } else if let Some((name, after)) = after.split_once('}').filter(|(name, _)| is_name(name.trim())) {
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Variable(name.trim().to_owned()));
            rest = after;
        } else {
            // Not a variable, such as `${}` or `${a b}` of a script.
            text.push_str("${");
            rest = after;
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '_' | '-' | '@' | '&'))
}
