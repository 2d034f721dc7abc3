//! A table in memory, with the conditions of the real one.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use flag_model::{
    AttributeValue, CURRENT_VERSION, Flag, FlagId, HEAD_SERVICE, Item, ItemKey, STATUS, ServiceName, Version,
};
use thiserror::Error;

use crate::{Page, Replica, Write};

#[derive(Debug, Default)]
pub(super) struct Memory {
    items: RefCell<BTreeMap<ItemKey, Item>>,
    pub(super) is_down: Cell<bool>,
}

#[derive(Debug, Error)]
#[error("the table is down")]
pub(super) struct Down;

/// How many items a page has: few, so that lists have several.
const PAGE: usize = 2;

impl Memory {
    pub(super) fn item(&self, key: &ItemKey) -> Option<Item> {
        self.items.borrow().get(key).cloned()
    }

    pub(super) fn put(&self, item: Item) {
        self.items.borrow_mut().insert(ItemKey::from_item(&item).unwrap(), item);
    }

    pub(super) fn flag(&self, key: &ItemKey) -> Flag {
        Flag::from_item(&self.item(key).unwrap()).unwrap()
    }

    pub(super) fn keys(&self) -> Vec<ItemKey> {
        self.items.borrow().keys().cloned().collect()
    }

    /// As the validator marks a version that it refuses, and the head too if it is at that version.
    pub(super) fn reject(&self, id: &FlagId, version: Version) {
        let mut items = self.items.borrow_mut();
        let number = AttributeValue::N(version.to_string());
        for (key, of) in
            [(ItemKey::Version(id.clone(), version), "version"), (ItemKey::Head(id.clone()), CURRENT_VERSION)]
        {
            if let Some(item) = items.get_mut(&key).filter(|item| item.get(of) == Some(&number)) {
                item.insert(STATUS.to_owned(), AttributeValue::S("rejected".to_owned()));
                item.insert("rejected_by".to_owned(), AttributeValue::L(vec![AttributeValue::S("a.rule".to_owned())]));
            }
        }
    }

    fn holds(&self, write: &Write) -> bool {
        let items = self.items.borrow();
        let there = |item: &Item| items.get(&ItemKey::from_item(item).unwrap());
        match write {
            Write::Create(item) => there(item).is_none(),
            Write::ReplaceHead { head, seen } => there(head).is_some_and(|there| {
                there.get(CURRENT_VERSION) == Some(&AttributeValue::N(seen.version.to_string()))
                    && there.get(STATUS) == seen.status.as_ref()
            }),
            Write::MarkRolledBack { key, .. } => items.contains_key(key),
            Write::StillGood(key) => {
                let good = AttributeValue::S("good".to_owned());
                items.get(key).is_some_and(|item| item.get(STATUS).is_none_or(|status| *status == good))
            }
        }
    }

    fn do_write(&self, write: &Write) {
        match write {
            Write::Create(item) | Write::ReplaceHead { head: item, .. } => self.put(item.clone()),
            Write::MarkRolledBack { key, execution } => {
                let mut items = self.items.borrow_mut();
                let item = items.get_mut(key).unwrap();
                item.insert(STATUS.to_owned(), AttributeValue::S("rolled_back".to_owned()));
                item.insert("rolled_back_by".to_owned(), AttributeValue::S(execution.clone()));
            }
            Write::StillGood(_) => {}
        }
    }

    /// One page of items, each page beginning after the key where the one before ended.
    fn page(items: Vec<Item>, from: Option<&Item>) -> Page {
        let start = from.map_or(0, |from| {
            let key = ItemKey::from_item(from).unwrap();
            items.iter().position(|item| ItemKey::from_item(item).unwrap() == key).unwrap() + 1
        });
        let rest = &items[start..];
        let page = rest[..rest.len().min(PAGE)].to_vec();
        let next = page.last().filter(|_| rest.len() > PAGE).map(|last| ItemKey::from_item(last).unwrap().to_item());
        Page { items: page, next }
    }

    fn answer<T>(&self, answer: T) -> Result<T, Down> {
        if self.is_down.get() { Err(Down) } else { Ok(answer) }
    }
}

impl Replica for Memory {
    type Error = Down;

    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, Down> {
        self.answer(self.item(key))
    }

    async fn versions(&self, flag: &FlagId, below: Option<Version>, from: Option<Item>) -> Result<Page, Down> {
        let items = self.items.borrow();
        let wanted = |key: &ItemKey| matches!(key, ItemKey::Version(id, v) if id == flag && below.is_none_or(|below| *v < below));
        let found = items.iter().rev().filter(|(key, _)| wanted(key)).map(|(_, item)| item.clone());
        self.answer(Self::page(found.collect(), from.as_ref()))
    }

    async fn heads(&self, service: Option<&ServiceName>, from: Option<Item>) -> Result<Page, Down> {
        let items = self.items.borrow();
        let of_service = |item: &Item| match item.get(HEAD_SERVICE) {
            Some(AttributeValue::S(name)) => service.is_none_or(|service| service.as_str() == name),
            _ => false,
        };
        // From behind, since the order of an index's partitions is any.
        let found = items.values().rev().filter(|item| of_service(item)).cloned();
        self.answer(Self::page(found.collect(), from.as_ref()))
    }

    async fn write(&self, writes: &[Write]) -> Result<bool, Down> {
        self.answer(())?;
        let mut keys: Vec<_> = writes.iter().filter_map(key_of).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), writes.len(), "a transaction may not have two writes of one item");
        let holds = writes.iter().all(|write| self.holds(write));
        if holds {
            writes.iter().for_each(|write| self.do_write(write));
        }
        Ok(holds)
    }
}

fn key_of(write: &Write) -> Option<ItemKey> {
    match write {
        Write::Create(item) | Write::ReplaceHead { head: item, .. } => ItemKey::from_item(item).ok(),
        Write::MarkRolledBack { key, .. } | Write::StillGood(key) => Some(key.clone()),
    }
}
