//! Which messages of a topic somebody wants.

use std::collections::BTreeMap;

use flagcdk_core::Json;
use serde_json::json;

/// Which messages of a topic somebody wants: all that is said about different names must hold, and of what is said about one
/// name any.
///
/// ```
/// use flagcdk::sns::Filter;
///
/// let large = Filter::on_attributes().one_of("kind", ["order", "return"]).at_least("amount", 100.0);
/// let foreign = Filter::on_body().none_of("country", ["de"]).exists("customer");
/// ```
///
/// See [filter policies](https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub(super) scope: &'static str,
    pub(super) policy: Json,
}

impl Filter {
    /// By the attributes of messages.
    pub fn on_attributes() -> Self {
        Self { scope: "MessageAttributes", policy: json!({}) }
    }

    /// By the fields of messages that are JSON objects.
    pub fn on_body() -> Self {
        Self { scope: "MessageBody", policy: json!({}) }
    }

    /// By the fields of messages, in SNS's own words, for fields within fields.
    pub fn on_body_by(policy: BTreeMap<String, Json>) -> Self {
        Self { scope: "MessageBody", policy: policy.into_iter().collect() }
    }

    /// The text is one of these.
    #[must_use]
    pub fn one_of<const N: usize>(self, name: &str, texts: [&str; N]) -> Self {
        texts.into_iter().fold(self, |filter, text| filter.also(name, text.into()))
    }

    /// The text is there and is none of these.
    #[must_use]
    pub fn none_of<const N: usize>(self, name: &str, texts: [&str; N]) -> Self {
        self.also(name, json!({ "anything-but": texts.as_slice() }))
    }

    /// The text begins with the prefix.
    #[must_use]
    pub fn starts_with(self, name: &str, prefix: &str) -> Self {
        self.also(name, json!({ "prefix": prefix }))
    }

    /// The number is as large or larger.
    #[must_use]
    pub fn at_least(self, name: &str, number: f64) -> Self {
        self.also(name, json!({ "numeric": [">=", number] }))
    }

    /// The number is as small or smaller.
    #[must_use]
    pub fn at_most(self, name: &str, number: f64) -> Self {
        self.also(name, json!({ "numeric": ["<=", number] }))
    }

    /// It is there.
    #[must_use]
    pub fn exists(self, name: &str) -> Self {
        self.also(name, json!({ "exists": true }))
    }

    /// It is not there.
    #[must_use]
    pub fn is_absent(self, name: &str) -> Self {
        self.also(name, json!({ "exists": false }))
    }

    fn also(mut self, name: &str, rule: Json) -> Self {
        if let Json::Object(names) = &mut self.policy {
            match names.entry(name.to_owned()).or_insert_with(|| json!([])) {
                Json::Array(rules) => rules.push(rule),
                other => *other = json!([other, rule]),
            }
        }
        self
    }
}
