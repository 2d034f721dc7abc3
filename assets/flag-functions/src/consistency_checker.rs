//! `consistency_checker`: whether every service has applied a version, judged from what is logged of it.
//!
//! Three answers, not two: that nothing is known is no reason to roll a good flag back.

use std::collections::BTreeMap;

use flag_model::{FlagId, MAX_VERSION, ServiceState, Version};
use serde_json::{Value, json};

use crate::invocation::{Failure, Invocation};
use crate::settings::CheckerSettings;
use crate::telemetry::{Level, Metrics, log};

/// [Logs Insights](https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatchlogs_limits.html) gives no more rows
/// than this, so that a full answer may not be the whole one.
const MOST_ROWS: usize = 10_000;

/// The function.
#[derive(Debug)]
pub(crate) struct Checker {
    settings: CheckerSettings,
}

/// What is known of the services.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// Every service holds the version, or a newer one.
    Consistent,
    /// These do not, though others do.
    Inconsistent(Vec<ServiceState>),
    /// It cannot be said, for this reason.
    Unknown(String),
}

impl Checker {
    pub(crate) fn new(settings: CheckerSettings) -> Self {
        Self { settings }
    }

    pub(crate) async fn handle(&self, event: Value, _invocation: Invocation) -> Result<Value, Failure> {
        let flag = event["flagId"].as_str().ok_or_else(|| Failure::bad_event("`flagId` is missing"))?;
        let flag = FlagId::new(flag).map_err(Failure::bad_event)?;
        let version = event["version"].as_u64().or_else(|| event["expectedVersion"].as_u64());
        let version = version.ok_or_else(|| Failure::bad_event("`version` is not a whole number"))?;
        let version = Version::new(version).map_err(Failure::bad_event)?;
        let outcome = judge(&self.settings.services, version, &event);
        let mut answer = json!({ "flagId": flag, "version": version });
        let (word, metric, level) = match outcome {
            Outcome::Consistent => ("consistent", "ChecksConsistent", Level::Info),
            Outcome::Inconsistent(services) => {
                answer["services"] = json!(services);
                ("inconsistent", "ChecksInconsistent", Level::Error)
            }
            Outcome::Unknown(reason) => {
                answer["reason"] = reason.into();
                ("unknown", "ChecksUnknown", Level::Warn)
            }
        };
        answer["outcome"] = word.into();
        log(level, "flag_judged", answer.clone());
        let mut metrics = Metrics::new("consistency_checker", &self.settings.environment);
        metrics.count(metric, 1);
        metrics.write();
        Ok(answer)
    }
}

fn judge(services: &[String], expected: Version, event: &Value) -> Outcome {
    let unknown = |reason: &str| Outcome::Unknown(reason.to_owned());
    if let Some(status) = event["status"].as_str()
        && status != "Complete"
    {
        return Outcome::Unknown(format!("the query's status is `{status}`"));
    }
    let Some(rows) = event["results"].as_array() else { return unknown("`results` is not a list") };
    if rows.is_empty() {
        return unknown("no service has said anything yet");
    }
    if rows.len() >= MOST_ROWS {
        return unknown("there may be more rows than a query gives");
    }
    let expected = expected.get();
    let mut held: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let (Some(service), Some(version)) = (cell(row, "service"), cell(row, "version").and_then(whole)) else {
            return unknown("a row has no service or no version");
        };
        let newest = held.entry(service).or_default();
        *newest = (*newest).max(version);
    }
    let state =
        |service: &String| ServiceState { service: service.clone(), version: held.get(service.as_str()).copied() };
    let behind: Vec<ServiceState> =
        services.iter().map(state).filter(|state| state.version.is_none_or(|version| version < expected)).collect();
    if behind.is_empty() {
        return Outcome::Consistent;
    }
    if services.iter().any(|service| held.get(service.as_str()).is_some_and(|version| *version > expected)) {
        return unknown("a newer version is on its way, which has a check of its own");
    }
    Outcome::Inconsistent(behind)
}

/// A field of a row of [GetQueryResults](https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html),
/// which is a list of names and values. Step Functions writes the names with a capital.
fn cell<'r>(row: &'r Value, name: &str) -> Option<&'r str> {
    let either = |field: &'r Value, small: &str, capital: &str| field[small].as_str().or(field[capital].as_str());
    let mut fields = row.as_array()?.iter();
    fields.find_map(|field| either(field, "value", "Value").filter(|_| either(field, "field", "Field") == Some(name)))
}

/// Logs Insights counts in floats, and may write a whole number as one.
fn whole(text: &str) -> Option<u64> {
    let number: f64 = text.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "versions are below 2^53")]
    let in_range = (0.0..=MAX_VERSION as f64).contains(&number) && number.fract() == 0.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
    in_range.then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(service: &str, version: &str) -> Value {
        json!([{ "Field": "service", "Value": service }, { "Field": "version", "Value": version }])
    }

    #[test]
    fn three_outcomes() {
        let check = |event: Value, expected: &str| {
            let got = match judge(&["a".to_owned(), "b".to_owned()], Version::new(2).unwrap(), &event) {
                Outcome::Consistent => "consistent".to_owned(),
                Outcome::Unknown(reason) => format!("unknown: {reason}"),
                Outcome::Inconsistent(behind) => behind
                    .iter()
                    .map(|state| format!("{} {:?}", state.service, state.version))
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            assert_eq!(got, expected, "{event}");
        };
        let results = |rows: &[Value]| json!({ "results": rows });
        check(results(&[row("a", "2"), row("b", "2")]), "consistent");
        check(results(&[row("a", "3"), row("b", "2.0"), row("a", "1"), row("other", "1")]), "consistent");
        check(results(&[row("a", "2"), row("b", "1")]), "b Some(1)");
        check(results(&[row("a", "2")]), "b None");
        check(results(&[row("other", "2")]), "a None, b None");
        check(results(&[row("a", "3")]), "unknown: a newer version is on its way, which has a check of its own");
        check(results(&[]), "unknown: no service has said anything yet");
        check(json!({}), "unknown: `results` is not a list");
        check(results(&[json!([{ "field": "service", "value": "a" }])]), "unknown: a row has no service or no version");
        check(results(&[row("a", "two")]), "unknown: a row has no service or no version");
        check(results(&[row("a", "-1")]), "unknown: a row has no service or no version");
        check(results(&vec![row("a", "2"); MOST_ROWS]), "unknown: there may be more rows than a query gives");
        for status in ["Failed", "Cancelled", "Timeout", "Running", "Scheduled", "Unknown"] {
            let event = json!({ "status": status, "results": [row("a", "2"), row("b", "2")] });
            check(event, &format!("unknown: the query's status is `{status}`"));
        }
    }
}
