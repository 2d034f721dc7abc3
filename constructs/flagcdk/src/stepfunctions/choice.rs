//! The tests of a choice state.

use flagcdk_core::Expr;

use super::asl::Fields;

/// A test of the input of a [`Choice`](super::Choice) state.
///
/// See [choice rules](https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#amazon-states-language-choice-state-rules).
///
/// ```
/// use flagcdk::stepfunctions::When;
///
/// let sound = When::all([When::is_string("$.flag_id"), When::is_number("$.version")]);
/// let unsound = When::not(sound);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct When(Fields);

impl When {
    /// The text at the path is this one.
    pub fn string_equals(path: &'static str, text: &'static str) -> Self {
        Self::compare(path, "StringEquals", text)
    }

    /// The text at the path is like this one, in which `*` stands for any characters; `\\*` is the character itself.
    pub fn string_matches(path: &'static str, pattern: &'static str) -> Self {
        Self::compare(path, "StringMatches", pattern)
    }

    /// The number at the path is this one.
    pub fn number_equals(path: &'static str, number: i64) -> Self {
        Self::compare(path, "NumericEquals", number)
    }

    /// The number at the path is less than this one.
    pub fn less_than(path: &'static str, number: i64) -> Self {
        Self::compare(path, "NumericLessThan", number)
    }

    /// The boolean at the path is this one.
    pub fn is(path: &'static str, value: bool) -> Self {
        Self::compare(path, "BooleanEquals", value)
    }

    /// There is something at the path, be it `null`.
    pub fn is_present(path: &'static str) -> Self {
        Self::compare(path, "IsPresent", true)
    }

    /// There is a text at the path.
    pub fn is_string(path: &'static str) -> Self {
        Self::compare(path, "IsString", true)
    }

    /// There is a number at the path.
    pub fn is_number(path: &'static str) -> Self {
        Self::compare(path, "IsNumeric", true)
    }

    /// All of the tests hold; they are tried in order, and only until one fails.
    pub fn all(tests: impl IntoIterator<Item = When>) -> Self {
        Self(Fields::new().set("And", list(tests)))
    }

    /// One of the tests holds.
    pub fn any(tests: impl IntoIterator<Item = When>) -> Self {
        Self(Fields::new().set("Or", list(tests)))
    }

    /// The test does not hold.
    #[expect(clippy::should_implement_trait, reason = "it is the language's own word, and reads as a test among tests")]
    pub fn not(test: When) -> Self {
        Self(Fields::new().set("Not", test.0))
    }

    pub(super) fn into_fields(self) -> Fields {
        self.0
    }

    fn compare(path: &'static str, operator: &str, with: impl Into<Expr>) -> Self {
        Self(Fields::new().set("Variable", path).set(operator, with))
    }
}

fn list(tests: impl IntoIterator<Item = When>) -> Expr {
    Expr::List(tests.into_iter().map(|test| test.0.into()).collect())
}
