//! A server that records what AWS is asked for.
//!
//! It answers as far as the functions need it, from a small table, with the limits and errors that AWS documents for these
//! calls. It is no simulation of AWS: whatever it does not know it refuses, so that a test fails rather than passes by luck.

mod call;
mod json;
mod signature;
mod sns;
mod table;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::Response;
use axum::http::request::Parts;
use serde_json::{Value, json};

pub use self::call::{Call, Permission};
pub(crate) use self::signature::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
pub use self::table::Table;
use crate::serve;

/// A server that speaks the protocols of DynamoDB, SNS, EventBridge, Secrets Manager and OpenSearch, until the test ends.
#[derive(Clone, Debug)]
pub struct RecordingServer {
    url: String,
    state: Arc<Mutex<State>>,
}

/// How a call is to go wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It is answered with this status and code.
    Error(u16, &'static str),
    /// It is never answered.
    Hang,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<Call>,
    faults: BTreeMap<&'static str, VecDeque<Fault>>,
    table: Table,
    secrets: BTreeMap<String, String>,
    documents: BTreeMap<String, Value>,
    /// Messages that have this in them are refused, and whether by fault of the sender.
    refused: Option<(String, bool)>,
}

/// What a service says when it does not do what it is asked for.
#[derive(Debug, PartialEq)]
struct Refusal {
    status: u16,
    code: String,
    message: String,
    /// More fields of the answer.
    more: Vec<(&'static str, Value)>,
}

impl Refusal {
    fn new(status: u16, code: &str, message: impl ToString) -> Self {
        Self { status, code: code.to_owned(), message: message.to_string(), more: Vec::new() }
    }
}

impl RecordingServer {
    /// Starts it.
    pub async fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        let router = Router::new().fallback(move |request: Request| {
            let state = shared.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.expect("the request is sent whole");
                answer(&state, &parts, &body).await
            }
        });
        Self { url: format!("http://{}", serve(router).await), state }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What was asked for so far.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// What was asked of one action, such as `PublishBatch`.
    pub fn bodies(&self, action: &str) -> Vec<Value> {
        self.lock().calls.iter().filter(|call| call.action == action).map(|call| call.body.clone()).collect()
    }

    /// The messages that a topic took, whose ARN ends so, in the order in which it took them.
    pub fn published(&self, topic: &str) -> Vec<String> {
        let state = self.lock();
        state
            .calls
            .iter()
            .flat_map(|call| call.taken.iter())
            .filter(|(of, _)| of.ends_with(topic))
            .map(|(_, m)| m.clone())
            .collect()
    }

    /// Forgets what was asked for.
    pub fn forget_calls(&self) {
        self.lock().calls.clear();
    }

    /// Has the next calls of an action go wrong, each in its way.
    pub fn fail(&self, action: &'static str, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.entry(action).or_default().extend(faults);
    }

    /// Has topics refuse messages that contain a text.
    pub fn refuse_messages(&self, containing: &str, sender_fault: bool) {
        self.lock().refused = Some((containing.to_owned(), sender_fault));
    }

    /// Has topics take all messages again.
    pub fn take_messages(&self) {
        self.lock().refused = None;
    }

    /// Sets a secret.
    pub fn set_secret(&self, id: &str, text: &str) {
        self.lock().secrets.insert(id.to_owned(), text.to_owned());
    }

    /// The documents of the audit domain, by their paths.
    pub fn documents(&self) -> BTreeMap<String, Value> {
        self.lock().documents.clone()
    }

    /// Works on the table.
    pub fn table<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.lock().table)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of the lock panics")
    }
}

async fn answer(state: &Mutex<State>, parts: &Parts, body: &Bytes) -> Response<Body> {
    let (service, region) = match signature::verify(parts, body) {
        Ok(scope) => scope,
        Err(problem) => return refused("", &Refusal::new(403, "SignatureDoesNotMatch", problem)),
    };
    let mut call = Call::read(service, region, parts, body);
    let fault = {
        let mut state = state.lock().expect("no holder of the lock panics");
        state.faults.get_mut(call.action.as_str()).and_then(VecDeque::pop_front)
    };
    let reply = match fault {
        Some(Fault::Hang) => {
            state.lock().expect("no holder of the lock panics").calls.push(call);
            return std::future::pending().await;
        }
        Some(Fault::Error(status, code)) => Err(Refusal::new(status, code, "as the test wants it")),
        None => state.lock().expect("no holder of the lock panics").reply(&mut call),
    };
    let service = call.service.clone();
    state.lock().expect("no holder of the lock panics").calls.push(call);
    match reply {
        Ok((status, text)) => response(&service, status, text),
        Err(refusal) => refused(&service, &refusal),
    }
}

impl State {
    fn reply(&mut self, call: &mut Call) -> Result<(u16, String), Refusal> {
        match call.service.as_str() {
            "dynamodb" => self.table.reply(&call.action, &call.body).map(|reply| (200, reply.to_string())),
            "sns" => sns::reply(call, self.refused.as_ref()).map(|reply| (200, reply)),
            "events" => json::put_events(&call.action, &call.body).map(|reply| (200, reply.to_string())),
            "secretsmanager" => json::secret(&call.action, &call.body, &self.secrets),
            "es" => json::create_document(call, &mut self.documents),
            other => Err(Refusal::new(400, "UnknownOperationException", format!("no service `{other}` here"))),
        }
    }
}

fn refused(service: &str, refusal: &Refusal) -> Response<Body> {
    let Refusal { status, code, message, more } = refusal;
    let text = match service {
        "sns" => sns::refusal(code, message),
        "es" => json!({ "error": { "type": code, "reason": message }, "status": status }).to_string(),
        _ => {
            let mut answer = json!({ "__type": format!("com.amazonaws.{service}#{code}"), "message": message });
            for (name, value) in more {
                answer[*name] = value.clone();
            }
            answer.to_string()
        }
    };
    response(service, *status, text)
}

fn response(service: &str, status: u16, text: String) -> Response<Body> {
    let kind = match service {
        "sns" => "text/xml",
        "es" => "application/json",
        "dynamodb" => "application/x-amz-json-1.0",
        _ => "application/x-amz-json-1.1",
    };
    let response = Response::builder().status(status).header("content-type", kind);
    response.header("x-amzn-requestid", "request").body(Body::from(text)).expect("status and headers are sound")
}
