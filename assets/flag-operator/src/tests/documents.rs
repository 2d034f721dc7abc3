use flag_model::Flag;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::document::{FIELDS, OF_THE_SYSTEM};
use crate::{Definition, flag_from_json, flag_to_json};

#[test]
fn definitions_are_strict() {
    let check = |text: &str, expected: &str| {
        let got = Definition::parse(text).map_or_else(|error| error.to_string(), |_| "ok".to_owned());
        assert_eq!(got, expected, "{text}");
    };
    check(r#"{"value": true}"#, "ok");
    check(r#"{"value": null, "owner": null}"#, "ok");
    check(r#"{"deleted": true}"#, "ok");
    check(r#"{"value": 1, "version": 9, "change": {"by": "x"}, "status": "rejected"}"#, "ok");
    check(r#"{"value": 1, "extra": {"color": {"B": "AA=="}}}"#, "ok");
    check("[]", "the definition is malformed: it is not an object");
    check("{}", "the definition is no flag: `value` is missing, and the flag is not deleted");
    check(
        r#"{"vaule": 1, "color": "red", "owner": 7, "extra": {"status": {"S": "good"}}}"#,
        "the definition is no flag: \
         `color` is no field; an attribute that means nothing to the system goes under `extra`; \
         `extra` has `status`, which is no extra attribute; \
         `owner` is of the type `N`, wanted `S`; \
         `value` is missing, and the flag is not deleted; \
         `vaule` is no field; did you mean `value`?",
    );
    check(
        r#"{"value": 1, "targeting": {"rollout": {"percentage": 101}}}"#,
        "the definition is no flag: \
         `targeting` is malformed: `101` is no percentage, wanted 0 to 100 in steps of 0.01",
    );
    check(
        r#"{"value": 12345678901234567890}"#,
        "`12345678901234567890` cannot be carried exactly, wanted at most 15 digits",
    );
}

/// Every field that the model writes is one that a definition may have, or one of the system's.
#[test]
fn every_field_of_a_flag_is_known() {
    let item = json!({
        "flag_id": {"S": "a"}, "version": {"N": "3"}, "service": {"S": "s"}, "value": {"N": "1"}, "deleted": {"BOOL": true},
        "kill_switch": {"BOOL": true}, "off_value": {"N": "1"}, "owner": {"S": "o"}, "contact": {"S": "c"},
        "description": {"S": "d"}, "tags": {"L": [{"S": "t"}]}, "client_side": {"BOOL": true}, "permanent": {"BOOL": true},
        "environment": {"S": "dev"}, "created_at": {"S": "2026-03-04T05:06:07Z"}, "expires_at": {"S": "2026-03-04T05:06:07Z"},
        "review_at": {"S": "2026-03-04T05:06:07Z"}, "written_at": {"S": "2026-03-04T05:06:07Z"}, "origin_region": {"S": "r"},
        "promoted_from": {"M": {"environment": {"S": "e"}, "version": {"N": "1"}, "at": {"S": "2026-03-04T05:06:07Z"}}},
        "targeting": {"M": {"rollout": {"M": {"percentage": {"N": "5"}}}}},
        "bounds": {"M": {"min": {"N": "0"}, "max": {"N": "1"}}},
        "schedule": {"L": [{"M": {"at": {"S": "2026-03-04T05:06:07Z"}, "percentage": {"N": "5"}}}]},
        "rollback_of": {"N": "2"}, "restored_from": {"N": "1"}, "execution_id": {"S": "e"}, "status": {"S": "rejected"},
        "color": {"S": "red"},
    });
    let flag = Flag::from_item(&flag_model::item_from_json(&item).unwrap()).unwrap();
    let document = flag_to_json(&flag);
    let names: Vec<_> = document.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names.len(), FIELDS.len() + OF_THE_SYSTEM.len(), "{names:?}");
    for name in names {
        assert!(FIELDS.contains(&name) != OF_THE_SYSTEM.contains(&name), "{name}");
    }
}

#[test]
fn a_printed_flag_is_read_as_it_was() {
    let table = Memory::default();
    set(&table, &new_flag("1")).unwrap();
    table.reject(&id(), version(1));
    let flag = table.flag(&flag_model::ItemKey::Head(id()));
    assert_eq!(flag_from_json(&flag_to_json(&flag).to_string()), Ok(flag), "marks and all");
    let error = flag_from_json(r#"{"value": 1}"#).unwrap_err().to_string();
    assert_eq!(error, "the definition is no flag: `flag_id` is missing; `service` is missing");
}

proptest! {
    #[test]
    fn what_is_printed_defines_the_same(
        value in prop_oneof![Just("null"), Just("1.25"), Just("\"x\""), Just("{\"a\": [true]}")],
        owner in ".{0,8}",
        tags in prop::collection::vec("[a-z]{1,4}", 0..3),
        percentage in proptest::option::of(0u16..=10_000),
        kill_switch: bool,
    ) {
        let table = Memory::default();
        let edit = Edit {
            owner: Some(owner),
            tags: Some(tags),
            percentage: percentage.and_then(flag_model::Percentage::from_basis_points),
            kill_switch: Some(kill_switch),
            ..new_flag(value)
        };
        let made = block_on(operator(&table).propose(&id(), &edit, &note(), time(1))).unwrap();
        let definition = Definition::parse(&flag_to_json(&made.flag).to_string()).unwrap();
        let edit = Edit { definition: Some(definition), ..Edit::default() };
        let again = block_on(operator(&table).propose(&id(), &edit, &note(), time(1))).unwrap();
        prop_assert_eq!(again.flag, made.flag);
    }

    #[test]
    fn no_definition_panics(text in ".{0,200}") {
        let _ = Definition::parse(&text);
    }
}
