//! Which events a rule is about.

use flagcdk_core::{Expr, IntoValue, Json, Value};

/// Which events a [`Rule`](super::Rule) is about: all that is said must hold.
///
/// ```
/// use flagcdk::events::EventPattern;
///
/// let pattern = EventPattern::from_source("feature-flags").detail_type("FlagPublished");
/// ```
///
/// See [event patterns](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html).
#[derive(Clone, Debug, PartialEq)]
pub struct EventPattern {
    sources: Vec<String>,
    detail_types: Vec<String>,
    detail: Option<Json>,
}

impl EventPattern {
    /// Events of a source, such as `aws.health` or an app's own name.
    pub fn from_source(source: impl Into<String>) -> Self {
        Self { sources: vec![source.into()], detail_types: Vec::new(), detail: None }
    }

    /// Events of a type; called again, of this type too.
    #[must_use]
    pub fn detail_type(mut self, detail_type: impl Into<String>) -> Self {
        self.detail_types.push(detail_type.into());
        self
    }

    /// Events with such details: an object with lists of values or comparisons, as EventBridge has them.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Json>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

impl IntoValue<Json> for EventPattern {
    fn into_value(self) -> Value<Json> {
        let texts = |texts: Vec<String>| Expr::List(texts.into_iter().map(Expr::from).collect());
        let mut pattern = vec![("source", texts(self.sources))];
        if !self.detail_types.is_empty() {
            pattern.push(("detail-type", texts(self.detail_types)));
        }
        if let Some(detail) = self.detail {
            pattern.push(("detail", Expr::Json(detail)));
        }
        Value::from_expr(Expr::map(pattern))
    }
}
