//! A flag, as it is at one of its versions.

use serde::{Deserialize, Serialize};

use crate::{FlagId, FlagValue, Item, Percentage, ServiceName, Targeting, Timestamp, Version};

/// A flag, as it is at one of its versions. See [`Flag::from_item`] for its item.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// The id.
    pub id: FlagId,
    /// The version.
    pub version: Version,
    /// The value; none only for a flag that is deleted.
    pub value: Option<FlagValue>,
    /// Whether the flag is gone. What is left then is its tombstone, by which caches drop it.
    pub deleted: bool,
    /// What the flag is for.
    pub kind: FlagKind,
    /// Whether the flag is switched off for everybody at once: readers get `off_value`, whatever the targeting says.
    pub kill_switch: bool,
    /// The value for whoever does not get `value`.
    pub off_value: Option<FlagValue>,
    /// The service that the flag belongs to.
    pub service: ServiceName,
    /// The team that answers for it.
    pub owner: String,
    /// Where that team is reached.
    pub contact: String,
    /// What the flag does.
    pub description: String,
    /// What people find it by.
    pub tags: Vec<String>,
    /// Who may see the value.
    pub sensitivity: Sensitivity,
    /// Whether browsers and apps read it, and not only servers.
    pub client_side: bool,
    /// Whether it is meant to stay.
    pub permanent: bool,
    /// The environment that it is in, as its writer says.
    pub environment: String,
    /// The environment that it was tried in before.
    pub promoted_from: Option<Promotion>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it is to be gone.
    pub expires_at: Option<Timestamp>,
    /// When somebody is to look at it again.
    pub review_at: Option<Timestamp>,
    /// When this version was written.
    pub written_at: Option<Timestamp>,
    /// The region in which this version was written.
    pub origin_region: String,
    /// Whom the value is for.
    pub targeting: Targeting,
    /// What a number may be.
    pub bounds: Option<Bounds>,
    /// The steps in which the rollout is to grow.
    pub schedule: Vec<Step>,
    /// Who made this version, and why.
    pub change: ChangeNote,
    /// The version that this one takes back.
    pub rollback_of: Option<Version>,
    /// The version that this one is a copy of.
    pub restored_from: Option<Version>,
    /// The execution that rolled back.
    pub execution_id: Option<String>,
    /// What became of this version.
    pub status: Status,
    /// Attributes that mean nothing here. They are kept, also by a rollback.
    pub extra: Item,
}

/// What a flag is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// It lets a new feature out.
    #[default]
    Release,
    /// It compares variants.
    Experiment,
    /// It steers how a service runs.
    Operational,
    /// It says who may use what.
    Permission,
    /// It is there to switch something off in an emergency.
    KillSwitch,
}

/// Who may see a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Everybody.
    Public,
    /// The company.
    #[default]
    Internal,
    /// Those who need it.
    Confidential,
}

/// What became of a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nothing bad is known of it.
    #[default]
    Good,
    /// A business rule forbids it, and it was not published.
    Rejected,
    /// It was published and taken back.
    RolledBack,
}

/// Who made a version, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeNote {
    /// Who made it, such as a mail address or the name of a pipeline.
    pub by: String,
    /// Who agreed.
    pub approved_by: Vec<String>,
    /// By what it was made.
    pub source: ChangeSource,
    /// Why.
    pub reason: String,
    /// Where that was talked about.
    pub ticket: String,
    /// Whether there was no time for what is usually asked for.
    pub emergency: bool,
}

/// By what a version was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeSource {
    /// A person at a console.
    Console,
    /// A program by the API.
    #[default]
    Api,
    /// A deployment pipeline.
    Pipeline,
    /// The flag's own schedule.
    Schedule,
    /// A rollback.
    Rollback,
}

/// The environment in which a version was tried before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// The environment.
    pub environment: String,
    /// Which version it was there.
    pub version: Version,
    /// Since when it was there.
    pub at: Timestamp,
}

/// What a number may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// By how much it may change at once; by default by anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_step: Option<f64>,
}

/// A step of a rollout that is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// To what share of users.
    pub percentage: Percentage,
}

impl Flag {
    /// A flag with a value and nothing else said of it.
    pub fn new(id: FlagId, version: Version, service: ServiceName, value: FlagValue) -> Self {
        Self {
            id,
            version,
            value: Some(value),
            deleted: false,
            kind: FlagKind::default(),
            kill_switch: false,
            off_value: None,
            service,
            owner: String::new(),
            contact: String::new(),
            description: String::new(),
            tags: Vec::new(),
            sensitivity: Sensitivity::default(),
            client_side: false,
            permanent: false,
            environment: String::new(),
            promoted_from: None,
            created_at: None,
            expires_at: None,
            review_at: None,
            written_at: None,
            origin_region: String::new(),
            targeting: Targeting::default(),
            bounds: None,
            schedule: Vec::new(),
            change: ChangeNote::default(),
            rollback_of: None,
            restored_from: None,
            execution_id: None,
            status: Status::default(),
            extra: Item::new(),
        }
    }

    /// Whether a rollback may go back to this version: nothing bad is known of it.
    pub fn is_good(&self) -> bool {
        self.status == Status::Good
    }
}
