//! What a function says: a line of JSON for each thing that happened, and metrics in such lines.

use std::io::Write;

use serde_json::{Map, Value, json};

/// The namespace of metrics.
const NAMESPACE: &str = "FeatureFlags";

/// Writes a line that tells what happened. CloudWatch Logs takes it apart by field.
pub(crate) fn log(event: &str, mut fields: Value) {
    fields["event"] = event.into();
    write(&fields);
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
    pub(crate) fn write(self, now: i64) {
        if let Some(line) = self.into_line(now) {
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
