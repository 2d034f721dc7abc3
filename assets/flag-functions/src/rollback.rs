//! `rollback`: puts a flag back to its newest good version before a bad one.
//!
//! The new version, the flag's head and the audit record are one transaction in the home region, on the condition that nothing
//! was written since. The same execution never rolls back twice, and a version that was rolled back once is never restored.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use lambda_runtime::Error;
use serde_json::{Value, json};

use crate::log;
use crate::settings::Settings;

type Item = HashMap<String, AttributeValue>;

pub(crate) struct Rollback {
    dynamodb: aws_sdk_dynamodb::Client,
    table: String,
}

/// What to do about a bad version.
#[derive(Debug, PartialEq)]
enum Decision {
    /// Write `restored` anew, as version `newest` + 1.
    Restore { restored: u64, newest: u64 },
    /// This execution has done it.
    AlreadyDone,
    /// Somebody has written a newer version, which is theirs to judge.
    Superseded { newest: u64 },
    /// There is nothing good to go back to.
    NoPreviousVersion,
}

impl Rollback {
    pub(crate) async fn new(settings: Settings) -> Result<Self, Error> {
        let (table, home) = (settings.text("FLAG_TABLE"), settings.text("HOME_REGION"));
        settings.check()?;
        let region = aws_config::Region::new(home);
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest()).region(region).load().await;
        Ok(Self { dynamodb: aws_sdk_dynamodb::Client::new(&config), table })
    }

    pub(crate) async fn handle(&self, event: Value) -> Result<Value, Error> {
        let text = |name: &str| event[name].as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is missing"));
        let (flag_id, execution) = (text("flagId")?, text("executionId")?);
        let bad = event["version"].as_u64().ok_or("`version` is not a whole number")?;
        let versions = self.versions(&flag_id).await?;
        let decision = decide(&versions, bad, &execution);
        let outcome = match &decision {
            Decision::Restore { restored, newest } => {
                self.restore(&versions, &flag_id, bad, *restored, *newest, &event).await?;
                "rolled_back"
            }
            Decision::AlreadyDone => "already_rolled_back",
            Decision::Superseded { .. } => "superseded",
            Decision::NoPreviousVersion => {
                return Err(format!("NoPreviousVersion: `{flag_id}` has no good version below {bad}").into());
            }
        };
        let answer =
            json!({ "outcome": outcome, "flagId": flag_id, "version": bad, "decision": format!("{decision:?}") });
        log("rollback", answer.clone());
        Ok(answer)
    }

    /// The versions of a flag, newest first, without its head.
    async fn versions(&self, flag_id: &str) -> Result<Vec<Item>, Error> {
        let pages = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("flag_id = :flag AND version > :head")
            .expression_attribute_values(":flag", AttributeValue::S(flag_id.to_owned()))
            .expression_attribute_values(":head", AttributeValue::N("0".to_owned()));
        Ok(pages.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await?)
    }

    async fn restore(
        &self,
        versions: &[Item],
        flag_id: &str,
        bad: u64,
        restored: u64,
        newest: u64,
        event: &Value,
    ) -> Result<(), Error> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: u64| AttributeValue::N(number.to_string());
        let execution = event["executionId"].as_str().unwrap_or_default();
        let reason = event["reason"].as_str().unwrap_or("the consistency check failed");
        let mut item = versions.iter().find(|item| version(item) == Some(restored)).cloned().unwrap_or_default();
        item.extend([
            ("version".to_owned(), number(newest + 1)),
            ("rollback_of".to_owned(), number(bad)),
            ("restored_from".to_owned(), number(restored)),
            ("rollback_reason".to_owned(), text(reason)),
            ("execution_id".to_owned(), text(execution)),
        ]);
        let audit = Item::from([
            ("flag_id".to_owned(), text(&format!("audit#{execution}"))),
            ("version".to_owned(), number(0)),
            ("action".to_owned(), text("rollback")),
            ("subject".to_owned(), text(flag_id)),
            ("rollback_of".to_owned(), number(bad)),
            ("restored_from".to_owned(), number(restored)),
            ("reason".to_owned(), text(reason)),
        ]);
        let put = |item: Item| {
            let put = Put::builder().table_name(&self.table).set_item(Some(item));
            put.condition_expression("attribute_not_exists(flag_id)").build()
        };
        let head = Update::builder()
            .table_name(&self.table)
            .key("flag_id", text(flag_id))
            .key("version", number(0))
            .update_expression("SET current_version = :new")
            .condition_expression("attribute_not_exists(current_version) OR current_version = :seen")
            .expression_attribute_values(":new", number(newest + 1))
            .expression_attribute_values(":seen", number(newest))
            .build()?;
        let writes = [
            TransactWriteItem::builder().put(put(item)?).build(),
            TransactWriteItem::builder().update(head).build(),
            TransactWriteItem::builder().put(put(audit)?).build(),
        ];
        self.dynamodb.transact_write_items().set_transact_items(Some(writes.into())).send().await?;
        Ok(())
    }
}

/// Decides from the versions of a flag, newest first.
fn decide(versions: &[Item], bad: u64, execution: &str) -> Decision {
    let done =
        |item: &Item| item.get("execution_id").and_then(|value| value.as_s().ok()).is_some_and(|id| id == execution);
    if versions.iter().any(done) {
        return Decision::AlreadyDone;
    }
    let newest = versions.first().and_then(version).unwrap_or_default();
    if newest > bad {
        return Decision::Superseded { newest };
    }
    let rolled_back: BTreeSet<u64> = versions.iter().filter_map(|item| number(item, "rollback_of")).collect();
    // What restores a bad version is as bad as the version.
    let good = |item: &&Item| {
        let origin = number(item, "restored_from").or_else(|| version(item));
        version(item).is_some_and(|version| version < bad && !rolled_back.contains(&version))
            && origin.is_some_and(|origin| !rolled_back.contains(&origin))
    };
    match versions.iter().find(good).and_then(version) {
        Some(restored) => Decision::Restore { restored, newest },
        None => Decision::NoPreviousVersion,
    }
}

fn version(item: &Item) -> Option<u64> {
    number(item, "version")
}

fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(version: u64, more: &[(&str, u64)]) -> Item {
        let number = |number: u64| AttributeValue::N(number.to_string());
        let mut item = Item::from([("version".to_owned(), number(version))]);
        item.extend(more.iter().map(|(name, value)| ((*name).to_owned(), number(*value))));
        item
    }

    #[test]
    fn a_rollback_goes_to_the_newest_good_version() {
        let check = |versions: &[Item], bad: u64, expected: Decision| assert_eq!(decide(versions, bad, "e"), expected);
        check(&[item(2, &[]), item(1, &[])], 2, Decision::Restore { restored: 1, newest: 2 });
        check(&[item(1, &[])], 1, Decision::NoPreviousVersion);
        check(&[], 1, Decision::NoPreviousVersion);
        check(&[item(3, &[]), item(2, &[]), item(1, &[])], 2, Decision::Superseded { newest: 3 });
        // Version 3 restored version 1 in place of 2. If 3 is bad as well, 2 must not come back.
        let restored = item(3, &[("rollback_of", 2), ("restored_from", 1)]);
        check(&[restored, item(2, &[]), item(1, &[])], 3, Decision::Restore { restored: 1, newest: 3 });
    }

    #[test]
    fn the_same_execution_does_it_once() {
        let mut done = item(3, &[("rollback_of", 2), ("restored_from", 1)]);
        done.insert("execution_id".into(), AttributeValue::S("e".into()));
        assert_eq!(decide(&[done, item(2, &[]), item(1, &[])], 2, "e"), Decision::AlreadyDone);
    }
}
