//! What is known of a resource's own policy, so that a missing permission is found before a service is refused.

use std::collections::BTreeSet;

use flagcdk_core::{Handle, Scope};

use super::Statement;

/// Which services the policy of a resource lets in, and the policy itself, which must be there before a service is told to
/// use the resource. Of an imported resource neither is known.
#[derive(Debug)]
pub(crate) struct Admission<P> {
    known: Option<(BTreeSet<String>, Handle<P>)>,
}

impl<P> Admission<P> {
    /// What the policy that was made says.
    pub(crate) fn new<'a>(statements: impl IntoIterator<Item = &'a Statement>, policy: &Handle<P>) -> Self {
        let services = statements.into_iter().flat_map(Statement::admitted_services).map(str::to_owned).collect();
        Self { known: Some((services, policy.clone())) }
    }

    /// Nothing is known: the resource exists already.
    pub(crate) const fn unknown() -> Self {
        Self { known: None }
    }

    /// The policy, if it is one of the app's.
    pub(crate) fn policy(&self) -> Option<&Handle<P>> {
        self.known.as_ref().map(|(_, policy)| policy)
    }

    /// Reports a service that the policy is known not to let in.
    pub(crate) fn check(&self, scope: &Scope, code: &str, what: &str, service: &str, help: &str) {
        let known = self.known.as_ref().is_none_or(|(services, _)| services.contains(service));
        if !known {
            scope.error(code, format!("{what} does not let `{service}` in"), help);
        }
    }
}

impl<P> Clone for Admission<P> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone() }
    }
}

impl<P> PartialEq for Admission<P> {
    fn eq(&self, other: &Self) -> bool {
        self.known.as_ref().map(|(services, _)| services) == other.known.as_ref().map(|(services, _)| services)
    }
}
