//! A function's process, and the API that Lambda gives it.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{PATIENCE, serve};

/// A function that runs, until it is dropped.
#[derive(Debug)]
pub struct Lambda {
    child: Child,
    started: Instant,
    events: mpsc::Sender<Event>,
    reports: mpsc::Receiver<Report>,
    output: JoinHandle<String>,
    errors: JoinHandle<String>,
    sent: usize,
}

/// How a start went.
#[derive(Debug)]
pub enum Started {
    /// It asked for its first event, so long after its process was made.
    Ready(Duration),
    /// It told Lambda that it could not start, and ended.
    Refused(Failed),
    /// It ended without a word.
    Ended(ExitStatus),
}

/// What a function answered to an event.
#[derive(Debug)]
pub struct Answer {
    /// Its answer, or how it failed.
    pub outcome: Result<Value, Failed>,
    /// How long it took, from the event's hand-over to the answer's arrival.
    pub took: Duration,
}

/// How a function failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The name of the error, which a state machine sees.
    pub name: String,
    /// What it says.
    pub message: String,
}

#[derive(Debug)]
struct Event {
    id: String,
    body: String,
    deadline: SystemTime,
}

#[derive(Debug)]
enum Report {
    Asked(Instant),
    HandedOver(Instant),
    Answered { id: String, at: Instant, outcome: Result<Value, Failed> },
    NotStarted(Failed),
}

impl Lambda {
    /// Starts a binary as Lambda starts a `bootstrap`, in the region `eu-west-1` and with these variables besides those that
    /// Lambda sets. Nothing else is in its environment.
    ///
    /// # Panics
    ///
    /// If the binary cannot be run.
    pub async fn start(binary: &Path, handler: &str, environment: &[(&str, &str)]) -> Self {
        let (events, waiting) = mpsc::channel(1);
        let (reported, reports) = mpsc::channel(64);
        let api = serve_runtime_api(waiting, reported).await;
        let mut command = Command::new(binary);
        command.env_clear().envs([
            ("AWS_LAMBDA_RUNTIME_API", api.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", handler),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/function"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", crate::recording::ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", crate::recording::SECRET_ACCESS_KEY),
            ("AWS_SESSION_TOKEN", "session"),
            ("_HANDLER", handler),
        ]);
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("`{}` does not run: {error}", binary.display()));
        let output = read(child.stdout.take().expect("the output is piped"));
        let errors = read(child.stderr.take().expect("the output is piped"));
        Self { child, started, events, reports, output, errors, sent: 0 }
    }

    /// Waits until the function has asked for its first event, or ended.
    pub async fn started(&mut self) -> Started {
        let report = tokio::select! {
            biased;
            report = within(self.reports.recv()) => report,
            status = within(self.child.wait()) => return Started::Ended(status.expect("it is our own process")),
        };
        match report.expect("the API runs as long as this") {
            Report::Asked(at) => Started::Ready(at - self.started),
            Report::NotStarted(failed) => {
                within(self.child.wait()).await.expect("it is our own process");
                Started::Refused(failed)
            }
            other => panic!("the function began with {other:?}"),
        }
    }

    /// Has the function answer an event, for which it has 10 s.
    pub async fn invoke(&mut self, event: &Value) -> Answer {
        self.invoke_within(event, Duration::from_secs(10)).await
    }

    /// Has the function answer an event.
    ///
    /// # Panics
    ///
    /// If it has not answered in time, so that Lambda would have ended it; or if it ended itself.
    pub async fn invoke_within(&mut self, event: &Value, time: Duration) -> Answer {
        self.sent += 1;
        let id = format!("00000000-0000-0000-0000-{:012}", self.sent);
        let deadline = SystemTime::now() + time;
        self.events.send(Event { id: id.clone(), body: event.to_string(), deadline }).await.expect("the API runs");
        let mut handed_over = Instant::now();
        loop {
            let report = tokio::select! {
                biased;
                report = timeout(PATIENCE, self.reports.recv()) => report,
                status = self.child.wait() => panic!("the function ended instead of answering: {status:?}"),
            };
            match report.expect("the function did not answer").expect("the API runs as long as this") {
                Report::Asked(_) => {}
                Report::HandedOver(at) => handed_over = at,
                Report::Answered { id: of, at, outcome } => {
                    assert_eq!(of, id, "the function answered another invocation");
                    let took = at - handed_over;
                    assert!(took < time, "the function took {took:?}, and Lambda would have ended it after {time:?}");
                    return Answer { outcome, took };
                }
                Report::NotStarted(failed) => panic!("the function could not start: {failed:?}"),
            }
        }
    }

    /// The most memory that the process held, in bytes.
    ///
    /// # Panics
    ///
    /// If the process has ended, or this is not Linux.
    pub fn peak_memory(&self) -> u64 {
        let id = self.child.id().expect("it runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs, on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says it");
        let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("it is a number");
        kilobytes * 1024
    }

    /// Ends the function and gives what it has logged.
    ///
    /// # Panics
    ///
    /// If it logged anything but a line of JSON for each thing that happened.
    pub async fn stop(mut self) -> Vec<Value> {
        // A process that has ended already is as good.
        let _ = self.child.start_kill();
        let errors = within(&mut self.errors).await.expect("reading does not panic");
        assert!(errors.is_empty(), "the function said: {errors}");
        let output = within(&mut self.output).await.expect("reading does not panic");
        let line = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("the function logged what is not JSON: {line}"))
        };
        output.lines().map(line).collect()
    }
}

impl Answer {
    /// The answer.
    ///
    /// # Panics
    ///
    /// If the function failed.
    pub fn ok(self) -> Value {
        self.outcome.unwrap_or_else(|failed| panic!("the function failed: {failed:?}"))
    }

    /// The ids of the records that the function gives back, in its order.
    ///
    /// # Panics
    ///
    /// If the function failed, or did not answer with `batchItemFailures`.
    pub fn failures(self) -> Vec<String> {
        let answer = self.ok();
        let list = answer["batchItemFailures"].as_array().unwrap_or_else(|| panic!("no `batchItemFailures`: {answer}"));
        let id = |failure: &Value| failure["itemIdentifier"].as_str().map(str::to_owned);
        list.iter().map(|failure| id(failure).unwrap_or_else(|| panic!("no `itemIdentifier`: {answer}"))).collect()
    }

    /// The name of the error that the function failed with.
    ///
    /// # Panics
    ///
    /// If it did not fail.
    pub fn error(self) -> String {
        match self.outcome {
            Err(failed) => failed.name,
            Ok(answer) => panic!("the function did not fail: {answer}"),
        }
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("the function hangs")
}

fn read(mut from: impl tokio::io::AsyncRead + Unpin + Send + 'static) -> JoinHandle<String> {
    tokio::spawn(async move {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).await.expect("a pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Serves the [Runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).
async fn serve_runtime_api(events: mpsc::Receiver<Event>, reports: mpsc::Sender<Report>) -> String {
    let events = Arc::new(Mutex::new(events));
    let api = Router::new().fallback(move |request: Request| {
        let (events, reports) = (events.clone(), reports.clone());
        async move {
            let path = request.uri().path().to_owned();
            let path = path.strip_prefix("/2018-06-01/runtime/").unwrap_or_else(|| panic!("unknown path `{path}`"));
            let report = match path.split('/').collect::<Vec<_>>()[..] {
                ["invocation", "next"] => return next(&events, &reports).await,
                ["invocation", id, "response"] => {
                    let id = id.to_owned();
                    let body = body_of(request).await;
                    Report::Answered { id, at: Instant::now(), outcome: Ok(body) }
                }
                ["invocation", id, "error"] => {
                    let id = id.to_owned();
                    let failed = failed_of(&body_of(request).await);
                    Report::Answered { id, at: Instant::now(), outcome: Err(failed) }
                }
                ["init", "error"] => Report::NotStarted(failed_of(&body_of(request).await)),
                _ => panic!("unknown path `{path}`"),
            };
            report_to(&reports, report).await;
            let accepted = json!({ "status": "OK" }).to_string();
            Response::builder().status(StatusCode::ACCEPTED).body(Body::from(accepted)).expect("it is sound")
        }
    });
    serve(api).await
}

async fn next(events: &Mutex<mpsc::Receiver<Event>>, reports: &mpsc::Sender<Report>) -> Response<Body> {
    report_to(reports, Report::Asked(Instant::now())).await;
    let Some(event) = events.lock().await.recv().await else { return std::future::pending().await };
    let deadline = event.deadline.duration_since(SystemTime::UNIX_EPOCH).expect("it is after 1970");
    report_to(reports, Report::HandedOver(Instant::now())).await;
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", event.id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:111122223333:function:f")
        .header("lambda-runtime-trace-id", "Root=1-65a5a5a5-000000000000000000000000;Sampled=0")
        .body(Body::from(event.body))
        .expect("it is sound")
}

/// Nobody listens any more once the function is dropped.
async fn report_to(reports: &mpsc::Sender<Report>, report: Report) {
    let _ = reports.send(report).await;
}

async fn body_of(request: Request) -> Value {
    let bytes = to_bytes(request.into_body(), usize::MAX).await.expect("the function sends its answer");
    serde_json::from_slice(&bytes).expect("the function answers JSON")
}

fn failed_of(body: &Value) -> Failed {
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {body}")).to_owned();
    Failed { name: text("errorType"), message: text("errorMessage") }
}
