//! What the rows of the store hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Timestamp;

/// An enum whose variants have AWS's names on the wire.
macro_rules! wire_enum {
    ($(#[$attribute:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub(crate) enum $name { $(#[serde(rename = $text)] $variant),* }

        impl $name {
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(()) }
            }
        }
    };
}

wire_enum! {
    /// The state of a stack or of a resource in it.
    Status {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateComplete = "CREATE_COMPLETE",
        CreateFailed = "CREATE_FAILED",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackComplete = "ROLLBACK_COMPLETE",
        RollbackFailed = "ROLLBACK_FAILED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateCleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateComplete = "UPDATE_COMPLETE",
        UpdateFailed = "UPDATE_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackCleanup = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteComplete = "DELETE_COMPLETE",
        DeleteFailed = "DELETE_FAILED",
        DeleteSkipped = "DELETE_SKIPPED",
    }
}

impl Status {
    pub(crate) fn in_progress(self) -> bool {
        self.as_str().ends_with("_IN_PROGRESS")
    }
}

wire_enum! {
    /// What becomes of a stack that could not be created.
    OnFailure { Rollback = "ROLLBACK", Delete = "DELETE", DoNothing = "DO_NOTHING" }
}

wire_enum! {
    /// Whether a stack instance has what its stack set says.
    InstanceStatus { Current = "CURRENT", Outdated = "OUTDATED", Inoperable = "INOPERABLE" }
}

wire_enum! {
    /// What is known of a stack instance or of one result of an operation.
    DetailedStatus {
        Pending = "PENDING",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
        Inoperable = "INOPERABLE",
        SkippedSuspendedAccount = "SKIPPED_SUSPENDED_ACCOUNT",
        FailedImport = "FAILED_IMPORT",
    }
}

wire_enum! {
    /// The state of an operation on a stack set.
    OperationStatus {
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Stopping = "STOPPING",
        Stopped = "STOPPED",
        Queued = "QUEUED",
    }
}

wire_enum! {
    /// What an operation does to the instances of a stack set.
    Action { Create = "CREATE", Update = "UPDATE", Delete = "DELETE" }
}

wire_enum! {
    /// Whether regions are worked on one after the other.
    RegionConcurrency { Sequential = "SEQUENTIAL", Parallel = "PARALLEL" }
}

wire_enum! {
    /// Whether the number of accounts worked on at once depends on the failure tolerance.
    ConcurrencyMode { Strict = "STRICT_FAILURE_TOLERANCE", Soft = "SOFT_FAILURE_TOLERANCE" }
}

/// A stack without its resources, in a row keyed by `region/name/uuid`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stack {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Option<Timestamp>,
    pub(crate) deleted: Option<Timestamp>,
    /// What the resources are made from.
    pub(crate) source: StackSource,
    pub(crate) outputs: Vec<OutputRecord>,
    /// The names of the exports of other stacks that this one uses.
    pub(crate) imports: BTreeSet<String>,
    pub(crate) termination_protection: bool,
    pub(crate) on_failure: OnFailure,
    /// The token of the last request, which a repeated request carries again.
    pub(crate) token: Option<String>,
    pub(crate) pending: Option<Pending>,
}

/// Everything that a stack is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StackSource {
    /// The name of the blob that holds the template.
    pub(crate) template: String,
    /// The parameters' values as given or defaulted.
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) capabilities: Vec<String>,
    pub(crate) notification_arns: Vec<String>,
}

/// Work that is not done yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) work: Work,
    pub(crate) started: Timestamp,
    pub(crate) due: Timestamp,
    /// The operation of a stack set that waits for the end.
    pub(crate) owner: Option<OperationOwner>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Work {
    Create,
    Update(StackSource),
    Delete {
        retain: BTreeSet<String>,
        /// The state to go back to when nothing can be deleted.
        before: Status,
    },
    ContinueRollback,
}

/// Names one result of an operation on a stack set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OperationOwner {
    pub(crate) stack_set: String,
    pub(crate) operation: String,
    pub(crate) instance: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutputRecord {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
    pub(crate) export: Option<String>,
}

/// The resources of a stack by logical id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StackResources {
    pub(crate) resources: BTreeMap<String, ResourceRecord>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResourceRecord {
    pub(crate) type_name: String,
    pub(crate) physical_id: String,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) updated: Timestamp,
    /// The properties with every function evaluated.
    pub(crate) properties: Value,
    pub(crate) deletion_policy: Policy,
    pub(crate) replace_policy: Policy,
    /// What the generated ids of this resource are drawn from; another one after each replacement.
    pub(crate) seed: String,
    /// The explicit names that the resource occupies.
    pub(crate) claims: Vec<String>,
    /// Attributes that depend on the moment of creation, such as the ARN of a stream.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) facts: BTreeMap<String, Value>,
}

wire_enum! {
    /// What becomes of a resource that is no longer in its stack.
    Policy {
        Delete = "Delete",
        Retain = "Retain",
        RetainExceptOnCreate = "RetainExceptOnCreate",
        Snapshot = "Snapshot",
    }
}

/// What happened to a stack, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StackEvents {
    pub(crate) events: Vec<StackEvent>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StackEvent {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) logical_id: String,
    pub(crate) physical_id: String,
    pub(crate) type_name: String,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) token: Option<String>,
}

/// What is known of one region, or of what has no region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RegionState {
    /// The row of each stack that is not deleted, by its name.
    pub(crate) active: BTreeMap<String, String>,
    pub(crate) exports: BTreeMap<String, ExportRecord>,
    /// Explicit names that are taken: `type|name`.
    pub(crate) claims: BTreeMap<String, Claim>,
    /// The rows of the DynamoDB tables that have a replica here, by name.
    pub(crate) tables: BTreeMap<String, String>,
    /// IAM roles by name, only in the state of no region.
    pub(crate) roles: BTreeMap<String, Role>,
    /// Resources that outlived their stack.
    pub(crate) orphans: Vec<Orphan>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExportRecord {
    pub(crate) value: String,
    pub(crate) stack_id: String,
    pub(crate) stack_name: String,
    /// The names of the stacks that import it.
    pub(crate) importers: BTreeSet<String>,
}

/// Who has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The stack that has it; none when the resource outlived its stack.
    pub(crate) stack_id: Option<String>,
    pub(crate) physical_id: String,
}

/// An IAM role, as far as assuming it is concerned.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    /// Who may assume it.
    pub(crate) trust: Value,
    /// What it may do: policy documents by the resource that they are from.
    pub(crate) policies: BTreeMap<String, Value>,
    pub(crate) managed_policies: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Orphan {
    pub(crate) type_name: String,
    pub(crate) physical_id: String,
    pub(crate) stack_id: String,
}

/// A stack set with its instances and operations, in a row keyed by `region/name`, or by `region/name:uuid` when deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StackSet {
    pub(crate) name: String,
    /// `name:uuid`
    pub(crate) id: String,
    pub(crate) region: String,
    pub(crate) description: Option<String>,
    pub(crate) deleted: bool,
    pub(crate) source: StackSource,
    pub(crate) administration_role: Option<String>,
    pub(crate) execution_role: Option<String>,
    pub(crate) managed_execution: bool,
    /// The token and the content of the request that made it.
    pub(crate) token: Option<String>,
    pub(crate) request: String,
    /// Whether it was changed since.
    pub(crate) modified: bool,
    /// By `account/region`.
    pub(crate) instances: BTreeMap<String, Instance>,
    /// Oldest first.
    pub(crate) operations: Vec<Operation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Instance {
    pub(crate) account: String,
    pub(crate) region: String,
    /// The row of the stack, once there is one.
    pub(crate) stack: Option<String>,
    pub(crate) stack_id: Option<String>,
    pub(crate) status: InstanceStatus,
    pub(crate) detailed: DetailedStatus,
    pub(crate) reason: Option<String>,
    pub(crate) overrides: BTreeMap<String, String>,
    pub(crate) last_operation: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) action: Action,
    pub(crate) status: OperationStatus,
    pub(crate) reason: Option<String>,
    pub(crate) preferences: Preferences,
    pub(crate) retain_stacks: bool,
    pub(crate) created: Timestamp,
    pub(crate) ended: Option<Timestamp>,
    /// The overrides that a request on instances set, if it named any.
    pub(crate) overrides: Option<BTreeMap<String, Option<String>>>,
    pub(crate) targets: Targets,
    /// In the order in which they are worked on.
    pub(crate) results: Vec<OperationResult>,
}

/// The accounts and regions that a request named; both empty for every instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Targets {
    pub(crate) accounts: Vec<String>,
    pub(crate) regions: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OperationResult {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) status: DetailedStatus,
    pub(crate) reason: Option<String>,
    /// Whether its start is in the schedule, or is past.
    pub(crate) scheduled: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Preferences {
    pub(crate) region_concurrency: Option<RegionConcurrency>,
    pub(crate) region_order: Vec<String>,
    pub(crate) failure_tolerance_count: Option<usize>,
    pub(crate) failure_tolerance_percentage: Option<usize>,
    pub(crate) max_concurrent_count: Option<usize>,
    pub(crate) max_concurrent_percentage: Option<usize>,
    pub(crate) concurrency_mode: Option<ConcurrencyMode>,
}

/// A bucket with its objects, in a row keyed by its name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) region: String,
    pub(crate) created: Timestamp,
    pub(crate) versioned: bool,
    /// The versions of each key, oldest first.
    pub(crate) objects: BTreeMap<String, Vec<ObjectVersion>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ObjectVersion {
    /// `null` in a bucket without versioning.
    pub(crate) id: String,
    /// None for a delete marker.
    pub(crate) content: Option<ObjectContent>,
    pub(crate) modified: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ObjectContent {
    pub(crate) blob: String,
    pub(crate) size: usize,
    pub(crate) etag: String,
    pub(crate) content_type: Option<String>,
    /// User metadata and the like: header names with values.
    pub(crate) headers: BTreeMap<String, String>,
    /// The checksum that the object was sent with: the header's name and its value.
    pub(crate) checksum: Option<(String, String)>,
}

/// A DynamoDB table with all its replicas, in a row keyed by `home region/name`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DynamoTable {
    pub(crate) name: String,
    pub(crate) id: String,
    /// The properties of the resource that made it.
    pub(crate) properties: Value,
    pub(crate) created: Timestamp,
    pub(crate) replicas: BTreeMap<String, Replica>,
    pub(crate) deletion_protection: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Replica {
    /// The label of its stream, when it has one: a moment.
    pub(crate) stream_label: Option<String>,
    pub(crate) deletion_protection: bool,
}

/// What is to happen, soonest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Schedule {
    entries: Vec<(Timestamp, u64, Timer)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Timer {
    /// The work on a stack is done.
    StackDue(String),
    /// An operation comes to an instance.
    InstanceStart(OperationOwner),
}

impl Schedule {
    pub(crate) fn add(&mut self, at: Timestamp, sequence: u64, timer: Timer) {
        let index = self.entries.partition_point(|(time, number, _)| (*time, *number) < (at, sequence));
        self.entries.insert(index, (at, sequence, timer));
    }

    /// The moment of the first entry.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.entries.first().map(|entry| entry.0)
    }

    pub(crate) fn take_first(&mut self) -> Option<(Timestamp, Timer)> {
        if self.entries.is_empty() {
            return None;
        }
        let (at, _, timer) = self.entries.remove(0);
        Some((at, timer))
    }
}
