//! What was asked.

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The service: `cloudformation`, `s3`, `sts` or `dynamodb`.
    pub service: String,
    /// The action, such as `CreateStackSet` or `PutObject`.
    pub action: String,
    /// The region that was asked.
    pub region: String,
    /// Whether the action changes something.
    pub mutating: bool,
    /// The access key that it was signed with.
    pub access_key: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is not answered yet.
    Pending,
    /// It was answered with a status.
    Answered(u16),
    /// It was refused with a status and a code.
    Refused(u16, String),
    /// The connection was reset before it was carried out.
    Reset,
    /// It was carried out, and the answer was lost.
    ReplyLost,
}
