//! Messages of rules, in which `{flag.owner}` stands for what the field holds.

use serde_json::Value;

/// A message, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Field(Vec<String>),
}

/// The most characters that are shown of a field.
const MAX_SHOWN: usize = 60;

impl Message {
    /// Takes a message apart; an error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (path, after) = after.split_once('}').ok_or("the message has a `{` without its `}`")?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Field(path.split('.').map(str::to_owned).collect()));
            rest = after;
        }
        if rest.contains('}') {
            return Err("the message has a `}` without its `{`".to_owned());
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts })
    }

    /// The fields that it shows.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &[String]> {
        self.parts.iter().filter_map(|part| match part {
            Part::Field(path) => Some(path.as_slice()),
            Part::Text(_) => None,
        })
    }

    /// The message about these facts.
    pub(crate) fn about(&self, facts: &Value) -> String {
        let shown = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(path) => {
                let found = path.iter().try_fold(facts, |value, name| value.get(name));
                let text = match found {
                    Some(Value::String(text)) => text.clone(),
                    Some(other) => other.to_string(),
                    None => String::new(),
                };
                if text.chars().count() > MAX_SHOWN {
                    text.chars().take(MAX_SHOWN).chain(['…']).collect()
                } else {
                    text
                }
            }
        });
        shown.collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_show_fields() {
        let facts = json!({ "flag": { "id": "a.b", "tags": ["x"], "rollout": { "percentage": 12.5 } } });
        let check = |text: &str, expected: &str| {
            let got = Message::parse(text).map_or_else(|error| error, |message| message.about(&facts));
            assert_eq!(got, expected, "{text}");
        };
        check("plain", "plain");
        check(
            "`{flag.id}` is at {flag.rollout.percentage} percent of {flag.tags}",
            "`a.b` is at 12.5 percent of [\"x\"]",
        );
        check("{flag.no}", "");
        check("a { b", "the message has a `{` without its `}`");
        check("a } b", "the message has a `}` without its `{`");
    }
}
