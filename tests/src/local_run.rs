//! The shipped flag system on this machine, and a change that goes all the way: written, validated, published, queued, cached
//! and read by a service; then found inconsistent, rolled back and put on record.
//!
//! Real are the templates, the functions' binary, the command that writes the flag, the client that reads it, and Redis. What
//! stands in for AWS is ministack, for OpenSearch osmem. [`STAND_INS`] says all of it.

mod aws;
mod parts;
mod timeline;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use flag_client::{Context, FlagClient, Settings, Tls};
use flag_laboratory::Guard;
use flag_model::{Timestamp, cache_key};
use serde_json::{Value, json};
use tokio::process::Command;

use self::aws::{http, milliseconds};
use self::parts::{PASSWORD, Parts, SERVICES};
use self::timeline::{Timeline, now, until};

/// What stands in for what, to be told before anything else.
pub const STAND_INS: [&str; 6] = [
    "simulated by ministack: CloudFormation, DynamoDB, SNS, SQS, EventBridge, Lambda, Step Functions, Secrets Manager, CloudWatch Logs",
    "simulated by osmem: OpenSearch",
    "simulated by this run: the answer of Logs Insights, counted from what the functions have logged",
    "shortened: waits of the state machines take a fiftieth of their time",
    "left out: network rules, keys and permissions are not enforced; one region of twelve",
    "real: the app's templates and functions, `flagcdk flag set`, the flag client, Redis with TLS and a password",
];

/// The arrows in the order in which they are told of.
pub const ARROWS: [&str; 12] = [
    "written",
    "published",
    "queued",
    "in the cache",
    "in the client",
    "found consistent",
    "broken",
    "found inconsistent",
    "rolled back",
    "back in the cache",
    "back in the client",
    "audited",
];

const FLAG: &str = "checkout.express-pay";
const TABLE: &str = "dev-feature-flags-flags";

/// The service whose queue stops to be delivered.
const BROKEN: &str = "search";

/// Brings everything up, with the binaries `flagcdk` and `bootstrap` of a directory, and has a change go all the way.
///
/// # Errors
///
/// The arrow that was not seen, or what else went wrong.
///
/// # Panics
///
/// If a server cannot be started or a stack is not made.
pub async fn run(binaries: &Path, mut say: impl FnMut(String)) -> Result<(), String> {
    for name in ["flagcdk", "bootstrap"] {
        if !binaries.join(name).is_file() {
            let directory = binaries.display();
            return Err(format!("there is no `{name}` in `{directory}`; run `cargo xtask e2e`, which builds it"));
        }
    }
    STAND_INS.iter().for_each(|line| say((*line).to_owned()));
    let started = now();
    let parts = Parts::start(&binaries.join("bootstrap")).await?;
    say(format!("everything is up and deployed after {} ms; times from here on are since the write", now() - started));
    let clients = clients(&parts);
    let mut timeline = Timeline { say, start: 0 };
    let run = Run { binaries, parts, clients };
    run.arrives(&mut timeline).await?;
    run.is_broken(&mut timeline).await?;
    run.is_rolled_back(&mut timeline).await
}

struct Run<'a> {
    binaries: &'a Path,
    parts: Parts,
    clients: BTreeMap<&'static str, FlagClient>,
}

impl Run<'_> {
    /// The first version, up to the services.
    async fn arrives<S: FnMut(String)>(&self, timeline: &mut Timeline<S>) -> Result<(), String> {
        let aws = self.parts.aws;
        // Held back for a moment, so that a message is seen in a queue.
        aws.deliver(BROKEN, false).await?;
        let new = ["--service", "checkout", "--value", "true", "--off-value", "false", "--owner", "team-checkout"];
        let more = ["--contact", "checkout-oncall@example.com", "--tags", "checkout,payments", "--expires", "60d"];
        let description = ["--description", "Shows the button that pays with one click"];
        self.set(&[&new[..], &more, &description].concat()).await?;
        timeline.start = self.written_at(1).await?;
        timeline.at(timeline.start, "written", "version 1 by `flagcdk flag set`");
        self.published(1, timeline).await?;
        let queue = format!("dev-feature-flags-{BROKEN}");
        until("queued", async || Ok((aws.waiting(&queue).await? > 0).then_some(()))).await?;
        timeline.now("queued", &format!("in `{queue}`, from which nothing is delivered for a moment"));
        aws.deliver(BROKEN, true).await?;
        self.arrived("in the cache", "in the client", 1, &SERVICES, timeline).await?;
        let judged = self.judged("found consistent", 1, "consistent", 1).await?;
        timeline.at(milliseconds(&judged), "found consistent", "by the checker, in the state machine of the app");
        Ok(())
    }

    /// A second version, which one service does not get.
    async fn is_broken<S: FnMut(String)>(&self, timeline: &mut Timeline<S>) -> Result<(), String> {
        self.parts.aws.deliver(BROKEN, false).await?;
        self.set(&["--value", "false"]).await?;
        let others: Vec<_> = SERVICES.into_iter().filter(|service| *service != BROKEN).collect();
        for service in &others {
            until("broken", async || self.cached(service, 2).await).await?;
        }
        if self.cached(BROKEN, 2).await?.is_some() {
            return Err(format!("the arrow `broken` was not seen: `{BROKEN}` has version 2, which it should not get"));
        }
        timeline.now("broken", &format!("version 2 is held by {}, not by {BROKEN}", others.join(" and ")));
        let judged = self.judged("found inconsistent", 2, "inconsistent", 2).await?;
        let behind = &judged["services"];
        timeline.at(milliseconds(&judged), "found inconsistent", &format!("twice in a row: behind are {behind}"));
        Ok(())
    }

    /// The third version, which is the first one again.
    async fn is_rolled_back<S: FnMut(String)>(&self, timeline: &mut Timeline<S>) -> Result<(), String> {
        let is_it = |line: &Value| line["event"] == "rollback" && line["outcome"] == "rolled_back";
        let done = until("rolled back", async || Ok(self.parts.aws.lines().await?.into_iter().find(is_it))).await?;
        let (new, from) = (&done["newVersion"], &done["restoredFrom"]);
        timeline.at(milliseconds(&done), "rolled back", &format!("to a copy of version {from}, as version {new}"));
        self.parts.aws.deliver(BROKEN, true).await?;
        self.arrived("back in the cache", "back in the client", 3, &SERVICES, timeline).await?;
        let execution = done["executionId"].as_str().unwrap_or_default();
        let port = self.parts.osmem.port();
        let record = until("audited", async || {
            let found = http(port, "GET", "/flag-audit/_search", "", "").await?;
            let documents = found["hits"]["hits"].as_array().into_iter().flatten();
            Ok(documents.map(|hit| hit["_source"].clone()).find(|record| record["execution_id"] == execution))
        })
        .await?;
        let (action, bad) = (&record["action"], &record["bad_version"]);
        timeline.now("audited", &format!("in the index `flag-audit`: {action} of version {bad} by {execution}"));
        Ok(())
    }

    /// Changes the flag as people do.
    async fn set(&self, edit: &[&str]) -> Result<(), String> {
        let services = json!(SERVICES).to_string();
        let mut command = Command::new(self.binaries.join("flagcdk"));
        command.args(["flag", "set", FLAG]).args(edit);
        command.args(["--by", "ada@example.com", "--approved-by", "grace@example.com"]);
        command.args(["--ticket", "FLAGS-123", "--reason", "a local run", "--app", "builtin"]);
        command.args(["--set", "environment=dev", "--set", r#"regions=["us-east-1"]"#]);
        command.args(["--set", &format!("services={services}"), "--endpoint-url", &self.parts.ministack.endpoint_url]);
        command.env_clear().envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("NO_COLOR", "1")]);
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.map_err(|error| format!("cannot run `flagcdk`: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("the arrow `written` was not seen: {}", String::from_utf8_lossy(&output.stderr).trim()))
    }

    async fn written_at(&self, version: u64) -> Result<i64, String> {
        let key = json!({ "flag_id": { "S": FLAG }, "version": { "N": version.to_string() } });
        let request = json!({ "TableName": TABLE, "Key": key });
        let item = self.parts.aws.call("dynamodb", "DynamoDB_20120810.GetItem", &request).await?;
        let at = item["Item"]["written_at"]["S"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        at.map(|at| at.milliseconds()).ok_or_else(|| "the arrow `written` was not seen: no such item".to_owned())
    }

    async fn published<S: FnMut(String)>(&self, version: u64, timeline: &mut Timeline<S>) -> Result<(), String> {
        let is_it = |line: &Value| line["event"] == "flag_published" && line["version"] == version;
        let line = until("published", async || Ok(self.parts.aws.lines().await?.into_iter().find(is_it))).await?;
        timeline.at(milliseconds(&line), "published", "the validator has nothing against it, and told the topic");
        Ok(())
    }

    /// A version in the caches of services, and in their clients.
    async fn arrived<S: FnMut(String)>(
        &self,
        in_cache: &str,
        in_client: &str,
        version: u64,
        services: &[&str],
        timeline: &mut Timeline<S>,
    ) -> Result<(), String> {
        for service in services {
            until(in_cache, async || self.cached(service, version).await).await?;
        }
        timeline.now(in_cache, &format!("version {version}, for {}", services.join(", ")));
        for service in services {
            let client = &self.clients[service];
            until(in_client, async || {
                let held = client.evaluate(FLAG, &Context::new()).ok();
                Ok(held.filter(|held| held.version.get() == version))
            })
            .await?;
        }
        let value = self.clients[BROKEN].bool(FLAG, &Context::new(), false);
        timeline.now(in_client, &format!("version {version}, in services that read it as {value}"));
        Ok(())
    }

    async fn cached(&self, service: &str, version: u64) -> Result<Option<()>, String> {
        let service = service.parse().map_err(|error| format!("{error}"))?;
        let key = cache_key(&service, &FLAG.parse().map_err(|error| format!("{error}"))?);
        let entry = self.parts.redis.entry(&key).await;
        Ok(entry.filter(|entry| entry["version"] == version.to_string()).map(drop))
    }

    /// The last of so many verdicts of the checker on a version. Meanwhile the query that it is given the rows of is answered.
    async fn judged(&self, arrow: &str, version: u64, outcome: &str, times: usize) -> Result<Value, String> {
        until(arrow, async || {
            let lines = self.parts.aws.lines().await?;
            let mut held: BTreeMap<String, u64> = BTreeMap::new();
            for line in lines.iter().filter(|line| line["event"] == "flag_applied" && line["flag_id"] == FLAG) {
                let (Some(service), Some(version)) = (line["service"].as_str(), line["version"].as_u64()) else {
                    continue;
                };
                let newest = held.entry(service.to_owned()).or_default();
                *newest = (*newest).max(version);
            }
            self.parts.see(&held.into_iter().collect::<Vec<_>>()).await?;
            let mut verdicts = lines.into_iter().filter(|line| {
                line["event"] == "flag_judged" && line["version"] == version && line["outcome"] == outcome
            });
            Ok(verdicts.nth(times - 1))
        })
        .await
    }
}

/// A client for each service, as its service has one.
fn clients(parts: &Parts) -> BTreeMap<&'static str, FlagClient> {
    let Guard::Tls { certificates, .. } = parts.redis.guard() else { return BTreeMap::new() };
    let often = Duration::from_millis(100);
    let client = |service: &'static str| {
        let settings = Settings::builder()
            .service(service.parse().expect("the name is sound"))
            .host("127.0.0.1")
            .port(parts.redis.port())
            .tls(Tls::Trusting(certificates.authority()))
            .password(PASSWORD)
            .refresh_every(often)
            .discover_every(often);
        (service, FlagClient::start(settings.build()))
    };
    SERVICES.into_iter().map(client).collect()
}
