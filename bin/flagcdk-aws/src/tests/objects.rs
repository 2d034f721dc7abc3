//! S3 and DynamoDB.

use flagcdk_assembly::Region;
use flagcdk_engine::{Cloud, ErrorKind, ObjectRequest};

use super::answers::{identity, refused_by_s3};
use super::server::{Answer, Request, Server};
use super::{HOME, connect};

const SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const SHA256_IN_BASE64: &str = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

async fn s3(answer: Answer) -> Server {
    Server::answering(move |request, _| match request.action() {
        "GetCallerIdentity" => identity("111122223333"),
        _ => answer.clone(),
    })
    .await
}

fn object(replace: bool) -> ObjectRequest<'static> {
    ObjectRequest { bucket: "flags", owner: "111122223333", key: "assets/a.zip", body: b"abc", sha256: SHA256, replace }
}

fn only(server: &Server) -> Request {
    let requests = server.requests();
    requests.iter().find(|request| request.action() != "GetCallerIdentity").expect("one request to S3").clone()
}

#[tokio::test]
async fn an_upload_is_checked_and_replaces_only_what_it_may() {
    for (replace, condition) in [(false, "*"), (true, "")] {
        let server = s3(Answer::ok("")).await;
        let cloud = connect(&server).await;
        cloud.put_object(Region::EU_WEST_1, &object(replace)).await.unwrap();
        let request = only(&server);
        assert!(request.line.starts_with("PUT /flags/assets/a.zip"), "{}", request.line);
        assert_eq!(request.body, "abc");
        assert_eq!(request.header("x-amz-checksum-sha256"), SHA256_IN_BASE64);
        assert_eq!(request.header("x-amz-sdk-checksum-algorithm"), "SHA256");
        assert_eq!(request.header("x-amz-expected-bucket-owner"), "111122223333");
        assert_eq!(request.header("if-none-match"), condition);
        assert!(request.header("authorization").contains("/eu-west-1/s3/"));
        assert_eq!(request.headers.keys().filter(|name| name.starts_with("x-amz-checksum-")).count(), 1);
        assert_eq!(cloud.requests_sent().mutating, 1);
    }
}

#[tokio::test]
async fn uploads_that_are_refused() {
    let elsewhere = Answer::Reply(
        301,
        vec![("x-amz-bucket-region", "us-east-1".into())],
        "<Error><Code>PermanentRedirect</Code><Message>Use the endpoint.</Message></Error>".into(),
    );
    for (answer, kind, message) in [
        (
            refused_by_s3(412, "PreconditionFailed"),
            ErrorKind::AlreadyExists,
            "bucket `flags`: No. (PreconditionFailed)",
        ),
        (refused_by_s3(404, "NoSuchBucket"), ErrorKind::NotFound, "bucket `flags`: No. (NoSuchBucket)"),
        (refused_by_s3(400, "BadDigest"), ErrorKind::ChecksumMismatch, "BadDigest"),
        (refused_by_s3(403, "AccessDenied"), ErrorKind::AccessDenied, "does not belong to account `111122223333`"),
        (elsewhere, ErrorKind::Rejected, "bucket `flags` is in `us-east-1`: Use the endpoint."),
    ] {
        let server = s3(answer).await;
        let cloud = connect(&server).await;
        let error = cloud.put_object(HOME, &object(false)).await.unwrap_err();
        assert_eq!((error.kind, error.action, error.region), (kind, "s3:PutObject", HOME), "{error}");
        assert!(error.message.contains(message), "{error}");
        assert_eq!(server.requests().len(), 1, "{error}");
    }
    let server = s3(Answer::ok("")).await;
    let wrong = ObjectRequest { sha256: "abc", ..object(false) };
    assert_eq!(connect(&server).await.put_object(HOME, &wrong).await.unwrap_err().kind, ErrorKind::Rejected);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn somebody_who_writes_the_same_object_at_once_is_waited_for() {
    let conflict = refused_by_s3(409, "ConditionalRequestConflict");
    let server = Server::playing([conflict, refused_by_s3(412, "PreconditionFailed")]).await;
    let error = connect(&server).await.put_object(HOME, &object(false)).await.unwrap_err();
    assert_eq!((error.kind, server.requests().len()), (ErrorKind::AlreadyExists, 2));
}

#[tokio::test]
async fn checksums_of_objects() {
    let with = |value: &str, kind: &str| {
        let headers = vec![("x-amz-checksum-sha256", value.to_owned()), ("x-amz-checksum-type", kind.to_owned())];
        Answer::Reply(200, headers, String::new())
    };
    let moved = Answer::Reply(301, vec![("x-amz-bucket-region", "us-east-1".into())], String::new());
    for (answer, expected) in [
        (with(SHA256_IN_BASE64, "FULL_OBJECT"), Ok(Some(SHA256))),
        (with(SHA256_IN_BASE64, "COMPOSITE"), Ok(Some(""))),
        (Answer::ok(""), Ok(Some(""))),
        (Answer::Reply(404, vec![], String::new()), Ok(None)),
        (Answer::Reply(403, vec![], String::new()), Err((ErrorKind::AccessDenied, "bucket `flags`"))),
        (moved, Err((ErrorKind::Rejected, "bucket `flags` is in `us-east-1`"))),
    ] {
        let server = s3(answer).await;
        let cloud = connect(&server).await;
        let found = cloud.object_sha256(HOME, "flags", "assets/a.zip").await;
        match (&found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.as_deref(), expected),
            (Err(error), Err((kind, message))) => {
                assert_eq!(error.kind, kind, "{error}");
                assert!(error.message.contains(message), "{error}");
            }
            (found, expected) => panic!("{found:?}, wanted {expected:?}"),
        }
        let request = only(&server);
        assert!(request.line.starts_with("HEAD /flags/assets/a.zip"), "{}", request.line);
        assert_eq!(request.header("x-amz-checksum-mode"), "ENABLED");
        assert_eq!(request.header("x-amz-expected-bucket-owner"), "111122223333");
        assert_eq!(cloud.requests_sent().mutating, 0);
    }
}

#[tokio::test]
async fn streams_of_tables() {
    let table = |contents: &str| Answer::ok(format!(r#"{{"Table":{{"TableName":"flags"{contents}}}}}"#));
    let missing = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"no table"}"#;
    for (answer, expected) in [
        (table(r#","LatestStreamArn":"arn:stream""#), Some("arn:stream")),
        (table(""), None),
        (Answer::Reply(400, vec![], missing.into()), None),
    ] {
        let server = Server::playing([answer]).await;
        let cloud = connect(&server).await;
        assert_eq!(cloud.table_stream(Region::US_WEST_2, "flags").await.unwrap().as_deref(), expected);
        assert_eq!(server.actions(), ["DescribeTable"]);
        assert!(server.requests()[0].header("authorization").contains("/us-west-2/dynamodb/"));
    }
}
