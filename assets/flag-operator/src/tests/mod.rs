//! The operations against a table in memory.

mod documents;
mod interleaving;
mod memory;
mod operations;
mod watching;

use flag_model::{ChangeNote, FlagId, Timestamp, Version};
use flag_rules::{Change, Finding, Place, Severity, Verdict};
use futures::executor::block_on;

use self::memory::Memory;
use crate::{Edit, Judge, Operator, OperatorError, Proposal, parse_value};

/// Rules that are made for tests: an error of flags without an owner, a warning of whoever gives no reason.
#[derive(Clone, Copy, Debug)]
struct TestRules;

impl Judge for TestRules {
    fn check(&self, change: Change<'_>, _: &Place) -> Verdict {
        let Some(new) = change.new else { return Verdict::default() };
        let found = [
            (new.owner == "nobody", Severity::Error, "the flag has no owner"),
            (new.change.reason.is_empty(), Severity::Warning, "no reason is given"),
        ];
        let findings = found.into_iter().filter(|(is_found, ..)| *is_found);
        Verdict {
            findings: findings
                .map(|(_, severity, message)| Finding { rule: "test.rule".into(), severity, message: message.into() })
                .collect(),
        }
    }
}

fn operator(table: &Memory) -> Operator<&Memory, TestRules> {
    let place =
        Place { environment: "dev".to_owned(), region: "eu-west-1".to_owned(), home_region: "eu-west-1".to_owned() };
    Operator::new(table, TestRules, place)
}

fn id() -> FlagId {
    "checkout.tax".parse().unwrap()
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

fn note() -> ChangeNote {
    ChangeNote { by: "ada@example.com".to_owned(), reason: "a test".to_owned(), ..ChangeNote::default() }
}

/// So many seconds after some time.
fn time(seconds: i64) -> Timestamp {
    let start: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
    Timestamp::from_milliseconds(start.milliseconds() + seconds * 1000).unwrap()
}

fn edit_value(json: &str) -> Edit {
    Edit { value: Some(parse_value(json).unwrap()), ..Edit::default() }
}

fn new_flag(json: &str) -> Edit {
    Edit { service: Some("checkout".parse().unwrap()), owner: Some("team".to_owned()), ..edit_value(json) }
}

type Outcome = Result<Proposal, OperatorError<memory::Down>>;

fn set(table: &Memory, edit: &Edit) -> Outcome {
    let operator = operator(table);
    let proposal = block_on(operator.propose(&id(), edit, &note(), time(1)))?;
    block_on(operator.commit(&proposal)).map(|()| proposal)
}

fn roll_back(table: &Memory, to: Option<u64>) -> Outcome {
    let operator = operator(table);
    let proposal = block_on(operator.propose_rollback(&id(), to.map(version), &note(), time(2)))?;
    block_on(operator.commit(&proposal)).map(|()| proposal)
}
