//! `cache_updater`: from a service's queue to the cache of the region.
//!
//! Messages come late, twice and out of order. The cache takes a version only if it is newer than what it holds, in one step
//! on its own side. Exactly the messages that were not applied go back to the queue; one that was not applied is never
//! acknowledged.

mod body;
#[cfg(test)]
mod properties;
mod valkey;

use flag_model::{FlagMessage, ServiceName, cache_key};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use self::body::message_in;
pub(crate) use self::valkey::Valkey;
use crate::invocation::{Failure, Invocation, now};
use crate::telemetry::{Level, Metrics, log};

/// What the cache updater asks of the world.
pub(crate) trait Cache {
    /// Writes entries unless the cache holds something newer. Gives what it holds then, for each.
    async fn apply(&mut self, entries: &[Entry]) -> Vec<Result<Held, String>>;

    /// Forgets the connection: the last call was cut off, so that answers may still be under way.
    fn disconnect(&mut self);
}

/// What the cache is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) version: u64,
    pub(crate) tombstone: bool,
    /// The message itself, from which clients evaluate the flag.
    pub(crate) document: String,
}

/// What the cache holds of a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    /// Whether the entry changed anything.
    pub(crate) applied: bool,
    /// The version that is held now.
    pub(crate) version: u64,
}

/// The function.
#[derive(Debug)]
pub(crate) struct CacheUpdater<C> {
    cache: Mutex<C>,
    queue_prefix: String,
    environment: String,
}

/// A message that can be applied.
struct Sound {
    id: String,
    service: ServiceName,
    message: FlagMessage,
    entry: Entry,
}

impl<C: Cache> CacheUpdater<C> {
    pub(crate) fn new(cache: C, queue_prefix: String, environment: String) -> Self {
        Self { cache: Mutex::new(cache), queue_prefix, environment }
    }

    pub(crate) async fn handle(&self, event: Value, invocation: Invocation) -> Result<Value, Failure> {
        let records = event["Records"].as_array().ok_or_else(|| Failure::bad_event("the event has no `Records`"))?;
        let mut metrics = Metrics::new("cache_updater", &self.environment);
        let mut failed = Vec::new();
        let mut sound = Vec::new();
        for record in records {
            let id = record["messageId"].as_str();
            let id =
                id.ok_or_else(|| Failure::bad_event("a record has no `messageId`, so that it could not be returned"))?;
            match self.read(id, record) {
                Ok(message) => sound.push(message),
                Err(error) => {
                    log(Level::Error, "message_not_understood", json!({ "message_id": id, "error": error }));
                    metrics.count("MessagesNotUnderstood", 1);
                    failed.push(id.to_owned());
                }
            }
        }
        for (message, outcome) in sound.iter().zip(self.apply(&sound, invocation).await) {
            match outcome {
                Ok(held) => note(message, held, &mut metrics),
                Err(error) => {
                    let (flag, version) = (&message.message.flag_id, message.message.version);
                    log(
                        Level::Error,
                        "flag_not_applied",
                        json!({
                            "message_id": message.id, "flag_id": flag, "version": version,
                            "service": message.service, "error": error,
                        }),
                    );
                    metrics.count("MessagesNotApplied", 1);
                    failed.push(message.id.clone());
                }
            }
        }
        metrics.write();
        let failed: Vec<Value> = failed.iter().map(|id| json!({ "itemIdentifier": id })).collect();
        Ok(json!({ "batchItemFailures": failed }))
    }

    async fn apply(&self, sound: &[Sound], invocation: Invocation) -> Vec<Result<Held, String>> {
        if sound.is_empty() {
            return Vec::new();
        }
        let entries: Vec<Entry> = sound.iter().map(|message| message.entry.clone()).collect();
        let mut cache = self.cache.lock().await;
        match invocation.in_time(cache.apply(&entries)).await {
            Some(outcomes) => outcomes,
            None => {
                cache.disconnect();
                vec![Err("the cache did not answer in time".to_owned()); sound.len()]
            }
        }
    }

    fn read(&self, id: &str, record: &Value) -> Result<Sound, String> {
        let arn = record["eventSourceARN"].as_str().unwrap_or_default();
        let queue = arn.rsplit(':').next().unwrap_or_default();
        let service = queue
            .strip_prefix(&self.queue_prefix)
            .ok_or_else(|| format!("the queue `{arn}` does not begin with `{}`", self.queue_prefix))?;
        let service = ServiceName::new(service).map_err(|error| error.to_string())?;
        let message = message_in(record["body"].as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
        let entry = Entry {
            key: cache_key(&service, &message.flag_id),
            version: message.version.get(),
            tombstone: message.tombstone,
            document: message.to_json(),
        };
        Ok(Sound { id: id.to_owned(), service, message, entry })
    }
}

/// Says which version the service holds, which is what consistency is judged by. It is said again for a message that comes
/// twice: the first line may have been before the time that is looked at.
fn note(sound: &Sound, held: Held, metrics: &mut Metrics) {
    let message = &sound.message;
    let mut line = json!({
        "flag_id": message.flag_id, "service": sound.service, "version": held.version, "changed": held.applied,
    });
    if held.applied {
        metrics.count("FlagsApplied", 1);
        if let Some(at) = message.written_at {
            let milliseconds = now().milliseconds() - at.milliseconds();
            metrics.milliseconds("WriteToCache", milliseconds);
            line["milliseconds"] = milliseconds.into();
        }
    } else {
        metrics.count("StaleWritesRefused", 1);
    }
    log(Level::Info, "flag_applied", line);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use super::*;

    /// A cache in which everything is new, but which refuses or hangs.
    #[derive(Default)]
    struct Fake {
        refuse: Option<&'static str>,
        hang: bool,
        keys: Vec<String>,
        disconnected: bool,
    }

    impl Cache for Fake {
        async fn apply(&mut self, entries: &[Entry]) -> Vec<Result<Held, String>> {
            if self.hang {
                std::future::pending::<()>().await;
            }
            self.keys.extend(entries.iter().map(|entry| entry.key.clone()));
            let outcome = |entry: &Entry| {
                let refused = self.refuse.is_some_and(|part| entry.key.contains(part));
                if refused { Err("READONLY".to_owned()) } else { Ok(Held { applied: true, version: entry.version }) }
            };
            entries.iter().map(outcome).collect()
        }

        fn disconnect(&mut self) {
            self.disconnected = true;
        }
    }

    const BODY: &str =
        r#"{"schema":1,"flag_id":"FLAG","version":3,"tombstone":false,"service":"s","value":true,"value_type":"bool"}"#;

    fn record(id: &str, body: &str) -> Value {
        json!({ "messageId": id, "body": body, "eventSourceARN": "arn:aws:sqs:eu-west-1:1:prod-flags-billing" })
    }

    fn run(fake: Fake, event: Value, left: Duration) -> (Result<Value, Failure>, Fake) {
        let updater = CacheUpdater::new(fake, "prod-flags-".to_owned(), "prod".to_owned());
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + left;
        let invocation = Invocation::new(deadline.as_millis().try_into().unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(updater.handle(event, invocation));
        (answer, updater.cache.into_inner())
    }

    fn failures(answer: Result<Value, Failure>) -> Vec<String> {
        let list = answer.unwrap()["batchItemFailures"].as_array().unwrap().clone();
        list.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned()).collect()
    }

    const SECONDS: Duration = Duration::from_secs(10);

    #[test]
    fn exactly_what_was_not_applied_comes_back() {
        let flag = |id: &str, flag: &str| record(id, &BODY.replace("FLAG", flag));
        let envelope = json!({ "Type": "Notification", "Message": BODY.replace("FLAG", "d") }).to_string();
        let records = json!({ "Records": [
            flag("1", "a"), record("2", "no"), flag("3", "bad"), record("4", &envelope),
            { "messageId": "5", "body": BODY, "eventSourceARN": "arn:aws:sqs:eu-west-1:1:other" },
        ] });
        let (answer, fake) = run(Fake { refuse: Some("bad"), ..Fake::default() }, records, SECONDS);
        assert_eq!(failures(answer), ["2", "5", "3"]);
        assert_eq!(fake.keys, ["flag:billing:a", "flag:billing:bad", "flag:billing:d"]);
        let (answer, _) = run(Fake::default(), json!({ "Records": [] }), SECONDS);
        assert_eq!(failures(answer), [""; 0]);
    }

    #[test]
    fn there_is_always_time_to_answer() {
        let records =
            json!({ "Records": [record("1", &BODY.replace("FLAG", "a")), record("2", &BODY.replace("FLAG", "b"))] });
        let (answer, fake) = run(Fake { hang: true, ..Fake::default() }, records, Duration::from_millis(520));
        assert_eq!(failures(answer), ["1", "2"]);
        assert!(fake.disconnected);
    }

    #[test]
    fn what_could_not_be_returned_fails_as_a_whole() {
        let (answer, _) = run(Fake::default(), json!({ "Records": [{ "body": BODY }] }), SECONDS);
        assert_eq!(answer.unwrap_err().name, "BadEvent");
        let (answer, _) = run(Fake::default(), json!({}), SECONDS);
        assert_eq!(answer.unwrap_err().message, "the event has no `Records`");
    }
}
