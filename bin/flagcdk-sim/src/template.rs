//! CloudFormation's template language.

pub(crate) mod capabilities;
mod cidr;
mod dynamic_references;
pub(crate) mod evaluate;
mod intrinsics;
pub(crate) mod parameters;
mod parse;
mod references;
mod sub;

pub(crate) use parse::{ResourceDeclaration, Template};

/// Why a template is refused, in CloudFormation's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct TemplateError(pub(crate) String);

impl TemplateError {
    fn format(message: impl std::fmt::Display) -> Self {
        Self(format!("Template format error: {message}"))
    }

    fn rule(message: impl std::fmt::Display) -> Self {
        Self(format!("Template error: {message}"))
    }
}

impl From<TemplateError> for crate::protocol::ServiceError {
    fn from(error: TemplateError) -> Self {
        Self::validation(error.0)
    }
}
