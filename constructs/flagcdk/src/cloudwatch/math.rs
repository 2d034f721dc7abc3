//! Calculations over metrics.

use std::borrow::Cow;
use std::collections::BTreeSet;

use flagcdk_cfn as cfn;
use flagcdk_core::Scope;

use super::Metric;
use super::metric::check_period;

/// The most metrics that an alarm calculates with.
const MAX_INPUTS: usize = 9;

/// A calculation over metrics.
///
/// ```
/// use flagcdk::cloudwatch::Math;
/// use flagcdk::lambda::FunctionRef;
///
/// let function = FunctionRef::from_name("prices");
/// let failing = Math::new("100 * errors / FILL(calls, 1)")
///     .with("errors", function.metric_errors())
///     .with("calls", function.metric_invocations())
///     .label("Failing, in percent");
/// ```
///
/// See [metric math](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
#[derive(Clone, Debug, PartialEq)]
pub struct Math {
    pub(super) expression: Cow<'static, str>,
    pub(super) inputs: Vec<(Cow<'static, str>, Metric)>,
    pub(super) label: Option<Cow<'static, str>>,
    pub(super) period_seconds: u32,
}

/// What an alarm watches and a dashboard shows: a metric, or a calculation.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// A metric.
    Metric(Metric),
    /// A calculation.
    Math(Math),
}

impl Math {
    /// An expression over the metrics that [`Math::with`] names, each minute.
    pub fn new(expression: impl Into<Cow<'static, str>>) -> Self {
        Self { expression: expression.into(), inputs: Vec::new(), label: None, period_seconds: 60 }
    }

    /// Names a metric in the expression, by a word that begins with a small letter.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, metric: Metric) -> Self {
        self.inputs.push((name.into(), metric));
        self
    }

    /// What the result is called. Default: the expression.
    #[must_use]
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The length of a period, for all metrics of the expression: 10, 20, 30 or a multiple of 60. Default: 60.
    #[must_use]
    pub fn period_seconds(mut self, seconds: u32) -> Self {
        self.period_seconds = seconds;
        self
    }

    /// The queries of an alarm, of which the last is what it watches.
    pub(super) fn into_queries(self) -> Vec<cfn::cloudwatch::alarm::MetricDataQuery> {
        use cfn::cloudwatch::alarm::MetricDataQuery;

        let label = self.label.unwrap_or_else(|| self.expression.clone());
        let period = self.period_seconds;
        let result = MetricDataQuery::new().id("result").expression(&*self.expression).label(&*label).return_data(true);
        let inputs = self.inputs.into_iter().map(|(name, metric)| {
            let stat = metric.period_seconds(period).into_stat();
            MetricDataQuery::new().id(&*name).metric_stat(stat).return_data(false)
        });
        inputs.chain([result]).collect()
    }

    fn check(&self, scope: &Scope) {
        check_period(scope, self.period_seconds);
        let error = |message: String, help: &str| scope.error("cloudwatch::math", message, help);
        let expression = &self.expression;
        if self.inputs.len() > MAX_INPUTS {
            error(
                format!("`{expression}` has {} metrics, CloudWatch takes {MAX_INPUTS}", self.inputs.len()),
                "make an alarm on each part, and a composite alarm of them",
            );
        }
        let used = names(expression);
        let mut known = BTreeSet::new();
        for (name, _) in &self.inputs {
            let legal = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !legal || name == "result" {
                error(
                    format!("`{name}` cannot name a metric of `{expression}`"),
                    "use ASCII letters, digits and `_`, begin with a small letter, and leave `result` to the result",
                );
            } else if !used.contains(name.as_ref()) {
                error(format!("`{expression}` does not use `{name}`"), "use it, or leave it out");
            }
            if !known.insert(name.as_ref()) {
                error(format!("two metrics of `{expression}` are named `{name}`"), "give one of the two another name");
            }
        }
        for name in used.iter().filter(|name| !known.contains(*name)) {
            error(format!("`{expression}` uses `{name}`, which is no metric of it"), "name a metric so by `.with`");
        }
    }
}

impl Series {
    pub(super) fn check(&self, scope: &Scope) {
        match self {
            Self::Metric(metric) => check_period(scope, metric.period_seconds),
            Self::Math(math) => math.check(scope),
        }
    }
}

impl From<Metric> for Series {
    fn from(metric: Metric) -> Self {
        Self::Metric(metric)
    }
}

impl From<Math> for Series {
    fn from(math: Math) -> Self {
        Self::Math(math)
    }
}

/// The words of an expression that begin with a small letter and are in no quotes: the names of metrics. Functions and
/// keywords are in capitals.
fn names(expression: &str) -> BTreeSet<&str> {
    let mut quote = None;
    // What is in quotes ends with the same kind of quote, and may hold the other.
    let words = expression.split(move |c: char| match quote {
        Some(open) => {
            if c == open {
                quote = None;
            }
            true
        }
        None => {
            quote = matches!(c, '"' | '\'').then_some(c);
            !c.is_ascii_alphanumeric() && c != '_'
        }
    });
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_found_in_expressions() {
        let check = |expression: &str, expected: &[&str]| {
            assert_eq!(names(expression).into_iter().collect::<Vec<_>>(), expected, "{expression}");
        };
        check("100 * errors / FILL(calls, 1)", &["calls", "errors"]);
        check("IF(m1 > 1e3, m_2, 0)", &["m1", "m_2"]);
        check("SEARCH('{AWS/Lambda} errors', \"Sum\")", &[]);
        check("SEARCH('{A,B} C=\"d-e\" f', 'Sum', 60) / g", &["g"]);
        check("METRICS()", &[]);
    }
}
