use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flag_model::{AttributeValue, Flag, FlagValue, item_to_json};

use super::*;

/// A table in memory, with the conditions of the real one, and an audit domain.
#[derive(Default)]
struct Fake {
    table: RefCell<BTreeMap<ItemKey, Item>>,
    audits: RefCell<Vec<String>>,
    audit_is_down: RefCell<bool>,
    /// Another writer, who comes in between once.
    rival: RefCell<Option<Vec<(ItemKey, Item)>>>,
}

impl Outside for Fake {
    async fn get(&self, key: &ItemKey) -> Result<Option<Item>, String> {
        Ok(self.table.borrow().get(key).cloned())
    }

    async fn newest_good_below(&self, flag: &FlagId, version: Version) -> Result<Option<Item>, String> {
        let table = self.table.borrow();
        let below =
            table.iter().rev().filter(|(key, _)| matches!(key, ItemKey::Version(id, v) if id == flag && *v < version));
        Ok(below.map(|(_, item)| item.clone()).find(plan::is_good))
    }

    async fn write(&self, writes: &Writes) -> Result<bool, String> {
        if let Some(items) = self.rival.borrow_mut().take() {
            self.table.borrow_mut().extend(items);
        }
        let key = |item: &Item| ItemKey::from_item(item).unwrap();
        let (audit, mut table) = (writes.audit.to_item(), self.table.borrow_mut());
        let seen = AttributeValue::N(writes.seen.to_string());
        let holds = !table.contains_key(&key(&writes.version))
            && !table.contains_key(&key(&audit))
            && table.get(&key(&writes.head)).is_some_and(|head| head["current_version"] == seen);
        if holds {
            for item in [&writes.version, &writes.head, &audit] {
                table.insert(key(item), item.clone());
            }
            if let Some(bad) = &writes.bad {
                table.get_mut(bad).unwrap().insert("status".into(), AttributeValue::S("rolled_back".into()));
            }
        }
        Ok(holds)
    }

    async fn send_audit(&self, record: &AuditRecord) -> Result<(), String> {
        if self.audit_is_down.replace(false) {
            return Err("the audit domain answered 503".to_owned());
        }
        let mut audits = self.audits.borrow_mut();
        if !audits.contains(&record.execution_id) {
            audits.push(record.execution_id.clone());
        }
        Ok(())
    }
}

fn flag(version: u64) -> Flag {
    let value = FlagValue::String(format!("v{version}"));
    let version = Version::new(version).unwrap();
    let mut flag = Flag::new("a".parse().unwrap(), version, "checkout".parse().unwrap(), value);
    flag.owner = "team".to_owned();
    flag.extra.insert("color".to_owned(), AttributeValue::B("AA==".to_owned()));
    flag
}

/// A table with versions 1 to `count`, of which some have a status.
fn fake(count: u64, statuses: &[(u64, &str)]) -> Fake {
    let fake = Fake::default();
    for number in 1..=count {
        let flag = flag(number);
        let mut item = flag.to_version_item();
        if let Some((_, status)) = statuses.iter().find(|(of, _)| *of == number) {
            item.insert("status".to_owned(), AttributeValue::S((*status).to_owned()));
        }
        let mut table = fake.table.borrow_mut();
        table.insert(ItemKey::from_item(&item).unwrap(), item);
        table.insert(ItemKey::Head(flag.id.clone()), flag.to_head_item());
    }
    fake
}

fn run(rollback: &Rollback<Fake>, version: u64, execution: &str) -> Result<String, String> {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(10);
    let invocation = Invocation::new(deadline.as_millis().try_into().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let event =
        json!({ "flagId": "a", "version": version, "executionId": execution, "reason": "bad", "region": "eu-west-1" });
    let answer = runtime.block_on(rollback.handle(event, invocation)).map_err(|failure| failure.name.to_owned())?;
    Ok(match answer["newVersion"].as_u64() {
        Some(new) => format!("{} {} -> {new}", answer["outcome"].as_str().unwrap(), answer["restoredFrom"]),
        None => answer["outcome"].as_str().unwrap().to_owned(),
    })
}

fn of(fake: Fake) -> Rollback<Fake> {
    Rollback::new("prod".to_owned(), Place::Home, fake)
}

fn ok(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn failed(name: &str) -> Result<String, String> {
    Err(name.to_owned())
}

#[test]
fn it_goes_to_the_newest_good_version() {
    let check = |fake: Fake, bad: u64, expected: Result<String, String>| assert_eq!(run(&of(fake), bad, "e"), expected);
    check(fake(2, &[]), 2, ok("rolled_back 1 -> 3"));
    check(fake(4, &[(3, "rejected")]), 4, ok("rolled_back 2 -> 5"));
    check(fake(4, &[(3, "rolled_back"), (2, "rejected")]), 4, ok("rolled_back 1 -> 5"));
    check(fake(3, &[]), 2, ok("superseded"));
    check(fake(1, &[]), 1, failed("NoPreviousVersion"));
    check(fake(2, &[(1, "rejected")]), 2, failed("NoPreviousVersion"));
    check(fake(2, &[]), 3, failed("VersionNotFound"));
    check(fake(0, &[]), 1, failed("FlagNotFound"));
    // A version without a value, which is not deleted, is nothing to go back to.
    let no_value = fake(3, &[]);
    no_value
        .table
        .borrow_mut()
        .get_mut(&ItemKey::Version("a".parse().unwrap(), Version::new(2).unwrap()))
        .unwrap()
        .remove("value");
    check(no_value, 3, ok("rolled_back 1 -> 4"));
}

#[test]
fn the_whole_item_is_copied() {
    let rollback = of(fake(3, &[]));
    assert_eq!(run(&rollback, 3, "e"), ok("rolled_back 2 -> 4"));
    let table = rollback.outside.table.borrow();
    let id: FlagId = "a".parse().unwrap();
    let restored = &table[&ItemKey::Version(id.clone(), Version::new(4).unwrap())];
    let json = item_to_json(restored);
    assert_eq!(json["value"], json!({ "S": "v2" }));
    assert_eq!(json["color"], json!({ "B": "AA==" }));
    assert_eq!(json["owner"], json!({ "S": "team" }));
    assert_eq!((&json["rollback_of"], &json["restored_from"]), (&json!({ "N": "3" }), &json!({ "N": "2" })));
    assert_eq!(json["change"]["M"]["source"], json!({ "S": "rollback" }));
    let head = item_to_json(&table[&ItemKey::Head(id.clone())]);
    assert_eq!((&head["current_version"], &head["head_service"]), (&json!({ "N": "4" }), &json!({ "S": "checkout" })));
    assert_eq!(Flag::from_item(&table[&ItemKey::Head(id.clone())]), Flag::from_item(restored));
    let bad = &table[&ItemKey::Version(id, Version::new(3).unwrap())];
    assert_eq!(bad["status"], AttributeValue::S("rolled_back".to_owned()));
}

#[test]
fn it_is_done_once() {
    let rollback = of(fake(2, &[]));
    assert_eq!(run(&rollback, 2, "e1"), ok("rolled_back 1 -> 3"));
    assert_eq!(run(&rollback, 2, "e1"), ok("already_rolled_back 1 -> 3"));
    assert_eq!(run(&rollback, 2, "e2"), ok("already_rolled_back 1 -> 3"));
    assert_eq!(*rollback.outside.audits.borrow(), ["e1"]);
    // What was written by a rollback is not taken back at once: that would go in circles.
    assert_eq!(run(&rollback, 3, "e3"), failed("RollbackLoop"));
}

#[test]
fn the_audit_record_is_not_lost() {
    let rollback = of(fake(2, &[]));
    *rollback.outside.audit_is_down.borrow_mut() = true;
    assert_eq!(run(&rollback, 2, "e1"), failed("AuditNotWritten"));
    assert_eq!(*rollback.outside.audits.borrow(), [""; 0]);
    assert_eq!(run(&rollback, 2, "e1"), ok("already_rolled_back 1 -> 3"));
    assert_eq!(*rollback.outside.audits.borrow(), ["e1"]);
}

#[test]
fn a_write_in_between_is_not_lost() {
    // Somebody mends the flag between reading and writing.
    let rival = flag(3);
    let items = vec![
        (ItemKey::Version(rival.id.clone(), rival.version), rival.to_version_item()),
        (ItemKey::Head(rival.id.clone()), rival.to_head_item()),
    ];
    let mended = fake(2, &[]);
    *mended.rival.borrow_mut() = Some(items);
    assert_eq!(run(&of(mended), 2, "e"), ok("superseded"));
    // The same rollback, asked for by another region.
    let other = of(fake(2, &[]));
    assert_eq!(run(&other, 2, "other"), ok("rolled_back 1 -> 3"));
    let items: Vec<_> = other.outside.table.take().into_iter().collect();
    let raced = fake(2, &[]);
    *raced.rival.borrow_mut() = Some(items);
    assert_eq!(run(&of(raced), 2, "e"), ok("already_rolled_back 1 -> 3"));
}

#[test]
fn only_the_home_region_rolls_back() {
    let away = Rollback::new("prod".to_owned(), Place::Away, fake(2, &[]));
    assert_eq!(run(&away, 2, "e"), failed("NotHome"));
    assert_eq!(away.outside.table.borrow().len(), 3);
}

#[test]
fn a_restored_version_has_nothing_of_a_head() {
    let fake = fake(2, &[]);
    let first = ItemKey::Version("a".parse().unwrap(), Version::new(1).unwrap());
    let of_head = [
        ("head_service".to_owned(), AttributeValue::S("checkout".to_owned())),
        ("current_version".to_owned(), AttributeValue::N("1".to_owned())),
    ];
    fake.table.borrow_mut().get_mut(&first).unwrap().extend(of_head);
    let rollback = of(fake);
    assert_eq!(run(&rollback, 2, "e"), ok("rolled_back 1 -> 3"));
    let table = rollback.outside.table.borrow();
    let restored = &table[&ItemKey::Version("a".parse().unwrap(), Version::new(3).unwrap())];
    assert!(!restored.contains_key("head_service") && !restored.contains_key("current_version"));
}

#[test]
fn orders_are_read_strictly() {
    let check = |event: Value, expected: &str| assert_eq!(Order::of(&event).unwrap_err().message, expected);
    check(json!({}), "`version` is not a whole number");
    check(json!({ "version": 1 }), "`executionId` is missing");
    check(json!({ "version": 1, "executionId": "e" }), "`flagId` is missing");
    check(
        json!({ "version": 0, "executionId": "e", "flagId": "a" }),
        "the version is `0`, wanted a whole number from 1 to 9007199254740991",
    );
    check(
        json!({ "version": 1, "executionId": "e", "flagId": "a b" }),
        "the flag id has the character ` `, wanted letters, digits and ._-/",
    );
}
