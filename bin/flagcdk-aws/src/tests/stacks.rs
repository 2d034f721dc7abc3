//! Ordinary stacks.

use flagcdk_assembly::Capability;
use flagcdk_engine::{Cloud, ErrorKind, StackRequest, TemplateSource};

use super::answers::{refused, result};
use super::server::{Answer, Server};
use super::{HOME, connect};

fn stack(status: &str) -> Answer {
    result(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackId>arn:a</StackId><StackName>a</StackName><StackStatus>{status}</StackStatus>\
             <StackStatusReason>why</StackStatusReason>\
             <Parameters><member><ParameterKey>P</ParameterKey><ParameterValue>1</ParameterValue></member></Parameters>\
             <Outputs><member><OutputKey>O</OutputKey><OutputValue>2</OutputValue></member></Outputs>\
             <Tags><member><Key>T</Key><Value>3</Value></member></Tags></member></Stacks>"
        ),
    )
}

#[tokio::test]
async fn stacks_that_are_and_are_not() {
    for (answer, expected) in [
        (stack("UPDATE_COMPLETE"), Some("UPDATE_COMPLETE")),
        (stack("REVIEW_IN_PROGRESS"), Some("REVIEW_IN_PROGRESS")),
        (stack("SOMETHING_NEW"), Some("SOMETHING_NEW")),
        (stack("DELETE_COMPLETE"), None),
        (refused(400, "ValidationError", "Stack with id a does not exist"), None),
    ] {
        let server = Server::playing([answer]).await;
        let found = connect(&server).await.stack(HOME, "a").await.unwrap();
        assert_eq!(found.as_ref().map(|found| found.status.as_str()), expected);
        if let Some(found) = found {
            assert_eq!((found.id.as_str(), found.reason.as_deref()), ("arn:a", Some("why")));
            assert_eq!(found.parameters, [("P".to_owned(), "1".to_owned())].into());
            assert_eq!(found.outputs, [("O".to_owned(), "2".to_owned())].into());
            assert_eq!(found.tags, [("T".to_owned(), "3".to_owned())].into());
        }
    }
}

fn request(template: TemplateSource) -> StackRequest {
    StackRequest {
        name: "a".into(),
        template,
        parameters: [("P".into(), "1".into())].into(),
        tags: [("T".into(), "3".into())].into(),
        capabilities: vec![Capability::NamedIam],
        token: "token-1".into(),
    }
}

#[tokio::test]
async fn what_a_stack_is_asked_to_be() {
    let url = TemplateSource::Url("https://s3/t".into());
    let sources =
        [(TemplateSource::Body("{}".into()), "TemplateBody", "%7B%7D"), (url, "TemplateURL", "https%3A%2F%2Fs3%2Ft")];
    for (source, field, value) in sources {
        let server = Server::answering(|request, _| result(request.action(), "<StackId>id</StackId>")).await;
        let cloud = connect(&server).await;
        cloud.create_stack(HOME, &request(source.clone())).await.unwrap();
        cloud.update_stack(HOME, &request(source)).await.unwrap();
        assert_eq!(server.actions(), ["CreateStack", "UpdateStack"]);
        for sent in server.requests() {
            for (field, value) in [
                ("StackName", "a"),
                (field, value),
                ("Parameters.member.1.ParameterKey", "P"),
                ("Parameters.member.1.ParameterValue", "1"),
                ("Tags.member.1.Key", "T"),
                ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
                ("ClientRequestToken", "token-1"),
            ] {
                assert_eq!(sent.field(field), Some(value), "{}", sent.body);
            }
        }
    }
}

#[tokio::test]
async fn changes_that_are_refused() {
    let running = "Stack:arn:a is in UPDATE_ROLLBACK_IN_PROGRESS state and can not be updated.";
    for (code, message, kind) in [
        ("ValidationError", "No updates are to be performed.", ErrorKind::NothingToUpdate),
        ("ValidationError", running, ErrorKind::OperationInProgress),
        ("ValidationError", "Stack [a] does not exist", ErrorKind::NotFound),
        ("AlreadyExistsException", "Stack [a] already exists", ErrorKind::AlreadyExists),
        ("InsufficientCapabilitiesException", "Requires capabilities", ErrorKind::Rejected),
    ] {
        let server = Server::playing([refused(400, code, message)]).await;
        let cloud = connect(&server).await;
        let template = request(TemplateSource::Body("{}".into()));
        let error = cloud.update_stack(HOME, &template).await.unwrap_err();
        assert_eq!((error.kind, error.action), (kind, "cloudformation:UpdateStack"), "{error}");
        assert_eq!(error.message, format!("{message} ({code}, request id 7a62c49f)"));
    }
}

#[tokio::test]
async fn tokens_of_other_changes() {
    let server = Server::answering(|request, _| result(request.action(), "")).await;
    let cloud = connect(&server).await;
    cloud.delete_stack(HOME, "a", "token-1").await.unwrap();
    cloud.continue_rollback(HOME, "a", "token-2").await.unwrap();
    assert_eq!(server.actions(), ["DeleteStack", "ContinueUpdateRollback"]);
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.field("ClientRequestToken").map(str::to_owned)).collect();
    assert_eq!(tokens, [Some("token-1".to_owned()), Some("token-2".to_owned())]);
}

#[tokio::test]
async fn templates_as_they_were_given() {
    let server = Server::playing([result("GetTemplate", "<TemplateBody>{&quot;a&quot;: 1}</TemplateBody>")]).await;
    assert_eq!(connect(&server).await.stack_template(HOME, "a").await.unwrap(), r#"{"a": 1}"#);
    assert_eq!(server.requests()[0].field("TemplateStage"), Some("Original"));
}

fn event(id: &str, status: &str, reason: &str) -> String {
    let (kind, physical) = match id {
        "a" => ("AWS::CloudFormation::Stack", "arn:a"),
        _ => ("AWS::SQS::Queue", "queue"),
    };
    format!(
        "<member><StackId>arn:a</StackId><LogicalResourceId>{id}</LogicalResourceId>\
         <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
         <ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason></member>"
    )
}

#[tokio::test]
async fn events_since_the_last_beginning_oldest_first() {
    let page = |events: &[String], next: &str| {
        let events = events.concat();
        let next = if next.is_empty() { String::new() } else { format!("<NextToken>{next}</NextToken>") };
        result("DescribeStackEvents", &format!("<StackEvents>{events}</StackEvents>{next}"))
    };
    let server = Server::playing([
        page(&[event("a", "UPDATE_ROLLBACK_IN_PROGRESS", "failed"), event("Queue", "UPDATE_FAILED", "no")], "2"),
        page(
            &[
                event("Queue", "UPDATE_IN_PROGRESS", "User Initiated"),
                event("a", "UPDATE_IN_PROGRESS", "User Initiated"),
                event("a", "CREATE_COMPLETE", ""),
            ],
            "3",
        ),
        page(&[event("a", "CREATE_IN_PROGRESS", "User Initiated")], ""),
    ])
    .await;
    let events = connect(&server).await.stack_events(HOME, "a").await.unwrap();
    let seen: Vec<_> = events.iter().map(|event| (event.logical_id.as_str(), event.status.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("a", "UPDATE_IN_PROGRESS"),
            ("Queue", "UPDATE_IN_PROGRESS"),
            ("Queue", "UPDATE_FAILED"),
            ("a", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ]
    );
    assert_eq!(events[2].reason.as_deref(), Some("no"));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn resources_page_by_page() {
    let resource = |id: &str, status: &str| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>p-{id}</PhysicalResourceId>\
             <ResourceType>AWS::SQS::Queue</ResourceType><ResourceStatus>{status}</ResourceStatus></member>"
        )
    };
    let page = |resources: String, next: &str| {
        result("ListStackResources", &format!("<StackResourceSummaries>{resources}</StackResourceSummaries>{next}"))
    };
    let first = resource("A", "CREATE_COMPLETE") + &resource("Old", "DELETE_COMPLETE");
    let server =
        Server::playing([page(first, "<NextToken>2</NextToken>"), page(resource("B", "UPDATE_COMPLETE"), "")]).await;
    let resources = connect(&server).await.stack_resources(HOME, "a").await.unwrap();
    let seen: Vec<_> = resources.iter().map(|found| (found.logical_id.as_str(), found.physical_id.as_str())).collect();
    assert_eq!(seen, [("A", "p-A"), ("B", "p-B")]);
}
