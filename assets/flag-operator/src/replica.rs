//! The port to the table.

use std::error::Error;

use flag_model::{AttributeValue, FlagId, Item, ItemKey, ServiceName, Version};

/// The table of flags, as one region has it.
#[expect(async_fn_in_trait, reason = "the operator awaits on one task; no future has to move to another thread")]
pub trait Replica {
    /// Why the table could not be asked.
    type Error: Error + 'static;

    /// An item, as it is in this region at this moment.
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, Self::Error>;

    /// Versions of a flag, the newest first: all, or those below a version. Goes on after `from`, where a page ended.
    async fn versions(&self, flag: &FlagId, below: Option<Version>, from: Option<Item>) -> Result<Page, Self::Error>;

    /// Heads of flags in any order: all, or those of a service. They come from an index, which is a moment behind.
    async fn heads(&self, service: Option<&ServiceName>, from: Option<Item>) -> Result<Page, Self::Error>;

    /// Writes all or nothing. False if something was written in between, so that the conditions no longer hold.
    async fn write(&self, writes: &[Write]) -> Result<bool, Self::Error>;
}

/// Some items of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// After what the list goes on; none at its end.
    pub next: Option<Item>,
}

/// One write of several that are done all or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Puts an item that must not be there yet.
    Create(Item),
    /// Puts a head, on the condition that the one that is there is still the one that was seen.
    ReplaceHead {
        /// The new head.
        head: Item,
        /// What is known of the old one.
        seen: Seen,
    },
    /// Marks a version, which must be there, as rolled back by an execution: its `status` becomes `rolled_back`, and its
    /// `rolled_back_by` the execution.
    MarkRolledBack {
        /// The version.
        key: ItemKey,
        /// The execution.
        execution: String,
    },
    /// Writes nothing, and holds only if the item is there and its `status`, if it has one, is `good`.
    StillGood(ItemKey),
}

/// By what a head is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its current version.
    pub version: Version,
    /// Its `status`; none if it has none.
    pub status: Option<AttributeValue>,
}

impl<R: Replica> Replica for &R {
    type Error = R::Error;

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, Self::Error> {
        (**self).get(key).await
    }

    async fn versions(&self, flag: &FlagId, below: Option<Version>, from: Option<Item>) -> Result<Page, Self::Error> {
        (**self).versions(flag, below, from).await
    }

    async fn heads(&self, service: Option<&ServiceName>, from: Option<Item>) -> Result<Page, Self::Error> {
        (**self).heads(service, from).await
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, Self::Error> {
        (**self).write(writes).await
    }
}
