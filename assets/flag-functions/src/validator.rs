//! `validator`: from the table's stream to the topic of all services.
//!
//! Each region's validator reads its own replica's stream, checks every change against the business rules, and publishes
//! those that hold to the region's topic. A change that does not hold is not published: the home region marks it in the
//! table, so that no rollback goes to it, and tells people.
//!
//! No record holds up the stream because of what it says; only what may be better the next time, such as a topic that
//! refuses, ends the batch there, and Lambda sends the rest again from that record on.

mod decide;
mod outside;

use flag_model::{FlagId, FlagMessage, MAX_MESSAGE_BYTES, Version};
use flag_rules::{Place, RuleSet};
use serde_json::{Value, json};

use self::decide::{Decision, Reason, decide};
pub(crate) use self::outside::Aws;
use crate::invocation::{Failure, Invocation, now};
use crate::telemetry::{Metrics, log};

/// The most messages of one call to the topic, as
/// [SNS allows](https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html).
const MAX_BATCH: usize = 10;

/// What the validator asks of the world.
pub(crate) trait Outside {
    /// Publishes up to ten messages, which are not too big together. Gives what became of each.
    async fn publish(&self, messages: &[FlagMessage]) -> Vec<Result<(), PublishError>>;

    /// Has it checked whether services take the messages up.
    async fn announce(&self, messages: &[FlagMessage]) -> Result<(), String>;

    /// The newest version of a flag below another that nothing bad is known of.
    async fn newest_good_below(&self, flag: &FlagId, version: Version) -> Result<Option<flag_model::Flag>, String>;

    /// Notes in the table that a version is not to be used.
    async fn mark_rejected(&self, flag: &FlagId, version: Version, rules: &[String]) -> Result<(), String>;

    /// Tells people.
    async fn alert(&self, text: &str) -> Result<(), String>;
}

/// Why a message was not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublishError {
    /// It may be better the next time.
    Later(String),
    /// It will never be.
    Never(String),
}

/// The function.
#[derive(Debug)]
pub(crate) struct Validator<O> {
    rules: RuleSet,
    place: Place,
    outside: O,
}

/// A change that is not published.
#[derive(Debug)]
struct Rejection {
    index: usize,
    keys: Value,
    version: Option<(FlagId, Version)>,
    reasons: Vec<Reason>,
}

impl<O: Outside> Validator<O> {
    pub(crate) fn new(rules: RuleSet, place: Place, outside: O) -> Self {
        Self { rules, place, outside }
    }

    pub(crate) async fn handle(&self, event: Value, invocation: Invocation) -> Result<Value, Failure> {
        let records = event["Records"].as_array().ok_or_else(|| Failure::bad_event("the event has no `Records`"))?;
        let mut metrics = Metrics::new("validator", &self.place.environment);
        let mut batch = Batch { failed_from: records.len(), publish: Vec::new(), rejections: Vec::new() };
        for (index, record) in records.iter().enumerate() {
            if let Err(reason) = self.sort(index, record, &mut batch, &mut metrics).await {
                batch.fail(index, &reason);
                break;
            }
        }
        self.publish_all(&mut batch, invocation, &mut metrics).await;
        self.reject_all(&mut batch, &mut metrics).await;
        metrics.write(now().milliseconds());
        let Some(failed) = records.get(batch.failed_from) else { return Ok(json!({ "batchItemFailures": [] })) };
        let number = failed["dynamodb"]["SequenceNumber"].as_str();
        let number = number.ok_or_else(|| Failure::bad_event("a record that failed has no `SequenceNumber`"))?;
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": number }] }))
    }

    /// Decides what is to be done about a record. An error means that it could not be decided now.
    async fn sort(&self, index: usize, record: &Value, batch: &mut Batch, metrics: &mut Metrics) -> Result<(), String> {
        let mut decision = decide(record, &self.rules, &self.place, None);
        // The change before was not published, so that the rules must compare with the one that was.
        if let Decision::AfterRejected { flag, version } = &decision {
            let good = self.outside.newest_good_below(flag, *version).await?;
            decision = decide(record, &self.rules, &self.place, Some(good));
        }
        match decision {
            Decision::Skip(_) | Decision::AfterRejected { .. } => {}
            Decision::Publish { message, warnings } => {
                for warning in &warnings {
                    let (rule, text) = (&warning.rule, &warning.text);
                    let version = message.version;
                    log(
                        "rule_warning",
                        json!({ "flag_id": message.flag_id, "version": version, "rule": rule, "message": text }),
                    );
                }
                metrics.count("RuleWarnings", warnings.len());
                batch.publish.push((index, *message));
            }
            Decision::Reject { keys, version, reasons } => {
                batch.rejections.push(Rejection { index, keys, version, reasons });
            }
        }
        Ok(())
    }

    async fn publish_all(&self, batch: &mut Batch, invocation: Invocation, metrics: &mut Metrics) {
        let publish = std::mem::take(&mut batch.publish);
        for part in parts(&publish) {
            let first = part[0].0;
            if invocation.time_left().is_zero() {
                return batch.fail(first, "there is no time left");
            }
            let messages: Vec<FlagMessage> = part.iter().map(|(_, message)| message.clone()).collect();
            let outcomes = self.outside.publish(&messages).await;
            let mut published = Vec::new();
            for ((index, message), outcome) in part.iter().zip(outcomes) {
                match outcome {
                    Ok(()) => {
                        self.note_published(message, metrics);
                        published.push(message.clone());
                    }
                    Err(PublishError::Later(reason)) => {
                        metrics.count("PublishFailures", 1);
                        batch.fail(*index, &reason);
                    }
                    Err(PublishError::Never(reason)) => batch.rejections.push(Rejection {
                        index: *index,
                        keys: json!({ "flag_id": message.flag_id, "version": message.version }),
                        version: Some((message.flag_id.clone(), message.version)),
                        reasons: vec![Reason::of_system("not-publishable", reason)],
                    }),
                }
            }
            // The flags are on their way: that nobody looks whether they arrive must not send them again.
            if let Err(error) = self.outside.announce(&published).await {
                metrics.count("ChecksNotStarted", published.len());
                log("check_not_started", json!({ "flags": published.len(), "error": error }));
            }
            if batch.failed_from <= part[part.len() - 1].0 {
                return;
            }
        }
    }

    fn note_published(&self, message: &FlagMessage, metrics: &mut Metrics) {
        metrics.count("FlagsPublished", 1);
        let milliseconds = message.written_at.map(|at| now().milliseconds() - at.milliseconds());
        if let Some(milliseconds) = milliseconds {
            metrics.milliseconds("WriteToPublish", milliseconds);
        }
        log(
            "flag_published",
            json!({
                "flag_id": message.flag_id, "version": message.version, "tombstone": message.tombstone,
                "milliseconds": milliseconds,
            }),
        );
    }

    /// Rejections that come after a record that failed are left: they come again.
    async fn reject_all(&self, batch: &mut Batch, metrics: &mut Metrics) {
        let rejections = std::mem::take(&mut batch.rejections);
        for rejection in rejections.iter().filter(|rejection| rejection.index < batch.failed_from) {
            metrics.count("ChangesRejected", 1);
            let reasons: Vec<Value> =
                rejection.reasons.iter().map(|of| json!({ "rule": of.rule, "message": of.text })).collect();
            let version = rejection.version.as_ref().map(|(_, version)| version.get());
            let text = json!({
                "rejected": rejection.keys, "version": version,
                "environment": self.place.environment, "reasons": reasons,
            });
            log("flag_rejected", text.clone());
            // Every region sees the change; one of them says so.
            if self.place.region != self.place.home_region {
                continue;
            }
            if let Some((flag, version)) = &rejection.version {
                let rules: Vec<String> = rejection.reasons.iter().map(|reason| reason.rule.clone()).collect();
                if let Err(error) = self.outside.mark_rejected(flag, *version, &rules).await {
                    return batch.fail(rejection.index, &error);
                }
            }
            // Flags must not wait for a topic of alerts. The metric above raises an alarm without it.
            if let Err(error) = self.outside.alert(&text.to_string()).await {
                metrics.count("AlertsFailed", 1);
                log("alert_failed", json!({ "error": error }));
            }
        }
    }
}

/// What is to be done about a batch of records.
struct Batch {
    /// The first record that failed; the number of records, if none did.
    failed_from: usize,
    publish: Vec<(usize, FlagMessage)>,
    rejections: Vec<Rejection>,
}

impl Batch {
    fn fail(&mut self, index: usize, reason: &str) {
        log("record_failed", json!({ "index": index, "error": reason }));
        self.failed_from = self.failed_from.min(index);
    }
}

/// The messages in parts that one call may have.
fn parts(messages: &[(usize, FlagMessage)]) -> Vec<&[(usize, FlagMessage)]> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (end, (_, message)) in messages.iter().enumerate() {
        let size = message.to_json().len();
        if end > start && (end - start == MAX_BATCH || bytes + size > MAX_MESSAGE_BYTES) {
            parts.push(&messages[start..end]);
            (start, bytes) = (end, 0);
        }
        bytes += size;
    }
    if start < messages.len() {
        parts.push(&messages[start..]);
    }
    parts
}

#[cfg(test)]
mod tests;
