//! What is to be done about a record of the stream. There are no effects here.

use flag_model::{
    AttributeValue, CURRENT_VERSION, Flag, FlagId, FlagMessage, HEAD_SERVICE, Item, ItemKey, MAX_MESSAGE_BYTES,
    MESSAGE_SCHEMA, ServiceName, Status, Targeting, Version, item_from_json,
};
use flag_rules::{Change, Finding, Place, RuleSet};
use serde_json::Value;

use super::published_bytes;

/// What is to be done about a record.
#[derive(Debug, PartialEq)]
pub(super) enum Decision {
    /// It is no change of a flag.
    Skip(&'static str),
    /// The change before was rejected: decide again with the version that was published last.
    AfterRejected { flag: FlagId, version: Version },
    /// The change holds.
    Publish { message: Box<FlagMessage>, warnings: Vec<Reason> },
    /// The change does not hold, and will not the next time.
    Reject { keys: Value, version: Option<(FlagId, Version)>, reasons: Vec<Reason> },
}

/// What is wrong with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// The id of the rule, or `system.` and a word.
    pub(super) rule: String,
    pub(super) text: String,
}

impl Reason {
    /// Something that no rule is needed for.
    pub(super) fn of_system(word: &str, text: impl ToString) -> Self {
        Self { rule: format!("system.{word}"), text: text.to_string() }
    }

    /// Whether a business rule says it.
    pub(super) fn is_of_rule(&self) -> bool {
        !self.rule.starts_with("system.")
    }

    fn of_rule(finding: &Finding) -> Self {
        Self { rule: finding.rule.clone(), text: finding.message.clone() }
    }
}

/// Decides about a record. `before`, if it is given, takes the place of the old image. `was_rejected` knows versions that are
/// not marked in the record.
pub(super) fn decide(
    record: &Value,
    rules: &RuleSet,
    place: &Place,
    was_rejected: &dyn Fn(&FlagId, Version) -> bool,
    before: Option<Option<Flag>>,
) -> Decision {
    let stream = &record["dynamodb"];
    let keys = &stream["Keys"];
    let reject = |version: Option<(FlagId, Version)>, reason: Reason| Decision::Reject {
        keys: keys.clone(),
        version,
        reasons: vec![reason],
    };
    let gone = match record["eventName"].as_str() {
        Some("INSERT" | "MODIFY") => false,
        Some("REMOVE") => true,
        _ => return Decision::Skip("an event of an unknown name"),
    };
    let key = item_from_json(keys).map_err(|error| error.to_string());
    let id = match key.and_then(|key| ItemKey::from_item(&key).map_err(|error| error.to_string())) {
        Ok(ItemKey::Head(id)) => id,
        Ok(ItemKey::Version(..)) => return Decision::Skip("a version, which its head tells of"),
        Ok(ItemKey::Audit(_)) => return Decision::Skip("an audit record"),
        Err(error) => return reject(None, Reason::of_system("malformed-key", error)),
    };
    let old_image = item_from_json(&stream["OldImage"]).ok();
    let old = old_image.as_ref().and_then(|image| Flag::from_item(image).ok());
    if gone {
        return removed(&id, old_image.as_ref(), old.as_ref(), rules, place)
            .unwrap_or_else(|reason| reject(None, reason));
    }
    let Some(image) = stream.get("NewImage") else {
        return reject(
            None,
            Reason::of_system("no-image", "the record has no new image; the stream must give both images"),
        );
    };
    let image = match item_from_json(image) {
        Ok(image) => image,
        Err(error) => return reject(None, Reason::of_system("malformed-item", error)),
    };
    let new = match Flag::from_item(&image) {
        Ok(new) => new,
        Err(error) => {
            let version = current_version(&image).map(|version| (id, version));
            return reject(version, Reason::of_system("malformed-item", error));
        }
    };
    let status_only = |old: &Flag| Flag { status: new.status, extra: new.extra.clone(), ..old.clone() } == new;
    if old.as_ref().is_some_and(|old| old.version == new.version && status_only(old)) {
        return Decision::Skip("only what became of the version was noted");
    }
    if !new.deleted && image.get(HEAD_SERVICE) != Some(&AttributeValue::S(new.service.to_string())) {
        // Readers find the flags of a service by the index of heads, and would never see this one.
        let text = format!("the head's `{HEAD_SERVICE}` is not `{}`, which is its service", new.service);
        return reject(Some((id, new.version)), Reason::of_system("not-indexed", text));
    }
    let old = match (before, old) {
        (Some(before), _) => before,
        (None, Some(old)) if old.status == Status::Rejected || was_rejected(&id, old.version) => {
            return Decision::AfterRejected { flag: id, version: old.version };
        }
        (None, Some(old)) => Some(old),
        // What is no flag was rejected, too.
        (None, None) => match old_image.as_ref().and_then(current_version) {
            Some(version) => return Decision::AfterRejected { flag: id, version },
            None => None,
        },
    };
    let version = Some((id, new.version));
    let verdict = rules.check(Change { old: old.as_ref(), new: Some(&new) }, place);
    if verdict.is_rejected() {
        let reasons = verdict.errors().map(Reason::of_rule).collect();
        return Decision::Reject { keys: keys.clone(), version, reasons };
    }
    let message = FlagMessage::publishing(&new);
    let bytes = published_bytes(&message);
    if bytes > MAX_MESSAGE_BYTES {
        let text = format!("the message has {bytes} bytes, wanted {MAX_MESSAGE_BYTES} at most");
        return reject(version, Reason::of_system("too-large", text));
    }
    Decision::Publish { message: Box::new(message), warnings: verdict.warnings().map(Reason::of_rule).collect() }
}

/// A flag whose head is gone, be it by a person or by its time to live, is gone. Rules cannot refuse it any more, but what
/// they have against it is told.
fn removed(
    id: &FlagId,
    image: Option<&Item>,
    old: Option<&Flag>,
    rules: &RuleSet,
    place: &Place,
) -> Result<Decision, Reason> {
    if let Some(old) = old {
        let verdict = rules.check(Change { old: Some(old), new: None }, place);
        let warnings = verdict.findings.iter().map(Reason::of_rule).collect();
        return Ok(Decision::Publish { message: Box::new(FlagMessage::tombstone_of(old)), warnings });
    }
    // A malformed head was never published, but a version before it may have been.
    let version = image.and_then(current_version).ok_or_else(|| {
        Reason::of_system("no-image", "the head was removed, and the record does not say at which version")
    })?;
    let service = image.and_then(|image| match image.get("service") {
        Some(AttributeValue::S(name)) => ServiceName::new(name.as_str()).ok(),
        _ => None,
    });
    let message = FlagMessage {
        schema: MESSAGE_SCHEMA,
        flag_id: id.clone(),
        version,
        tombstone: true,
        service: service.unwrap_or_else(|| ServiceName::new("unknown").expect("the name is sound")),
        value: None,
        value_type: None,
        off_value: None,
        kill_switch: false,
        targeting: Targeting::default(),
        written_at: None,
    };
    Ok(Decision::Publish { message: Box::new(message), warnings: Vec::new() })
}

fn current_version(image: &Item) -> Option<Version> {
    match image.get(CURRENT_VERSION)? {
        AttributeValue::N(number) => number.parse().ok(),
        _ => None,
    }
}
