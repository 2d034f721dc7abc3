//! Conditions of targeting rules, made ready.

use flag_model::{Condition, FlagValue, Operator, Timestamp};
use regex_lite::Regex;
use semver::Version;

use crate::context::{Attribute, Context};

/// A condition, made ready: everything that can be parsed is, and of several limits the widest is left.
#[derive(Debug)]
pub(crate) struct Compiled {
    attribute: Box<str>,
    test: Test,
    negate: bool,
}

#[derive(Debug)]
enum Test {
    Equals(Box<Equals>),
    Contains(Texts),
    StartsWith(Texts),
    EndsWith(Texts),
    Matches(Box<[Regex]>),
    LessThan(f64),
    GreaterThan(f64),
    Before(Timestamp),
    After(Timestamp),
    SemverAtLeast(Box<Version>),
    /// There is nothing to compare with.
    Never,
}

type Texts = Box<[Box<str>]>;

/// The values of an `equals`.
#[derive(Debug, Default)]
struct Equals {
    /// In order, as there may be many.
    texts: Texts,
    numbers: Box<[f64]>,
    yes: bool,
    no: bool,
}

impl Compiled {
    /// Makes a condition ready. Values that its operator cannot use are left out: no attribute is like them.
    pub(crate) fn of(condition: &Condition) -> Self {
        let values = &condition.values;
        let texts = || values.iter().filter_map(text).map(Box::from).collect::<Texts>();
        let numbers = || values.iter().filter_map(number);
        let times = || values.iter().filter_map(text).filter_map(|text| text.parse::<Timestamp>().ok());
        let test = match condition.operator {
            Operator::Equals => Some(Test::Equals(Box::new(Equals::of(values)))),
            Operator::Contains => Some(Test::Contains(texts())),
            Operator::StartsWith => Some(Test::StartsWith(texts())),
            Operator::EndsWith => Some(Test::EndsWith(texts())),
            Operator::Matches => {
                let patterns = values.iter().filter_map(text).filter_map(|pattern| Regex::new(pattern).ok());
                Some(Test::Matches(patterns.collect()))
            }
            Operator::LessThan => numbers().reduce(f64::max).map(Test::LessThan),
            Operator::GreaterThan => numbers().reduce(f64::min).map(Test::GreaterThan),
            Operator::Before => times().max().map(Test::Before),
            Operator::After => times().min().map(Test::After),
            Operator::SemverAtLeast => {
                let versions = values.iter().filter_map(text).filter_map(|text| Version::parse(text).ok());
                versions.min().map(|least| Test::SemverAtLeast(Box::new(least)))
            }
        };
        Self {
            attribute: condition.attribute.as_str().into(),
            test: test.unwrap_or(Test::Never),
            negate: condition.negate,
        }
    }

    /// Whether the condition holds.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let compares = context.get(&self.attribute).is_some_and(|attribute| self.test.compares(attribute));
        compares != self.negate
    }
}

impl Test {
    fn compares(&self, attribute: &Attribute) -> bool {
        let any = |texts: &Texts, is_so: fn(&str, &str) -> bool| matches!(attribute, Attribute::Text(text) if texts.iter().any(|value| is_so(text, value)));
        let compare_number = |is_so: &dyn Fn(f64) -> bool| matches!(attribute, Attribute::Number(got) if is_so(*got));
        match self {
            Self::Equals(equals) => equals.has(attribute),
            Self::Contains(texts) => any(texts, |text, value| text.contains(value)),
            Self::StartsWith(texts) => any(texts, |text, value| text.starts_with(value)),
            Self::EndsWith(texts) => any(texts, |text, value| text.ends_with(value)),
            Self::Matches(patterns) => {
                matches!(attribute, Attribute::Text(text) if patterns.iter().any(|pattern| pattern.is_match(text)))
            }
            Self::LessThan(limit) => compare_number(&|got| got < *limit),
            Self::GreaterThan(limit) => compare_number(&|got| got > *limit),
            Self::Before(limit) => time(attribute).is_some_and(|got| got < *limit),
            Self::After(limit) => time(attribute).is_some_and(|got| got > *limit),
            Self::SemverAtLeast(least) => {
                matches!(attribute, Attribute::Text(text) if Version::parse(text).is_ok_and(|got| got >= **least))
            }
            Self::Never => false,
        }
    }
}

impl Equals {
    fn of(values: &[FlagValue]) -> Self {
        let mut texts: Vec<Box<str>> = values.iter().filter_map(text).map(Box::from).collect();
        texts.sort_unstable();
        texts.dedup();
        Self {
            texts: texts.into(),
            numbers: values.iter().filter_map(number).collect(),
            yes: values.contains(&FlagValue::Bool(true)),
            no: values.contains(&FlagValue::Bool(false)),
        }
    }

    fn has(&self, attribute: &Attribute) -> bool {
        match attribute {
            Attribute::Bool(true) => self.yes,
            Attribute::Bool(false) => self.no,
            Attribute::Number(got) => self.numbers.contains(got),
            Attribute::Text(got) => self.texts.binary_search_by(|text| (**text).cmp(got)).is_ok(),
            // However it is written, it is the same point in time.
            Attribute::Time(got) => self.texts.iter().any(|text| text.parse() == Ok(*got)),
        }
    }
}

fn text(value: &FlagValue) -> Option<&str> {
    if let FlagValue::String(text) = value { Some(text) } else { None }
}

fn number(value: &FlagValue) -> Option<f64> {
    if let FlagValue::Number(number) = value { number.as_f64() } else { None }
}

fn time(attribute: &Attribute) -> Option<Timestamp> {
    match attribute {
        Attribute::Time(time) => Some(*time),
        Attribute::Text(text) => text.parse().ok(),
        Attribute::Bool(_) | Attribute::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn context() -> Context {
        let joined: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        Context::of_user("user-1")
            .with("country", "SE")
            .with("email", "ada@example.com".to_owned())
            .with("orders", 12)
            .with("score", 2.5)
            .with("staff", true)
            .with("app_version", "4.12.0")
            .with("signed_up", "2026-01-01T00:00:00Z")
            .with("joined", joined)
            .with("account", u64::MAX)
    }

    #[test]
    fn operators() {
        let check = |attribute: &str, operator: &str, values: Value, expected: bool| {
            for negate in [false, true] {
                let json = json!({ "attribute": attribute, "operator": operator, "values": values, "negate": negate });
                let condition: Condition = serde_json::from_value(json.clone()).unwrap();
                assert_eq!(Compiled::of(&condition).holds(&context()), expected != negate, "{json}");
            }
        };
        check("country", "equals", json!(["NO", "SE", "DK"]), true);
        check("country", "equals", json!(["no", "se"]), false);
        check("country", "equals", json!([]), false);
        check("nothing", "equals", json!(["SE"]), false);
        check("orders", "equals", json!([7, 12.0]), true);
        check("orders", "equals", json!(["12"]), false);
        check("score", "equals", json!([2.5]), true);
        check("staff", "equals", json!([true]), true);
        check("staff", "equals", json!([false, "true"]), false);
        check("account", "equals", json!(["18446744073709551615"]), true);
        check("joined", "equals", json!(["2026-03-04T06:06:07+01:00"]), true);
        check("email", "contains", json!(["x", "@example"]), true);
        check("email", "contains", json!(["X"]), false);
        check("email", "starts_with", json!(["ada@"]), true);
        check("email", "starts_with", json!(["@"]), false);
        check("email", "ends_with", json!(["@example.com"]), true);
        check("orders", "ends_with", json!(["2"]), false);
        check("email", "matches", json!(["^a[a-z]+@", "["]), true);
        check("email", "matches", json!(["["]), false);
        check("orders", "less_than", json!([10, 20]), true);
        check("orders", "less_than", json!([12]), false);
        check("orders", "greater_than", json!([20, 10]), true);
        check("orders", "greater_than", json!(["1"]), false);
        check("country", "greater_than", json!([1]), false);
        check("signed_up", "before", json!(["2026-01-02T00:00:00Z"]), true);
        check("signed_up", "before", json!(["2026-01-01T00:00:00Z"]), false);
        check("joined", "after", json!(["2026-03-04T05:06:06.999Z"]), true);
        check("country", "after", json!(["2026-01-01T00:00:00Z"]), false);
        check("joined", "after", json!(["yesterday"]), false);
        check("app_version", "semver_at_least", json!(["4.9.0"]), true);
        check("app_version", "semver_at_least", json!(["4.12.0"]), true);
        check("app_version", "semver_at_least", json!(["4.12.1-beta.1"]), false);
        check("app_version", "semver_at_least", json!(["4.12"]), false);
        check("country", "semver_at_least", json!(["1.0.0"]), false);
    }

    #[test]
    fn many_values_are_found() {
        let values: Vec<String> = (0..1000).map(|number| format!("user-{number}")).rev().collect();
        let json = json!({ "attribute": "user_id", "operator": "equals", "values": values });
        let compiled = Compiled::of(&serde_json::from_value(json).unwrap());
        assert!(compiled.holds(&Context::of_user("user-999")) && compiled.holds(&Context::of_user("user-0")));
        assert!(!compiled.holds(&Context::of_user("user-1000")) && !compiled.holds(&Context::new()));
    }
}
