//! What assertions accept, and what they say when they fail.

use flagcdk::assertions::{
    Capture, Findings, Matcher, Template, absent, any, array_equals, array_with, exact, json_text, like, not,
    object_equals, object_like, regex,
};
use flagcdk::{App, Placement, RawResource, Region, RemovalPolicy};
use serde_json::{Value as Json, json};

#[test]
fn matchers_match_what_they_say() {
    let check = |matcher: Matcher, matching: &[Json], others: &[Json]| {
        for value in matching {
            assert!(matcher.matches(value), "{matcher:?} should match {value}");
        }
        for value in others {
            assert!(!matcher.matches(value), "{matcher:?} should not match {value}");
        }
    };
    check(any(), &[json!(1), json!({}), json!(null)], &[]);
    check(5.into(), &[json!(5), json!(5.0)], &[json!("5"), json!(6)]);
    check("x".into(), &[json!("x")], &[json!("xx")]);
    check(json!({ "a": { "b": 1 } }).into(), &[json!({ "a": { "b": 1, "c": 2 }, "d": 3 })], &[json!({ "a": {} })]);
    check(json!([1, { "a": 1 }]).into(), &[json!([1, { "a": 1, "b": 2 }])], &[json!([1]), json!([1, { "a": 1 }, 2])]);
    check(exact(json!({ "a": 1 })), &[json!({ "a": 1 })], &[json!({ "a": 1, "b": 2 })]);
    check(object_like(json!({ "a": 1 })), &[json!({ "a": 1, "b": 2 })], &[json!({}), json!([])]);
    check(object_equals(like!({ "a": any() })), &[json!({ "a": 1 })], &[json!({ "a": 1, "b": 2 }), json!({})]);
    check(array_with([1, 3]), &[json!([1, 2, 3])], &[json!([3, 1]), json!([1]), json!(1)]);
    check(array_equals([1, 3]), &[json!([1, 3])], &[json!([1, 2, 3])]);
    check(regex("^a+$"), &[json!("aa")], &[json!("b"), json!(1)]);
    check(not("x"), &[json!("y"), json!(1)], &[json!("x")]);
    check(like!({ "a": absent() }), &[json!({}), json!({ "b": 1 })], &[json!({ "a": 1 })]);
    check(like!({ "a": not(absent()) }), &[json!({ "a": 1 })], &[json!({})]);
    check(
        json_text(like!({ "a": 1 })),
        &[json!("{\"a\":1,\"b\":2}"), json!({ "Fn::Sub": "{\"a\":1}" })],
        &[json!("{"), json!("{\"a\":2}"), json!({ "a": 1 })],
    );
    check(
        like!({ "n": -1, "s": ["x", { "y": any() }, [1]], "e": {}, "t": String::from("t") }),
        &[json!({ "n": -1, "s": ["x", { "y": 0 }, [1]], "e": {}, "t": "t" })],
        &[json!({ "n": -1, "s": ["x", {}, [1]], "e": {}, "t": "t" })],
    );
}

/// Two queues and a topic.
fn template() -> Template {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Main", Placement::Home);
    let queue = |delay: i64| RawResource::new("AWS::SQS::Queue").set("DelaySeconds", delay);
    stack.add("First", queue(1).set("Tags", json!([{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }])));
    stack.add("Second", queue(2)).removal_policy(RemovalPolicy::Retain);
    stack.add("Topic", RawResource::new("AWS::SNS::Topic"));
    stack.output("Url", "https://x");
    stack.mapping("Sizes", [("eu".to_owned(), std::collections::BTreeMap::from([("Size".to_owned(), 3)]))]);
    Template::of(&stack)
}

#[test]
fn templates_are_asked() {
    let template = template();
    template.resource_count_is("AWS::SQS::Queue", 2);
    template.resource_count_is("AWS::S3::Bucket", 0);
    template.resource_properties_count_is("AWS::SQS::Queue", like!({ "DelaySeconds": 2 }), 1);
    template
        .has_resource("AWS::SQS::Queue", like!({ "DeletionPolicy": "Retain", "Properties": { "DelaySeconds": 2 } }));
    template.has_resource_properties("AWS::SQS::Queue", like!({ "Tags": array_with([like!({ "Key": "b" })]) }));
    template.has_no_resource_properties("AWS::SQS::Queue", like!({ "FifoQueue": true }));
    template.all_resources_properties("AWS::SQS::Queue", like!({ "DelaySeconds": any() }));
    template.has_output("Url", like!({ "Value": regex("^https:") }));
    template.has_mapping("*", like!({ "eu": { "Size": 3 } }));
    template.matches(like!({ "Resources": { "Topic": { "Properties": absent() } } }));
    assert_eq!(template.resource("Second")["Properties"]["DelaySeconds"], 2);
    assert_eq!(template.find_resources("*", any()).len(), 3);
    let delays = Capture::new();
    template.all_resources_properties("AWS::SQS::Queue", like!({ "DelaySeconds": delays.of(not(0)) }));
    assert_eq!(delays.values(), [1, 2]);
    assert!(template.to_string().starts_with("{\n  \"AWSTemplateFormatVersion\""));
}

#[test]
fn what_fails_says_what_comes_closest() {
    let check = |ask: fn(&Template), expected: &str| {
        let template = template();
        let panic = std::panic::catch_unwind(move || ask(&template)).expect_err(expected);
        let message = panic.downcast_ref::<String>().expect("panics of assertions have a text");
        assert_eq!(message, expected);
    };
    check(
        |template| template.resource_count_is("AWS::SQS::Queue", 3),
        "wanted 3 of `AWS::SQS::Queue`, got 2: [\"First\", \"Second\"]",
    );
    check(
        |template| template.has_resource("AWS::SQS::Queu", any()),
        "there is no `AWS::SQS::Queu`; did you mean `AWS::SQS::Queue`?",
    );
    check(
        |template| template.has_resource("AWS::S3::Bucket", any()),
        "there is no `AWS::S3::Bucket`; the types are `AWS::SNS::Topic`, `AWS::SQS::Queue`",
    );
    check(
        |template| {
            let tags = array_with([like!({ "Key": "b", "Value": "3" })]);
            template.has_resource_properties(
                "AWS::SQS::Queue",
                like!({ "DelaySeconds": 1, "FifoQueue": any(), "Tags": tags }),
            );
        },
        "no `AWS::SQS::Queue` is as wanted; the closest of 2, `First` (Main/First), differs:\n  \
         Properties.FifoQueue: wanted anything, got nothing\n  \
         Properties.Tags: no item is {\"Key\": \"b\", \"Value\": \"3\"}\n  \
         Properties.Tags[1].Value: wanted \"3\", got \"2\"",
    );
    check(
        |template| template.all_resources_properties("AWS::SQS::Queue", like!({ "DelaySeconds": 1 })),
        "not every `AWS::SQS::Queue` is as wanted\n`Second` (Main/Second) differs:\n  \
         Properties.DelaySeconds: wanted 1, got 2",
    );
    check(
        |template| template.has_no_resource_properties("AWS::SQS::Queue", like!({ "DelaySeconds": not(1) })),
        "wanted no `AWS::SQS::Queue` with such properties, got [\"Second\"]",
    );
    check(|template| template.has_output("Uri", any()), "there is no `Uri` in `Outputs`; did you mean `Url`?");
    check(
        |template| template.has_output("Url", like!({ "Value": regex("^http:") })),
        "no `Url` in `Outputs` is as wanted; the only one, `Url`, differs:\n  \
         Value: wanted a text like /^http:/, got \"https://x\"",
    );
    check(|template| drop(template.resource("Frist").clone()), "there is no resource `Frist`; did you mean `First`?");
}

#[test]
fn findings_are_asked() {
    let app = App::new("shop", Region::EU_WEST_1);
    let stack = app.stack("Main", Placement::Home);
    stack.construct("A").warning("x::look", "worth a look", "look");
    let findings = Findings::of(&app);
    findings.has_warning("Main/A", "x::look");
    findings.has_no_error("*", "*");
    stack.construct("B").error("x::wrong", "wrong", "mend it");
    let findings = Findings::of(&app);
    findings.has_error("Main/*", "x::wrong");
    findings.has_no_warning("Main/B", "*");
    assert_eq!(findings.codes(), ["x::wrong", "x::look"]);
    let panic = std::panic::catch_unwind(|| findings.has_error("Main/C", "x::wrong")).expect_err("there is none");
    assert_eq!(
        panic.downcast_ref::<String>().expect("it has a text"),
        "no error `x::wrong` at `Main/C`; found \n  error: Main/B: wrong [x::wrong]\n  warning: Main/A: worth a look [x::look]"
    );
}
