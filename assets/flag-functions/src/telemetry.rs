//! What a function says: a line of JSON for each thing that happened, and metrics in such lines.

use std::io::Write;

use flag_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::invocation::now;

/// The namespace of metrics.
const NAMESPACE: &str = "FeatureFlags";

tokio::task_local! {
    /// The id of the invocation, which is in each of its lines.
    static REQUEST_ID: String;
}

/// How grave what happened is. Lambda filters lines by it, see
/// [log-level filtering](https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// What is to be expected.
    Info,
    /// What somebody should look at.
    Warn,
    /// What was not done.
    Error,
    /// What keeps the function from starting.
    Fatal,
}

/// Does what an invocation asks for, so that each line of it has the invocation's id.
pub(crate) async fn of_invocation<T>(request_id: String, work: impl Future<Output = T>) -> T {
    REQUEST_ID.scope(request_id, work).await
}

/// Writes a line that tells what happened. CloudWatch Logs takes it apart by field.
pub(crate) fn log(level: Level, event: &str, fields: Value) {
    write(&line(level, event, fields, now()));
}

fn line(level: Level, event: &str, mut fields: Value, at: Timestamp) -> Value {
    let level = match level {
        Level::Info => "INFO",
        Level::Warn => "WARN",
        Level::Error => "ERROR",
        Level::Fatal => "FATAL",
    };
    fields["timestamp"] = at.to_string().into();
    fields["level"] = level.into();
    fields["event"] = event.into();
    if let Some(id) = request_id() {
        fields["request_id"] = id.into();
    }
    fields
}

fn request_id() -> Option<String> {
    REQUEST_ID.try_with(String::clone).ok()
}

/// Metrics of one invocation, which are written together when it ends, in
/// [CloudWatch's format](https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
#[derive(Debug)]
pub(crate) struct Metrics {
    function: &'static str,
    environment: String,
    counts: Map<String, Value>,
    /// Milliseconds, by the metric's name.
    times: Map<String, Value>,
}

impl Metrics {
    /// Those of a function in an environment.
    pub(crate) fn new(function: &'static str, environment: &str) -> Self {
        Self { function, environment: environment.to_owned(), counts: Map::new(), times: Map::new() }
    }

    /// Counts something.
    pub(crate) fn count(&mut self, name: &str, number: usize) {
        if number == 0 {
            return;
        }
        let before = self.counts.get(name).and_then(Value::as_u64).unwrap_or(0);
        self.counts.insert(name.to_owned(), json!(before + number as u64));
    }

    /// Notes how long something took.
    pub(crate) fn milliseconds(&mut self, name: &str, milliseconds: i64) {
        // CloudWatch takes up to 100 values of one metric in a line.
        if let Some(list) = self.times.entry(name).or_insert_with(|| json!([])).as_array_mut()
            && list.len() < 100
        {
            list.push(json!(milliseconds.max(0)));
        }
    }

    /// Writes them, if there are any.
    pub(crate) fn write(self) {
        if let Some(line) = self.into_line(now().milliseconds()) {
            write(&line);
        }
    }

    fn into_line(self, now: i64) -> Option<Value> {
        let unit = |names: &Map<String, Value>, unit: &str| {
            names.keys().map(|name| json!({ "Name": name, "Unit": unit })).collect::<Vec<_>>()
        };
        let metrics = [unit(&self.counts, "Count"), unit(&self.times, "Milliseconds")].concat();
        if metrics.is_empty() {
            return None;
        }
        let mut line = Map::new();
        let about = json!({ "Namespace": NAMESPACE, "Dimensions": [["Environment", "Function"]], "Metrics": metrics });
        line.insert("_aws".to_owned(), json!({ "Timestamp": now, "CloudWatchMetrics": [about] }));
        line.insert("Environment".to_owned(), self.environment.into());
        line.insert("Function".to_owned(), self.function.into());
        if let Some(id) = request_id() {
            line.insert("request_id".to_owned(), id.into());
        }
        line.extend(self.counts);
        line.extend(self.times);
        Some(Value::Object(line))
    }
}

/// A function that cannot write its log goes on with its work. The log would drown what unit tests say.
fn write(line: &Value) {
    if cfg!(test) {
        return;
    }
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_what_lambda_filters_by() {
        let at: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        let fields = || json!({ "flag_id": "a" });
        let mut expected =
            json!({ "timestamp": "2026-03-04T05:06:07Z", "level": "WARN", "event": "happened", "flag_id": "a" });
        assert_eq!(line(Level::Warn, "happened", fields(), at), expected);
        let in_invocation = of_invocation("r".to_owned(), async { line(Level::Warn, "happened", fields(), at) });
        expected["request_id"] = "r".into();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(in_invocation), expected);
    }

    #[test]
    fn metrics_are_one_line() {
        let mut metrics = Metrics::new("validator", "prod");
        metrics.count("FlagsPublished", 2);
        metrics.count("FlagsPublished", 1);
        metrics.milliseconds("Propagation", 40);
        metrics.milliseconds("Propagation", -3);
        let line = metrics.into_line(1_772_600_767_000).unwrap();
        let expected = json!({
            "_aws": { "Timestamp": 1_772_600_767_000_i64, "CloudWatchMetrics": [{
                "Namespace": "FeatureFlags",
                "Dimensions": [["Environment", "Function"]],
                "Metrics": [
                    { "Name": "FlagsPublished", "Unit": "Count" },
                    { "Name": "Propagation", "Unit": "Milliseconds" },
                ],
            }] },
            "Environment": "prod",
            "Function": "validator",
            "FlagsPublished": 3,
            "Propagation": [40, 0],
        });
        assert_eq!(line, expected);
        assert_eq!(Metrics::new("validator", "prod").into_line(0), None);
    }
}
