//! `Fn::Sub`.

use serde_json::{Map, Value as Json};

use super::super::template::EMPTY;
use super::{Step, Walker};

impl<'a> Walker<'_, 'a> {
    pub(super) fn sub(&mut self, argument: &'a Json) {
        let (text, variables) = match argument {
            Json::String(text) => (text, &*EMPTY),
            Json::Array(items) => match items.as_slice() {
                [Json::String(text), Json::Object(variables)] => (text, variables),
                _ => {
                    self.bad_argument(argument, "a text and an object of variables");
                    return;
                }
            },
            other => {
                self.bad_argument(other, "a text, or a text and an object of variables");
                return;
            }
        };
        for name in names(text) {
            self.substituted(name, variables);
        }
        for (name, value) in variables {
            self.at(Step::Index(1), |walker| walker.at(Step::Key(name), |walker| walker.value(value)));
        }
    }

    fn substituted(&mut self, name: &'a str, variables: &Map<String, Json>) {
        if variables.contains_key(name) {
            return;
        }
        match name.split_once('.') {
            Some((id, attribute)) => self.attribute(id, attribute),
            None => self.named(name, &variables.keys().map(String::as_str).collect::<Vec<_>>()),
        }
    }
}

/// The names between `${` and `}`; `${!` is a literal `${`, and what is not closed is text.
pub(in super::super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        (!name.starts_with('!')).then(|| name.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_literals_are_not() {
        let check = |text: &str, expected: &[&str]| assert_eq!(names(text).collect::<Vec<_>>(), expected, "{text}");
        check("", &[]);
        check("plain $ { }", &[]);
        check("a${B}c${D.E}", &["B", "D.E"]);
        check("${!Literal}${A}", &["A"]);
        check("${AWS::Region}-${ A }", &["AWS::Region", "A"]);
        check("${open", &[]);
        check("${}", &[""]);
        check("${a${B}", &["B"]);
    }
}
