//! Whom constructs give permissions to.

use std::cell::RefCell;
use std::rc::Rc;

use super::{PolicyDocument, Statement};

/// Whoever can be given permissions: a set of [`Permissions`] that a role will be made with, a role, or a construct that has
/// a role.
pub trait Grantee {
    /// Gives the permissions. The name is a PascalCase verb and noun, such as `PublishFlags`, that tells what for; the
    /// same permissions given twice are given once.
    fn grant(&self, name: &str, statements: Vec<Statement>);
}

/// The permissions that a role is going to have from its first moment, collected before the role is made.
///
/// They become the one inline policy of the role. That is better than adding to a role that exists: whatever uses the
/// role, a function in a network or an event source that is checked when it is made, comes after the role and hence after
/// its permissions, without a `DependsOn` that somebody can forget. Clones share their statements.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    document: Rc<RefCell<PolicyDocument>>,
}

impl Permissions {
    /// No permissions yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The statements so far, as a document.
    pub fn document(&self) -> PolicyDocument {
        self.document.borrow().clone()
    }
}

impl Grantee for Permissions {
    fn grant(&self, _name: &str, statements: Vec<Statement>) {
        let mut document = self.document.borrow_mut();
        statements.into_iter().for_each(|statement| document.add(statement));
    }
}

impl<G: Grantee + ?Sized> Grantee for &G {
    fn grant(&self, name: &str, statements: Vec<Statement>) {
        (**self).grant(name, statements);
    }
}
