//! The crate that is written.

use flagcdk_migrate::{Dependency, Migration, Project, ProjectError, Source};

fn migration() -> Migration {
    let text = "Resources: { Orders: { Type: 'AWS::SQS::Queue', Properties: { RedriveAllowPolicy: { a: 1 } } } }";
    Migration::of(Source::parse("orders.yaml", text).expect("it is YAML")).expect("it is a template")
}

#[test]
fn a_crate_has_what_it_needs() {
    let project =
        Project::of(&migration(), "prod-orders", &Dependency::Path("../checkout/constructs/flagcdk".into())).unwrap();
    assert_eq!(project.stack(), "Orders");
    let text: String = project.files().map(|(path, text)| format!("==> {path}\n{text}")).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn names_are_those_of_crates_and_stacks() {
    let check = |name: &str, expected: Option<&str>| {
        let project = Project::of(&migration(), name, &Dependency::Registry);
        assert_eq!(project.as_ref().ok().map(Project::stack), expected, "{name}");
    };
    check("orders", Some("Stack"));
    check("prod-orders", Some("Orders"));
    check("prod-orders-v2", Some("OrdersV2"));
    for bad in ["", "Orders", "1st", "a--b", "a-", "a_b", "core", "ä"] {
        check(bad, None);
    }
}

#[test]
fn what_is_there_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let project = Project::of(&migration(), "orders", &Dependency::Registry).unwrap();
    let out = directory.path().join("new/orders");
    project.write(&out).unwrap();
    assert!(std::fs::read_to_string(out.join("src/stack.rs")).unwrap().contains("cfn::sqs::Queue::new()"));
    assert!(matches!(project.write(&out), Err(ProjectError::NotEmpty(_))));
}
