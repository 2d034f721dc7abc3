//! `rollback`: puts a flag back to its newest good version below a bad one.
//!
//! The new version, the head, the mark on the bad version and the audit record are one transaction in the home region, on
//! the condition that nothing was written since. So a rollback is done once, however many regions ask for it and however
//! often an execution is played again; and a version that was taken back is marked and never gone back to.
//!
//! The audit record is in the table before it is sent to the audit domain under the execution's id. If the domain cannot be
//! reached the invocation fails, and the next try sends the record that is there.

mod outside;
mod plan;
#[cfg(test)]
mod properties;

use flag_model::{AuditRecord, FlagId, Item, ItemKey, ServiceState, Timestamp, Version};
use serde_json::{Value, json};

pub(crate) use self::outside::Aws;
use self::plan::{Head, Plan, Writes};
use crate::invocation::{Failure, Invocation, now};
use crate::telemetry::{Level, Metrics, log};

/// How often it is begun anew when somebody else wrote in between.
const TRIES: u32 = 4;

/// What the rollback asks of the world.
pub(crate) trait Outside {
    /// An item, as it is at this moment.
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, String>;

    /// The newest version of a flag below another that may be gone back to.
    async fn newest_good_below(&self, flag: &FlagId, version: Version) -> Result<Option<Item>, String>;

    /// Writes all or nothing. False if something was written in between, so that the conditions no longer hold.
    async fn write(&self, writes: &Writes) -> Result<bool, String>;

    /// Sends an audit record to the audit domain, in which there is one of each execution however often it is sent.
    async fn send_audit(&self, record: &AuditRecord) -> Result<(), String>;
}

/// The function.
#[derive(Debug)]
pub(crate) struct Rollback<O> {
    environment: String,
    place: Place,
    outside: O,
}

/// Where the function runs. Conditions hold in one region: if two replicas were written to, both writes would be taken, and
/// one of them would vanish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Where flags are written.
    Home,
    /// Anywhere else.
    Away,
}

/// What the function is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) flag: FlagId,
    pub(crate) bad: Version,
    pub(crate) execution: String,
    pub(crate) reason: String,
    pub(crate) region: Option<String>,
    pub(crate) services: Vec<ServiceState>,
}

impl<O: Outside> Rollback<O> {
    pub(crate) fn new(environment: String, place: Place, outside: O) -> Self {
        Self { environment, place, outside }
    }

    pub(crate) async fn handle(&self, event: Value, invocation: Invocation) -> Result<Value, Failure> {
        let order = Order::of(&event)?;
        let mut metrics = Metrics::new("rollback", &self.environment);
        let answer = match self.place {
            Place::Home => invocation.in_time(self.roll_back(&order, &mut metrics)).await,
            Place::Away => {
                Some(Err(Failure::new("NotHome", "only the home region writes flags, and so rolls them back")))
            }
        };
        let answer = answer.unwrap_or_else(|| Err(Failure::out_of_time()));
        match &answer {
            Ok(answer) => log(Level::Warn, "rollback", answer.clone()),
            Err(failure) => {
                metrics.count("RollbacksFailed", 1);
                let (flag, version) = (&order.flag, order.bad);
                let error = &failure.message;
                log(
                    Level::Error,
                    "rollback_failed",
                    json!({ "flag_id": flag, "version": version, "name": failure.name, "error": error }),
                );
            }
        }
        metrics.write();
        answer
    }

    async fn roll_back(&self, order: &Order, metrics: &mut Metrics) -> Result<Value, Failure> {
        for attempt in 0..TRIES {
            match self.plan(order).await? {
                Plan::Write(writes) => {
                    if self.outside.write(&writes).await.map_err(table_failed)? {
                        metrics.count("RollbacksDone", 1);
                        return self.audited("rolled_back", &writes.audit).await;
                    }
                    // Somebody else wrote: a regional execution the same rollback, or a person something better.
                    tokio::time::sleep(std::time::Duration::from_millis(20 << attempt)).await;
                }
                Plan::DoneBy(execution) => {
                    // The one that did it may have failed to send its record; to send it twice does no harm.
                    let record = self.audit_record(&execution).await?;
                    let record = record.ok_or_else(|| {
                        Failure::new(
                            "AuditMissing",
                            format!("the rollback by `{execution}` has no audit record in the table"),
                        )
                    })?;
                    return self.audited("already_rolled_back", &record).await;
                }
                Plan::Superseded { current } => {
                    return Ok(json!({
                        "outcome": "superseded", "flagId": order.flag, "version": order.bad, "currentVersion": current,
                    }));
                }
            }
        }
        Err(Failure::new("TooMuchContention", format!("`{}` was written {TRIES} times in between", order.flag)))
    }

    async fn plan(&self, order: &Order) -> Result<Plan, Failure> {
        if self.audit_record(&order.execution).await?.is_some() {
            return Ok(Plan::DoneBy(order.execution.clone()));
        }
        let head = self.outside.get(&ItemKey::Head(order.flag.clone())).await.map_err(table_failed)?;
        let head = Head::of(order, head)?;
        if let Some(plan) = head.settled(order) {
            return Ok(plan);
        }
        let bad = self.outside.get(&ItemKey::Version(order.flag.clone(), order.bad)).await.map_err(table_failed)?;
        let previous = self.outside.newest_good_below(&order.flag, order.bad).await.map_err(table_failed)?;
        head.plan(order, bad, previous, &self.environment, now())
    }

    async fn audit_record(&self, execution: &str) -> Result<Option<AuditRecord>, Failure> {
        let item = self.outside.get(&ItemKey::Audit(execution.to_owned())).await.map_err(table_failed)?;
        let record = item.map(|item| AuditRecord::from_item(&item)).transpose();
        record.map_err(|error| Failure::new("AuditMalformed", error))
    }

    async fn audited(&self, outcome: &str, record: &AuditRecord) -> Result<Value, Failure> {
        self.outside.send_audit(record).await.map_err(|error| Failure::new("AuditNotWritten", error))?;
        Ok(json!({
            "outcome": outcome, "flagId": record.flag_id, "version": record.bad_version,
            "restoredFrom": record.restored_from, "newVersion": record.new_version, "executionId": record.execution_id,
        }))
    }
}

impl Order {
    fn of(event: &Value) -> Result<Self, Failure> {
        let text = |name: &str| {
            let text = event[name].as_str().filter(|text| !text.is_empty());
            text.ok_or_else(|| Failure::bad_event(format!("`{name}` is missing")))
        };
        let bad = event["version"].as_u64().or_else(|| event["badVersion"].as_u64());
        let bad = bad.ok_or_else(|| Failure::bad_event("`version` is not a whole number"))?;
        let execution = text("executionId")?;
        if execution.len() > 1024 {
            return Err(Failure::bad_event("`executionId` has more than 1024 bytes"));
        }
        Ok(Self {
            flag: FlagId::new(text("flagId")?).map_err(Failure::bad_event)?,
            bad: Version::new(bad).map_err(Failure::bad_event)?,
            execution: execution.to_owned(),
            reason: text("reason").unwrap_or("the consistency check failed").to_owned(),
            region: event["region"].as_str().map(str::to_owned),
            services: serde_json::from_value(event["check"]["services"].clone()).unwrap_or_default(),
        })
    }
}

fn table_failed(error: String) -> Failure {
    Failure::new("TableNotAvailable", error)
}

/// How recent a rollback must be to stop another, in milliseconds.
pub(crate) const LOOP_WINDOW_MILLISECONDS: i64 = 60 * 60 * 1000;

/// Whether a time is so recent that to roll back again would be to go in circles.
pub(crate) fn is_recent(then: Option<Timestamp>, now: Timestamp) -> bool {
    then.is_some_and(|then| now.milliseconds() - then.milliseconds() < LOOP_WINDOW_MILLISECONDS)
}

#[cfg(test)]
mod tests;
