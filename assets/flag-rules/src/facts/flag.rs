//! `flag` and `old`.

use flag_model::{Flag, FlagMessage, FlagValue, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use super::seconds_between;
use super::targeting::{PrerequisiteFacts, RolloutFacts, RuleFacts, StepFacts};
use super::value::{Found, number_of, type_of};

const SECONDS_A_DAY: i64 = 86_400;

/// `flag` and `old`: a flag.
#[derive(Debug, Default, Serialize)]
pub struct FlagFacts {
    /// Whether there is one. If not, everything else is empty.
    exists: bool,
    id: String,
    /// The parts of the id between dots.
    id_parts: Vec<String>,
    version: u64,
    service: String,
    owner: String,
    contact: String,
    description: String,
    tags: Vec<String>,
    kind: String,
    sensitivity: String,
    client_side: bool,
    permanent: bool,
    environment: String,
    origin_region: String,
    deleted: bool,
    kill_switch: bool,
    value: Value,
    /// `bool`, `string`, `number`, `json`, or `none`.
    value_type: &'static str,
    /// The value, if it is a number; else 0.
    number: f64,
    off_value: Value,
    off_value_type: &'static str,
    /// The off value, if it is a number; else 0.
    off_number: f64,
    /// How many bytes the value has as JSON.
    value_bytes: usize,
    /// How deeply lists and objects are nested in the value.
    value_depth: usize,
    /// How many values there are in the value, itself counted.
    value_items: usize,
    /// Every text in the values that may be served.
    texts: Vec<String>,
    /// All of `texts`, a line each.
    text: String,
    /// `text`, the description, the tags, the change's reason and every name and text of the targeting, a line each.
    all_text: String,
    /// Every name of an entry in the values that may be served.
    keys: Vec<String>,
    /// How many bytes the message has that publishes the flag.
    message_bytes: usize,
    /// Names of attributes that mean nothing to the system.
    extra: Vec<String>,
    /// How many bytes those attributes have.
    extra_bytes: usize,
    created: i64,
    expires: i64,
    review: i64,
    written: i64,
    /// Whole days from being made to being written; 0 if either is not known.
    age_days: i64,
    /// Whole days from being written to expiry; 0 if either is not known.
    days_left: i64,
    /// What share of users gets something else by the flag than by its off value, targeting rules left aside: that of the
    /// rollout, but 0 if the two values are the same. A flag without an off value is off when it is `false`.
    pub(super) exposure: f64,
    rollout: RolloutFacts,
    rules: Vec<RuleFacts>,
    prerequisites: Vec<PrerequisiteFacts>,
    bounds: BoundsFacts,
    schedule: Vec<StepFacts>,
    promoted_from: PromotionFacts,
    rollback_of: u64,
    restored_from: u64,
}

#[derive(Debug, Default, Serialize)]
struct BoundsFacts {
    set: bool,
    min: f64,
    max: f64,
    has_step: bool,
    max_step: f64,
}

#[derive(Debug, Default, Serialize)]
struct PromotionFacts {
    set: bool,
    environment: String,
    version: u64,
    at: i64,
}

impl FlagFacts {
    pub(super) fn of(flag: &Flag) -> Self {
        let message = FlagMessage::publishing(flag);
        let seconds = |time: Option<Timestamp>| time.map_or(0, Timestamp::seconds);
        let value = flag.value.as_ref();
        let json = value.map(FlagValue::to_json).unwrap_or_default();
        let off_value = flag.off_value.as_ref().map(FlagValue::to_json).unwrap_or_default();
        let mut found = Found::default();
        let depth = found.search(&json);
        let items = found.items;
        found.search(&off_value);
        for rule in &flag.targeting.rules {
            found.search_value(&rule.serve);
        }
        let text = found.texts.join("\n");
        let rollout = RolloutFacts::of(flag);
        Self {
            exists: true,
            id: flag.id.to_string(),
            id_parts: flag.id.as_str().split('.').map(str::to_owned).collect(),
            version: flag.version.get(),
            service: flag.service.to_string(),
            owner: flag.owner.clone(),
            contact: flag.contact.clone(),
            description: flag.description.clone(),
            tags: flag.tags.clone(),
            kind: word(&flag.kind),
            sensitivity: word(&flag.sensitivity),
            client_side: flag.client_side,
            permanent: flag.permanent,
            environment: flag.environment.clone(),
            origin_region: flag.origin_region.clone(),
            deleted: flag.deleted,
            kill_switch: flag.kill_switch,
            value_type: type_of(value),
            number: number_of(value),
            off_value,
            off_value_type: type_of(flag.off_value.as_ref()),
            off_number: number_of(flag.off_value.as_ref()),
            value_bytes: value.map_or(0, |_| json.to_string().len()),
            value_depth: depth,
            value_items: value.map_or(0, |_| items),
            value: json,
            all_text: all_text(flag, &text),
            text,
            texts: found.texts,
            keys: found.keys.into_iter().collect(),
            message_bytes: message.to_json().len(),
            extra: flag.extra.keys().cloned().collect(),
            extra_bytes: if flag.extra.is_empty() {
                0
            } else {
                flag_model::item_to_json(&flag.extra).to_string().len()
            },
            created: seconds(flag.created_at),
            expires: seconds(flag.expires_at),
            review: seconds(flag.review_at),
            written: seconds(flag.written_at),
            age_days: seconds_between(flag.created_at, flag.written_at).div_euclid(SECONDS_A_DAY),
            days_left: seconds_between(flag.written_at, flag.expires_at).div_euclid(SECONDS_A_DAY),
            exposure: exposure(flag, rollout.percentage),
            rollout,
            rules: RuleFacts::of_all(&flag.targeting.rules),
            prerequisites: flag.targeting.prerequisites.iter().map(PrerequisiteFacts::of).collect(),
            bounds: flag.bounds.as_ref().map(BoundsFacts::of).unwrap_or_default(),
            schedule: StepFacts::of_all(flag),
            promoted_from: flag.promoted_from.as_ref().map(PromotionFacts::of).unwrap_or_default(),
            rollback_of: flag.rollback_of.map_or(0, |version| version.get()),
            restored_from: flag.restored_from.map_or(0, |version| version.get()),
        }
    }
}

fn exposure(flag: &Flag, percentage: f64) -> f64 {
    let is_off = match (&flag.value, &flag.off_value) {
        (None, _) => true,
        (Some(value), Some(off_value)) => value == off_value,
        (Some(value), None) => *value == FlagValue::Bool(false),
    };
    if is_off { 0.0 } else { percentage }
}

fn all_text(flag: &Flag, text: &str) -> String {
    let mut all = text.to_owned();
    let mut add = |text: &str| {
        all.push('\n');
        all.push_str(text);
    };
    add(&flag.description);
    add(&flag.change.reason);
    flag.tags.iter().for_each(|tag| add(tag));
    for rule in &flag.targeting.rules {
        add(&rule.name);
        for value in rule.conditions.iter().flat_map(|condition| &condition.values) {
            if let FlagValue::String(text) = value {
                add(text);
            }
        }
    }
    all
}

impl BoundsFacts {
    fn of(bounds: &flag_model::Bounds) -> Self {
        let (has_step, max_step) = (bounds.max_step.is_some(), bounds.max_step.unwrap_or_default());
        Self { set: true, min: bounds.min, max: bounds.max, has_step, max_step }
    }
}

impl PromotionFacts {
    fn of(promotion: &flag_model::Promotion) -> Self {
        Self {
            set: true,
            environment: promotion.environment.clone(),
            version: promotion.version.get(),
            at: promotion.at.seconds(),
        }
    }
}

/// The word that an enum is written as.
fn word(value: &impl Serialize) -> String {
    json!(value).as_str().unwrap_or_default().to_owned()
}
