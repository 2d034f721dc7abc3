use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Bounds, ChangeNote, ChangeSource, FlagKind, Percentage, Promotion, Rollout, Sensitivity, ServiceName, Step,
    item_from_json, item_to_json,
};

fn read(json: &Value) -> Result<Flag, String> {
    let item = item_from_json(json).map_err(|error| error.to_string())?;
    Flag::from_item(&item).map_err(|error| error.to_string())
}

#[test]
fn keys() {
    let check = |json: Value, expected: Result<ItemKey, &str>| {
        let got = ItemKey::from_item(&item_from_json(&json).unwrap()).map_err(|error| error.to_string());
        assert_eq!(got, expected.map_err(str::to_owned), "{json}");
        if let Ok(key) = got {
            assert_eq!(item_to_json(&key.to_item()), json);
        }
    };
    let id = FlagId::new("a").unwrap();
    check(json!({"flag_id": {"S": "a"}, "version": {"N": "0"}}), Ok(ItemKey::Head(id.clone())));
    check(json!({"flag_id": {"S": "a"}, "version": {"N": "3"}}), Ok(ItemKey::Version(id, Version::new(3).unwrap())));
    let arn = "arn:aws:states:eu-west-1:111122223333:execution:r:1";
    check(json!({"flag_id": {"S": format!("audit#{arn}")}, "version": {"N": "0"}}), Ok(ItemKey::Audit(arn.to_owned())));
    check(json!({"version": {"N": "3"}}), Err("the key's `flag_id` is missing, wanted a text"));
    check(
        json!({"flag_id": {"N": "3"}, "version": {"N": "3"}}),
        Err("the key's `flag_id` is of the type `N`, wanted a text"),
    );
    for version in ["-1", "1.5", "1e38", "9007199254740992"] {
        let error = format!("the version is `{version}`, wanted a whole number from 1 to 9007199254740991");
        check(json!({"flag_id": {"S": "a"}, "version": {"N": version}}), Err(&error));
    }
}

#[test]
fn values_of_every_type() {
    let check = |value: Value, expected: Result<Value, &str>| {
        let item = json!({"flag_id": {"S": "a"}, "version": {"N": "1"}, "service": {"S": "s"}, "value": value});
        let got = read(&item).map(|flag| flag.value.unwrap().to_json());
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected, "{item}"),
            (Err(got), Err(expected)) => assert!(got.contains(expected), "{item}: {got}"),
            (got, expected) => panic!("{item}: {got:?}, wanted {expected:?}"),
        }
    };
    check(json!({"BOOL": true}), Ok(json!(true)));
    check(json!({"S": "{}"}), Ok(json!("{}")));
    check(json!({"N": "2.50"}), Ok(json!(2.5)));
    check(json!({"NULL": true}), Ok(json!(null)));
    check(json!({"M": {"x": {"L": [{"N": "1"}]}}}), Ok(json!({"x": [1]})));
    check(json!({"L": []}), Ok(json!([])));
    check(json!({"SS": ["x"]}), Ok(json!(["x"])));
    check(json!({"NS": ["1"]}), Ok(json!([1])));
    check(json!({"B": "AA=="}), Err("`value` is malformed: the value cannot be carried: `value` holds bytes"));
    check(json!({"N": "9007199254740993"}), Err("cannot be carried exactly"));
}

#[test]
fn everything_wrong_is_said_at_once() {
    let got = read(&json!({
        "flag_id": {"S": "a b"},
        "version": {"N": "0"},
        "owner": {"N": "1"},
        "deleted": {"S": "true"},
        "kind": {"S": "relase"},
        "expires_at": {"S": "soon"},
        "targeting": {"M": {"rollout": {"M": {"percentage": {"N": "101"}}}}},
    }));
    assert_eq!(
        got.unwrap_err(),
        "the item is no flag: `current_version` is missing; `deleted` is of the type `S`, wanted `BOOL`; \
         `expires_at` is malformed: `soon` is no point in time, wanted RFC 3339 such as `2026-03-04T05:06:07Z`; \
         `flag_id` is malformed: the flag id has the character ` `, wanted letters, digits and ._-/; \
         `kind` is malformed: unknown variant `relase`, expected one of `release`, `experiment`, `operational`, \
         `permission`, `kill_switch`; `owner` is of the type `N`, wanted `S`; `service` is missing; \
         `targeting` is malformed: `101` is no percentage, wanted 0 to 100 in steps of 0.01; \
         `value` is missing, and the flag is not deleted"
    );
}

#[test]
fn unknown_attributes_are_kept() {
    let item = json!({
        "flag_id": {"S": "a"}, "version": {"N": "1"}, "service": {"S": "s"}, "value": {"BOOL": true},
        "color": {"B": "AA=="},
    });
    let flag = read(&item).unwrap();
    assert_eq!(flag.extra.keys().collect::<Vec<_>>(), ["color"]);
    assert_eq!(item_to_json(&flag.to_version_item())["color"], json!({"B": "AA=="}));
}

#[test]
fn heads_say_what_the_current_version_is() {
    let mut flag =
        Flag::new("a".parse().unwrap(), Version::new(7).unwrap(), "s".parse().unwrap(), FlagValue::Bool(true));
    flag.tags = vec!["x".to_owned()];
    let head = item_to_json(&flag.to_head_item());
    assert_eq!(head["version"], json!({"N": "0"}));
    assert_eq!(head["current_version"], json!({"N": "7"}));
    assert_eq!(head["head_service"], json!({"S": "s"}));
    assert_eq!(read(&head), Ok(flag.clone()));
    assert_eq!(flag.to_version_item().get(HEAD_SERVICE), None);
}

fn any_flag() -> impl Strategy<Value = Flag> {
    let value = prop_oneof![
        any::<bool>().prop_map(FlagValue::Bool),
        any::<String>().prop_map(FlagValue::String),
        (-(1i64 << 53) + 1..1i64 << 53).prop_map(|n| FlagValue::Number(n.into())),
        any::<f64>()
            .prop_filter_map("finite", |f| crate::exact_number(&format!("{f:e}")).ok())
            .prop_map(FlagValue::Number),
        Just(FlagValue::Json(json!({"a": [1, null, {"b": "c"}]}))),
    ];
    let percentage = (0u16..=10_000).prop_map(|points| Percentage::from_basis_points(points).unwrap());
    let time = (0i64..4_000_000_000_000).prop_map(|ms| Timestamp::from_milliseconds(ms).unwrap());
    (("[a-z][a-z.-]{0,20}", 1u64..1 << 53, value, any::<bool>()), (percentage, time), any::<(String, bool, f32)>())
        .prop_map(|((id, version, value, deleted), (percentage, time), (text, yes, float))| {
            let version = Version::new(version).unwrap();
            let mut flag = Flag::new(FlagId::new(id).unwrap(), version, ServiceName::new("s").unwrap(), value.clone());
            flag.deleted = deleted;
            flag.kill_switch = yes;
            flag.kind = if yes { FlagKind::KillSwitch } else { FlagKind::Experiment };
            flag.sensitivity = if yes { Sensitivity::Confidential } else { Sensitivity::Public };
            flag.status = if yes { Status::RolledBack } else { Status::Good };
            flag.off_value = Some(value.clone());
            flag.owner = text.clone();
            flag.tags = vec![text.clone()];
            flag.written_at = Some(time);
            flag.promoted_from = Some(Promotion { environment: text.clone(), version, at: time });
            let rollout = Rollout { percentage, bucket_by: text.clone(), salt: yes.then(|| text.clone()) };
            flag.targeting.rollout = Some(rollout);
            flag.schedule = vec![Step { at: time, percentage }];
            let float = f64::from(if float.is_finite() { float } else { 0.0 });
            flag.bounds = crate::exact_number(&format!("{float:e}")).ok().map(|_| Bounds {
                min: float,
                max: 1.0,
                max_step: None,
            });
            flag.change =
                ChangeNote { by: text, source: ChangeSource::Pipeline, emergency: yes, ..ChangeNote::default() };
            flag.rollback_of = yes.then_some(version);
            flag
        })
}

proptest! {
    #[test]
    fn a_flag_survives_its_items(flag in any_flag()) {
        prop_assert_eq!(read(&item_to_json(&flag.to_version_item())), Ok(flag.clone()));
        prop_assert_eq!(read(&item_to_json(&flag.to_head_item())), Ok(flag));
    }

    #[test]
    fn no_item_panics(names in prop::collection::vec(
        prop::sample::select(vec!["flag_id", "version", "value", "service", "targeting", "change", "tags", "status", "bounds", "created_at", "kind"]), 0..8),
        values in prop::collection::vec(prop::sample::select(vec![
            json!({"S": "x"}), json!({"N": "0"}), json!({"N": "-1"}), json!({"BOOL": true}), json!({"NULL": true}),
            json!({"M": {}}), json!({"L": []}), json!({"B": "AA=="}), json!({"SS": ["a"]}), json!({"NS": ["1"]}), json!({"BS": []}), json!({"N": "nan"})]), 8),
    ) {
        let item: serde_json::Map<_, _> = names.into_iter().map(str::to_owned).zip(values).collect();
        let _ = read(&Value::Object(item));
    }
}
