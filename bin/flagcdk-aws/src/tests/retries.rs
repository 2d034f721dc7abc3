//! What is sent again, and how often.

use std::time::{Duration, Instant};

use flagcdk_engine::{Cloud, ErrorKind, OperationId, StackSetRequest};

use super::answers::{identity, refused, result, throttled};
use super::server::{Answer, Server};
use super::{HOME, connect, connection, impatient};
use crate::{AwsCloud, Connection, RequestsSent, Timing};

const FOUND: &str = "<Stacks><member><StackId>id</StackId><StackName>a</StackName>\
                     <StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>";

fn found() -> Answer {
    result("DescribeStacks", FOUND)
}

fn broken_html() -> Answer {
    Answer::Reply(503, vec![("content-type", "text/html".into())], "<html><h1>Busy</h1><br></html>".into())
}

/// The outcome of one reading request, and how many were sent.
async fn check(script: Vec<Answer>, expected: Result<(), (ErrorKind, &str)>, sent: u64) {
    let shown = format!("{script:?}");
    let server = Server::playing(script).await;
    let cloud = connect(&server).await;
    match (cloud.stack(HOME, "a").await, expected) {
        (Ok(Some(stack)), Ok(())) => assert_eq!(stack.status, "CREATE_COMPLETE"),
        (Err(error), Err((kind, message))) => {
            assert_eq!(
                (error.kind, error.action, error.region),
                (kind, "cloudformation:DescribeStacks", HOME),
                "{error}"
            );
            assert!(error.message.contains(message), "{error}");
        }
        (outcome, expected) => panic!("{shown}: {outcome:?}, wanted {expected:?}"),
    }
    assert_eq!(cloud.requests_sent(), RequestsSent { reading: sent, mutating: 0 }, "{shown}");
    assert_eq!(server.requests().len() as u64, sent, "{shown}");
}

#[tokio::test]
async fn what_passes_is_sent_again() {
    let unavailable = || refused(503, "ServiceUnavailable", "Service is unavailable");
    let internal = || refused(500, "InternalFailure", "");
    for (faults, sent) in [
        (vec![], 1),
        (vec![throttled(), throttled()], 3),
        (vec![throttled(); 7], 8),
        (vec![unavailable(), internal()], 3),
        (vec![broken_html()], 2),
        (vec![Answer::Reply(502, vec![], "<html>".into()), Answer::Reply(504, vec![], String::new())], 3),
        (vec![Answer::Reset], 2),
        (vec![Answer::Reset, throttled(), broken_html()], 4),
    ] {
        let script = faults.into_iter().chain([found()]).collect();
        check(script, Ok(()), sent).await;
    }
}

#[tokio::test]
async fn what_stays_is_given_up() {
    for (fault, kind, message) in [
        (throttled(), ErrorKind::Throttled, "Rate exceeded (Throttling, request id 7a62c49f)"),
        (broken_html(), ErrorKind::Throttled, "the service gives no reason (HTTP 503)"),
        (refused(500, "InternalFailure", "Oops"), ErrorKind::Unreachable, "Oops (InternalFailure"),
        (Answer::Reset, ErrorKind::Unreachable, "no answer: "),
    ] {
        check(vec![fault], Err((kind, message)), 8).await;
    }
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again() {
    for (code, status, kind) in [
        ("LimitExceededException", 400, ErrorKind::Quota),
        ("AccessDenied", 403, ErrorKind::AccessDenied),
        ("OperationInProgressException", 409, ErrorKind::OperationInProgress),
        ("ValidationError", 400, ErrorKind::Rejected),
        ("InvalidClientTokenId", 403, ErrorKind::Credentials),
    ] {
        check(vec![refused(status, code, "No")], Err((kind, code)), 1).await;
    }
}

#[tokio::test]
async fn silence_is_not_waited_for() {
    let hurried = Timing { attempt: Duration::from_millis(150), attempts: 2, ..impatient() };
    for (script, expected) in
        [(vec![Answer::Silence, found()], None), (vec![Answer::Silence], Some((ErrorKind::Unreachable, "no answer: ")))]
    {
        let server = Server::playing(script).await;
        let cloud = AwsCloud::connect(Connection { timing: hurried, ..connection(&server) }).await.unwrap();
        let begun = Instant::now();
        let outcome = cloud.stack(HOME, "a").await;
        assert!(begun.elapsed() < Duration::from_secs(3));
        let error = outcome.err();
        assert_eq!(error.as_ref().map(|error| error.kind), expected.map(|(kind, _)| kind), "{error:?}");
        if let (Some(error), Some((_, message))) = (error, expected) {
            assert!(error.message.contains(message), "{error}");
        }
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn nobody_listens() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let endpoint_url = Some(format!("http://127.0.0.1:{port}"));
    let server = Server::playing([found()]).await;
    let cloud = AwsCloud::connect(Connection { endpoint_url, ..connection(&server) }).await.unwrap();
    let error = cloud.stack(HOME, "a").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert!(error.message.contains("refused"), "{error}");
}

fn stack_set() -> StackSetRequest {
    StackSetRequest {
        name: "flags".into(),
        description: "Flags".into(),
        template_url: "https://bucket.s3.amazonaws.com/template".into(),
        parameters: [("Size".into(), "3".into())].into(),
        tags: [("flagcdk:project".into(), "flags".into())].into(),
        capabilities: vec![],
        administration_role_arn: "arn:aws:iam::111122223333:role/admin".into(),
        execution_role_name: "execution".into(),
    }
}

#[tokio::test]
async fn an_applied_request_whose_answer_was_lost_keeps_its_token() {
    let server = Server::playing([Answer::Reset, refused(409, "NameAlreadyExistsException", "exists")]).await;
    let cloud = connect(&server).await;
    let error = cloud.create_stack_set(&stack_set(), "token-1").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    let tokens: Vec<_> =
        server.requests().iter().map(|request| request.field("ClientRequestToken").map(str::to_owned)).collect();
    assert_eq!(tokens, [Some("token-1".to_owned()), Some("token-1".to_owned())]);
    assert_eq!(cloud.requests_sent(), RequestsSent { reading: 0, mutating: 2 });

    let lost = |index| if index == 1 { Answer::Reset } else { refused(409, "OperationIdAlreadyExistsException", "") };
    let server = Server::answering(move |request, index| match request.action() {
        "GetCallerIdentity" => identity("111122223333"),
        _ => lost(index),
    })
    .await;
    let cloud = connect(&server).await;
    let operation = OperationId("operation-1".into());
    let error = cloud.create_instances("flags", &[HOME], &operation).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    let ids: Vec<_> =
        server.requests()[1..].iter().map(|request| request.field("OperationId").map(str::to_owned)).collect();
    assert_eq!(ids, [Some("operation-1".to_owned()), Some("operation-1".to_owned())]);
}

#[tokio::test]
async fn a_wrong_clock_is_set_right_or_named() {
    let date = || vec![("date", "Thu, 01 Jan 2026 00:00:00 GMT".to_owned())];
    let skewed = |code: &str| {
        Answer::Reply(
            403,
            date(),
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>No</Message></Error></ErrorResponse>"),
        )
    };
    let server = Server::playing([skewed("SignatureDoesNotMatch"), found()]).await;
    let cloud = connect(&server).await;
    assert!(cloud.stack(HOME, "a").await.unwrap().is_some());
    assert!(server.requests()[1].header("x-amz-date").starts_with("2026010"), "{:?}", server.requests()[1]);

    for code in ["RequestTimeTooSkewed", "SignatureDoesNotMatch", "RequestExpired"] {
        let server = Server::playing([skewed(code)]).await;
        let cloud = connect(&server).await;
        let error = cloud.stack(HOME, "a").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ClockSkew, "{error}");
        assert!(error.message.contains("the clock of this machine is"), "{error}");
    }
}
