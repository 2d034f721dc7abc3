//! A change on its way to all regions.

use std::collections::BTreeMap;

use flag_model::{Flag, FlagId, ItemKey, Timestamp, Version};
use futures::future::join_all;

use crate::Replica;
use crate::head::Head;

/// Watches for a version of a flag, or a later one, in the replicas of several regions.
///
/// It does not wait: who calls [`Watch::look`] again and again says how often and how long.
#[derive(Clone, Debug)]
pub struct Watch {
    flag: FlagId,
    wanted: Version,
    /// What was seen last in each region that does not have it.
    pending: BTreeMap<String, Option<Sight>>,
}

/// What was seen of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The region.
    pub region: String,
    /// What was seen.
    pub sight: Sight,
}

/// What was seen of a flag in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It has the version, or a later one.
    Arrived {
        /// Which.
        version: Version,
        /// How many milliseconds after it was written this was seen, by the clocks of the writer and of who looks.
        after: Option<i64>,
    },
    /// It has an older version.
    Behind {
        /// Which.
        version: Version,
    },
    /// It does not have the flag.
    Missing,
    /// It could not be asked, or its answer is malformed.
    Failed {
        /// Why.
        problem: String,
    },
}

impl Watch {
    /// Watches for a version in some regions.
    pub fn new(flag: FlagId, wanted: Version, regions: impl IntoIterator<Item = String>) -> Self {
        Self { flag, wanted, pending: regions.into_iter().map(|region| (region, None)).collect() }
    }

    /// Looks at every region that did not have the version, at the same time. Gives what is not as it was when it was last
    /// looked at, in the order of the regions' names.
    pub async fn look<R: Replica>(
        &mut self,
        replicas: &BTreeMap<String, R>,
        now: impl Fn() -> Timestamp,
    ) -> Vec<Sighting> {
        let (flag, wanted) = (&self.flag, self.wanted);
        let looks = self.pending.keys().filter_map(|region| {
            let replica = replicas.get(region)?;
            Some(async { (region.clone(), see(replica, flag, wanted, &now).await) })
        });
        let mut changed = Vec::new();
        for (region, sight) in join_all(looks).await {
            let Some(last) = self.pending.get_mut(&region) else { continue };
            if last.as_ref() == Some(&sight) {
                continue;
            }
            *last = Some(sight.clone());
            if matches!(sight, Sight::Arrived { .. }) {
                self.pending.remove(&region);
            }
            changed.push(Sighting { region, sight });
        }
        changed
    }

    /// Whether every region has the version.
    pub fn is_done(&self) -> bool {
        self.pending.is_empty()
    }

    /// The regions that do not have the version.
    pub fn pending(&self) -> impl Iterator<Item = &str> {
        self.pending.keys().map(String::as_str)
    }
}

async fn see<R: Replica>(replica: &R, id: &FlagId, wanted: Version, now: impl Fn() -> Timestamp) -> Sight {
    let head = match Head::read(replica, id).await {
        Ok(Some(head)) => head,
        Ok(None) => return Sight::Missing,
        Err(error) => return Sight::Failed { problem: error.to_string() },
    };
    let version = head.current;
    if version < wanted {
        return Sight::Behind { version };
    }
    let seen_at = now();
    // Of a later version it is not known when the wanted one arrived, but it is there too, with its time.
    let written = match head.flag {
        Ok(flag) if version == wanted => flag.written_at,
        _ => match replica.get(&ItemKey::Version(id.clone(), wanted)).await {
            Ok(Some(item)) => Flag::from_item(&item).ok().and_then(|flag| flag.written_at),
            _ => None,
        },
    };
    let after = written.map(|written| (seen_at.milliseconds() - written.milliseconds()).max(0));
    Sight::Arrived { version, after }
}
