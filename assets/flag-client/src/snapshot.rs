//! All flags of a service, as they were at one moment.

use std::collections::HashMap;
use std::sync::Arc;

use flag_model::FlagMessage;
use foldhash::fast::RandomState;

use crate::compile::Flag;
use crate::context::Context;
use crate::evaluate::NoValue;
use crate::source::Entry;
#[cfg(feature = "open-feature")]
use crate::value::Value;

/// All flags of a service, as they were at one moment. Flags that are read from one snapshot fit together.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// None until flags have been read.
    flags: Option<HashMap<Arc<str>, Arc<Flag>, RandomState>>,
}

impl Snapshot {
    /// A snapshot of these flags, for tests of services: a tombstone is no flag. Of none it is as if none had been read.
    pub fn of(messages: &[FlagMessage]) -> Self {
        if messages.is_empty() {
            return Self::default();
        }
        Self::default().with(messages.iter().map(|message| Entry::of(message.flag_id.as_str().into(), message)))
    }

    /// How many flags there are.
    pub fn len(&self) -> usize {
        self.flags.as_ref().map_or(0, HashMap::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The ids of the flags, in no order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.flags.iter().flatten().map(|(id, _)| id.as_ref())
    }

    /// The value, if it is yes or no; the default if there is none.
    pub fn bool(&self, id: &str, context: &Context, default: bool) -> bool {
        self.resolve(id, context).ok().and_then(|(_, value, _)| value.as_bool()).unwrap_or(default)
    }

    /// The value, if it is a number; the default if there is none.
    pub fn number(&self, id: &str, context: &Context, default: f64) -> f64 {
        self.resolve(id, context).ok().and_then(|(_, value, _)| value.as_number()).unwrap_or(default)
    }

    /// The value, if it is a whole number; the default if there is none.
    pub fn integer(&self, id: &str, context: &Context, default: i64) -> i64 {
        self.resolve(id, context).ok().and_then(|(_, value, _)| value.as_integer()).unwrap_or(default)
    }

    /// The value, if it is a text; the default if there is none.
    pub fn text(&self, id: &str, context: &Context, default: &str) -> Arc<str> {
        let text = self.resolve(id, context).ok().and_then(|(_, value, _)| value.as_text().cloned());
        text.unwrap_or_else(|| default.into())
    }

    /// The value, if it is an object, a list or null.
    pub fn json(&self, id: &str, context: &Context) -> Option<Arc<serde_json::Value>> {
        self.resolve(id, context).ok().and_then(|(_, value, _)| value.as_json().cloned())
    }

    /// The snapshot that changes make of this one.
    pub(crate) fn with(&self, changes: impl IntoIterator<Item = Entry>) -> Self {
        let mut flags = self.flags.clone().unwrap_or_default();
        for Entry { id, flag, .. } in changes {
            match flag {
                Some(flag) => drop(flags.insert(id, flag)),
                None => drop(flags.remove(&id)),
            }
        }
        flags.shrink_to_fit();
        Self { flags: Some(flags) }
    }

    pub(crate) fn flag(&self, id: &str) -> Result<&Flag, NoValue> {
        let flags = self.flags.as_ref().ok_or(NoValue::NotLoaded)?;
        flags.get(id).map(AsRef::as_ref).ok_or(NoValue::Unknown)
    }

    /// A value of any type, by what takes it out of it.
    #[cfg(feature = "open-feature")]
    pub(crate) fn typed<T>(
        &self,
        id: &str,
        context: &Context,
        take: impl Fn(&Value) -> Option<T>,
    ) -> Result<(T, crate::Reason, flag_model::Version), NoValue> {
        let (flag, value, why) = self.resolve(id, context)?;
        Ok((take(value).ok_or(NoValue::OtherType)?, why.into(), flag.version))
    }
}
