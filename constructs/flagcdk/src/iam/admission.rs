//! Letting services in by a resource's own policy, once it is known which service it is.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use flagcdk_core::{Handle, Scope, Value};

use super::Statement;

/// The policy of a resource, as far as it is the app's own: who is let in, and by which statements. Of an imported resource
/// nothing is known, and nothing can be done.
#[derive(Debug)]
pub(crate) struct Admission<P> {
    known: Option<Known<P>>,
}

#[derive(Debug)]
struct Known<P> {
    policy: Handle<P>,
    /// The services that its maker let in, who had reasons of their own: nothing is added for these.
    services: Rc<BTreeSet<String>>,
    statements: Rc<RefCell<Vec<Statement>>>,
    /// What `*` stands for in statements that are added.
    resources: Vec<Value<String>>,
}

impl<P> Admission<P> {
    /// What the policy that was made says.
    pub(crate) fn new(statements: &[Statement], policy: &Handle<P>, resources: &[Value<String>]) -> Self {
        let services = statements.iter().flat_map(Statement::admitted_services).map(str::to_owned).collect();
        let known = Known {
            policy: policy.clone(),
            services: Rc::new(services),
            statements: Rc::new(RefCell::new(statements.to_vec())),
            resources: resources.to_vec(),
        };
        Self { known: Some(known) }
    }

    /// Nothing is known: the resource exists already.
    pub(crate) const fn unknown() -> Self {
        Self { known: None }
    }

    /// The policy, if it is one of the app's.
    pub(crate) fn policy(&self) -> Option<&Handle<P>> {
        self.known.as_ref().map(|known| &known.policy)
    }

    /// Whether the policy is in the same stack as the place. Else it must not name what is there: as what is there names the
    /// resource, each of the two stacks would have to come first.
    pub(crate) fn is_in_stack_of(&self, scope: &Scope) -> bool {
        self.policy().is_some_and(|policy| policy.stack().name() == scope.stack().name())
    }

    /// Whether the policy is in the same stack as another one.
    pub(crate) fn is_beside<Q>(&self, other: &Admission<Q>) -> bool {
        match (self.policy(), other.policy()) {
            (Some(one), Some(other)) => one.stack().name() == other.stack().name(),
            _ => false,
        }
    }

    /// Whether the policy has a statement, or is not known.
    pub(crate) fn has(&self, statement: &Statement) -> bool {
        self.known.as_ref().is_none_or(|known| known.statements.borrow().contains(statement))
    }

    /// Whether the policy is known not to let a service in.
    pub(crate) fn lacks(&self, service: &str) -> bool {
        self.known.as_ref().is_some_and(|known| !known.services.contains(service))
    }

    /// Adds a statement, unless the policy has it already. In a policy that must name its resources `*` stands for them.
    pub(crate) fn add(&self, statement: Statement) {
        let Some(known) = &self.known else { return };
        let statement = match known.resources.as_slice() {
            [] => statement,
            resources => statement.instead_of_anything(resources),
        };
        let mut statements = known.statements.borrow_mut();
        if statements.contains(&statement) {
            return;
        }
        // The number after the last place appends.
        let path = format!("PolicyDocument.Statement.{}", statements.len());
        known.policy.override_property(path, statement.clone().into_value());
        statements.push(statement);
    }
}

impl<P> Clone for Admission<P> {
    fn clone(&self) -> Self {
        let clone = |known: &Known<P>| Known {
            policy: known.policy.clone(),
            services: known.services.clone(),
            statements: known.statements.clone(),
            resources: known.resources.clone(),
        };
        Self { known: self.known.as_ref().map(clone) }
    }
}

impl<P> PartialEq for Admission<P> {
    /// Two are the same if they are of one policy, which is the same if its statements are kept in one place.
    fn eq(&self, other: &Self) -> bool {
        match (&self.known, &other.known) {
            (None, None) => true,
            (Some(one), Some(other)) => Rc::ptr_eq(&one.statements, &other.statements),
            _ => false,
        }
    }
}
