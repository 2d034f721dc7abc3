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
    resources: Vec<Value<String>>,
    detail: Option<Json>,
}

impl EventPattern {
    /// Events of a source, such as `aws.health` or an app's own name.
    pub fn from_source(source: impl Into<String>) -> Self {
        Self { sources: vec![source.into()], detail_types: Vec::new(), resources: Vec::new(), detail: None }
    }

    /// All events of a bus, those of AWS's services among them.
    pub fn of_everything() -> Self {
        Self { sources: Vec::new(), ..Self::from_source("") }
    }

    /// Events of this source too.
    #[must_use]
    pub fn or_source(mut self, source: impl Into<String>) -> Self {
        self.sources.push(source.into());
        self
    }

    /// Events about this resource, by its ARN; called again, about this resource too.
    #[must_use]
    pub fn resource(mut self, arn: impl IntoValue<String>) -> Self {
        self.resources.push(arn.into_value());
        self
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
        // A pattern must say something: every source begins with nothing.
        let any = || Expr::Json(serde_json::json!([{ "prefix": "" }]));
        let mut pattern = vec![("source", if self.sources.is_empty() { any() } else { texts(self.sources) })];
        if !self.resources.is_empty() {
            pattern.push(("resources", Expr::List(self.resources.into_iter().map(Value::into_expr).collect())));
        }
        if !self.detail_types.is_empty() {
            pattern.push(("detail-type", texts(self.detail_types)));
        }
        if let Some(detail) = self.detail {
            pattern.push(("detail", Expr::Json(detail)));
        }
        Value::from_expr(Expr::map(pattern))
    }
}
