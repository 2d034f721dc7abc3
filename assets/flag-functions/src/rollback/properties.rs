//! However often rollbacks are asked for, played again and cut off: nothing that was taken back comes back.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use flag_model::{AttributeValue, Flag, FlagValue};
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

/// What may go wrong with a rollback.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// The table writes, and nobody is told so.
    LostReply,
    /// The table does not write.
    NotWritten,
    /// The audit domain does not answer.
    AuditDown,
    /// A person writes a version just before.
    Rival,
}

#[derive(Clone, Debug)]
enum Step {
    /// A person writes a version.
    Write,
    /// The validator rejects the current version.
    Reject,
    /// Time goes by.
    Hours,
    /// A region asks for the version to be taken back that is so far below the current one.
    RollBack { below: u64, region: u8, fault: Fault },
    /// An execution is played again.
    Replay { which: prop::sample::Index, fault: Fault },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fault = || {
        prop_oneof![
            8 => Just(Fault::None), 2 => Just(Fault::LostReply), 2 => Just(Fault::NotWritten), 2 => Just(Fault::AuditDown),
            1 => Just(Fault::Rival),
        ]
    };
    let step = prop_oneof![
        3 => Just(Step::Write),
        1 => Just(Step::Reject),
        2 => Just(Step::Hours),
        4 => (0..3u64, 0..3u8, fault()).prop_map(|(below, region, fault)| Step::RollBack { below, region, fault }),
        3 => (any::<prop::sample::Index>(), fault()).prop_map(|(which, fault)| Step::Replay { which, fault }),
    ];
    prop::collection::vec(step, 1..24)
}

/// The table and the audit domain.
#[derive(Default)]
struct World {
    table: RefCell<BTreeMap<ItemKey, Item>>,
    audits: RefCell<BTreeSet<String>>,
    fault: Cell<Option<Fault>>,
}

fn id() -> FlagId {
    "a".parse().unwrap()
}

fn of_version(number: u64) -> ItemKey {
    ItemKey::Version(id(), Version::new(number).unwrap())
}

impl World {
    fn fails(&self, fault: Fault) -> bool {
        let fails = self.fault.get() == Some(fault);
        if fails {
            self.fault.set(None);
        }
        fails
    }

    fn current(&self) -> u64 {
        let table = self.table.borrow();
        let head = table.get(&ItemKey::Head(id())).map(|head| Flag::from_item(head).unwrap());
        head.map_or(0, |head| head.version.get())
    }

    fn write_next(&self) {
        let version = self.current() + 1;
        let value = FlagValue::String(format!("written as {version}"));
        let flag = Flag::new(id(), Version::new(version).unwrap(), "s".parse().unwrap(), value);
        let mut table = self.table.borrow_mut();
        table.insert(of_version(version), flag.to_version_item());
        table.insert(ItemKey::Head(id()), flag.to_head_item());
    }

    fn set_on_current(&self, name: &str, text: &str) {
        let version = self.current();
        let mut table = self.table.borrow_mut();
        for key in [of_version(version), ItemKey::Head(id())] {
            if let Some(item) = table.get_mut(&key) {
                item.insert(name.to_owned(), AttributeValue::S(text.to_owned()));
            }
        }
    }

    /// The versions that nobody may go back to.
    fn bad(&self) -> BTreeSet<u64> {
        let table = self.table.borrow();
        let is_bad = |key: &ItemKey| table.get(key).is_some_and(|item| !plan::is_good(item));
        (1..=self.current()).filter(|number| is_bad(&of_version(*number))).collect()
    }
}

impl Outside for World {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, String> {
        Ok(self.table.borrow().get(key).cloned())
    }

    async fn newest_good_below(&self, _: &FlagId, version: Version) -> Result<Option<Item>, String> {
        let table = self.table.borrow();
        let mut below = (1..version.get()).rev().filter_map(|number| table.get(&of_version(number)));
        Ok(below.find(|item| plan::is_good(item)).cloned())
    }

    async fn write(&self, writes: &Writes) -> Result<bool, String> {
        if self.fails(Fault::Rival) {
            self.write_next();
        }
        if self.fails(Fault::NotWritten) {
            return Err("throttled".to_owned());
        }
        let key = |item: &Item| ItemKey::from_item(item).unwrap();
        let audit = writes.audit.to_item();
        let mut table = self.table.borrow_mut();
        let seen = AttributeValue::N(writes.seen.to_string());
        let holds = !table.contains_key(&key(&writes.version))
            && !table.contains_key(&key(&audit))
            && table.get(&key(&writes.head)).is_some_and(|head| head["current_version"] == seen)
            && writes.bad.as_ref().is_none_or(|bad| table.contains_key(bad));
        if holds {
            for item in [&writes.version, &writes.head, &audit] {
                table.insert(key(item), item.clone());
            }
            if let Some(bad) = writes.bad.as_ref().and_then(|bad| table.get_mut(bad)) {
                bad.insert("status".to_owned(), AttributeValue::S("rolled_back".to_owned()));
            }
        }
        drop(table);
        if self.fails(Fault::LostReply) { Err("timed out".to_owned()) } else { Ok(holds) }
    }

    async fn send_audit(&self, record: &AuditRecord) -> Result<(), String> {
        if self.fails(Fault::AuditDown) {
            return Err("the audit domain answered 503".to_owned());
        }
        self.audits.borrow_mut().insert(record.execution_id.clone());
        Ok(())
    }
}

/// Rolls back, and holds what is there then to what was before.
async fn roll_back(rollback: &Rollback<World>, order: &Order, fault: Fault) -> Result<(), TestCaseError> {
    let world = &rollback.outside;
    world.fault.set(Some(fault));
    let (before, bad_before) = (world.current(), world.bad());
    let answer = rollback.roll_back(order, &mut Metrics::new("rollback", "prod")).await;
    world.fault.set(None);
    let after = world.current();
    let written = after - before - u64::from(fault == Fault::Rival && after > before);
    prop_assert!(written <= 1, "{} versions for one rollback", written);
    let table = world.table.borrow();
    let current = Flag::from_item(&table[&of_version(after)]).unwrap();
    prop_assert_eq!(Flag::from_item(&table[&ItemKey::Head(id())]).unwrap().value, current.value.clone());
    if written == 1 {
        let from = current.restored_from.expect("it says where it comes from");
        prop_assert_eq!(current.rollback_of, Some(order.bad));
        prop_assert!(from < order.bad && !bad_before.contains(&from.get()), "{} came back", from);
        prop_assert_eq!(&current.value, &Flag::from_item(&table[&of_version(from.get())]).unwrap().value);
        prop_assert!(table.contains_key(&ItemKey::Audit(order.execution.clone())));
    }
    // The one who is told that it is done can rely on it.
    if answer.as_ref().is_ok_and(|answer| answer["newVersion"].is_u64()) {
        let new = answer.as_ref().unwrap()["newVersion"].as_u64().unwrap();
        let new = Flag::from_item(&table[&of_version(new)]).unwrap();
        prop_assert_eq!(new.rollback_of, Some(order.bad));
        prop_assert!(world.audits.borrow().contains(answer.as_ref().unwrap()["executionId"].as_str().unwrap()));
    }
    Ok(())
}

/// Each bad version was taken back once, is marked, and is told of in one audit record.
fn check_history(world: &World) -> Result<(), TestCaseError> {
    let (table, bad) = (world.table.borrow(), world.bad());
    let mut taken_back = BTreeSet::new();
    for number in 1..=world.current() {
        let flag = Flag::from_item(&table[&of_version(number)]).unwrap();
        if let Some(of) = flag.rollback_of {
            prop_assert!(taken_back.insert(of.get()), "{} was taken back twice", of);
            prop_assert!(bad.contains(&of.get()), "{} is not marked", of);
        }
    }
    let audits = table.keys().filter(|key| matches!(key, ItemKey::Audit(_))).count();
    prop_assert_eq!(audits, taken_back.len());
    Ok(())
}

#[test]
fn what_was_taken_back_does_not_come_back() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { failure_persistence: None, cases: 96, ..Config::default() };
    proptest!(config, |(steps in steps())| {
        let rollback = Rollback::new("prod".to_owned(), Place::Home, World::default());
        let world = &rollback.outside;
        world.write_next();
        let mut orders: Vec<Order> = Vec::new();
        for step in steps {
            let (order, fault) = match step {
                Step::Write => {
                    world.write_next();
                    continue;
                }
                Step::Reject => {
                    world.set_on_current("status", "rejected");
                    continue;
                }
                Step::Hours => {
                    world.set_on_current("written_at", "2026-03-04T05:06:07Z");
                    continue;
                }
                Step::RollBack { below, region, fault } => {
                    let bad = world.current().saturating_sub(below).max(1);
                    let event = json!({ "flagId": "a", "version": bad, "executionId": format!("{bad} in {region}") });
                    let order = Order::of(&event).unwrap();
                    orders.push(order.clone());
                    (order, fault)
                }
                Step::Replay { which, fault } if !orders.is_empty() => (which.get(&orders).clone(), fault),
                Step::Replay { .. } => continue,
            };
            runtime.block_on(roll_back(&rollback, &order, fault))?;
            check_history(world)?;
        }
        // Executions are played again until they are done, and then every record is in the audit domain.
        for order in &orders {
            runtime.block_on(roll_back(&rollback, order, Fault::None))?;
        }
        check_history(world)?;
        let in_table: BTreeSet<String> = world.table.borrow().keys().filter_map(|key| match key {
            ItemKey::Audit(execution) => Some(execution.clone()),
            _ => None,
        }).collect();
        prop_assert!(in_table.is_subset(&world.audits.borrow()), "{:?}", in_table);
    });
}
