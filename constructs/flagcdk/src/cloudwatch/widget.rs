//! What a dashboard shows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flagcdk_core::{Expr, Scope, Value};

use super::{AlarmRef, Math, Metric, Series};
#[cfg(feature = "logs")]
use crate::logs::LogGroupRef;

/// How many columns a dashboard has.
pub(super) const COLUMNS: u32 = 24;

/// One rectangle of a [`Dashboard`](super::Dashboard).
///
/// ```
/// use flagcdk::cloudwatch::{AlarmRef, LogQuery, Widget};
/// use flagcdk::lambda::FunctionRef;
/// use flagcdk::logs::LogGroupRef;
///
/// let function = FunctionRef::from_name("orders");
/// let calls = Widget::graph("Calls").left(function.metric_invocations()).right(function.metric_duration());
/// let errors = Widget::single_value("Errors").left(function.metric_errors());
/// let query = LogQuery::new("fields @timestamp, @message | sort @timestamp desc | limit 20");
/// let log = Widget::logs("Latest", query.of(&LogGroupRef::from_name("orders")));
/// let alarm = Widget::alarm("Orders fail", &AlarmRef::from_name("orders-fail"));
/// ```
///
/// See [dashboard body](https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html).
#[derive(Clone, Debug)]
pub struct Widget {
    kind: Kind,
    title: Cow<'static, str>,
    pub(super) width: Option<u32>,
    pub(super) height: u32,
}

#[derive(Clone, Debug)]
enum Kind {
    Graph { left: Vec<Series>, right: Vec<Series>, stacked: bool, single: bool },
    Alarm(AlarmRef),
    Alarms(Vec<AlarmRef>),
    Logs(LogQuery),
    Text(String),
}

/// A query of log groups, in the language of Logs Insights.
///
/// See [query syntax](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html).
#[derive(Clone, Debug)]
pub struct LogQuery {
    query: String,
    /// The names of the log groups.
    groups: Vec<Value<String>>,
}

impl Widget {
    /// Lines over time, of the metrics that [`Widget::left`] and [`Widget::right`] add.
    pub fn graph(title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(title, Kind::Graph { left: Vec::new(), right: Vec::new(), stacked: false, single: false }, 6)
    }

    /// The newest number of each of the metrics that [`Widget::left`] adds.
    pub fn single_value(title: impl Into<Cow<'static, str>>) -> Self {
        Self::new(title, Kind::Graph { left: Vec::new(), right: Vec::new(), stacked: false, single: true }, 3)
    }

    /// The metric of an alarm, with its threshold.
    pub fn alarm(title: impl Into<Cow<'static, str>>, alarm: &impl AsRef<AlarmRef>) -> Self {
        Self::new(title, Kind::Alarm(alarm.as_ref().clone()), 6)
    }

    /// The states of alarms of any kind.
    pub fn alarms<'a>(title: impl Into<Cow<'static, str>>, alarms: impl IntoIterator<Item = &'a AlarmRef>) -> Self {
        Self::new(title, Kind::Alarms(alarms.into_iter().cloned().collect()), 3)
    }

    /// What a query of logs finds.
    pub fn logs(title: impl Into<Cow<'static, str>>, query: LogQuery) -> Self {
        Self::new(title, Kind::Logs(query), 6)
    }

    /// A text in Markdown.
    pub fn text(markdown: impl Into<String>) -> Self {
        Self::new("", Kind::Text(markdown.into()), 2)
    }

    /// Adds a metric or a calculation, by the axis on the left. A widget that shows none is not changed.
    #[must_use]
    pub fn left(mut self, series: impl Into<Series>) -> Self {
        if let Kind::Graph { left, .. } = &mut self.kind {
            left.push(series.into());
        }
        self
    }

    /// Adds a metric or a calculation, by the axis on the right. A widget that shows none is not changed.
    #[must_use]
    pub fn right(mut self, series: impl Into<Series>) -> Self {
        if let Kind::Graph { right, .. } = &mut self.kind {
            right.push(series.into());
        }
        self
    }

    /// Shows areas on top of one another rather than lines.
    #[must_use]
    pub fn stacked(mut self) -> Self {
        if let Kind::Graph { stacked, .. } = &mut self.kind {
            *stacked = true;
        }
        self
    }

    /// The width in columns, of which there are 24. Default: an equal part of the row.
    #[must_use]
    pub fn width(mut self, columns: u32) -> Self {
        self.width = Some(columns);
        self
    }

    /// The height in rows. Default: 6 for graphs, alarms and logs, 3 for numbers and states, 2 for texts.
    #[must_use]
    pub fn height(mut self, rows: u32) -> Self {
        self.height = rows;
        self
    }

    fn new(title: impl Into<Cow<'static, str>>, kind: Kind, height: u32) -> Self {
        Self { kind, title: title.into(), width: None, height }
    }

    /// The widget at its place, as it stands in the dashboard's body.
    pub(super) fn into_expr(self, scope: &Scope, at: (u32, u32), width: u32) -> Expr {
        let title = self.title.into_owned();
        let (kind, mut properties) = match self.kind {
            Kind::Graph { left, right, stacked, single } => {
                let mut properties = vec![
                    ("metrics", metrics(scope, left, right)),
                    ("view", Expr::from(if single { "singleValue" } else { "timeSeries" })),
                    ("region", Value::region().into_expr()),
                ];
                if stacked {
                    properties.push(("stacked", true.into()));
                }
                ("metric", properties)
            }
            Kind::Alarm(alarm) => {
                let alarms = Expr::List(vec![alarm.arn().into_expr()]);
                let properties =
                    vec![("annotations", Expr::map([("alarms", alarms)])), ("region", Value::region().into_expr())];
                ("metric", properties)
            }
            Kind::Alarms(alarms) => {
                ("alarm", vec![("alarms", Expr::List(alarms.iter().map(|alarm| alarm.arn().into_expr()).collect()))])
            }
            Kind::Logs(query) => {
                let properties = vec![
                    ("query", query.into_value().into_expr()),
                    ("view", "table".into()),
                    ("region", Value::region().into_expr()),
                ];
                ("log", properties)
            }
            Kind::Text(markdown) => ("text", vec![("markdown", markdown.into())]),
        };
        if kind != "text" {
            properties.push(("title", title.into()));
        }
        let number = |number: u32| Expr::Integer(number.into());
        Expr::map([
            ("type", kind.into()),
            ("x", number(at.0)),
            ("y", number(at.1)),
            ("width", number(width)),
            ("height", number(self.height)),
            ("properties", Expr::map(properties)),
        ])
    }
}

impl LogQuery {
    /// A query, of the groups that [`LogQuery::of`] adds.
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), groups: Vec::new() }
    }

    /// Adds a log group.
    #[cfg(feature = "logs")]
    #[must_use]
    pub fn of(mut self, group: &impl AsRef<LogGroupRef>) -> Self {
        self.groups.push(group.as_ref().name());
        self
    }

    fn into_value(self) -> Value<String> {
        let mut parts: Vec<Value<String>> = Vec::new();
        for group in self.groups {
            parts.extend(["SOURCE '".into(), group, "' | ".into()]);
        }
        parts.push(self.query.into());
        Value::concat(parts)
    }
}

/// All metrics of a graph. Metrics that calculations name are in it too, but not shown.
fn metrics(scope: &Scope, left: Vec<Series>, right: Vec<Series>) -> Expr {
    let mut rows = Vec::new();
    let mut named: BTreeMap<Cow<'static, str>, Metric> = BTreeMap::new();
    let sides =
        left.into_iter().map(|series| (series, "left")).chain(right.into_iter().map(|series| (series, "right")));
    for (number, (series, side)) in sides.enumerate() {
        series.check(scope);
        match series {
            Series::Metric(metric) => rows.push(metric_row(metric, vec![("yAxis", side.into())])),
            Series::Math(math) => {
                let Math { expression, inputs, label, period_seconds } = math;
                let options = [
                    ("expression", expression.clone().into_owned().into()),
                    ("label", label.unwrap_or(expression).into_owned().into()),
                    ("id", format!("result{}", number + 1).into()),
                    ("period", Expr::Integer(period_seconds.into())),
                    ("yAxis", side.into()),
                ];
                rows.push(Expr::List(vec![Expr::map(options)]));
                for (name, metric) in inputs {
                    let metric = metric.period_seconds(period_seconds);
                    match named.get(&name) {
                        Some(known) if *known == metric => {}
                        Some(_) => scope.error(
                            "cloudwatch::math",
                            format!("two metrics of one graph are named `{name}`"),
                            "give one of the two another name",
                        ),
                        None => {
                            let id = name.clone().into_owned();
                            rows.push(metric_row(metric.clone(), vec![("id", id.into()), ("visible", false.into())]));
                            named.insert(name, metric);
                        }
                    }
                }
            }
        }
    }
    Expr::List(rows)
}

fn metric_row(metric: Metric, mut options: Vec<(&'static str, Expr)>) -> Expr {
    let mut row: Vec<Expr> = vec![metric.namespace.into_owned().into(), metric.name.into_owned().into()];
    for (name, value) in metric.dimensions {
        row.extend([name.into_owned().into(), value.into_expr()]);
    }
    options.push(("stat", metric.statistic.as_str().into()));
    options.push(("period", Expr::Integer(metric.period_seconds.into())));
    if let Some(label) = metric.label {
        options.push(("label", label.into_owned().into()));
    }
    row.push(Expr::map(options));
    Expr::List(row)
}
