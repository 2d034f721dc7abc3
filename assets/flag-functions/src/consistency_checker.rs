//! `consistency_checker`: whether every service has applied a version, judged from what the services' log lines say.
//!
//! Three answers, not two: that nothing is known is no reason to roll a good flag back.

use std::collections::BTreeMap;

use lambda_runtime::Error;
use serde_json::{Value, json};

use crate::log;
use crate::settings::Settings;

/// Logs Insights gives no more rows than this, so that a full answer may not be the whole one.
const MOST_ROWS: usize = 10_000;

pub(crate) struct Checker {
    services: Vec<String>,
}

impl Checker {
    pub(crate) fn new(settings: Settings) -> Result<Self, Error> {
        let services = match settings.optional("SERVICE_NAMES") {
            Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
            None => (1..=settings.number("SERVICE_COUNT")).map(|number| format!("service-{number:03}")).collect(),
        };
        settings.check()?;
        Ok(Self { services })
    }

    pub(crate) async fn handle(&self, event: Value) -> Result<Value, Error> {
        let answer = judge(&self.services, &event);
        log("flag_judged", answer.clone());
        Ok(answer)
    }
}

/// `consistent`, `inconsistent` with the services that lag, or `unknown` with the reason.
fn judge(services: &[String], event: &Value) -> Value {
    let unknown = |reason: &str| json!({ "outcome": "unknown", "flagId": event["flagId"], "version": event["version"], "reason": reason });
    let Some(version) = event["version"].as_u64() else { return unknown("`version` is not a whole number") };
    let Some(rows) = event["results"].as_array() else { return unknown("`results` is not a list") };
    if rows.is_empty() {
        return unknown("no service has reported anything yet");
    }
    if rows.len() >= MOST_ROWS {
        return unknown("there are more rows than a query gives");
    }
    let mut applied: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        let (service, row_version) =
            (cell(row, "service"), cell(row, "version").and_then(|text| text.parse::<f64>().ok()));
        let (Some(service), Some(row_version)) = (service, row_version) else {
            return unknown("a row has no service or version");
        };
        let newest = applied.entry(service).or_default();
        *newest = (*newest).max(row_version as u64);
    }
    let behind: Vec<Value> = services
        .iter()
        .filter(|service| applied.get(service.as_str()).is_none_or(|newest| *newest < version))
        .map(|service| json!({ "service": service, "version": applied.get(service.as_str()) }))
        .collect();
    let outcome = if behind.is_empty() { "consistent" } else { "inconsistent" };
    json!({ "outcome": outcome, "flagId": event["flagId"], "version": version, "services": behind })
}

/// A field of a row of Logs Insights, which is a list of names and values. CloudFormation's SDK integration writes the names
/// with a capital.
fn cell<'r>(row: &'r Value, name: &str) -> Option<&'r str> {
    let either =
        |field: &'r Value, small: &str, capital: &str| field[small].as_str().or_else(|| field[capital].as_str());
    let fields = row.as_array()?.iter();
    let mut found = fields.filter(|field| either(field, "field", "Field") == Some(name));
    found.find_map(|field| either(field, "value", "Value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(service: &str, version: &str) -> Value {
        json!([{ "Field": "service", "Value": service }, { "Field": "version", "Value": version }])
    }

    #[test]
    fn three_outcomes() {
        let check = |results: Value, outcome: &str, behind: usize| {
            let services = ["a".to_owned(), "b".to_owned()];
            let answer = judge(&services, &json!({ "flagId": "f", "version": 2, "results": results }));
            assert_eq!(answer["outcome"], outcome, "{answer}");
            assert_eq!(answer["services"].as_array().map_or(0, Vec::len), behind, "{answer}");
        };
        check(json!([row("a", "2"), row("b", "2")]), "consistent", 0);
        check(json!([row("a", "3"), row("b", "2"), row("a", "1"), row("other", "1")]), "consistent", 0);
        check(json!([row("a", "2"), row("b", "1")]), "inconsistent", 1);
        check(json!([row("a", "2")]), "inconsistent", 1);
        check(json!([]), "unknown", 0);
        check(json!(null), "unknown", 0);
        check(json!([[{ "field": "service", "value": "a" }]]), "unknown", 0);
        check(json!(vec![row("a", "2"); MOST_ROWS]), "unknown", 0);
    }
}
