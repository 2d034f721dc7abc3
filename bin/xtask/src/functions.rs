//! `cargo xtask functions`: how fast and how large the functions are, against what they are meant to be.
//!
//! The binary of a deploy to AWS is driven as Lambda drives it, with a real cache that speaks TLS and asks for a password. What stands
//! for AWS is on this machine, so that the figures are of the functions alone.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use flag_laboratory::flags::{batch, message, queued, record, switch, wire};
use flag_laboratory::{Certificates, Guard, Lambda, RecordingServer, Redis, Started};
use flagcdk_engine::package::package_binary;
use serde_json::{Value, json};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often each figure is measured; the median is shown
    #[arg(long, default_value_t = 21)]
    times: usize,
}

/// The variables of a function.
type Environment = Vec<(&'static str, String)>;

/// The secret that holds the cache's password.
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:token";

/// Builds the functions, measures them and prints a table. What is not as it is meant to be is an error.
pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let bootstrap = build()?;
    let cache = tempfile::tempdir().map_err(|error| format!("cannot make a directory: {error}"))?;
    let architecture = match std::env::consts::ARCH {
        "aarch64" => flagcdk_assembly::Architecture::Arm64,
        _ => flagcdk_assembly::Architecture::X86_64,
    };
    let (zip, _) = package_binary(&bootstrap, architecture, cache.path()).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let mut table = Table::default();
    runtime.block_on(measure(&bootstrap, arguments.times.max(1), &mut table));
    table.size("zip file", zip.size, 4 << 20);
    table.print()
}

/// Builds the binary as it is deployed, and says where it lies.
fn build() -> Result<PathBuf, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["build", "--profile", "lambda", "--package", "flag-functions", "--bin", "bootstrap"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo failed: {}", output.status));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let mut messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = messages.find_map(|message| {
        let is_it = message["target"]["name"] == "bootstrap" && message["reason"] == "compiler-artifact";
        message["executable"].as_str().filter(|_| is_it).map(PathBuf::from)
    });
    executable.ok_or_else(|| "cargo made no binary `bootstrap`".to_owned())
}

async fn measure(bootstrap: &Path, times: usize, table: &mut Table) {
    let server = RecordingServer::start().await;
    let guard = Guard::Tls { certificates: Certificates::new(), password: "password".to_owned() };
    let cache = Redis::start(guard).await;
    server.set_secret(SECRET, r#"{"token":"password"}"#);
    let functions = [
        ("validator", validator(&server, "eu-west-1"), 15),
        ("cache_updater", cache_updater(&server, &cache), 40),
        ("consistency_checker", vec![("ENVIRONMENT", "dev".to_owned()), ("SERVICE_COUNT", "156".to_owned())], 15),
        ("rollback", rollback(&server), 15),
    ];
    for (name, environment, goal) in &functions {
        let mut starts = Vec::new();
        for _ in 0..times {
            starts.push(start(bootstrap, name, environment).await.1);
        }
        let what =
            if *name == "cache_updater" { "start to ready, connected with TLS and AUTH" } else { "start to ready" };
        table.time(&format!("{name}: {what}"), starts, Duration::from_millis(*goal));
    }

    // Away from home a change that is rejected is only logged: what is left is the reading and the rules.
    let mut away = start(bootstrap, "validator", &validator(&server, "us-east-1")).await.0;
    let mut bad: Vec<Value> = heads(100);
    for head in &mut bad {
        head["owner"] = json!({ "S": "" });
    }
    let each = invoke(&mut away, &stream(&bad), times).await.into_iter().map(|took| took / 100).collect();
    table.time("validator: a record through the rules", each, Duration::from_micros(200));
    let mut home = start(bootstrap, "validator", &validator(&server, "eu-west-1")).await.0;
    let whole = invoke(&mut home, &stream(&heads(100)), times).await;
    table.time("validator: a batch of 100, published", whole, Duration::from_millis(100));
    table.size("validator: peak memory", home.peak_memory(), 20 << 20);

    let mut updater = start(bootstrap, "cache_updater", &cache_updater(&server, &cache)).await.0;
    for (count, goal) in [(10, 2), (1000, 10)] {
        let mut took = Vec::new();
        for round in 0..times as u64 {
            let message =
                |number: usize| queued(&number.to_string(), &message(&format!("checkout.f{number}"), round + 1, true));
            let event = batch((0..count).map(|number| message(number + count)));
            took.extend(invoke(&mut updater, &event, 1).await);
        }
        table.time(&format!("cache_updater: {count} messages applied"), took, Duration::from_millis(goal));
    }
    table.size("cache_updater: peak memory", updater.peak_memory(), 20 << 20);
    measure_the_rest(bootstrap, &server, times, table).await;
}

async fn measure_the_rest(bootstrap: &Path, server: &RecordingServer, times: usize, table: &mut Table) {
    let environment = vec![("ENVIRONMENT", "dev".to_owned()), ("SERVICE_COUNT", "156".to_owned())];
    let mut checker = start(bootstrap, "consistency_checker", &environment).await.0;
    let row = |service: u64| {
        let name = format!("service-{service:03}");
        json!([{ "Field": "service", "Value": name }, { "Field": "version", "Value": "2" }])
    };
    let rows: Vec<Value> = (1..=156).map(row).collect();
    let event = json!({ "flagId": "checkout.a", "version": 2, "results": rows, "executionId": "e" });
    let took = invoke(&mut checker, &event, times).await;
    table.time("consistency_checker: 156 services judged", took, Duration::from_millis(5));
    table.size("consistency_checker: peak memory", checker.peak_memory(), 20 << 20);

    let mut function = start(bootstrap, "rollback", &rollback(server)).await.0;
    let mut took = Vec::new();
    for round in 0..times {
        let id = format!("checkout.r{round}");
        for version in [1, 2] {
            flag_laboratory::flags::write(server, &switch(&id, version, true));
        }
        let order = json!({ "flagId": id, "version": 2, "executionId": format!("arn:aws:states:e:{round}") });
        took.extend(invoke(&mut function, &order, 1).await);
    }
    table.time("rollback: done and on record", took, Duration::from_millis(20));
    table.size("rollback: peak memory", function.peak_memory(), 20 << 20);
}

fn aws(server: &RecordingServer) -> Environment {
    vec![("AWS_ENDPOINT_URL", server.url().to_owned()), ("ENVIRONMENT", "dev".to_owned())]
}

fn with(mut environment: Environment, more: &[(&'static str, &str)]) -> Environment {
    environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    environment
}

fn validator(server: &RecordingServer, home: &str) -> Environment {
    let topics = [
        ("ALERT_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("FLAG_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:flags"),
    ];
    let settings = [("EVENT_SOURCE", "dev-feature-flags"), ("FLAG_TABLE", "flags"), ("HOME_REGION", home)];
    with(with(aws(server), &topics), &settings)
}

fn rollback(server: &RecordingServer) -> Environment {
    let settings = [("FLAG_TABLE", "flags"), ("HOME_REGION", "eu-west-1"), ("OPENSEARCH_INDEX", "flag-audit")];
    with(with(aws(server), &settings), &[("OPENSEARCH_ENDPOINT", server.url())])
}

fn cache_updater(server: &RecordingServer, cache: &Redis) -> Environment {
    let authority = match cache.guard() {
        Guard::Tls { certificates, .. } => certificates.authority().display().to_string(),
        _ => String::new(),
    };
    let settings = [
        ("QUEUE_PREFIX", "dev-feature-flags-"),
        ("REDIS_ENDPOINT", "localhost"),
        ("REDIS_PORT", &cache.port().to_string()),
        ("REDIS_SECRET_ARN", SECRET),
        ("REDIS_TLS", "true"),
        ("SSL_CERT_FILE", &authority),
    ];
    with(aws(server), &settings)
}

/// A function that is ready, and how long that took.
async fn start(bootstrap: &Path, handler: &str, environment: &Environment) -> (Lambda, Duration) {
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut lambda = Lambda::start(bootstrap, handler, &environment).await;
    match lambda.started().await {
        Started::Ready(took) => (lambda, took),
        other => panic!("`{handler}` is not ready: {other:?}"),
    }
}

/// Has a function answer an event several times, once more than is counted: the first time makes connections.
async fn invoke(lambda: &mut Lambda, event: &Value, times: usize) -> Vec<Duration> {
    let mut took = Vec::new();
    for _ in 0..times + usize::from(times > 1) {
        let answer = lambda.invoke(event).await;
        took.push(answer.took);
        let answer = answer.ok();
        assert!(answer["batchItemFailures"].as_array().is_none_or(Vec::is_empty), "not all was done: {answer}");
    }
    if took.len() > times {
        took.remove(0);
    }
    took
}

/// The heads of so many new flags.
fn heads(count: usize) -> Vec<Value> {
    (0..count).map(|number| wire(&switch(&format!("checkout.f{number}"), 1, true).to_head_item())).collect()
}

fn stream(heads: &[Value]) -> Value {
    batch(heads.iter().enumerate().map(|(number, head)| record(number, head, None)))
}

/// What was measured.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    measured: String,
    goal: String,
    is_reached: bool,
}

impl Table {
    /// The median of some times.
    fn time(&mut self, what: &str, mut times: Vec<Duration>, goal: Duration) {
        times.sort();
        let median = times[times.len() / 2];
        let (measured, goal_text) = (format!("{median:.1?}"), format!("{goal:?}"));
        self.rows.push(Row { what: what.to_owned(), measured, goal: goal_text, is_reached: median <= goal });
    }

    fn size(&mut self, what: &str, bytes: u64, goal: u64) {
        let megabytes = |bytes: u64| format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20);
        let (measured, goal_text) = (megabytes(bytes), megabytes(goal));
        self.rows.push(Row { what: what.to_owned(), measured, goal: goal_text, is_reached: bytes <= goal });
    }

    fn print(&self) -> Result<(), String> {
        let width = self.rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
        println!("{:width$}  {:>10}  {:>8}", "", "measured", "at most");
        for row in &self.rows {
            let mark = if row.is_reached { "" } else { "  too much" };
            println!("{:width$}  {:>10}  {:>8}{mark}", row.what, row.measured, row.goal);
        }
        match self.rows.iter().filter(|row| !row.is_reached).count() {
            0 => Ok(()),
            count => Err(format!("{count} of {} figures are too high", self.rows.len())),
        }
    }
}
