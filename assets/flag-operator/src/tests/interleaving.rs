//! Two operators, and a validator that rejects, in any order.

use std::collections::BTreeMap;

use flag_model::{Flag, ItemKey, Status};
use proptest::prelude::*;

use super::*;
use crate::Purpose;

#[derive(Clone, Debug)]
enum Step {
    Propose(usize, Action),
    Commit(usize),
    /// The validator marks a version, if there is one of that number.
    Reject(u64),
}

#[derive(Clone, Debug)]
enum Action {
    Set(u8),
    Kill(bool),
    Delete,
    RollBack(Option<u64>),
}

fn any_step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        4 => (0u8..4).prop_map(Action::Set),
        2 => any::<bool>().prop_map(Action::Kill),
        1 => Just(Action::Delete),
        4 => proptest::option::of(1u64..12).prop_map(Action::RollBack),
    ];
    prop_oneof![
        5 => (0usize..2, action).prop_map(|(who, action)| Step::Propose(who, action)),
        5 => (0usize..2).prop_map(Step::Commit),
        1 => (1u64..12).prop_map(Step::Reject),
    ]
}

fn propose(table: &Memory, action: &Action, now: i64) -> Option<Proposal> {
    let operator = operator(table);
    let kill = |on: bool| Edit { kill_switch: Some(on), ..Edit::default() };
    let edit = match action {
        Action::RollBack(to) => {
            return block_on(operator.propose_rollback(&id(), to.map(version), &note(), time(now))).ok();
        }
        Action::Set(value) => new_flag(&value.to_string()),
        Action::Kill(on) => kill(*on),
        Action::Delete => Edit { delete: true, ..Edit::default() },
    };
    block_on(operator.propose(&id(), &edit, &note(), time(now))).ok()
}

/// What a version says, whatever became of it.
fn contents(flag: Flag) -> Flag {
    Flag { status: Status::Good, extra: flag_model::Item::new(), ..flag }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost(steps in prop::collection::vec(any_step(), 1..40)) {
        let table = Memory::default();
        let mut proposals: [Option<Proposal>; 2] = [None, None];
        // Every version that was written, as it was written.
        let mut written: BTreeMap<u64, Flag> = BTreeMap::new();
        for (now, step) in (0..).zip(steps) {
            match step {
                Step::Propose(who, action) => proposals[who] = propose(&table, &action, now),
                Step::Reject(number) => table.reject(&id(), version(number)),
                Step::Commit(who) => {
                    let Some(proposal) = proposals[who].take() else { continue };
                    let status_of = |number: u64| {
                        table.item(&ItemKey::Version(id(), version(number))).map(|item| Flag::from_item(&item).unwrap().status)
                    };
                    let restored = match proposal.purpose {
                        Purpose::Rollback { restored_from, .. } => Some((restored_from, status_of(restored_from.get()))),
                        _ => None,
                    };
                    match block_on(operator(&table).commit(&proposal)) {
                        Ok(()) => {
                            let number = proposal.flag.version.get();
                            prop_assert_eq!(number, written.len() as u64 + 1, "versions have no gaps");
                            if let Some((from, status)) = restored {
                                prop_assert_eq!(status, Some(Status::Good), "what was taken back stays back");
                                let then = &written[&from.get()];
                                prop_assert_eq!(&then.value, &proposal.flag.value);
                                prop_assert_eq!(then.kill_switch, proposal.flag.kill_switch);
                            }
                            written.insert(number, contents(proposal.flag));
                        }
                        Err(OperatorError::Conflict { .. }) => {}
                        Err(other) => prop_assert!(false, "{}", other),
                    }
                }
            }
            // No version is lost or written over, and the head is the newest.
            for (number, flag) in &written {
                prop_assert_eq!(&contents(table.flag(&ItemKey::Version(id(), version(*number)))), flag);
            }
            let versions = table.keys().into_iter().filter(|key| matches!(key, ItemKey::Version(..))).count();
            prop_assert_eq!(versions, written.len());
            if let Some((_, newest)) = written.last_key_value() {
                prop_assert_eq!(&contents(table.flag(&ItemKey::Head(id()))), newest);
            }
        }
        let audits = table.keys().into_iter().filter(|key| matches!(key, ItemKey::Audit(_))).count();
        prop_assert_eq!(audits, written.values().filter(|flag| flag.rollback_of.is_some()).count(), "one record each");
    }
}
