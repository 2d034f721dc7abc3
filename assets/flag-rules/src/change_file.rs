//! A change that somebody has written down to see what the rules say of it.

use flag_model::{AttributeError, AttributeValue, Flag, FlagError, Item, item_from_json};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::facts::{Change, Place};

/// A change in a file of JSON: a flag alone, which is new then, or `{ "old": …, "new": …, "env": … }`.
///
/// A flag is written as its item in the table, with DynamoDB's types (`{"flag_id": {"S": "checkout.pay"}, …}`) or without them
/// (`{"flag_id": "checkout.pay", …}`). Without `new`, or if it is null, the flag's head was removed. `env` may have `name`,
/// `region` and `home_region`.
///
/// ```
/// use flag_rules::{ChangeFile, Place, RuleSet};
///
/// let text = r#"{
///     "new": { "flag_id": "checkout.pay", "version": 1, "service": "checkout", "value": true },
///     "env": { "name": "staging" }
/// }"#;
/// let home = "eu-west-1".to_owned();
/// let place = Place { environment: "prod".to_owned(), region: home.clone(), home_region: home };
/// let file = ChangeFile::parse(text, &place)?;
/// let verdict = RuleSet::embedded()?.check(file.change(), file.place());
/// assert!(verdict.errors().any(|finding| finding.rule == "ownership.owner-missing"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChangeFile {
    old: Option<Flag>,
    new: Option<Flag>,
    place: Place,
}

/// Why a text is no change of a flag.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ChangeFileError {
    /// It is not JSON.
    #[error("line {line}, column {column}: the file is not JSON: {problem}")]
    NotJson {
        /// The line, from 1 on.
        line: usize,
        /// The column, from 1 on.
        column: usize,
        /// What the parser says.
        problem: String,
    },
    /// It is JSON of something else.
    #[error("the file is neither a flag nor a change: {problem}")]
    Shape {
        /// What the parser says.
        problem: String,
    },
    /// It has neither a flag before nor a flag after.
    #[error("the file has neither `old` nor `new`")]
    Empty,
    /// A flag has an attribute that DynamoDB does not have.
    #[error("`{of}`: {problem}")]
    Attribute {
        /// `old` or `new`.
        of: &'static str,
        /// What is wrong.
        problem: AttributeError,
    },
    /// An item is no flag.
    #[error("`{of}`: {problem}")]
    Flag {
        /// `old` or `new`.
        of: &'static str,
        /// Everything that is wrong.
        problem: FlagError,
    },
}

impl ChangeFileError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "mend the JSON at that place",
            Self::Shape { .. } | Self::Empty => "write a flag's item, or `{\"old\": …, \"new\": …, \"env\": {\"name\": \"prod\"}}`",
            Self::Attribute { .. } | Self::Flag { .. } => "write the item as it is in the table, with or without DynamoDB's types",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    old: Value,
    #[serde(default)]
    new: Value,
    #[serde(default)]
    env: Where,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Where {
    name: Option<String>,
    region: Option<String>,
    home_region: Option<String>,
}

impl ChangeFile {
    /// Reads a change. Where it does not say where it is checked, `default` does.
    ///
    /// # Errors
    ///
    /// If the text is something else, or a flag in it is malformed.
    pub fn parse(text: &str, default: &Place) -> Result<Self, ChangeFileError> {
        let json: Value = serde_json::from_str(text).map_err(|error| ChangeFileError::NotJson {
            line: error.line(),
            column: error.column(),
            problem: error.to_string(),
        })?;
        let written = if json.get("flag_id").is_some() {
            Written { old: Value::Null, new: json, env: Where::default() }
        } else {
            serde_json::from_value(json).map_err(|error| ChangeFileError::Shape { problem: error.to_string() })?
        };
        let (old, new) = (flag("old", &written.old)?, flag("new", &written.new)?);
        if old.is_none() && new.is_none() {
            return Err(ChangeFileError::Empty);
        }
        let env = written.env;
        let place = Place {
            environment: env.name.unwrap_or_else(|| default.environment.clone()),
            region: env.region.unwrap_or_else(|| default.region.clone()),
            home_region: env.home_region.unwrap_or_else(|| default.home_region.clone()),
        };
        Ok(Self { old, new, place })
    }

    /// The change, for [`RuleSet::check`](crate::RuleSet::check).
    pub fn change(&self) -> Change<'_> {
        Change { old: self.old.as_ref(), new: self.new.as_ref() }
    }

    /// Where it is checked.
    pub fn place(&self) -> &Place {
        &self.place
    }
}

fn flag(of: &'static str, json: &Value) -> Result<Option<Flag>, ChangeFileError> {
    if json.is_null() {
        return Ok(None);
    }
    let has_types = json.get("flag_id").is_some_and(Value::is_object);
    let item = if has_types {
        item_from_json(json).map_err(|problem| ChangeFileError::Attribute { of, problem })?
    } else {
        match AttributeValue::from_plain_json(json) {
            AttributeValue::M(item) => item,
            _ => Item::new(),
        }
    };
    Flag::from_item(&item).map(Some).map_err(|problem| ChangeFileError::Flag { of, problem })
}
