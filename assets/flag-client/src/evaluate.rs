//! Flags, evaluated.

use std::cell::Cell;
use std::io::Write;
use std::sync::Arc;

use flag_model::{BUCKETS, Percentage, Version, bucket};
use thiserror::Error;

use crate::compile::{Flag, Prerequisite, Rule};
use crate::context::{Attribute, Context};
use crate::snapshot::Snapshot;
use crate::value::Value;

/// How deeply flags may wait for one another. Those that wait in a circle wait for ever: the prerequisite is not met.
const MAX_DEPTH: usize = 10;

/// How many prerequisites are looked at for one flag, theirs included: where many wait for the same ones, they would be looked at
/// over and over.
const MAX_PREREQUISITES: usize = 1000;

/// What a flag gives, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// What it gives.
    pub value: Value,
    /// Why.
    pub reason: Reason,
    /// The flag's version.
    pub version: Version,
}

/// Why a flag gives what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has no rollout, and gives its value to all.
    Everybody,
    /// The rollout takes the user in.
    InRollout,
    /// The rollout does not.
    OutsideRollout,
    /// The targeting rule of this name applies.
    Rule(Arc<str>),
    /// A prerequisite is not met.
    Prerequisite,
    /// The kill switch is pulled.
    KillSwitch,
}

/// Why a flag gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoValue {
    /// No flags have been read yet.
    #[error("no flags have been read yet")]
    NotLoaded,
    /// There is no such flag, or it was deleted.
    #[error("there is no such flag")]
    Unknown,
    /// It has no off value, and the user does not get the value.
    #[error("the user does not get the flag's value, and it has no off value")]
    NoOffValue,
    /// Its value is not of the type that was asked for.
    #[error("the flag's value is of another type")]
    OtherType,
}

/// As [`Reason`], without a copy.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why<'s> {
    Everybody,
    InRollout,
    OutsideRollout,
    Rule(&'s Arc<str>),
    Prerequisite,
    KillSwitch,
}

impl From<Why<'_>> for Reason {
    fn from(why: Why<'_>) -> Self {
        match why {
            Why::Everybody => Self::Everybody,
            Why::InRollout => Self::InRollout,
            Why::OutsideRollout => Self::OutsideRollout,
            Why::Rule(name) => Self::Rule(Arc::clone(name)),
            Why::Prerequisite => Self::Prerequisite,
            Why::KillSwitch => Self::KillSwitch,
        }
    }
}

impl Snapshot {
    /// What a flag gives to the one that the context tells of, and why.
    ///
    /// # Errors
    ///
    /// If there is no such flag, or it has nothing for them.
    pub fn evaluate(&self, id: &str, context: &Context) -> Result<Evaluation, NoValue> {
        let (flag, value, why) = self.resolve(id, context)?;
        Ok(Evaluation { value: value.clone(), reason: why.into(), version: flag.version })
    }

    /// As [`Snapshot::evaluate`], without a copy.
    pub(crate) fn resolve<'s>(
        &'s self,
        id: &str,
        context: &Context,
    ) -> Result<(&'s Flag, &'s Value, Why<'s>), NoValue> {
        let flag = self.flag(id)?;
        let (value, why) = self.value_of(id, flag, context, 1, &Cell::new(MAX_PREREQUISITES));
        Ok((flag, value.ok_or(NoValue::NoOffValue)?, why))
    }

    fn value_of<'s>(
        &'s self,
        id: &str,
        flag: &'s Flag,
        context: &Context,
        depth: usize,
        left: &Cell<usize>,
    ) -> (Option<&'s Value>, Why<'s>) {
        let off = flag.off_value.as_ref();
        if flag.kill_switch {
            return (off, Why::KillSwitch);
        }
        let is_met = |other: &Prerequisite| {
            left.update(|left| left.saturating_sub(1));
            depth < MAX_DEPTH
                && left.get() > 0
                && self.flag(&other.flag).is_ok_and(|found| {
                    self.value_of(&other.flag, found, context, depth + 1, left).0 == Some(&other.equals)
                })
        };
        if !flag.prerequisites.iter().all(is_met) {
            return (off, Why::Prerequisite);
        }
        if let Some(rule) = flag.rules.iter().find(|rule| applies(rule, id, flag, context)) {
            return (Some(&rule.serve), Why::Rule(&rule.name));
        }
        match flag.share.percentage {
            None => (Some(&flag.value), Why::Everybody),
            Some(percentage) if takes_in(percentage, id, flag, context) => (Some(&flag.value), Why::InRollout),
            Some(_) => (off, Why::OutsideRollout),
        }
    }
}

fn applies(rule: &Rule, id: &str, flag: &Flag, context: &Context) -> bool {
    rule.conditions.iter().all(|condition| condition.holds(context))
        && rule.percentage.is_none_or(|percentage| takes_in(percentage, id, flag, context))
}

fn takes_in(percentage: Percentage, id: &str, flag: &Flag, context: &Context) -> bool {
    match percentage.basis_points() {
        0 => return false,
        BUCKETS => return true,
        _ => {}
    }
    let salt = flag.share.salt.as_deref().unwrap_or(id);
    let in_bucket_of = |user: &str| percentage.takes_in(bucket(salt, user));
    match context.get(flag.share.bucket_by()) {
        None => false,
        Some(Attribute::Text(text)) => in_bucket_of(text),
        Some(Attribute::Bool(value)) => in_bucket_of(if *value { "true" } else { "false" }),
        Some(Attribute::Time(time)) => in_bucket_of(&time.to_string()),
        Some(Attribute::Number(number)) => {
            // Numbers have some 330 characters at most.
            let mut buffer = [0u8; 400];
            let mut rest = &mut buffer[..];
            let written = write!(rest, "{number}").map(|()| 400 - rest.len());
            written.is_ok_and(|end| std::str::from_utf8(&buffer[..end]).is_ok_and(in_bucket_of))
        }
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
