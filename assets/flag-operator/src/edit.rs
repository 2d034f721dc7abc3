//! What is to be different about a flag.

use flag_model::{
    Flag, FlagId, FlagKind, FlagValue, Percentage, Rollout, Sensitivity, ServiceName, Targeting, Timestamp, Version,
};

use crate::Definition;
use crate::document::MARKS;
use crate::error::OperatorError;
use crate::head::Head;

/// What is to be different about a flag; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// The whole flag, in place of what it is. The other fields change it further.
    pub definition: Option<Definition>,
    /// The service that the flag belongs to.
    pub service: Option<ServiceName>,
    /// The value. A flag that is deleted is there again.
    pub value: Option<FlagValue>,
    /// The value for whoever does not get `value`.
    pub off_value: Option<FlagValue>,
    /// What the flag is for.
    pub kind: Option<FlagKind>,
    /// The team that answers for it.
    pub owner: Option<String>,
    /// Where that team is reached.
    pub contact: Option<String>,
    /// What the flag does.
    pub description: Option<String>,
    /// What people find it by.
    pub tags: Option<Vec<String>>,
    /// Who may see the value.
    pub sensitivity: Option<Sensitivity>,
    /// Whether browsers and apps read it.
    pub client_side: Option<bool>,
    /// Whether it is meant to stay.
    pub permanent: Option<bool>,
    /// When it is to be gone.
    pub expires_at: Option<Deadline>,
    /// When somebody is to look at it again.
    pub review_at: Option<Deadline>,
    /// Whom the value is for.
    pub targeting: Option<Targeting>,
    /// What share of users gets the value. How users are told apart stays.
    pub percentage: Option<Percentage>,
    /// Whether the flag is switched off for everybody at once.
    pub kill_switch: Option<bool>,
    /// Whether the flag is to become a tombstone, by which everybody forgets it.
    pub delete: bool,
}

/// When something is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// Then.
    At(Timestamp),
    /// Not any more.
    Never,
}

impl Deadline {
    fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Never => None,
        }
    }
}

impl Edit {
    /// The flag that an edit makes of what is there. What the system keeps of a version is not touched yet.
    pub(crate) fn apply<E: std::error::Error>(
        &self,
        id: &FlagId,
        head: Option<&Head>,
    ) -> Result<Flag, OperatorError<E>> {
        let mut flag = self.base(id, head)?;
        for mark in MARKS {
            flag.extra.remove(mark);
        }
        if self.delete {
            (flag.deleted, flag.kill_switch) = (true, false);
            (flag.value, flag.off_value, flag.targeting) = (None, None, Targeting::default());
        }
        set(&mut flag.service, &self.service);
        set(&mut flag.kind, &self.kind);
        set(&mut flag.owner, &self.owner);
        set(&mut flag.contact, &self.contact);
        set(&mut flag.description, &self.description);
        set(&mut flag.tags, &self.tags);
        set(&mut flag.sensitivity, &self.sensitivity);
        set(&mut flag.client_side, &self.client_side);
        set(&mut flag.permanent, &self.permanent);
        set(&mut flag.expires_at, &self.expires_at.map(Deadline::at));
        set(&mut flag.review_at, &self.review_at.map(Deadline::at));
        set(&mut flag.targeting, &self.targeting);
        set(&mut flag.kill_switch, &self.kill_switch);
        if let Some(value) = &self.value {
            flag.value = Some(value.clone());
            flag.deleted = false;
        }
        if let Some(value) = &self.off_value {
            flag.off_value = Some(value.clone());
        }
        if let Some(percentage) = self.percentage {
            let rollout = flag.targeting.rollout.take();
            let rollout = rollout.unwrap_or_else(|| Rollout { percentage, bucket_by: "user_id".into(), salt: None });
            flag.targeting.rollout = Some(Rollout { percentage, ..rollout });
        }
        let was_deleted = head.and_then(|head| head.flag.as_ref().ok()).is_some_and(|flag| flag.deleted);
        if was_deleted && flag.deleted && self.definition.is_none() && !self.delete {
            return Err(OperatorError::Deleted { flag: id.clone() });
        }
        Ok(flag)
    }

    fn base<E: std::error::Error>(&self, id: &FlagId, head: Option<&Head>) -> Result<Flag, OperatorError<E>> {
        let there = head.map(|head| &head.flag);
        if let Some(definition) = &self.definition {
            if let Some(got) = definition.id.as_ref().filter(|got| *got != id) {
                return Err(OperatorError::OtherFlag { got: got.clone(), wanted: id.clone() });
            }
            let there = there.and_then(|flag| flag.as_ref().ok());
            let service = definition.service.clone().or_else(|| there.map(|flag| flag.service.clone()));
            let Some(service) = service.or_else(|| self.service.clone()) else {
                return Err(OperatorError::Incomplete { flag: id.clone(), missing: vec!["a service"] });
            };
            let created_at = there.and_then(|flag| flag.created_at);
            return Ok(Flag { id: id.clone(), service, created_at, ..definition.flag.clone() });
        }
        match (there, &self.service, &self.value) {
            (Some(Ok(flag)), _, _) => Ok(flag.clone()),
            (Some(Err(error)), _, _) => Err(OperatorError::Malformed {
                flag: id.clone(),
                item: "the head".to_owned(),
                problem: error.to_string(),
            }),
            (None, Some(service), Some(value)) => {
                let first = Version::new(1).expect("1 is a version");
                Ok(Flag::new(id.clone(), first, service.clone(), value.clone()))
            }
            (None, None, None) if !self.says_anything_of_a_new_flag() => {
                Err(OperatorError::FlagNotFound { flag: id.clone() })
            }
            (None, service, value) => {
                let missing = [(service.is_none(), "a service"), (value.is_none(), "a value")];
                let missing = missing.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| what);
                Err(OperatorError::Incomplete { flag: id.clone(), missing: missing.collect() })
            }
        }
    }

    /// Whether somebody who says this may want to make a flag, and not only to switch one or to delete it.
    fn says_anything_of_a_new_flag(&self) -> bool {
        *self != Self { delete: self.delete, kill_switch: self.kill_switch, ..Self::default() }
    }
}

fn set<T: Clone>(field: &mut T, to: &Option<T>) {
    if let Some(to) = to {
        field.clone_from(to);
    }
}
