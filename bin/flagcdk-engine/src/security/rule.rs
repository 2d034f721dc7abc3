//! What a rule is made of, and how what it says of properties is judged.

use flagcdk_assembly::Severity;
use serde_json::Value as Json;

use super::links::{Links, Place};
use super::values::{self, Slot};
use crate::validate::suggest::shown;
use crate::validate::template::{Resource, StackView};

/// A rule: for which types of resources it is, what must hold, and what to do when it does not.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) on: &'static [&'static str],
    /// An error for what lets strangers in, else a warning.
    pub(super) severity: Severity,
    pub(super) checks: &'static [Check],
    pub(super) help: &'static str,
}

/// One thing that must hold of a resource.
pub(super) enum Check {
    /// A property is as it should be; without it, things are as they should be or not.
    Property(&'static str, Want, Unset),
    /// The resource stays when it leaves its stack.
    Retained,
    /// Whatever takes more words to say.
    Code(fn(&Case<'_, '_>) -> Vec<Fault>),
}

/// What a property should be.
pub(super) enum Want {
    True,
    False,
    AtLeast(i64),
    /// A number other than this one.
    Not(i64),
    OneOf(&'static [&'static str]),
    /// A key of the account, not one that AWS has for everybody.
    OwnKey,
    Set,
}

/// What it means that a property is not set.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unset {
    /// What AWS does then is as it should be.
    Fine,
    Wrong,
}

/// A resource in one of the forms that it can take: without `Fn::If` and `AWS::NoValue`.
pub(super) struct Case<'c, 'a> {
    pub(super) links: &'c Links<'a>,
    pub(super) stack: &'c StackView<'a>,
    /// The stack's place in the app.
    pub(super) position: usize,
    pub(super) resource: &'c Resource<'a>,
    pub(super) properties: &'c Json,
}

/// What is not as a rule says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    /// The property, if it is one.
    pub(super) place: String,
    pub(super) message: String,
}

impl Rule {
    /// A rule whose breach is a warning.
    pub(super) const fn warns(
        id: &'static str,
        on: &'static [&'static str],
        checks: &'static [Check],
        help: &'static str,
    ) -> Self {
        Self { id, on, severity: Severity::Warning, checks, help }
    }

    /// A rule whose breach lets strangers in.
    pub(super) const fn refuses(
        id: &'static str,
        on: &'static [&'static str],
        checks: &'static [Check],
        help: &'static str,
    ) -> Self {
        Self { id, on, severity: Severity::Error, checks, help }
    }

    pub(super) fn faults(&self, case: &Case<'_, '_>) -> Vec<Fault> {
        self.checks.iter().flat_map(|check| check.faults(case)).collect()
    }
}

impl Fault {
    pub(super) fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl<'c, 'a> Case<'c, 'a> {
    /// What is at a path of properties.
    pub(super) fn slots(&self, path: &str) -> Vec<Slot<'c>> {
        values::slots(self.properties, path)
    }

    /// Whether a property is set, or may be.
    pub(super) fn has(&self, path: &str) -> bool {
        let slots = self.slots(path);
        slots.is_empty() || slots.iter().any(|slot| slot.value.is_some())
    }

    /// What is at a path without `*`, unless only the deploy knows.
    pub(super) fn get(&self, path: &str) -> Option<&'c Json> {
        self.slots(path).pop()?.value
    }

    /// Where the resource is in the app.
    pub(super) fn place(&self) -> Place<'a> {
        (self.position, self.resource.id)
    }

    /// What is wrong with the values at a path.
    pub(super) fn judge(&self, path: &str, want: &Want, unset: Unset) -> Vec<Fault> {
        let name = path.rsplit('.').find(|part| *part != "*").unwrap_or(path);
        let fault = |slot: Slot<'_>| match slot.value {
            None if unset == Unset::Fine => None,
            None => Some(Fault::new(slot.place, format!("`{name}` is not set, wanted {}", want.words()))),
            Some(value) => {
                let bad = values::literals(self.stack, value)?.into_iter().find(|value| !want.holds(value))?;
                Some(Fault::new(slot.place, format!("`{name}` is {}, wanted {}", shown(bad), want.words())))
            }
        };
        self.slots(path).into_iter().filter_map(fault).collect()
    }
}

impl Check {
    fn faults(&self, case: &Case<'_, '_>) -> Vec<Fault> {
        match self {
            Self::Property(path, want, unset) => case.judge(path, want, *unset),
            Self::Retained => retained(case.resource),
            Self::Code(code) => code(case),
        }
    }
}

impl Want {
    fn holds(&self, value: &Json) -> bool {
        match self {
            Self::True => values::truth(value) != Some(false),
            Self::False => values::truth(value) != Some(true),
            Self::AtLeast(least) => values::number(value).is_none_or(|number| number >= *least),
            Self::Not(number) => values::number(value) != Some(*number),
            Self::OneOf(allowed) => value.as_str().is_none_or(|text| allowed.contains(&text)),
            Self::OwnKey => value.as_str().is_none_or(|key| !key.contains("alias/aws/")),
            Self::Set => true,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::True => "`true`".to_owned(),
            Self::False => "`false`".to_owned(),
            Self::AtLeast(least) => format!("{least} or more"),
            Self::Not(number) => format!("another one than {number}"),
            Self::OneOf(allowed) => allowed.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(" or "),
            Self::OwnKey => "a key of the account".to_owned(),
            Self::Set => "a value".to_owned(),
        }
    }
}

fn retained(resource: &Resource<'_>) -> Vec<Fault> {
    let stays = |policy: &Json| policy.as_str().is_none_or(|policy| policy != "Delete");
    let names = ["DeletionPolicy", "UpdateReplacePolicy"];
    let lost = names.into_iter().filter(|name| !resource.body.get(*name).is_some_and(stays));
    lost.map(|name| Fault::new(name, format!("`{name}` is not `Retain`: what is stored is lost"))).collect()
}
