//! StackSets.

use flagcdk_assembly::{Capability, Region};
use flagcdk_engine::{
    Cloud, ErrorKind, InstanceStatus, Operation, OperationId, OperationStatus, ResultStatus, StackSetRequest,
};

use super::answers::{identity, instance, refused, result};
use super::server::{Answer, Request, Server};
use super::{HOME, connect};

const ACCOUNT: &str = "111122223333";

/// A server that knows who asks, and answers everything else so.
async fn answering(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::answering(move |request, _| match request.action() {
        "GetCallerIdentity" => identity(ACCOUNT),
        _ => answer(request),
    })
    .await
}

fn stack_set() -> StackSetRequest {
    StackSetRequest {
        name: "flags".into(),
        description: String::new(),
        template_url: "https://s3/t".into(),
        parameters: [("P".into(), "1".into())].into(),
        tags: [("T".into(), "3".into())].into(),
        capabilities: vec![Capability::NamedIam],
        administration_role_arn: "admin".into(),
        execution_role_name: "execution".into(),
    }
}

fn check_fields(request: &Request, expected: &[(&str, Option<&str>)]) {
    for (field, value) in expected {
        assert_eq!(request.field(field), *value, "{field}: {}", request.body);
    }
}

const COMMON: &[(&str, Option<&str>)] = &[
    ("StackSetName", Some("flags")),
    ("Description", None),
    ("TemplateURL", Some("https%3A%2F%2Fs3%2Ft")),
    ("Parameters.member.1.ParameterValue", Some("1")),
    ("Tags.member.1.Key", Some("T")),
    ("Capabilities.member.1", Some("CAPABILITY_NAMED_IAM")),
    ("PermissionModel", Some("SELF_MANAGED")),
    ("AdministrationRoleARN", Some("admin")),
    ("ExecutionRoleName", Some("execution")),
    ("ManagedExecution.Active", None),
];

const PREFERENCES: &[(&str, Option<&str>)] = &[
    ("OperationPreferences.RegionConcurrencyType", Some("PARALLEL")),
    ("OperationPreferences.MaxConcurrentCount", Some("1")),
    ("OperationPreferences.FailureToleranceCount", Some("1")),
    ("OperationId", Some("operation-1")),
];

#[tokio::test]
async fn what_a_stack_set_is_asked_to_be() {
    let server = answering(|request| result(request.action(), "")).await;
    let cloud = connect(&server).await;
    let operation = OperationId("operation-1".into());
    cloud.create_stack_set(&stack_set(), "token-1").await.unwrap();
    cloud.update_stack_set(&stack_set(), &[HOME, Region::US_EAST_1], &operation).await.unwrap();
    assert_eq!(server.actions(), ["CreateStackSet", "GetCallerIdentity", "UpdateStackSet"]);
    let requests = server.requests();
    check_fields(&requests[0], COMMON);
    check_fields(&requests[0], &[("ClientRequestToken", Some("token-1"))]);
    check_fields(&requests[2], COMMON);
    check_fields(&requests[2], PREFERENCES);
    let targets = [
        ("Accounts.member.1", Some(ACCOUNT)),
        ("Regions.member.1", Some("eu-central-1")),
        ("Regions.member.2", Some("us-east-1")),
    ];
    check_fields(&requests[2], &targets);
}

#[tokio::test]
async fn an_update_without_regions_reaches_no_instance() {
    let broken = instance("eu-west-1", "INOPERABLE");
    let living = instance("us-east-1", "CURRENT");
    for (instances, refused) in [(String::new(), false), (broken.clone(), false), (broken + &living, true)] {
        let server = answering(move |request| match request.action() {
            "ListStackInstances" => result("ListStackInstances", &format!("<Summaries>{instances}</Summaries>")),
            action => result(action, ""),
        })
        .await;
        let cloud = connect(&server).await;
        let outcome = cloud.update_stack_set(&stack_set(), &[], &OperationId("operation-1".into())).await;
        if refused {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Rejected);
            assert!(error.message.contains("`us-east-1`"), "{error}");
            assert_eq!(cloud.requests_sent().mutating, 0);
        } else {
            outcome.unwrap();
            let sent = server.requests().pop().unwrap();
            check_fields(&sent, &[("Action", Some("UpdateStackSet")), ("Accounts", None), ("Regions", None)]);
            assert!(!sent.body.contains("member.1=eu"), "{}", sent.body);
        }
    }
}

#[tokio::test]
async fn what_instances_are_asked() {
    let server = answering(|request| result(request.action(), "")).await;
    let cloud = connect(&server).await;
    let operation = OperationId("operation-1".into());
    let regions = [Region::SA_EAST_1, HOME];
    cloud.create_instances("flags", &regions, &operation).await.unwrap();
    cloud.update_instances("flags", &regions, &operation).await.unwrap();
    cloud.delete_instances("flags", &regions, &operation).await.unwrap();
    let actions = ["GetCallerIdentity", "CreateStackInstances", "UpdateStackInstances", "DeleteStackInstances"];
    assert_eq!(server.actions(), actions);
    for request in &server.requests()[1..] {
        check_fields(request, PREFERENCES);
        let targets = [
            ("StackSetName", Some("flags")),
            ("Accounts.member.1", Some(ACCOUNT)),
            ("Regions.member.1", Some("sa-east-1")),
            ("Regions.member.2", Some("eu-central-1")),
        ];
        check_fields(request, &targets);
    }
    assert_eq!(server.requests()[3].field("RetainStacks"), Some("false"));
}

#[tokio::test]
async fn stack_sets_that_are_and_are_not() {
    let found = |status: &str| {
        let contents = format!(
            "<StackSet><StackSetName>flags</StackSetName><Status>{status}</Status><Description>d</Description>\
             <TemplateBody>{{}}</TemplateBody><Tags><member><Key>T</Key><Value>3</Value></member></Tags></StackSet>"
        );
        result("DescribeStackSet", &contents)
    };
    for (answer, exists) in [
        (found("ACTIVE"), true),
        (found("DELETED"), false),
        (refused(404, "StackSetNotFoundException", "StackSet flags not found"), false),
    ] {
        let server = Server::playing([answer]).await;
        let set = connect(&server).await.stack_set("flags").await.unwrap();
        assert_eq!(set.is_some(), exists);
        if let Some(set) = set {
            assert_eq!((set.template.as_str(), set.description.as_str()), ("{}", "d"));
            assert_eq!(set.tags, [("T".to_owned(), "3".to_owned())].into());
        }
    }
    let server = Server::playing([refused(409, "StackSetNotEmptyException", "not empty")]).await;
    assert_eq!(connect(&server).await.delete_stack_set("flags").await.unwrap_err().kind, ErrorKind::NotEmpty);
}

fn instances(members: &str, next: &str) -> Answer {
    let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
    result("ListStackInstances", &format!("<Summaries>{members}</Summaries>{next}"))
}

#[tokio::test]
async fn instances_page_by_page_in_order() {
    let server = answering(|request| match request.field("NextToken") {
        None => instances(&(instance("us-east-1", "OUTDATED") + &instance("eu-west-1", "CURRENT")), "two"),
        _ => instances(&(instance("ap-south-1", "INOPERABLE") + &instance("eu-west-2", "NEW")), ""),
    })
    .await;
    let found = connect(&server).await.instances("flags").await.unwrap();
    let seen: Vec<_> = found.iter().map(|found| (found.region, found.status)).collect();
    assert_eq!(
        seen,
        [
            (Region::AP_SOUTH_1, InstanceStatus::Inoperable),
            (Region::EU_WEST_1, InstanceStatus::Current),
            (Region::EU_WEST_2, InstanceStatus::Unknown),
            (Region::US_EAST_1, InstanceStatus::Outdated),
        ]
    );
    assert_eq!(found[0].detailed_status, "SUCCEEDED");
    check_fields(&server.requests()[1], &[("StackInstanceAccount", Some(ACCOUNT))]);
    check_fields(&server.requests()[2], &[("NextToken", Some("two"))]);
}

#[tokio::test]
async fn lists_that_cannot_be_followed() {
    let circle = answering(|request| match request.field("NextToken") {
        Some("two") => instances("", "three"),
        _ => instances("", "two"),
    })
    .await;
    let unknown = answering(|_| instances(&instance("mars-east-1", "CURRENT"), "")).await;
    for (server, message, sent) in [(circle, "the list has no end", 4), (unknown, "`mars-east-1`", 2)] {
        let error = connect(&server).await.instances("flags").await.unwrap_err();
        assert_eq!((error.kind, server.requests().len()), (ErrorKind::Other, sent), "{error}");
        assert!(error.message.contains(message), "{error}");
    }
}

#[tokio::test]
async fn operations_newest_first() {
    let member = |id: &str, status: &str| {
        format!("<member><OperationId>{id}</OperationId><Action>UPDATE</Action><Status>{status}</Status></member>")
    };
    let members = member("b", "RUNNING") + &member("a", "SUCCEEDED");
    let contents = format!("<Summaries>{members}</Summaries><NextToken>more</NextToken>");
    let server = Server::playing([result("ListStackSetOperations", &contents)]).await;
    let operations = connect(&server).await.operations("flags").await.unwrap();
    let operation = |id: &str, status| Operation { id: OperationId(id.into()), status };
    assert_eq!(operations, [operation("b", OperationStatus::Running), operation("a", OperationStatus::Succeeded)]);
    assert_eq!(server.requests().len(), 1);
    check_fields(&server.requests()[0], &[("MaxResults", Some("20"))]);
}

#[tokio::test]
async fn one_operation() {
    let known = "<StackSetOperation><OperationId>a</OperationId><Status>QUEUED</Status></StackSetOperation>";
    for (answer, expected) in [
        (result("DescribeStackSetOperation", known), Some(OperationStatus::Queued)),
        (refused(404, "OperationNotFoundException", "no"), None),
    ] {
        let server = Server::playing([answer]).await;
        let found = connect(&server).await.operation("flags", &OperationId("a".into())).await.unwrap();
        assert_eq!(found.map(|found| found.status), expected);
    }
}

#[tokio::test]
async fn results_by_region() {
    let member = |region: &str, status: &str, reason: &str| {
        format!(
            "<member><Account>{ACCOUNT}</Account><Region>{region}</Region><Status>{status}</Status>\
             <StatusReason>{reason}</StatusReason></member>"
        )
    };
    let members = member("us-east-1", "FAILED", "ResourceLogicalId:Q") + &member("eu-west-1", "CANCELLED", "");
    let contents = format!("<Summaries>{members}</Summaries>");
    let server = Server::playing([result("ListStackSetOperationResults", &contents)]).await;
    let results = connect(&server).await.operation_results("flags", &OperationId("a".into())).await.unwrap();
    let seen: Vec<_> = results.iter().map(|found| (found.region, found.status)).collect();
    assert_eq!(seen, [(Region::EU_WEST_1, ResultStatus::Cancelled), (Region::US_EAST_1, ResultStatus::Failed)]);
    assert_eq!(results[1].reason.as_deref(), Some("ResourceLogicalId:Q"));
}
