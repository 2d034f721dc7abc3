//! Flags, made ready to be evaluated.

use flag_model::{FlagMessage, Percentage, Rollout, TargetingRule, Version};

use crate::condition::Compiled as Condition;
use crate::context::USER_ID;
use crate::value::Value;

/// A flag, made ready to be evaluated. Nothing is kept that evaluation has no use for.
#[derive(Debug)]
pub(crate) struct Flag {
    pub(crate) version: Version,
    pub(crate) value: Value,
    pub(crate) off_value: Option<Value>,
    pub(crate) kill_switch: bool,
    pub(crate) prerequisites: Box<[Prerequisite]>,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) share: Share,
}

#[derive(Debug)]
pub(crate) struct Prerequisite {
    pub(crate) flag: Box<str>,
    pub(crate) equals: Value,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: std::sync::Arc<str>,
    pub(crate) conditions: Box<[Condition]>,
    pub(crate) serve: Value,
    pub(crate) percentage: Option<Percentage>,
}

/// What share of users gets the value, and how users are told apart.
#[derive(Debug)]
pub(crate) struct Share {
    /// None if there is no rollout.
    pub(crate) percentage: Option<Percentage>,
    /// None if it is `user_id`, as it nearly always is.
    bucket_by: Option<Box<str>>,
    /// None if it is the flag's id.
    pub(crate) salt: Option<Box<str>>,
}

impl Flag {
    /// Makes a flag ready; none if the message is a tombstone.
    pub(crate) fn of(message: &FlagMessage) -> Option<Self> {
        let value = message.value.as_ref().filter(|_| !message.tombstone)?;
        let targeting = &message.targeting;
        let prerequisites = targeting
            .prerequisites
            .iter()
            .map(|other| Prerequisite { flag: other.flag_id.as_str().into(), equals: Value::of(&other.equals) });
        Some(Self {
            version: message.version,
            value: Value::of(value),
            off_value: message.off_value.as_ref().map(Value::of),
            kill_switch: message.kill_switch,
            prerequisites: prerequisites.collect(),
            rules: targeting.rules.iter().map(Rule::of).collect(),
            share: Share::of(targeting.rollout.as_ref()),
        })
    }
}

impl Rule {
    fn of(rule: &TargetingRule) -> Self {
        Self {
            name: rule.name.as_str().into(),
            conditions: rule.conditions.iter().map(Condition::of).collect(),
            serve: Value::of(&rule.serve),
            percentage: rule.percentage,
        }
    }
}

impl Share {
    fn of(rollout: Option<&Rollout>) -> Self {
        Self {
            percentage: rollout.map(|rollout| rollout.percentage),
            bucket_by: rollout.map(|of| of.bucket_by.as_str()).filter(|name| *name != USER_ID).map(Box::from),
            salt: rollout.and_then(|rollout| rollout.salt.as_deref()).map(Box::from),
        }
    }

    /// The attribute by which users are told apart.
    pub(crate) fn bucket_by(&self) -> &str {
        self.bucket_by.as_deref().unwrap_or(USER_ID)
    }
}
