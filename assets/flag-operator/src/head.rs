//! The head of a flag, from which every change starts.

use flag_model::{AttributeValue, CURRENT_VERSION, Flag, FlagError, FlagId, Item, ItemKey, STATUS, Status, Version};

use crate::error::OperatorError;
use crate::{Replica, Seen};

/// The head of a flag, as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    id: FlagId,
    pub(crate) current: Version,
    /// The flag. A head may be malformed: what is not published does no harm, and is mended by the next version.
    pub(crate) flag: Result<Flag, FlagError>,
    pub(crate) seen: Seen,
}

impl Head {
    /// Reads the head of a flag; none if there is none.
    pub(crate) async fn read<R: Replica>(replica: &R, id: &FlagId) -> Result<Option<Self>, OperatorError<R::Error>> {
        let item = replica.get(&ItemKey::Head(id.clone())).await.map_err(OperatorError::Table)?;
        let Some(item) = item else { return Ok(None) };
        let Some(current) = number(&item, CURRENT_VERSION) else {
            let problem = format!("`{CURRENT_VERSION}` is no version");
            return Err(OperatorError::Malformed { flag: id.clone(), item: "the head".to_owned(), problem });
        };
        let seen = Seen { version: current, status: item.get(STATUS).cloned() };
        Ok(Some(Self { id: id.clone(), current, flag: Flag::from_item(&item), seen }))
    }

    /// The version that readers have, and that rules compare with: the current one, unless it was rejected.
    pub(crate) async fn published<R: Replica>(&self, replica: &R) -> Result<Option<Flag>, OperatorError<R::Error>> {
        match &self.flag {
            Ok(flag) if flag.status != Status::Rejected => Ok(Some(flag.clone())),
            _ => {
                let good = newest_good(replica, &self.id, self.current, |_| true).await?;
                Ok(good.map(|(flag, _)| flag))
            }
        }
    }
}

/// The newest version below another that nothing bad is known of and that is wanted, and its item.
pub(crate) async fn newest_good<R: Replica>(
    replica: &R,
    id: &FlagId,
    below: Version,
    wanted: impl Fn(&Flag) -> bool,
) -> Result<Option<(Flag, Item)>, OperatorError<R::Error>> {
    let mut from = None;
    loop {
        let page = replica.versions(id, Some(below), from).await.map_err(OperatorError::Table)?;
        for item in page.items {
            if let Some(flag) = Flag::from_item(&item).ok().filter(|flag| flag.is_good() && wanted(flag)) {
                return Ok(Some((flag, item)));
            }
        }
        from = page.next;
        if from.is_none() {
            return Ok(None);
        }
    }
}

/// A version that an attribute holds.
pub(crate) fn number(item: &Item, name: &str) -> Option<Version> {
    match item.get(name)? {
        AttributeValue::N(number) => number.parse().ok(),
        _ => None,
    }
}
