//! Who asks what of which service in which region, what goes wrong on purpose, and the answer.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::{Request, Response};

use super::body::ReplyBody;
use crate::cloud::Cloud;
use crate::cloudformation::{self, Call};
use crate::faults::{Fault, Faults};
use crate::log::{Outcome, RequestRecord};
use crate::protocol::ServiceError;
use crate::protocol::query::Fields;
use crate::protocol::xml::Xml;
use crate::s3::{self, S3Request};
use crate::{dynamodb, identifiers, region, sts};

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    cloud: Mutex<Cloud>,
    faults: Mutex<Faults>,
    log: Mutex<Vec<RequestRecord>>,
}

/// The connection is to be reset.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset on purpose")]
pub(super) struct Reset;

impl Shared {
    pub(crate) fn new(cloud: Cloud, faults: Faults) -> Self {
        let shared = Self { cloud: cloud.into(), faults: Mutex::default(), log: Mutex::default() };
        shared.set_faults(faults);
        shared
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        self.cloud().region_failures = faults.region_failures();
        *lock(&self.faults) = faults;
    }

    pub(crate) fn cloud(&self) -> MutexGuard<'_, Cloud> {
        lock(&self.cloud)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<RequestRecord>> {
        lock(&self.log)
    }

    fn note(&self, index: usize, outcome: Outcome) {
        if let Some(record) = self.log().get_mut(index) {
            record.outcome = outcome;
        }
    }
}

/// What one handler that panicked left behind is still the best that there is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request with everything that is read of it.
struct Question {
    method: String,
    path: String,
    query: Fields,
    headers: BTreeMap<String, String>,
    body: Bytes,
    /// The fields of a Query request.
    fields: Fields,
}

/// From the credential scope of the signature.
struct Scope {
    access_key: String,
    region: String,
    service: String,
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    code: Option<String>,
}

/// Answers one request, or has its connection reset.
pub(super) async fn respond(shared: &Shared, request: Request<Incoming>) -> Result<Response<ReplyBody>, Reset> {
    let question = read(request).await?;
    let scope = match scope(&question) {
        Ok(scope) => scope,
        Err(error) => {
            let is_query = question.method == "POST" && question.path == "/";
            let service = if is_query { "query" } else { "s3" };
            return Ok(whole(refusal(service, &error, &question, "unsigned")));
        }
    };
    let action = action(&question, &scope);
    let record = RequestRecord {
        mutating: is_mutating(&scope.service, &action),
        service: scope.service.clone(),
        action,
        region: scope.region.clone(),
        access_key: scope.access_key.clone(),
        outcome: Outcome::Pending,
    };
    let index = {
        let mut log = shared.log();
        log.push(record.clone());
        log.len() - 1
    };
    let request_id = identifiers::uuid(&format!("request/{index}/{}", scope.access_key));
    let fault = lock(&shared.faults).next(&record);
    match &fault {
        Some(Fault::ResetBefore) => {
            shared.note(index, Outcome::Reset);
            return Err(Reset);
        }
        Some(Fault::Hang(duration)) => {
            shared.note(index, Outcome::Reset);
            tokio::time::sleep(*duration).await;
            return Err(Reset);
        }
        Some(Fault::Before(hook)) => hook.tell(&record),
        Some(Fault::Html(status)) => {
            shared.note(index, Outcome::Refused(*status, "Html".to_owned()));
            return Ok(whole(html(*status)));
        }
        _ => {}
    }
    let injected = fault.as_ref().and_then(|fault| injected_error(fault, &scope.service));
    let reply = match injected {
        Some(error) => refusal(&scope.service, &error, &question, &request_id),
        None => carry_out(shared, &question, &scope, &record.action, &request_id),
    };
    let outcome = match &reply.code {
        Some(code) => Outcome::Refused(reply.status, code.clone()),
        None => Outcome::Answered(reply.status),
    };
    match fault {
        Some(Fault::ReplyLost) => {
            shared.note(index, Outcome::ReplyLost);
            Err(Reset)
        }
        Some(Fault::ReplyHangs(duration)) => {
            shared.note(index, Outcome::ReplyLost);
            tokio::time::sleep(duration).await;
            Err(Reset)
        }
        Some(Fault::SlowBody(duration)) => {
            shared.note(index, outcome);
            let body = ReplyBody::slow(reply.body.clone(), duration);
            Ok(response(reply, body))
        }
        Some(Fault::After(hook)) => {
            shared.note(index, outcome.clone());
            hook.tell(&RequestRecord { outcome, ..record });
            Ok(whole(reply))
        }
        _ => {
            shared.note(index, outcome);
            Ok(whole(reply))
        }
    }
}

async fn read(request: Request<Incoming>) -> Result<Question, Reset> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Reset)?.to_bytes();
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let is_form = headers.get("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let fields = if is_form { Fields::parse(&String::from_utf8_lossy(&body)) } else { Fields::default() };
    Ok(Question {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: Fields::parse(parts.uri.query().unwrap_or_default()),
        headers,
        body,
        fields,
    })
}

/// The signature itself is not verified, but there has to be one.
fn scope(question: &Question) -> Result<Scope, ServiceError> {
    let missing = || ServiceError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    let header = question.headers.get("authorization").ok_or_else(missing)?;
    let malformed = || {
        ServiceError::new(
            400,
            "IncompleteSignature",
            format!("Authorization header has no credential scope: '{header}'"),
        )
    };
    let credential = header
        .split_once("Credential=")
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or_default())
        .ok_or_else(malformed)?;
    // The access key may contain slashes; the scope does not.
    let mut parts = credential.rsplit('/');
    let (end, service, region) = (parts.next(), parts.next(), parts.next());
    let date = parts.next();
    let access_key: Vec<&str> = parts.rev().collect();
    let (Some("aws4_request"), Some(service), Some(region), Some(_)) = (end, service, region, date) else {
        return Err(malformed());
    };
    if access_key.is_empty() {
        return Err(malformed());
    }
    if !region::exists(region) {
        return Err(ServiceError::new(
            403,
            "SignatureDoesNotMatch",
            format!("Credential should be scoped to a valid region, not '{region}'."),
        ));
    }
    Ok(Scope { access_key: access_key.join("/"), region: region.to_owned(), service: service.to_owned() })
}

fn action(question: &Question, scope: &Scope) -> String {
    match scope.service.as_str() {
        "s3" => s3_request(question, scope, Default::default()).action().to_owned(),
        "dynamodb" => question
            .headers
            .get("x-amz-target")
            .and_then(|target| target.rsplit('.').next())
            .unwrap_or_default()
            .to_owned(),
        _ => question.fields.get("Action").unwrap_or_default().to_owned(),
    }
}

fn is_mutating(service: &str, action: &str) -> bool {
    match service {
        "s3" => s3::is_mutating(action),
        "cloudformation" => cloudformation::is_mutating(action),
        _ => !(action.starts_with("Describe") || action.starts_with("List") || action.starts_with("Get")),
    }
}

/// Does what is asked, as of now, and makes it lasting before it is answered.
fn carry_out(shared: &Shared, question: &Question, scope: &Scope, action: &str, request_id: &str) -> Reply {
    let mut cloud = shared.cloud();
    let now = cloud.advance();
    let result = if cloud.disabled_regions.contains(&scope.region) {
        Err(ServiceError::new(403, "InvalidClientTokenId", "The security token included in the request is invalid."))
    } else {
        dispatch(&mut cloud, question, scope, action, request_id, now)
    };
    let result = match cloud.commit() {
        Ok(()) => result,
        Err(error) => {
            Err(ServiceError::new(500, "InternalFailure", format!("the simulator cannot keep its state: {error}")))
        }
    };
    drop(cloud);
    result.unwrap_or_else(|error| refusal(&scope.service, &error, question, request_id))
}

fn dispatch(
    cloud: &mut Cloud,
    question: &Question,
    scope: &Scope,
    action: &str,
    request_id: &str,
    now: crate::clock::Timestamp,
) -> Result<Reply, ServiceError> {
    match scope.service.as_str() {
        "cloudformation" => {
            let call = Call { region: &scope.region, fields: &question.fields, now, request_id };
            cloudformation::answer(cloud, action, call).map(|text| xml_reply(text, request_id))
        }
        "sts" => sts::answer(cloud, action, request_id).map(|text| xml_reply(text, request_id)),
        "dynamodb" => {
            let text = dynamodb::answer(cloud, action, &scope.region, &question.body)?;
            Ok(json_reply(200, text, request_id))
        }
        "s3" => {
            let answer = s3::answer(cloud, &s3_request(question, scope, now))?;
            let mut headers = answer.headers;
            headers.push(("x-amz-request-id".to_owned(), request_id.to_owned()));
            Ok(Reply { status: answer.status, headers, body: answer.body, code: None })
        }
        other => {
            Err(ServiceError::new(400, "UnknownService", format!("the simulator does not know the service {other}")))
        }
    }
}

fn s3_request<'a>(question: &'a Question, scope: &'a Scope, now: crate::clock::Timestamp) -> S3Request<'a> {
    S3Request {
        method: &question.method,
        path: &question.path,
        query: &question.query,
        headers: &question.headers,
        body: question.body.clone(),
        region: &scope.region,
        now,
    }
}

fn injected_error(fault: &Fault, service: &str) -> Option<ServiceError> {
    Some(match fault {
        Fault::Throttle if service == "s3" => ServiceError::new(503, "SlowDown", "Please reduce your request rate."),
        Fault::Throttle => ServiceError::new(400, "Throttling", "Rate exceeded"),
        Fault::Error { status, code, message } => ServiceError::new(*status, code, message),
        Fault::ExpiredToken => {
            ServiceError::new(403, "ExpiredToken", "The security token included in the request is expired")
        }
        Fault::AccessDenied => ServiceError::new(
            403,
            "AccessDenied",
            "User: arn:aws:iam::123456789012:user/simulated is not authorized to perform this action",
        ),
        _ => return None,
    })
}

/// An error in the form of its service.
fn refusal(service: &str, error: &ServiceError, question: &Question, request_id: &str) -> Reply {
    let mut reply = match service {
        "s3" => {
            // The answer to HEAD has no body.
            let body = if question.method == "HEAD" {
                Bytes::new()
            } else {
                s3::error_document(error, &question.path, request_id).into()
            };
            let mut headers = vec![
                ("content-type".to_owned(), "application/xml".to_owned()),
                ("x-amz-request-id".to_owned(), request_id.to_owned()),
            ];
            if let Some(region) = &error.bucket_region {
                headers.push(("x-amz-bucket-region".to_owned(), region.clone()));
            }
            Reply { status: error.status, headers, body, code: None }
        }
        "dynamodb" => {
            let document = serde_json::json!({ "__type": error.code, "message": error.message });
            json_reply(error.status, document.to_string(), request_id)
        }
        _ => {
            let mut xml = Xml::default();
            xml.root("ErrorResponse", "http://cloudformation.amazonaws.com/doc/2010-05-15/", |xml| {
                xml.element("Error", |xml| {
                    xml.text("Type", if error.status < 500 { "Sender" } else { "Receiver" });
                    xml.text("Code", &error.code);
                    xml.text("Message", &error.message);
                });
                xml.text("RequestId", request_id);
            });
            Reply { status: error.status, ..xml_reply(xml.finish(), request_id) }
        }
    };
    reply.code = Some(error.code.clone());
    reply
}

fn xml_reply(text: String, request_id: &str) -> Reply {
    Reply {
        status: 200,
        headers: vec![
            ("content-type".to_owned(), "text/xml".to_owned()),
            ("x-amzn-requestid".to_owned(), request_id.to_owned()),
        ],
        body: text.into(),
        code: None,
    }
}

fn json_reply(status: u16, text: String, request_id: &str) -> Reply {
    Reply {
        status,
        headers: vec![
            ("content-type".to_owned(), "application/x-amz-json-1.0".to_owned()),
            ("x-amzn-requestid".to_owned(), request_id.to_owned()),
        ],
        body: text.into(),
        code: None,
    }
}

fn html(status: u16) -> Reply {
    Reply {
        status,
        headers: vec![("content-type".to_owned(), "text/html".to_owned())],
        body: format!(
            "<html><head><title>{status}</title></head><body><h1>{status} Service Unavailable</h1></body></html>"
        )
        .into(),
        code: Some("Html".to_owned()),
    }
}

fn whole(reply: Reply) -> Response<ReplyBody> {
    let body = ReplyBody::Whole(Some(reply.body.clone()));
    response(reply, body)
}

fn response(reply: Reply, body: ReplyBody) -> Response<ReplyBody> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    builder.body(body).expect("the headers of an answer are plain text")
}
