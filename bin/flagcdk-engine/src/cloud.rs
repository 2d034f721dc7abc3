//! The port to the cloud: what the engine asks of it, in the engine's words.
//!
//! One adapter speaks to AWS, and nothing else in the project names an SDK. Every method is one request (or one list with
//! all its pages). Retrying throttled, interrupted and unanswered requests is the adapter's work; what to do about an
//! operation that runs already, or a state that has moved on, is the engine's.

use std::collections::BTreeMap;

use flagcdk_assembly::{Capability, Region};

/// The cloud, seen from one account.
#[expect(async_fn_in_trait, reason = "the engine awaits on one task; no future has to move to another thread")]
pub trait Cloud {
    /// Who is asking, as STS says it.
    async fn identity(&self) -> Result<Identity, CloudError>;

    /// Whether the account may use the region; an opt-in region that was never enabled refuses every request.
    async fn region_enabled(&self, region: Region) -> Result<bool, CloudError>;

    /// An ordinary stack, or none. A deleted stack is none.
    async fn stack(&self, region: Region, name: &str) -> Result<Option<StackState>, CloudError>;

    /// The template that a stack was last given, as it was given.
    async fn stack_template(&self, region: Region, name: &str) -> Result<String, CloudError>;

    /// Starts to create a stack.
    async fn create_stack(&self, region: Region, request: &StackRequest) -> Result<(), CloudError>;

    /// Starts to update a stack; [`ErrorKind::NothingToUpdate`] if it is up to date.
    async fn update_stack(&self, region: Region, request: &StackRequest) -> Result<(), CloudError>;

    /// Starts to delete a stack. The token makes a repeated request the same request.
    async fn delete_stack(&self, region: Region, name: &str, token: &str) -> Result<(), CloudError>;

    /// Lets a stack in `UPDATE_ROLLBACK_FAILED` go on rolling back.
    async fn continue_rollback(&self, region: Region, name: &str, token: &str) -> Result<(), CloudError>;

    /// The events of a stack since it last began to change, oldest first. Takes a name, or the id of a deleted stack.
    async fn stack_events(&self, region: Region, name_or_id: &str) -> Result<Vec<StackEvent>, CloudError>;

    /// The resources of a stack.
    async fn stack_resources(&self, region: Region, name: &str) -> Result<Vec<StackResource>, CloudError>;

    /// A StackSet of the home region, or none.
    async fn stack_set(&self, name: &str) -> Result<Option<StackSetState>, CloudError>;

    /// Creates a StackSet without instances. The token makes a repeated request the same request.
    async fn create_stack_set(&self, request: &StackSetRequest, token: &str) -> Result<(), CloudError>;

    /// Gives a StackSet another template, and starts to update its instances in the regions, which must have instances.
    /// All other instances become outdated. Without regions no instance is updated.
    async fn update_stack_set(
        &self,
        request: &StackSetRequest,
        regions: &[Region],
        operation: &OperationId,
    ) -> Result<(), CloudError>;

    /// Deletes a StackSet; [`ErrorKind::NotEmpty`] while it has instances.
    async fn delete_stack_set(&self, name: &str) -> Result<(), CloudError>;

    /// The instances of a StackSet in this account, by region.
    async fn instances(&self, name: &str) -> Result<Vec<Instance>, CloudError>;

    /// Starts to create instances.
    async fn create_instances(&self, name: &str, regions: &[Region], operation: &OperationId)
    -> Result<(), CloudError>;

    /// Starts to update instances to the StackSet's template.
    async fn update_instances(&self, name: &str, regions: &[Region], operation: &OperationId)
    -> Result<(), CloudError>;

    /// Starts to delete instances and their stacks.
    async fn delete_instances(&self, name: &str, regions: &[Region], operation: &OperationId)
    -> Result<(), CloudError>;

    /// The operations of a StackSet, newest first.
    async fn operations(&self, name: &str) -> Result<Vec<Operation>, CloudError>;

    /// One operation of a StackSet, or none.
    async fn operation(&self, name: &str, id: &OperationId) -> Result<Option<Operation>, CloudError>;

    /// What an operation did in each region so far.
    async fn operation_results(&self, name: &str, id: &OperationId) -> Result<Vec<RegionResult>, CloudError>;

    /// The `LatestStreamArn` of a DynamoDB table's replica in the region; none if table or stream do not exist.
    async fn table_stream(&self, region: Region, table: &str) -> Result<Option<String>, CloudError>;

    /// The SHA-256 of an object as S3 has verified it, as 64 hexadecimal digits, or none if there is no object. An object without a checksum
    /// has an empty one.
    async fn object_sha256(&self, region: Region, bucket: &str, key: &str) -> Result<Option<String>, CloudError>;

    /// Uploads an object, to be refused unless its bytes have the SHA-256. `replace` says whether an object with that key
    /// may be replaced; otherwise [`ErrorKind::AlreadyExists`].
    async fn put_object(&self, region: Region, object: &ObjectRequest<'_>) -> Result<(), CloudError>;
}

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account, twelve digits.
    pub account: String,
    /// The ARN of the user or role.
    pub arn: String,
}

/// An ordinary stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackState {
    /// Its ARN.
    pub id: String,
    /// CloudFormation's word, such as `UPDATE_COMPLETE`.
    pub status: String,
    /// Why, if CloudFormation says so.
    pub reason: Option<String>,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What an ordinary stack is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackRequest {
    /// The name.
    pub name: String,
    /// Where the template is.
    pub template: TemplateSource,
    /// Values for its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// What the template needs to be allowed.
    pub capabilities: Vec<Capability>,
    /// Makes a repeated request the same request: letters, digits and hyphens, 128 at most.
    pub token: String,
}

/// Where CloudFormation finds a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateSource {
    /// In the request; 51,200 bytes at most.
    Body(String),
    /// At an S3 address; 1 MB at most.
    Url(String),
}

/// One event of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackEvent {
    /// The logical id of the resource, or the stack's own name.
    pub logical_id: String,
    /// The type of the resource.
    pub resource_type: String,
    /// CloudFormation's word, such as `CREATE_FAILED`.
    pub status: String,
    /// Why, if CloudFormation says so.
    pub reason: Option<String>,
}

/// One resource of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackResource {
    /// The logical id in the template.
    pub logical_id: String,
    /// The id in the account.
    pub physical_id: String,
    /// The type.
    pub resource_type: String,
}

/// A StackSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSetState {
    /// The template that it was last given, as it was given.
    pub template: String,
    /// What the StackSet is for.
    pub description: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// What a StackSet is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StackSetRequest {
    /// The name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where the template is.
    pub template_url: String,
    /// Values for its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// What the template needs to be allowed.
    pub capabilities: Vec<Capability>,
    /// The role of this account that StackSets act with.
    pub administration_role_arn: String,
    /// The role that the administration role takes in the target account.
    pub execution_role_name: String,
}

/// A StackSet's stack in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The region.
    pub region: Region,
    /// Whether it has the StackSet's template.
    pub status: InstanceStatus,
    /// Whether an operation is changing it now, or how the last one ended; AWS's word, such as `RUNNING`.
    pub detailed_status: String,
    /// Why, if AWS says so.
    pub reason: Option<String>,
    /// The ARN of the stack, once there is one.
    pub stack_id: Option<String>,
}

/// Whether an instance has the StackSet's template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceStatus {
    /// It has.
    Current,
    /// It has not: an operation has not reached it, or failed.
    Outdated,
    /// A deletion failed; StackSets leave it alone until a person has mended it.
    Inoperable,
    /// A word that this version does not know.
    Unknown,
}

/// The id of a StackSet's operation, chosen by the caller: letters, digits and hyphens, 128 at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub String);

/// An operation of a StackSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// Where it stands.
    pub status: OperationStatus,
}

/// Where an operation of a StackSet stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationStatus {
    /// It waits for another one.
    Queued,
    /// It runs.
    Running,
    /// It is being stopped.
    Stopping,
    /// It was stopped.
    Stopped,
    /// It ended within its tolerance of failures, which says nothing of any one region.
    Succeeded,
    /// It ended beyond its tolerance of failures.
    Failed,
    /// A word that this version does not know.
    Unknown,
}

impl OperationStatus {
    /// Whether the operation may still change something.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Queued | Self::Running | Self::Stopping)
    }
}

/// What an operation of a StackSet did in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionResult {
    /// The region.
    pub region: Region,
    /// Where it stands there.
    pub status: ResultStatus,
    /// Why, if AWS says so.
    pub reason: Option<String>,
}

/// Where an operation stands in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResultStatus {
    /// It has not begun.
    Pending,
    /// It runs.
    Running,
    /// It is done.
    Succeeded,
    /// It failed; the stack was rolled back.
    Failed,
    /// It was not tried, since too much failed elsewhere.
    Cancelled,
    /// A word that this version does not know.
    Unknown,
}

/// What is uploaded, and where to.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRequest<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The account that must own the bucket.
    pub owner: &'a str,
    /// The key.
    pub key: &'a str,
    /// The contents.
    pub body: &'a [u8],
    /// Their SHA-256 as 64 hexadecimal digits.
    pub sha256: &'a str,
    /// Whether an object of that key may be replaced.
    pub replace: bool,
}

/// A request that did not do what it should, after all retries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{action} in `{region}` failed: {message}")]
pub struct CloudError {
    /// What kind of failure, as far as the engine acts on it.
    pub kind: ErrorKind,
    /// The API action, such as `cloudformation:CreateStackSet`.
    pub action: &'static str,
    /// The region that was asked.
    pub region: Region,
    /// What the service said, with its code and request id where it gave them.
    pub message: String,
}

/// What kind of failure a [`CloudError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// What was named does not exist.
    NotFound,
    /// A thing with this name, or an operation with this id, exists already.
    AlreadyExists,
    /// Another operation of the StackSet runs.
    OperationInProgress,
    /// The StackSet was changed since it was looked at.
    Stale,
    /// The StackSet still has instances.
    NotEmpty,
    /// The stack is up to date.
    NothingToUpdate,
    /// There are no credentials, or they are no longer valid.
    Credentials,
    /// The credentials do not allow it.
    AccessDenied,
    /// A quota of the account is used up.
    Quota,
    /// The service slows the caller down, and kept on doing so.
    Throttled,
    /// No answer: no network, no such host, a timeout.
    Unreachable,
    /// The clock of this machine is wrong.
    ClockSkew,
    /// The bytes that arrived are not the bytes that were sent.
    ChecksumMismatch,
    /// The service refuses what is asked as wrong.
    Rejected,
    /// Anything else.
    Other,
}
