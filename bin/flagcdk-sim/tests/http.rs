//! The door: what comes over HTTP, and what goes wrong on purpose.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flagcdk_sim::{Fault, FaultPlan, Hook, Outcome, Rule, Running, Simulator};

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// Sends one request over a connection of its own.
fn send(running: &Running, head: &str, body: &[u8]) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(running.address())?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let length = body.len();
    write!(stream, "{head}Host: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")?;
    stream.write_all(body)?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").ok_or(ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok()).ok_or(ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

fn signed(method_and_path: &str, service: &str, region: &str, key: &str, more: &str) -> String {
    format!(
        "{method_and_path} HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, \
         SignedHeaders=host, Signature=00\r\n{more}"
    )
}

fn query(running: &Running, service: &str, form: &str) -> std::io::Result<Answer> {
    query_as(running, service, form, "AKIDFIRST")
}

fn query_as(running: &Running, service: &str, form: &str, key: &str) -> std::io::Result<Answer> {
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    send(running, &signed("POST /", service, "eu-west-1", key, kind), form.as_bytes())
}

const WHO: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const CREATE: &str = "Action=CreateStack&StackName=Thing&TemplateBody=%7B%22Resources%22%3A%7B%22Q%22%3A%7B%22Type%22%3A%22AWS%3A%3ASQS%3A%3AQueue%22%7D%7D%7D";

async fn start(plan: FaultPlan) -> Running {
    Simulator::new().faults(plan).start().await.expect("the simulator starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_are_told_apart_by_the_signature() {
    let running = start(FaultPlan::new()).await;
    let answer = query(&running, "sts", WHO).unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("<Account>123456789012</Account>"), "{}", answer.body);
    assert!(answer.head.contains("x-amzn-requestid: "));
    let answer = query(&running, "cloudformation", CREATE).unwrap();
    assert!(answer.body.contains("<StackId>arn:aws:cloudformation:eu-west-1:"), "{}", answer.body);
    let head = signed("POST /", "dynamodb", "eu-west-1", "AKID", "X-Amz-Target: DynamoDB_20120810.DescribeTable\r\n");
    let answer = send(&running, &head, br#"{"TableName": "none"}"#).unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("ResourceNotFoundException"));
    let answer = send(&running, &signed("GET /none?list-type=2", "s3", "eu-west-1", "AKID", ""), b"").unwrap();
    assert_eq!(answer.status, 404);
    assert!(answer.body.contains("<Code>NoSuchBucket</Code>"), "{}", answer.body);
    let log = running.request_log();
    let told: Vec<_> = log.iter().map(|one| (one.service.as_str(), one.action.as_str(), one.mutating)).collect();
    assert_eq!(
        told,
        [
            ("sts", "GetCallerIdentity", false),
            ("cloudformation", "CreateStack", true),
            ("dynamodb", "DescribeTable", false),
            ("s3", "ListObjectsV2", false),
        ]
    );
    assert_eq!(running.mutating_requests().len(), 1);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_signature_is_refused() {
    let running = start(FaultPlan::new()).await;
    for (head, code) in [
        ("POST / HTTP/1.1\r\n".to_owned(), "MissingAuthenticationToken"),
        ("POST / HTTP/1.1\r\nAuthorization: Bearer x\r\n".to_owned(), "IncompleteSignature"),
        (signed("POST /", "sts", "mars-east-1", "AKID", ""), "SignatureDoesNotMatch"),
    ] {
        let answer = send(&running, &head, WHO.as_bytes()).unwrap();
        assert!(answer.body.contains(&format!("<Code>{code}</Code>")), "{}", answer.body);
    }
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_are_checked_on_the_way_in() {
    let running = start(FaultPlan::new()).await;
    let s3 = |line: &str, more: &str, body: &[u8]| {
        send(&running, &signed(line, "s3", "eu-west-1", "AKID", more), body).unwrap()
    };
    let place =
        b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>";
    assert_eq!(s3("PUT /assets", "", place).status, 200);
    let sha = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="; // of `hello`
    let chunked = format!("5\r\nhello\r\n0\r\nx-amz-checksum-sha256:{sha}\r\n\r\n");
    let streaming = "Content-Encoding: aws-chunked\r\nX-Amz-Decoded-Content-Length: 5\r\n\
                     X-Amz-Content-Sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nX-Amz-Trailer: x-amz-checksum-sha256\r\n";
    let answer = s3("PUT /assets/a%20b/x.zip?x-id=PutObject", streaming, chunked.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.body);
    for (more, body, status, code) in [
        ("If-None-Match: *\r\n", &b"hello"[..], 412, "PreconditionFailed"),
        ("x-amz-checksum-sha256: AAAA\r\n", b"hello", 400, "BadDigest"),
        ("x-amz-expected-bucket-owner: 210987654321\r\n", b"hello", 403, "AccessDenied"),
        (streaming, b"5\r\nhel", 400, "IncompleteBody"),
        (streaming, b"5\r\nhello\r\n0\r\n\r\n", 400, "MalformedTrailerError"),
    ] {
        let answer = s3("PUT /assets/a%20b/x.zip", more, body);
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(&format!("<Code>{code}</Code>")), "{}", answer.body);
    }
    let answer = s3("HEAD /assets/a%20b/x.zip", "x-amz-checksum-mode: ENABLED\r\n", b"");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert!(answer.head.contains("content-length: 5"), "{}", answer.head);
    assert!(answer.head.contains(&format!("x-amz-checksum-sha256: {}", sha.to_ascii_lowercase())));
    assert_eq!(s3("GET /assets/a%20b/x.zip", "", b"").body, "hello");
    assert!(s3("GET /assets?list-type=2&prefix=a", "", b"").body.contains("<Key>a b/x.zip</Key>"));
    let elsewhere = send(&running, &signed("HEAD /assets", "s3", "us-east-1", "AKID", ""), b"").unwrap();
    assert_eq!(elsewhere.status, 301);
    assert!(elsewhere.head.contains("x-amz-bucket-region: eu-west-1"));
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_answers() {
    let error = || Fault::Error { status: 409, code: "StaleRequestException".into(), message: "stale".into() };
    for (fault, status, part) in [
        (Fault::Throttle, 400, "<Code>Throttling</Code>"),
        (Fault::Html(503), 503, "<html>"),
        (Fault::AccessDenied, 403, "<Code>AccessDenied</Code>"),
        (error(), 409, "<Code>StaleRequestException</Code>"),
    ] {
        let running = start(FaultPlan::new().rule(Rule::new(fault).first(1))).await;
        let answer = query(&running, "cloudformation", CREATE).unwrap();
        assert_eq!(answer.status, status);
        assert!(answer.body.contains(part), "{}", answer.body);
        // Nothing was done: the same request is carried out now.
        assert_eq!(query(&running, "cloudformation", CREATE).unwrap().status, 200);
        running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_break_before_and_after() {
    for (fault, created) in [(Fault::ResetBefore, 200), (Fault::ReplyLost, 400)] {
        let running = start(FaultPlan::new().rule(Rule::new(fault).action("CreateStack").first(1))).await;
        let error = query(&running, "cloudformation", CREATE).err().expect("the connection is reset");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(query(&running, "cloudformation", CREATE).unwrap().status, created);
        let first = &running.request_log()[0];
        assert_eq!(first.outcome == Outcome::ReplyLost, created == 400, "{first:?}");
        running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silence_and_slowness_take_their_time() {
    let pause = Duration::from_millis(80);
    for fault in [Fault::Hang(pause), Fault::ReplyHangs(pause), Fault::SlowBody(pause)] {
        let slow = matches!(fault, Fault::SlowBody(_));
        let running = start(FaultPlan::new().rule(Rule::new(fault).first(1))).await;
        let begun = Instant::now();
        let answer = query(&running, "sts", WHO);
        assert!(begun.elapsed() >= pause);
        assert_eq!(answer.is_ok(), slow);
        running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_expired_key_stays_expired_until_another_comes() {
    let running = start(FaultPlan::new().rule(Rule::new(Fault::ExpiredToken).nth(2))).await;
    let statuses: Vec<u16> = ["AKIDFIRST", "AKIDFIRST", "AKIDFIRST", "AKIDSECOND"]
        .iter()
        .map(|key| query_as(&running, "sts", WHO, key).unwrap().status)
        .collect();
    assert_eq!(statuses, [200, 403, 403, 200]);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_is_told_before_or_after() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = |told: &Arc<Mutex<Vec<Outcome>>>| {
        let told = Arc::clone(told);
        Hook::new(move |record| told.lock().unwrap().push(record.outcome.clone()))
    };
    let plan = FaultPlan::new()
        .rule(Rule::new(Fault::Before(hook(&told))).nth(1))
        .rule(Rule::new(Fault::After(hook(&told))).nth(2));
    let running = start(plan).await;
    query(&running, "sts", WHO).unwrap();
    query(&running, "sts", WHO).unwrap();
    assert_eq!(*told.lock().unwrap(), [Outcome::Pending, Outcome::Answered(200)]);
    running.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_that_is_not_enabled_knows_nobody() {
    let running = Simulator::new().disable_region("eu-west-1").start().await.unwrap();
    let answer = query(&running, "sts", WHO).unwrap();
    assert_eq!(answer.status, 403);
    assert!(answer.body.contains("<Code>InvalidClientTokenId</Code>"));
    running.shutdown().await;
}
