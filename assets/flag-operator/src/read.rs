//! What is there.

use flag_model::{Flag, FlagId, Item, ItemKey, ServiceName, Version};

use crate::Replica;
use crate::error::OperatorError;
use crate::head::Head;

/// An item of a list, which may be malformed: one that is does not hide the others.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A flag.
    Flag(Box<Flag>),
    /// An item that is no flag.
    Malformed {
        /// Its key, as it is: the flag's id and the version.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

/// Versions of a flag.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The current version.
    pub current: Version,
    /// The versions, the newest first.
    pub versions: Vec<Entry>,
    /// Whether there are more.
    pub more: bool,
}

/// A flag as it is, or as it was at a version.
///
/// # Errors
///
/// If there is no such flag or version, if it is malformed, or if the table cannot be asked.
pub async fn get<R: Replica>(
    replica: &R,
    id: &FlagId,
    version: Option<Version>,
) -> Result<Flag, OperatorError<R::Error>> {
    let key = version.map_or_else(|| ItemKey::Head(id.clone()), |version| ItemKey::Version(id.clone(), version));
    let item = replica.get(&key).await.map_err(OperatorError::Table)?;
    let item = item.ok_or_else(|| match version {
        Some(version) => OperatorError::VersionNotFound { flag: id.clone(), version },
        None => OperatorError::FlagNotFound { flag: id.clone() },
    })?;
    let name = || version.map_or_else(|| "the head".to_owned(), |version| format!("version {version}"));
    Flag::from_item(&item).map_err(|error| OperatorError::Malformed {
        flag: id.clone(),
        item: name(),
        problem: error.to_string(),
    })
}

/// The flags of a service, or all, in the order of their ids.
///
/// # Errors
///
/// If the table cannot be asked.
pub async fn list<R: Replica>(
    replica: &R,
    service: Option<&ServiceName>,
) -> Result<Vec<Entry>, OperatorError<R::Error>> {
    let (mut heads, mut from) = (Vec::new(), None);
    loop {
        let page = replica.heads(service, from).await.map_err(OperatorError::Table)?;
        heads.extend(page.items.iter().map(Entry::of));
        from = page.next;
        if from.is_none() {
            heads.sort_by(|a, b| a.name().cmp(b.name()));
            return Ok(heads);
        }
    }
}

/// The newest versions of a flag, so many at most.
///
/// # Errors
///
/// If there is no such flag, or if the table cannot be asked.
pub async fn history<R: Replica>(replica: &R, id: &FlagId, most: usize) -> Result<History, OperatorError<R::Error>> {
    let head = Head::read(replica, id).await?;
    let head = head.ok_or_else(|| OperatorError::FlagNotFound { flag: id.clone() })?;
    let (mut versions, mut from) = (Vec::new(), None);
    loop {
        let page = replica.versions(id, None, from).await.map_err(OperatorError::Table)?;
        versions.extend(page.items.iter().map(Entry::of));
        from = page.next;
        let is_enough = versions.len() > most;
        if from.is_none() || is_enough {
            versions.truncate(most);
            return Ok(History { current: head.current, versions, more: is_enough });
        }
    }
}

impl Entry {
    fn of(item: &Item) -> Self {
        match Flag::from_item(item) {
            Ok(flag) => Self::Flag(Box::new(flag)),
            Err(error) => {
                let key = match ItemKey::from_item(item) {
                    Ok(ItemKey::Head(id)) => id.to_string(),
                    Ok(ItemKey::Version(id, version)) => format!("{id} version {version}"),
                    Ok(ItemKey::Audit(id)) => id,
                    Err(error) => error.to_string(),
                };
                Self::Malformed { key, problem: error.to_string() }
            }
        }
    }

    /// What it is called, for its place in a list.
    fn name(&self) -> &str {
        match self {
            Self::Flag(flag) => flag.id.as_str(),
            Self::Malformed { key, .. } => key,
        }
    }
}
