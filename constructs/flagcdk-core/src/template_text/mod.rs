//! CloudFormation templates as people write them: JSON, or YAML with short forms, to plain JSON.
//!
//! ```
//! use flagcdk_core::template_text;
//! use serde_json::json;
//!
//! let text = "
//! Resources:
//!   Queue:
//!     Type: AWS::SQS::Queue
//!     Properties:
//!       QueueName: !Sub '${AWS::StackName}-orders'
//! Outputs:
//!   Arn: { Value: !GetAtt Queue.Arn }
//! ";
//! let template = template_text::parse(text)?;
//! assert_eq!(template["Resources"]["Queue"]["Properties"]["QueueName"], json!({ "Fn::Sub": "${AWS::StackName}-orders" }));
//! assert_eq!(template["Outputs"]["Arn"]["Value"], json!({ "Fn::GetAtt": ["Queue", "Arn"] }));
//! # Ok::<(), template_text::TemplateTextError>(())
//! ```
//!
//! What a plain word means follows what CloudFormation makes of it and not the letter of one version of YAML:
//!
//! - `true` and `false` are truth values. `Yes`, `No`, `On`, `Off`, `y` and `n` stay texts.
//! - A number is one only if JSON writes it the same way. `012345678901` (an account), `1.10` (a version), `0x1F`, `1e3` and
//!   `2012-10-17` stay texts, which CloudFormation turns into numbers where it wants some.
//! - `~`, `null` and nothing at all are `null`.
//! - Keys are texts, always: `200:` is the key `200`, `On:` the key `On`.
//! - A key that is given twice is an error. So are aliases (`*name`) and merges (`<<`), which
//!   [CloudFormation does not take](https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html).
//! - `!Name x` is `{"Fn::Name": x}` for the intrinsic functions, except `!Ref`, `!Condition` and the text of `!GetAtt`, which
//!   is split at its first dot. Keys such as `Fn::ForEach::Topics` stay as they are.

mod json;
mod scalar;
mod short_form;
mod yaml;

use std::fmt;

use serde_json::Value as Json;

/// Reads a template, JSON or YAML, to JSON in which all short forms are written out.
///
/// # Errors
/// Everything that is wrong with the text, each with its line and column. What is not the text's grammar is found all at
/// once.
pub fn parse(text: &str) -> Result<Json, TemplateTextError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A flow mapping of YAML begins with a brace too, and would take a missing comma for part of a text: what begins as JSON
    // is JSON.
    let is_json = text.trim_start().strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}']));
    if is_json { json::parse(text) } else { yaml::parse(text) }
}

/// Everything that is wrong with the text of a template; at least one thing is.
///
/// ```
/// use flagcdk_core::template_text;
///
/// let error = template_text::parse("Resources:\n  A: !Fub x\n  A: 1\n").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "line 2, column 6: `!Fub` is no short form of an intrinsic function\n\
///      line 3, column 3: the key `A` is given twice, first in line 2"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateTextError {
    /// What is wrong, from the top of the text to its end.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from one.
    pub line: usize,
    /// The column, in characters counted from one.
    pub column: usize,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong with the text of a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemKind {
    /// It is neither YAML nor JSON.
    #[error("{0}")]
    Syntax(String),
    /// An object has a key twice.
    #[error("the key `{key}` is given twice{}", first_line.map_or(String::new(), |line| format!(", first in line {line}")))]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it is given first, if that is known.
        first_line: Option<usize>,
    },
    /// A short form that no function has.
    #[error("`!{0}` is no short form of an intrinsic function")]
    UnknownTag(String),
    /// A short form that is written in another way.
    #[error("`!{got}` is no short form of an intrinsic function, `!{known}` is one")]
    MisspelledTag {
        /// What is written.
        got: String,
        /// What there is.
        known: &'static str,
    },
    /// A `!` with nothing, or with a space, behind it.
    #[error("a lone `!` calls no function{}", function.map_or(String::new(), |name| format!(", it makes a text of `{name} …`")))]
    LoneTag {
        /// The function whose name stands behind it.
        function: Option<&'static str>,
    },
    /// A short form whose argument is of the wrong kind.
    #[error("`!{tag}` wants {wanted}, got {got}")]
    BadArgument {
        /// The short form.
        tag: &'static str,
        /// What it wants.
        wanted: &'static str,
        /// What it has.
        got: &'static str,
    },
    /// Two short forms for one value, such as `!Base64 !Sub x`.
    #[error("a short form cannot stand right behind another one")]
    TwoShortForms,
    /// An alias such as `*name`.
    #[error("CloudFormation takes no aliases of YAML")]
    Alias,
    /// A merge key, `<<`.
    #[error("CloudFormation takes no merge keys (`<<`) of YAML")]
    MergeKey,
    /// A key that is a list, an object or has a tag.
    #[error("a key has to be a plain text")]
    ComplexKey,
    /// A second document.
    #[error("the text has a second document")]
    SecondDocument,
    /// Nothing, a text, or a list.
    #[error("a template is an object, got {0}")]
    NotAnObject(&'static str),
    /// Nested deeper than anybody can mean.
    #[error("it is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
}

/// How deep a template may be nested; `serde_json` reads no deeper.
const MAX_DEPTH: usize = 128;

impl ProblemKind {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "look at the text here and in the line above: quotes, brackets and indentation",
            Self::DuplicateKey { .. } => "remove one of the two, or give it another name",
            Self::UnknownTag(_) => "write the function by its full name, such as `Fn::Sub: …`",
            Self::MisspelledTag { .. } => "write it as CloudFormation does, capitals too",
            Self::LoneTag { .. } => "write the function right behind the `!`, such as `!Ref Topic`",
            Self::BadArgument { .. } => "see the intrinsic function reference for what the function takes",
            Self::TwoShortForms => "write the outer function by its full name, such as `Fn::Base64: !Sub x`",
            Self::Alias | Self::MergeKey => "write the values out where they are used",
            Self::ComplexKey => "put the key in quotes",
            Self::SecondDocument => "keep each template in a file of its own",
            Self::NotAnObject(_) => "begin with `Resources:`",
            Self::TooDeep => "nest the values less",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.kind)
    }
}

impl fmt::Display for TemplateTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateTextError {}

/// The kind of a value, for messages.
fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "nothing",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
