//! What the tests of the client have in common.

use std::time::Duration;

use flag_client::{FlagClient, Settings, Tls};
use flag_laboratory::Redis;
use flag_model::{FlagMessage, ServiceName, cache_key};
use serde_json::{Value, json};

/// The service that is read.
pub(crate) fn service() -> ServiceName {
    "checkout".parse().unwrap()
}

/// The message of a flag that is on for all.
pub(crate) fn message(id: &str, version: u64, value: &Value) -> FlagMessage {
    let json = json!({
        "schema": 1, "flag_id": id, "version": version, "tombstone": false, "service": "checkout", "value": value,
        "written_at": "2026-03-04T05:06:07Z",
    });
    FlagMessage::from_json(json).unwrap()
}

/// The message that a flag is gone.
pub(crate) fn tombstone(id: &str, version: u64) -> FlagMessage {
    let json = json!({ "schema": 1, "flag_id": id, "version": version, "tombstone": true, "service": "checkout" });
    FlagMessage::from_json(json).unwrap()
}

/// Writes an entry as the cache updater does.
pub(crate) async fn put(cache: &Redis, message: &FlagMessage) {
    let key = cache_key(&service(), &message.flag_id);
    let (version, mark) = (message.version.to_string(), if message.tombstone { "1" } else { "0" });
    let document = message.to_json();
    cache.command(&["HSET", &key, "version", &version, "tombstone", mark, "document", &document]).await;
}

/// Settings for a port of loopback, by which nothing happens by itself.
pub(crate) fn settings(port: u16) -> Settings {
    Settings::builder()
        .service(service())
        .host("127.0.0.1")
        .port(port)
        .tls(Tls::Off)
        .refresh_every(Duration::from_secs(3600))
        .timeout(Duration::from_millis(500))
        .build()
}

/// Waits until something is so.
pub(crate) async fn until(client: &FlagClient, what: &str, is_so: impl Fn(&FlagClient) -> bool) {
    for _ in 0..1000 {
        if is_so(client) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what} did not happen within 10 seconds: {:?}", client.freshness());
}
