//! Whom a flag's value is for.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{FlagId, FlagValue};

/// Whom a flag's value is for: everybody, unless something here says otherwise.
///
/// A reader goes through the prerequisites, then the rules in their order, then the rollout; whoever none of them gives the
/// value to gets the flag's `off_value`. A rule that is for a share of those who meet it is passed over by the others. One who
/// has no attribute meets no comparison with it, and so every negated one; one who does not have that of `bucket_by` is in no
/// share but the whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Targeting {
    /// What share of users gets the value; all, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// Who gets which value; the first rule that applies decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<TargetingRule>,
    /// Which other flags must have which values first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
}

/// What share of users gets the value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// The share.
    pub percentage: Percentage,
    /// The attribute by whose hash users are told apart; by default `user_id`.
    #[serde(default = "user_id")]
    pub bucket_by: String,
    /// What is hashed along with the attribute; by default the flag's id. Two flags with one salt reach the same users first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// Gives a value to whoever meets every one of its conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetingRule {
    /// What people call the rule.
    #[serde(default)]
    pub name: String,
    /// What must hold, all of it.
    pub conditions: Vec<Condition>,
    /// The value, of the flag's type.
    pub serve: FlagValue,
    /// What share of those who meet the conditions gets it; by default all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percentage: Option<Percentage>,
}

/// Compares an attribute of the one who asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The attribute's name, such as `country`.
    pub attribute: String,
    /// How it is compared.
    pub operator: Operator,
    /// With what; one of them is enough.
    pub values: Vec<FlagValue>,
    /// Whether the condition holds just when the comparison does not; by default not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negate: bool,
}

/// How an attribute is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// It is the value.
    Equals,
    /// It is a text that contains the value.
    Contains,
    /// It is a text that begins with the value.
    StartsWith,
    /// It is a text that ends with the value.
    EndsWith,
    /// It is a text that the value, a regular expression, matches.
    Matches,
    /// It is a smaller number.
    LessThan,
    /// It is a greater number.
    GreaterThan,
    /// It is an earlier point in time.
    Before,
    /// It is a later point in time.
    After,
    /// It is this version of software or a newer one, as semantic versions compare.
    SemverAtLeast,
}

/// Another flag that must have a value first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prerequisite {
    /// The other flag.
    pub flag_id: FlagId,
    /// The value that it must have.
    pub equals: FlagValue,
}

/// A share of the whole, from 0 to 100 in steps of 0.01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percentage {
    basis_points: u16,
}

impl Percentage {
    /// So many hundredths of a percent; none above 10,000.
    pub fn from_basis_points(basis_points: u16) -> Option<Self> {
        (basis_points <= 10_000).then_some(Self { basis_points })
    }

    /// How many hundredths of a percent.
    pub fn basis_points(self) -> u16 {
        self.basis_points
    }

    /// How many percent.
    pub fn percent(self) -> f64 {
        f64::from(self.basis_points) / 100.0
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.percent().fmt(f)
    }
}

impl Serialize for Percentage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.basis_points.is_multiple_of(100) {
            serializer.serialize_u16(self.basis_points / 100)
        } else {
            serializer.serialize_f64(self.percent())
        }
    }
}

impl<'de> Deserialize<'de> for Percentage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let percent = f64::deserialize(deserializer)?;
        let nearest = (percent * 100.0).round();
        let exact = (0.0..=10_000.0).contains(&nearest) && (percent * 100.0 - nearest).abs() < 1e-6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
        let basis_points = if exact { Some(nearest as u16) } else { None };
        basis_points.and_then(Self::from_basis_points).ok_or_else(|| {
            serde::de::Error::custom(format!("`{percent}` is no percentage, wanted 0 to 100 in steps of 0.01"))
        })
    }
}

fn user_id() -> String {
    "user_id".to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn percentages() {
        let check = |json: Value, expected: Result<&str, &str>| {
            let got = serde_json::from_value::<Percentage>(json.clone());
            let got =
                got.map(|percentage| serde_json::to_string(&percentage).unwrap()).map_err(|error| error.to_string());
            assert_eq!(got, expected.map(str::to_owned).map_err(str::to_owned), "{json}");
        };
        check(json!(0), Ok("0"));
        check(json!(100), Ok("100"));
        check(json!(12.5), Ok("12.5"));
        check(json!(0.07), Ok("0.07"));
        check(json!(99.99), Ok("99.99"));
        check(json!(100.01), Err("`100.01` is no percentage, wanted 0 to 100 in steps of 0.01"));
        check(json!(-1), Err("`-1` is no percentage, wanted 0 to 100 in steps of 0.01"));
        check(json!(33.333), Err("`33.333` is no percentage, wanted 0 to 100 in steps of 0.01"));
    }

    #[test]
    fn targeting_is_strict() {
        let check = |json: Value, expected: &str| {
            let got =
                serde_json::from_value::<Targeting>(json.clone()).map_or_else(|e| e.to_string(), |_| "ok".to_owned());
            assert!(got.contains(expected), "{json}: {got}");
        };
        check(json!({}), "ok");
        check(json!({"rollout": {"percentage": 5}}), "ok");
        check(
            json!({"rules": [{"conditions": [{"attribute": "country", "operator": "equals", "values": ["SE"]}], "serve": true}]}),
            "ok",
        );
        check(json!({"prerequisites": [{"flag_id": "checkout.base", "equals": true}]}), "ok");
        check(json!({"rolout": {}}), "unknown field `rolout`");
        check(json!({"rollout": {}}), "missing field `percentage`");
        check(json!({"rules": [{"conditions": [], "serve": 1, "when": 2}]}), "unknown field `when`");
        check(
            json!({"rules": [{"conditions": [{"attribute": "a", "operator": "like", "values": []}], "serve": 1}]}),
            "unknown variant `like`",
        );
        check(json!({"prerequisites": [{"flag_id": "a b", "equals": true}]}), "the flag id has the character ` `");
    }
}
