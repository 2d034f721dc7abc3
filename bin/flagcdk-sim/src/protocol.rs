//! The wire forms: form-encoded questions, XML answers, and errors that know neither.

pub(crate) mod query;
pub(crate) mod xml;

/// An error as a service answers it: a code that programs read and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Where a bucket is that was looked for elsewhere.
    pub(crate) bucket_region: Option<String>,
}

impl ServiceError {
    pub(crate) fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), bucket_region: None }
    }

    /// CloudFormation's `ValidationError`, the code of nearly everything that it refuses.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }
}
