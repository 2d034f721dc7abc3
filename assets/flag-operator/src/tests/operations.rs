use flag_model::{AttributeValue, AuditRecord, ChangeSource, ItemKey, Percentage, Status, item_to_json};
use serde_json::{Value, json};

use super::*;
use crate::{Deadline, Definition, Entry, Purpose, get, history, list, parse_percentage};

fn current(table: &Memory) -> flag_model::Flag {
    table.flag(&ItemKey::Head(id()))
}

/// The changes of a proposal, one a line.
fn shown(proposal: &Proposal) -> Vec<String> {
    let text = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    proposal.changes.iter().map(|c| format!("{}: {} -> {}", c.field, text(&c.old), text(&c.new))).collect()
}

#[test]
fn a_flag_is_made_and_changed() {
    let table = Memory::default();
    let made = set(&table, &new_flag("true")).unwrap();
    assert_eq!(made.purpose, Purpose::Create);
    assert_eq!(made.flag.created_at, Some(time(1)));
    assert_eq!(
        table.keys(),
        [ItemKey::Head(id()), ItemKey::Version(id(), version(1))],
        "a flag is a version and a head"
    );
    let percentage = Some(parse_percentage("5").unwrap());
    let changed =
        set(&table, &Edit { percentage, expires_at: Some(Deadline::At(time(9))), ..Edit::default() }).unwrap();
    assert_eq!(
        shown(&changed),
        [
            r#"expires_at: nothing -> "2026-03-04T05:06:16Z""#,
            r#"targeting.rollout.bucket_by: nothing -> "user_id""#,
            "targeting.rollout.percentage: nothing -> 5",
        ]
    );
    let more = set(&table, &Edit { percentage: Percentage::from_basis_points(1250), ..Edit::default() }).unwrap();
    assert_eq!(shown(&more), ["targeting.rollout.percentage: 5 -> 12.5"]);
    let flag = current(&table);
    assert_eq!((flag.version, flag.owner.as_str(), flag.environment.as_str()), (version(3), "team", "dev"));
    assert_eq!(flag, table.flag(&ItemKey::Version(id(), version(3))), "the head is a copy");
    let never = set(&table, &Edit { expires_at: Some(Deadline::Never), ..Edit::default() }).unwrap();
    assert_eq!(shown(&never), [r#"expires_at: "2026-03-04T05:06:16Z" -> nothing"#]);
}

#[test]
fn values_are_of_any_type_and_one_thing() {
    let table = Memory::default();
    set(&table, &new_flag(r#"{"limit": 3, "color": "red"}"#)).unwrap();
    let changed = set(&table, &edit_value(r#"{"limit": 4, "color": "red"}"#)).unwrap();
    assert_eq!(shown(&changed), [r#"value: {"color":"red","limit":3} -> {"color":"red","limit":4}"#]);
    for value in ["null", "\"text\"", "-0.5", "[1, [2]]", "false"] {
        let proposal = set(&table, &edit_value(value)).unwrap();
        assert_eq!(current(&table).value, proposal.flag.value, "{value}");
    }
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let error = set(&table, &edit_value(&deep)).unwrap_err().to_string();
    assert!(error.contains("nested more than 32 deep"), "{error}");
    let error = set(&table, &edit_value(&format!("\"{}\"", "x".repeat(300_000)))).unwrap_err();
    assert!(matches!(error, OperatorError::Forbidden { .. }), "{error}");
}

#[test]
fn what_does_not_exist_is_not_made_by_accident() {
    let check = |edit: &Edit, expected: &str| {
        let error = set(&Memory::default(), edit).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!error.help().is_empty());
    };
    check(&Edit { kill_switch: Some(true), ..Edit::default() }, "there is no flag `checkout.tax`");
    check(&Edit { delete: true, ..Edit::default() }, "there is no flag `checkout.tax`");
    let needs = |what: &str| format!("there is no flag `checkout.tax`, and to make it, it needs {what}");
    check(&edit_value("true"), &needs("a service"));
    check(&Edit { owner: Some("team".to_owned()), ..Edit::default() }, &needs("a service and a value"));
    check(&Edit { service: Some("checkout".parse().unwrap()), ..Edit::default() }, &needs("a value"));
    let definition = Some(Definition::parse(r#"{"value": 1}"#).unwrap());
    check(&Edit { definition, ..Edit::default() }, &needs("a service"));
    assert_eq!(roll_back(&Memory::default(), None).unwrap_err().to_string(), "there is no flag `checkout.tax`");
}

#[test]
fn rules_are_asked_first() {
    let table = Memory::default();
    let orphan = Edit { owner: Some("nobody".to_owned()), ..new_flag("true") };
    assert!(matches!(set(&table, &orphan), Err(OperatorError::Forbidden { .. })));
    assert_eq!(table.keys(), []);
    let proposal = block_on(operator(&table).propose(&id(), &new_flag("1"), &ChangeNote::default(), time(1))).unwrap();
    assert!(!proposal.is_forbidden());
    assert_eq!(proposal.verdict.warnings().count(), 1);
    assert_eq!(table.keys(), [], "a proposal writes nothing");
}

#[test]
fn a_whole_definition_takes_the_place_of_what_is_there() {
    let table = Memory::default();
    set(&table, &Edit { tags: Some(vec!["old".to_owned()]), ..new_flag("true") }).unwrap();
    let definition = Definition::parse(r#"{"flag_id": "checkout.tax", "value": 3, "owner": "other"}"#).unwrap();
    let edit = Edit { definition: Some(definition.clone()), description: Some("new".to_owned()), ..Edit::default() };
    let proposal = set(&table, &edit).unwrap();
    assert_eq!(
        shown(&proposal),
        [
            r#"description: nothing -> "new""#,
            r#"owner: "team" -> "other""#,
            r#"tags: ["old"] -> nothing"#,
            "value: true -> 3"
        ]
    );
    assert_eq!(proposal.flag.service.as_str(), "checkout", "the service stays where none is said");
    assert_eq!(proposal.flag.created_at, Some(time(1)));
    let other = "other.flag".parse().unwrap();
    let error = block_on(operator(&table).propose(&other, &edit, &note(), time(1))).unwrap_err();
    assert_eq!(error.to_string(), "the definition is of the flag `checkout.tax`, wanted `other.flag`");
    // A head that nobody can read is mended by a whole definition, and by nothing less.
    let mut head = table.item(&ItemKey::Head(id())).unwrap();
    head.insert("kind".to_owned(), AttributeValue::N("1".to_owned()));
    table.put(head);
    let error = set(&table, &edit_value("4")).unwrap_err();
    assert!(matches!(error, OperatorError::Malformed { .. }), "{error}");
    let service = Some("checkout".parse().unwrap());
    let mended = set(&table, &Edit { definition: Some(definition), service, ..Edit::default() }).unwrap();
    assert_eq!((mended.flag.version, mended.unpublished), (version(3), Some(version(2))));
    assert_eq!(mended.before.unwrap().version, version(1), "what readers have is older");
}

#[test]
fn what_changes_nothing_is_not_needed() {
    let table = Memory::default();
    set(&table, &new_flag("true")).unwrap();
    let needed = |edit: &Edit| block_on(operator(&table).propose(&id(), edit, &note(), time(5))).unwrap().is_needed();
    assert!(!needed(&edit_value("true")));
    assert!(!needed(&Edit::default()));
    assert!(needed(&edit_value("false")));
    table.reject(&id(), version(1));
    assert!(needed(&edit_value("true")), "what was rejected is not what readers have");
}

#[test]
fn a_deleted_flag_stays_deleted_until_it_has_a_value() {
    let table = Memory::default();
    set(&table, &new_flag("true")).unwrap();
    let gone = set(&table, &Edit { delete: true, ..Edit::default() }).unwrap();
    assert_eq!(shown(&gone), ["deleted: nothing -> true", "value: true -> nothing"]);
    let error = set(&table, &Edit { kill_switch: Some(true), ..Edit::default() }).unwrap_err();
    assert_eq!(error.to_string(), "`checkout.tax` is deleted");
    let back = set(&table, &edit_value("false")).unwrap();
    assert!(!back.flag.deleted);
    assert_eq!(roll_back(&table, Some(1)).unwrap().flag.value, Some(true.into()).map(|v: Value| v.into()));
}

#[test]
fn a_rollback_is_written_as_the_function_writes_it() {
    let table = Memory::default();
    set(&table, &new_flag("1")).unwrap();
    let mut first = table.item(&ItemKey::Version(id(), version(1))).unwrap();
    first.insert("color".to_owned(), AttributeValue::B("AA==".to_owned()));
    table.put(first);
    set(&table, &edit_value("2")).unwrap();
    let done = roll_back(&table, None).unwrap();
    assert_eq!(done.purpose, Purpose::Rollback { bad: version(2), restored_from: version(1) });
    let written = item_to_json(&table.item(&ItemKey::Version(id(), version(3))).unwrap());
    let change = json!({
        "approved_by": {"L": []}, "by": {"S": "ada@example.com"}, "emergency": {"BOOL": false},
        "reason": {"S": "a test"}, "source": {"S": "rollback"}, "ticket": {"S": ""},
    });
    let execution = "flagcdk:rollback:checkout.tax:2";
    let expected = json!({
        "flag_id": {"S": "checkout.tax"}, "version": {"N": "3"}, "service": {"S": "checkout"}, "value": {"N": "1"},
        "kind": {"S": "release"}, "sensitivity": {"S": "internal"}, "owner": {"S": "team"},
        "environment": {"S": "dev"}, "origin_region": {"S": "eu-west-1"}, "color": {"B": "AA=="},
        "created_at": {"S": "2026-03-04T05:06:08Z"}, "written_at": {"S": "2026-03-04T05:06:09Z"},
        "change": {"M": change}, "rollback_of": {"N": "2"}, "restored_from": {"N": "1"},
        "execution_id": {"S": execution},
    });
    assert_eq!(written, expected);
    let mut head = expected;
    head["version"] = json!({"N": "0"});
    head["current_version"] = json!({"N": "3"});
    head["head_service"] = json!({"S": "checkout"});
    assert_eq!(item_to_json(&table.item(&ItemKey::Head(id())).unwrap()), head);
    let bad = table.item(&ItemKey::Version(id(), version(2))).unwrap();
    assert_eq!(item_to_json(&bad)["status"], json!({"S": "rolled_back"}));
    assert_eq!(item_to_json(&bad)["rolled_back_by"], json!({"S": execution}));
    let audit = AuditRecord::from_item(&table.item(&ItemKey::Audit(execution.to_owned())).unwrap()).unwrap();
    assert_eq!(
        (audit.action.as_str(), audit.bad_version, audit.restored_from, audit.new_version, audit.reason.as_str()),
        ("rollback", version(2), version(1), version(3), "a test")
    );
    assert_eq!(current(&table).change.source, ChangeSource::Rollback);
}

#[test]
fn where_a_rollback_goes() {
    /// Versions 1 to 5, of values 1, 2, 2, 4, 5.
    fn table(rejected: &[u64]) -> Memory {
        let table = Memory::default();
        set(&table, &new_flag("1")).unwrap();
        set(&table, &edit_value("2")).unwrap();
        set(&table, &Edit { owner: Some("x".to_owned()), ..edit_value("2") }).unwrap();
        set(&table, &edit_value("4")).unwrap();
        set(&table, &edit_value("5")).unwrap();
        for number in rejected {
            table.reject(&id(), version(*number));
        }
        table
    }
    let check = |table: &Memory, to: Option<u64>, expected: &str| {
        let got = match roll_back(table, to) {
            Ok(proposal) => format!("{} from {}", proposal.flag.version, proposal.flag.restored_from.unwrap()),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, expected);
    };
    check(&table(&[]), None, "6 from 4");
    check(&table(&[4, 3]), None, "6 from 2");
    check(&table(&[5]), None, "6 from 4");
    check(&table(&[]), Some(2), "6 from 2");
    check(&table(&[]), Some(5), "`checkout.tax` is at version 5, and a rollback to version 5 would not go back");
    check(&table(&[]), Some(9), "`checkout.tax` is at version 5, and a rollback to version 9 would not go back");
    check(&table(&[3]), Some(3), "version 3 of `checkout.tax` was rejected by the rules");
    check(&table(&[1, 2, 3, 4]), None, "`checkout.tax` has no good version below 5 that differs from what it is");
    // Again and again it goes further back, and never to what was taken back.
    let table = table(&[]);
    check(&table, None, "6 from 4");
    check(&table, Some(5), "version 5 of `checkout.tax` was rolled back");
    check(&table, None, "7 from 3");
    check(&table, None, "8 from 2");
    check(&table, None, "9 from 1");
    check(&table, None, "`checkout.tax` has no good version below 1 that differs from what it is");
    // After a mended version, what is gone back to is what it mended.
    set(&table, &edit_value("10")).unwrap();
    check(&table, None, "11 from 9");
}

#[test]
fn a_rejected_version_is_no_ground_to_stand_on() {
    let table = Memory::default();
    set(&table, &new_flag("1")).unwrap();
    set(&table, &edit_value("2")).unwrap();
    table.reject(&id(), version(2));
    let mended = set(&table, &edit_value("3")).unwrap();
    assert_eq!(mended.before.unwrap().version, version(1), "rules compare with what was published");
    assert_eq!(mended.unpublished, Some(version(2)));
    let flag = current(&table);
    assert_eq!((flag.status, flag.extra.is_empty()), (Status::Good, true), "marks are of one version");
}

#[test]
fn a_write_in_between_is_a_conflict() {
    let table = Memory::default();
    let first = operator(&table);
    let stale = block_on(first.propose(&id(), &new_flag("1"), &note(), time(1))).unwrap();
    set(&table, &new_flag("2")).unwrap();
    let conflict =
        |proposal: &Proposal| matches!(block_on(first.commit(proposal)), Err(OperatorError::Conflict { .. }));
    assert!(conflict(&stale), "somebody else made the flag");
    let stale = block_on(first.propose(&id(), &edit_value("3"), &note(), time(1))).unwrap();
    table.reject(&id(), version(1));
    assert!(conflict(&stale), "the version that it stands on was rejected");
    set(&table, &edit_value("4")).unwrap();
    set(&table, &edit_value("5")).unwrap();
    let stale = block_on(first.propose_rollback(&id(), None, &note(), time(1))).unwrap();
    table.reject(&id(), version(2));
    assert!(conflict(&stale), "the version that it goes back to was rejected");
    assert_eq!(current(&table).version, version(3));
}

#[test]
fn lists_go_through_all_pages() {
    let table = Memory::default();
    let operator = operator(&table);
    for (name, service) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", "x"), ("e", "y")] {
        let edit = Edit { service: Some(service.parse().unwrap()), ..edit_value("true") };
        let proposal = block_on(operator.propose(&name.parse().unwrap(), &edit, &note(), time(1))).unwrap();
        block_on(operator.commit(&proposal)).unwrap();
    }
    let mut broken = table.item(&ItemKey::Head("b".parse().unwrap())).unwrap();
    broken.remove("value");
    table.put(broken);
    let names = |service: Option<&str>| {
        let service = service.map(|name| name.parse().unwrap());
        let entries = block_on(list(&&table, service.as_ref())).unwrap();
        let name = |entry: Entry| match entry {
            Entry::Flag(flag) => flag.id.to_string(),
            Entry::Malformed { key, .. } => format!("{key}!"),
        };
        entries.into_iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(None), "a b! c d e");
    assert_eq!(names(Some("x")), "a c d");
    assert_eq!(names(Some("z")), "");

    for value in 1..=4 {
        set(&table, &Edit { service: Some("x".parse().unwrap()), ..edit_value(&value.to_string()) }).unwrap();
    }
    let versions = |most: usize| {
        let history = block_on(history(&&table, &id(), most)).unwrap();
        let number = |entry: &Entry| match entry {
            Entry::Flag(flag) => flag.version.get(),
            Entry::Malformed { .. } => 0,
        };
        (history.versions.iter().map(number).collect::<Vec<_>>(), history.more)
    };
    assert_eq!(versions(10), (vec![4, 3, 2, 1], false));
    assert_eq!(versions(4), (vec![4, 3, 2, 1], false));
    assert_eq!(versions(3), (vec![4, 3, 2], true));
    let value =
        |version: Option<u64>| block_on(get(&&table, &id(), version.map(super::version))).unwrap().value.unwrap();
    assert_eq!((value(None).to_json(), value(Some(2)).to_json()), (json!(4), json!(2)));
    let error = block_on(get(&&table, &id(), Some(version(9)))).unwrap_err();
    assert_eq!(error.to_string(), "`checkout.tax` has no version 9");
    table.is_down.set(true);
    assert!(matches!(block_on(get(&&table, &id(), None)), Err(OperatorError::Table(memory::Down))));
}
