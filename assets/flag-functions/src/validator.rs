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
#[cfg(test)]
mod properties;

use std::cell::RefCell;
use std::collections::BTreeMap;

use flag_model::{FlagId, FlagMessage, MAX_MESSAGE_BYTES, Version};
use flag_rules::{Place, RuleSet};
use serde_json::{Value, json};

use self::decide::{Decision, Reason, decide};
pub(crate) use self::outside::Aws;
use crate::invocation::{Failure, Invocation, now};
use crate::telemetry::{Level, Metrics, log};

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
    /// The last versions that were rejected here: a change may have been written before the one before it was marked.
    rejected: RefCell<BTreeMap<FlagId, Version>>,
}

/// How many flags' rejected versions are remembered.
const MAX_REMEMBERED: usize = 1000;

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
        Self { rules, place, outside, rejected: RefCell::default() }
    }

    pub(crate) async fn handle(&self, event: Value, invocation: Invocation) -> Result<Value, Failure> {
        let records = event["Records"].as_array().ok_or_else(|| Failure::bad_event("the event has no `Records`"))?;
        let mut metrics = Metrics::new("validator", &self.place.environment);
        let mut batch = Batch { failed_from: records.len(), publish: Vec::new(), rejections: Vec::new() };
        for (index, record) in records.iter().enumerate() {
            if let Err(reason) = self.sort(index, record, invocation, &mut batch, &mut metrics).await {
                batch.fail(index, &reason);
                break;
            }
        }
        let published = self.publish_all(&mut batch, invocation, &mut metrics).await;
        self.announce_all(&published, invocation, &mut metrics).await;
        self.reject_all(&mut batch, invocation, &mut metrics).await;
        metrics.write();
        let Some(failed) = records.get(batch.failed_from) else { return Ok(json!({ "batchItemFailures": [] })) };
        let number = failed["dynamodb"]["SequenceNumber"].as_str();
        let number = number.ok_or_else(|| Failure::bad_event("a record that failed has no `SequenceNumber`"))?;
        Ok(json!({ "batchItemFailures": [{ "itemIdentifier": number }] }))
    }

    /// Decides what is to be done about a record. An error means that it could not be decided now.
    async fn sort(
        &self,
        index: usize,
        record: &Value,
        invocation: Invocation,
        batch: &mut Batch,
        metrics: &mut Metrics,
    ) -> Result<(), String> {
        let was_rejected = |flag: &FlagId, version| self.rejected.borrow().get(flag) == Some(&version);
        let mut decision = decide(record, &self.rules, &self.place, &was_rejected, None);
        // The change before was not published, so that the rules must compare with the one that was.
        if let Decision::AfterRejected { flag, version } = &decision {
            let good = invocation.in_time(self.outside.newest_good_below(flag, *version)).await;
            let good = good.unwrap_or_else(|| Err(NO_TIME.to_owned()))?;
            decision = decide(record, &self.rules, &self.place, &was_rejected, Some(good));
        }
        match decision {
            Decision::Skip(_) | Decision::AfterRejected { .. } => {}
            Decision::Publish { message, warnings } => {
                for warning in &warnings {
                    let (rule, text) = (&warning.rule, &warning.text);
                    let (flag, version) = (&message.flag_id, message.version);
                    let fields = json!({ "flag_id": flag, "version": version, "rule": rule, "message": text });
                    log(Level::Warn, "rule_warning", fields);
                }
                metrics.count("RuleWarnings", warnings.len());
                batch.publish.push((index, *message));
            }
            Decision::Reject { keys, version, reasons } => {
                if let Some((flag, version)) = &version {
                    self.remember(flag, *version);
                }
                batch.rejections.push(Rejection { index, keys, version, reasons });
            }
        }
        Ok(())
    }

    fn remember(&self, flag: &FlagId, version: Version) {
        let mut rejected = self.rejected.borrow_mut();
        if rejected.len() >= MAX_REMEMBERED {
            rejected.clear();
        }
        rejected.insert(flag.clone(), version);
    }

    /// Publishes what holds, and gives what was published.
    async fn publish_all(&self, batch: &mut Batch, invocation: Invocation, metrics: &mut Metrics) -> Vec<FlagMessage> {
        let publish = std::mem::take(&mut batch.publish);
        let mut published = Vec::new();
        for part in parts(&publish) {
            let messages: Vec<FlagMessage> = part.iter().map(|(_, message)| message.clone()).collect();
            let Some(outcomes) = invocation.in_time(self.outside.publish(&messages)).await else {
                metrics.count("PublishFailures", part.len());
                batch.fail(part[0].0, NO_TIME);
                break;
            };
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
                    Err(PublishError::Never(reason)) => {
                        self.remember(&message.flag_id, message.version);
                        batch.rejections.push(Rejection {
                            index: *index,
                            keys: json!({ "flag_id": message.flag_id, "version": message.version }),
                            version: Some((message.flag_id.clone(), message.version)),
                            reasons: vec![Reason::of_system("not-publishable", reason)],
                        });
                    }
                }
            }
            if batch.failed_from <= part[part.len() - 1].0 {
                break;
            }
        }
        published
    }

    /// Has it checked whether what was published arrives. The flags are on their way: that nobody looks must neither hold up
    /// others nor send them again.
    async fn announce_all(&self, published: &[FlagMessage], invocation: Invocation, metrics: &mut Metrics) {
        for part in published.chunks(MAX_BATCH) {
            let outcome = invocation.in_time(self.outside.announce(part)).await;
            if let Err(error) = outcome.unwrap_or_else(|| Err(NO_TIME.to_owned())) {
                metrics.count("ChecksNotStarted", part.len());
                log(Level::Error, "check_not_started", json!({ "flags": part.len(), "error": error }));
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
            Level::Info,
            "flag_published",
            json!({
                "flag_id": message.flag_id, "version": message.version, "tombstone": message.tombstone,
                "milliseconds": milliseconds,
            }),
        );
    }

    /// Rejections that come after a record that failed are left: they come again.
    async fn reject_all(&self, batch: &mut Batch, invocation: Invocation, metrics: &mut Metrics) {
        let rejections = std::mem::take(&mut batch.rejections);
        for rejection in rejections.iter().filter(|rejection| rejection.index < batch.failed_from) {
            metrics.count("ChangesRejected", 1);
            metrics.count("RuleFailures", rejection.reasons.iter().filter(|reason| reason.is_of_rule()).count());
            let reasons: Vec<Value> =
                rejection.reasons.iter().map(|of| json!({ "rule": of.rule, "message": of.text })).collect();
            let version = rejection.version.as_ref().map(|(_, version)| version.get());
            let text = json!({
                "rejected": rejection.keys, "version": version,
                "environment": self.place.environment, "reasons": reasons,
            });
            log(Level::Error, "flag_rejected", text.clone());
            // Every region sees the change; one of them says so.
            if self.place.region != self.place.home_region {
                continue;
            }
            if let Some((flag, version)) = &rejection.version {
                let rules: Vec<String> = rejection.reasons.iter().map(|reason| reason.rule.clone()).collect();
                let marked = invocation.in_time(self.outside.mark_rejected(flag, *version, &rules)).await;
                if let Err(error) = marked.unwrap_or_else(|| Err(NO_TIME.to_owned())) {
                    return batch.fail(rejection.index, &error);
                }
            }
            // Flags must not wait for a topic of alerts. The metric above raises an alarm without it.
            let told = invocation.in_time(self.outside.alert(&text.to_string())).await;
            if let Err(error) = told.unwrap_or_else(|| Err(NO_TIME.to_owned())) {
                metrics.count("AlertsFailed", 1);
                log(Level::Error, "alert_failed", json!({ "error": error }));
            }
        }
    }
}

/// Why something was not done, or not to its end.
const NO_TIME: &str = "there was no time left";

/// What is to be done about a batch of records.
struct Batch {
    /// The first record that failed; the number of records, if none did.
    failed_from: usize,
    publish: Vec<(usize, FlagMessage)>,
    rejections: Vec<Rejection>,
}

impl Batch {
    fn fail(&mut self, index: usize, reason: &str) {
        log(Level::Error, "record_failed", json!({ "index": index, "error": reason }));
        self.failed_from = self.failed_from.min(index);
    }
}

/// How much of what SNS takes a message is: its text and its attributes.
fn published_bytes(message: &FlagMessage) -> usize {
    let attribute = [outside::SERVICE_ATTRIBUTE, outside::TEXT_TYPE, message.service.as_str()];
    outside::text_of(message).len() + attribute.map(str::len).iter().sum::<usize>()
}

/// The messages in parts that one call may have.
fn parts(messages: &[(usize, FlagMessage)]) -> Vec<&[(usize, FlagMessage)]> {
    let mut parts = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (end, (_, message)) in messages.iter().enumerate() {
        let size = published_bytes(message);
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
