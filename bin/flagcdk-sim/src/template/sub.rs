//! The text of `Fn::Sub`.

use super::TemplateError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    /// `${Name}`
    Name(&'a str),
    /// `${!Name}`, which stands for `${Name}` itself.
    Literal(&'a str),
}

/// Takes the text apart.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        if start > 0 {
            parts.push(Part::Text(&rest[..start]));
        }
        let inside = &rest[start + 2..start + length];
        match inside.strip_prefix('!') {
            Some(literal) => parts.push(Part::Literal(literal)),
            None => {
                let name = inside.trim();
                let valid = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '.' | ':');
                if name.is_empty() || !name.chars().all(valid) {
                    return Err(TemplateError::rule(
                        "variable names in Fn::Sub syntax must contain only alphanumeric characters, \
                         underscores, periods, and colons",
                    ));
                }
                parts.push(Part::Name(name));
            }
        }
        rest = &rest[start + length + 1..];
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_apart() {
        use Part::{Literal, Name, Text};
        for (text, expected) in [
            ("", vec![]),
            ("plain", vec![Text("plain")]),
            ("a-${B}-c", vec![Text("a-"), Name("B"), Text("-c")]),
            ("${A.Arn}${AWS::Region}", vec![Name("A.Arn"), Name("AWS::Region")]),
            ("${!Literal}/x", vec![Literal("Literal"), Text("/x")]),
            ("open ${A", vec![Text("open ${A")]),
        ] {
            assert_eq!(parts(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn bad_names_are_refused() {
        for text in ["${}", "${a-b}", "${a b}"] {
            assert!(parts(text).is_err(), "{text}");
        }
    }
}
