use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;

/// What was asked of the world, and what it is to answer.
#[derive(Default)]
struct Fake {
    did: RefCell<Vec<String>>,
    refuse_later: Option<&'static str>,
    refuse_never: Option<&'static str>,
    mark_fails: bool,
    announce_fails: bool,
    good: Option<flag_model::Flag>,
}

impl Outside for Fake {
    async fn publish(&self, messages: &[FlagMessage]) -> Vec<Result<(), PublishError>> {
        let outcome = |message: &FlagMessage| {
            let id = message.flag_id.as_str();
            if self.refuse_later == Some(id) {
                return Err(PublishError::Later("throttled".to_owned()));
            }
            if self.refuse_never == Some(id) {
                return Err(PublishError::Never("invalid".to_owned()));
            }
            let mark = if message.tombstone { "!" } else { "" };
            self.did.borrow_mut().push(format!("publish {id}{mark} {}", message.version));
            Ok(())
        };
        messages.iter().map(outcome).collect()
    }

    async fn announce(&self, messages: &[FlagMessage]) -> Result<(), String> {
        self.did.borrow_mut().push(format!("announce {}", messages.len()));
        if self.announce_fails { Err("down".to_owned()) } else { Ok(()) }
    }

    async fn newest_good_below(&self, flag: &FlagId, version: Version) -> Result<Option<flag_model::Flag>, String> {
        self.did.borrow_mut().push(format!("look {flag} {version}"));
        Ok(self.good.clone())
    }

    async fn mark_rejected(&self, flag: &FlagId, version: Version, rules: &[String]) -> Result<(), String> {
        self.did.borrow_mut().push(format!("mark {flag} {version} {}", rules.join("+")));
        if self.mark_fails { Err("throttled".to_owned()) } else { Ok(()) }
    }

    async fn alert(&self, _text: &str) -> Result<(), String> {
        self.did.borrow_mut().push("alert".to_owned());
        Ok(())
    }
}

fn head(id: &str, version: u64) -> Value {
    json!({
        "flag_id": {"S": id}, "version": {"N": "0"}, "current_version": {"N": version.to_string()},
        "service": {"S": "checkout"}, "head_service": {"S": "checkout"}, "value": {"BOOL": true}, "off_value": {"BOOL": false},
        "owner": {"S": "team-checkout"}, "contact": {"S": "checkout-oncall@example.com"},
        "description": {"S": "Shows the button that pays with one click"},
        "tags": {"SS": ["checkout"]}, "environment": {"S": "dev"}, "origin_region": {"S": "eu-west-1"},
        "created_at": {"S": "2026-03-02T09:00:00Z"}, "expires_at": {"S": "2026-06-01T00:00:00Z"},
        "written_at": {"S": "2026-03-10T10:15:00Z"},
        "change": {"M": {
            "by": {"S": "ada@example.com"}, "approved_by": {"L": [{"S": "grace@example.com"}]},
            "source": {"S": "console"}, "reason": {"S": "first users"}, "ticket": {"S": "FLAGS-1"},
        }},
    })
}

fn without(mut image: Value, name: &str) -> Value {
    image.as_object_mut().unwrap().remove(name);
    image
}

fn with(mut image: Value, name: &str, value: Value) -> Value {
    image[name] = value;
    image
}

fn record(number: usize, event: &str, image: Value, old: Option<Value>) -> Value {
    let id = image["flag_id"].clone();
    let mut stream = json!({
        "Keys": { "flag_id": id, "version": image["version"] },
        "SequenceNumber": number.to_string(),
        "ApproximateCreationDateTime": 1.0,
    });
    if event == "REMOVE" {
        stream["OldImage"] = image;
    } else {
        stream["NewImage"] = image;
        if let Some(old) = old {
            stream["OldImage"] = old;
        }
    }
    json!({ "eventName": event, "dynamodb": stream })
}

fn changes(ids: &[&str]) -> Vec<Value> {
    ids.iter().enumerate().map(|(number, id)| record(number, "INSERT", head(id, 1), None)).collect()
}

/// Runs a batch and gives what was done, and which record failed.
fn run(fake: Fake, region: &str, records: Vec<Value>) -> (String, Option<String>) {
    let place = Place { environment: "dev".to_owned(), region: region.to_owned(), home_region: "eu-west-1".to_owned() };
    let validator = Validator::new(RuleSet::embedded().unwrap(), place, fake);
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(10);
    let invocation = Invocation::new(deadline.as_millis().try_into().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(validator.handle(json!({ "Records": records }), invocation)).unwrap();
    let failed = answer["batchItemFailures"].as_array().unwrap();
    assert!(failed.len() <= 1);
    let failed = failed.first().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned());
    (validator.outside.did.borrow().join(", "), failed)
}

fn check(fake: Fake, records: Vec<Value>, expected: &str, failed: Option<&str>) {
    let got = run(fake, "eu-west-1", records);
    assert_eq!((got.0.as_str(), got.1.as_deref()), (expected, failed));
}

#[test]
fn changes_are_published_in_order() {
    check(Fake::default(), changes(&["dev.a", "dev.b"]), "publish dev.a 1, publish dev.b 1, announce 2", None);
    check(Fake::default(), vec![], "", None);
    let many: Vec<String> = (0..23).map(|number| format!("dev.f{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let (did, failed) = run(Fake::default(), "eu-west-1", changes(&many));
    assert_eq!((did.matches("announce 10").count(), did.matches("announce 3").count(), failed), (2, 1, None));
}

#[test]
fn only_changes_of_heads_are_published() {
    let version = with(head("dev.a", 1), "version", json!({"N": "1"}));
    let audit = with(head("dev.a", 1), "flag_id", json!({"S": "audit#e"}));
    let marked = with(head("dev.a", 1), "status", json!({"S": "rejected"}));
    let records = vec![
        record(0, "INSERT", version, None),
        record(1, "INSERT", audit, None),
        record(2, "MODIFY", marked, Some(head("dev.a", 1))),
        record(3, "EXPLODE", head("dev.a", 1), None),
    ];
    check(Fake::default(), records, "", None);
}

#[test]
fn what_is_gone_leaves_a_tombstone() {
    let mut by_age = record(1, "REMOVE", head("dev.b", 5), None);
    by_age["userIdentity"] = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
    let records = vec![
        record(0, "REMOVE", head("dev.a", 4), None),
        by_age,
        record(2, "REMOVE", without(head("dev.c", 6), "value"), None),
    ];
    check(Fake::default(), records, "publish dev.a! 4, publish dev.b! 5, publish dev.c! 6, announce 3", None);
}

#[test]
fn what_does_not_hold_is_not_published_and_holds_nothing_up() {
    let check_one = |image: Value, expected: &str| {
        let records = vec![record(0, "INSERT", image, None), record(1, "INSERT", head("dev.z", 1), None)];
        check(Fake::default(), records, &format!("publish dev.z 1, announce 1{expected}"), None);
    };
    check_one(with(head("dev.a", 3), "owner", json!({"S": ""})), ", mark dev.a 3 ownership.owner-missing, alert");
    check_one(without(head("dev.a", 3), "value"), ", mark dev.a 3 system.malformed-item, alert");
    check_one(with(head("dev.a", 3), "value", json!({"B": "AA=="})), ", mark dev.a 3 system.malformed-item, alert");
    check_one(with(head("dev.a", 3), "current_version", json!({"N": "1e38"})), ", alert");
    check_one(with(head("dev.a", 3), "version", json!({"N": "-1"})), ", alert");
    check_one(with(head("dev.a", 3), "flag_id", json!({"N": "1"})), ", alert");
    check_one(with(head("dev.a", 3), "value", json!({"X": 1})), ", alert");
    // Only the home region notes it and says so.
    let elsewhere =
        run(Fake::default(), "us-east-1", vec![record(0, "INSERT", without(head("dev.a", 3), "value"), None)]);
    assert_eq!(elsewhere, (String::new(), None));
    let mut keys_only = record(0, "INSERT", head("dev.a", 1), None);
    keys_only["dynamodb"].as_object_mut().unwrap().remove("NewImage");
    check(Fake::default(), vec![keys_only], "alert", None);
}

#[test]
fn a_batch_ends_at_what_may_be_better_the_next_time() {
    let throttled = || Fake { refuse_later: Some("dev.b"), ..Fake::default() };
    check(
        throttled(),
        changes(&["dev.a", "dev.b", "dev.c"]),
        "publish dev.a 1, publish dev.c 1, announce 2",
        Some("1"),
    );
    // What comes after the failure is rejected when it comes again.
    let mut records = changes(&["dev.a", "dev.b"]);
    records.push(record(2, "INSERT", without(head("dev.c", 1), "value"), None));
    check(throttled(), records, "publish dev.a 1, announce 1", Some("1"));
    let never = Fake { refuse_never: Some("dev.b"), ..Fake::default() };
    check(
        never,
        changes(&["dev.a", "dev.b"]),
        "publish dev.a 1, announce 1, mark dev.b 1 system.not-publishable, alert",
        None,
    );
    let unmarked = Fake { mark_fails: true, ..Fake::default() };
    let records = vec![record(7, "INSERT", without(head("dev.c", 1), "value"), None)];
    check(unmarked, records, "mark dev.c 1 system.malformed-item", Some("7"));
    let unannounced = Fake { announce_fails: true, ..Fake::default() };
    check(unannounced, changes(&["dev.a"]), "publish dev.a 1, announce 1", None);
}

#[test]
fn rules_compare_with_what_was_published() {
    let rejected = with(head("dev.a", 2), "status", json!({"S": "rejected"}));
    let records = vec![record(0, "MODIFY", head("dev.a", 3), Some(rejected))];
    check(Fake::default(), records, "look dev.a 2, publish dev.a 3, announce 1", None);
}

#[test]
fn rules_do_not_compare_with_what_was_rejected_a_moment_before() {
    // The third version was written before the second one was marked.
    let second = without(head("dev.a", 2), "value");
    let bad = with(head("dev.a", 2), "owner", json!({"S": ""}));
    let third = record(1, "MODIFY", head("dev.a", 3), Some(bad.clone()));
    let expected = "look dev.a 2, publish dev.a 3, announce 1, mark dev.a 2 ownership.owner-missing, alert";
    check(Fake::default(), vec![record(0, "MODIFY", bad, Some(head("dev.a", 1))), third], expected, None);
    // The same if it was no flag at all.
    let third = record(1, "MODIFY", head("dev.a", 3), Some(second.clone()));
    let expected = "look dev.a 2, publish dev.a 3, announce 1, mark dev.a 2 system.malformed-item, alert";
    check(Fake::default(), vec![record(0, "MODIFY", second, Some(head("dev.a", 1))), third], expected, None);
}

#[test]
fn heads_are_in_the_index_of_their_service() {
    let check_one = |image: Value| {
        let expected = "mark dev.a 3 system.not-indexed, alert";
        check(Fake::default(), vec![record(0, "INSERT", image, None)], expected, None);
    };
    check_one(without(head("dev.a", 3), "head_service"));
    check_one(with(head("dev.a", 3), "head_service", json!({"S": "billing"})));
    // A deleted flag may leave the index.
    let gone = without(with(head("dev.a", 3), "deleted", json!({"BOOL": true})), "head_service");
    check(Fake::default(), vec![record(0, "INSERT", gone, None)], "publish dev.a! 3, announce 1", None);
}

#[test]
fn parts_are_what_one_call_may_have() {
    let check = |sizes: &[usize], expected: &[usize]| {
        let messages: Vec<_> = sizes.iter().map(|bytes| parts_message(&"x".repeat(*bytes))).collect();
        assert_eq!(parts(&messages).iter().map(|part| part.len()).collect::<Vec<_>>(), expected);
    };
    check(&[], &[]);
    check(&[1; 10], &[10]);
    check(&[1; 21], &[10, 10, 1]);
    check(&[200_000, 60_000, 60_000], &[2, 1]);
    check(&[200_000, 200_000], &[1, 1]);
}

#[test]
fn attributes_count_for_the_size_of_a_message() {
    let (_, mut message) = parts_message("x");
    assert_eq!(published_bytes(&message), message.to_json().len() + "serviceStrings".len());
    message = parts_message("\u{fffe}\u{ffff}").1;
    assert!(outside::text_of(&message).contains(r#""value":"\ufffe\uffff""#));
    assert_eq!(FlagMessage::parse(&outside::text_of(&message)), Ok(message));
}

fn parts_message(text: &str) -> (usize, FlagMessage) {
    let value = flag_model::FlagValue::String(text.to_owned());
    let flag = flag_model::Flag::new("a".parse().unwrap(), Version::new(1).unwrap(), "s".parse().unwrap(), value);
    (0, FlagMessage::publishing(&flag))
}
