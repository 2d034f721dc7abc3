use flag_model::FlagMessage;
use serde_json::{Value as Json, json};

use super::*;

/// A snapshot of flags, given by what is different about one that is on for all.
fn snapshot(flags: &[Json]) -> Snapshot {
    let messages = flags.iter().map(|changes| {
        let mut message = json!({
            "schema": 1, "flag_id": "checkout.pay", "version": 3, "tombstone": false, "service": "checkout",
            "value": "on", "off_value": "off",
        });
        for (name, value) in changes.as_object().unwrap() {
            message[name] = value.clone();
            if value.is_null() {
                message.as_object_mut().unwrap().remove(name);
            }
        }
        FlagMessage::from_json(message).unwrap()
    });
    Snapshot::of(&messages.collect::<Vec<_>>())
}

/// What `checkout.pay` gives.
fn got(flags: &[Json], context: &Context) -> String {
    match snapshot(flags).evaluate("checkout.pay", context) {
        Ok(Evaluation { value, reason, .. }) => format!("{} {reason:?}", value.as_text().unwrap()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn flags_give_what_they_say() {
    let user = Context::of_user("user-1").with("country", "SE").with("number", 7);
    let check = |flags: &[Json], expected: &str| assert_eq!(got(flags, &user), expected, "{flags:?}");
    let rule = |country: &str, serve: &str| {
        let condition = json!({ "attribute": "country", "operator": "equals", "values": [country] });
        json!({ "name": country, "conditions": [condition], "serve": serve })
    };
    check(&[json!({})], "on Everybody");
    check(&[json!({ "kill_switch": true, "targeting": { "rules": [rule("SE", "ruled")] } })], "off KillSwitch");
    check(
        &[json!({ "kill_switch": true, "off_value": null })],
        "the user does not get the flag's value, and it has no off value",
    );
    check(&[json!({ "tombstone": true, "value": null, "off_value": null })], "there is no such flag");
    check(&[], "no flags have been read yet");
    check(&[json!({ "flag_id": "checkout.other" })], "there is no such flag");
    // Rules, in their order, and before the rollout.
    check(&[json!({ "targeting": { "rules": [rule("SE", "ruled")] } })], r#"ruled Rule("SE")"#);
    check(&[json!({ "targeting": { "rules": [rule("NO", "ruled")] } })], "on Everybody");
    let rules = json!([rule("NO", "one"), rule("SE", "two"), rule("SE", "three")]);
    check(&[json!({ "targeting": { "rules": rules, "rollout": { "percentage": 0 } } })], r#"two Rule("SE")"#);
    // A rule that is for a share is passed over by the others.
    let mut shared = rule("SE", "one");
    shared["percentage"] = json!(0);
    check(&[json!({ "targeting": { "rules": [shared, rule("SE", "two")] } })], r#"two Rule("SE")"#);
    shared["percentage"] = json!(100);
    check(&[json!({ "targeting": { "rules": [shared, rule("SE", "two")] } })], r#"one Rule("SE")"#);
    // Rollouts.
    let rollout = |percentage: f64| json!({ "targeting": { "rollout": { "percentage": percentage } } });
    check(&[rollout(100.0)], "on InRollout");
    check(&[rollout(0.0)], "off OutsideRollout");
    let place = f64::from(bucket("checkout.pay", "user-1")) / 100.0;
    check(&[rollout(place)], "off OutsideRollout");
    check(&[rollout(((place + 0.01) * 100.0).round() / 100.0)], "on InRollout");
    let by = |bucket_by: &str, percentage: f64| json!({ "targeting": { "rollout": { "percentage": percentage, "bucket_by": bucket_by, "salt": "salt" } } });
    check(&[by("nothing", 99.99)], "off OutsideRollout");
    check(&[by("nothing", 100.0)], "on InRollout");
    let place = f64::from(bucket("salt", "7")) / 100.0;
    check(&[by("number", place)], "off OutsideRollout");
    check(&[by("number", ((place + 0.01) * 100.0).round() / 100.0)], "on InRollout");
}

#[test]
fn flags_wait_for_others() {
    let waits = |of: &str, flag: &str, equals: Json| json!({ "flag_id": of, "targeting": { "prerequisites": [{ "flag_id": flag, "equals": equals }] } });
    let check = |flags: &[Json], expected: &str| assert_eq!(got(flags, &Context::new()), expected, "{flags:?}");
    let pay = || waits("checkout.pay", "base", json!("on"));
    check(&[pay(), json!({ "flag_id": "base" })], "on Everybody");
    check(&[pay(), json!({ "flag_id": "base", "value": true })], "off Prerequisite");
    check(&[pay(), json!({ "flag_id": "base", "kill_switch": true })], "off Prerequisite");
    check(&[pay()], "off Prerequisite");
    check(&[pay(), waits("base", "root", json!(1)), json!({ "flag_id": "root", "value": 1 })], "on Everybody");
    check(&[pay(), waits("base", "root", json!(1)), json!({ "flag_id": "root", "value": 2 })], "off Prerequisite");
    check(&[waits("checkout.pay", "base", json!("off")), waits("base", "none", json!(1))], "on Everybody");
    // Circles, and chains that are too long.
    check(&[waits("checkout.pay", "checkout.pay", json!("on"))], "off Prerequisite");
    let chain = |length: usize| {
        let name = |number: usize| if number == 0 { "checkout.pay".to_owned() } else { format!("f{number}") };
        let mut flags: Vec<Json> =
            (0..length).map(|number| waits(&name(number), &name(number + 1), json!("on"))).collect();
        flags.push(json!({ "flag_id": name(length) }));
        flags
    };
    check(&chain(MAX_DEPTH - 1), "on Everybody");
    check(&chain(MAX_DEPTH), "off Prerequisite");
    // Each of a level waits for each of the next: the ways through are more than anybody can go.
    let net = |levels: usize, width: usize| {
        let name = |level: usize, place: usize| format!("l{level}.f{place}");
        let all = |level: usize| -> Vec<Json> {
            if level == levels {
                return Vec::new();
            }
            (0..width).map(|place| json!({ "flag_id": name(level, place), "equals": "on" })).collect()
        };
        let mut flags = vec![json!({ "targeting": { "prerequisites": all(0) } })];
        for level in 0..levels {
            flags.extend((0..width).map(
                |place| json!({ "flag_id": name(level, place), "targeting": { "prerequisites": all(level + 1) } }),
            ));
        }
        flags
    };
    check(&net(4, 5), "on Everybody");
    check(&net(9, 20), "off Prerequisite");
}

#[test]
fn values_are_read_by_type() {
    let flags = snapshot(&[
        json!({ "flag_id": "b", "value": true }),
        json!({ "flag_id": "n", "value": 2.5 }),
        json!({ "flag_id": "i", "value": 7 }),
        json!({ "flag_id": "t", "value": "text" }),
        json!({ "flag_id": "j", "value": { "limits": [1, 2] } }),
    ]);
    let value = |id: &str| flags.evaluate(id, &Context::new()).unwrap().value;
    assert_eq!(value("b").as_bool(), Some(true));
    assert_eq!((value("n").as_number(), value("n").as_integer()), (Some(2.5), None));
    assert_eq!((value("i").as_number(), value("i").as_integer()), (Some(7.0), Some(7)));
    assert_eq!(value("t").as_text().map(AsRef::as_ref), Some("text"));
    assert_eq!((value("t").as_bool(), value("b").as_text(), value("b").as_number()), (None, None, None));
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Limits {
        limits: Vec<u8>,
    }
    assert_eq!(value("j").parse::<Limits>().unwrap(), Limits { limits: vec![1, 2] });
    assert!(value("j").as_json().is_some() && value("i").parse::<Limits>().is_err());
    assert_eq!((value("i").parse::<u8>().unwrap(), value("n").parse::<f32>().unwrap()), (7, 2.5));
}
