//! With a real `redis-server`.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flag_client::{Context, FlagClient, JsonLines, NoValue, Password, RefreshError, Settings, Tls};
use flag_laboratory::{Certificates, Guard, Redis};
use flag_model::{FlagMessage, Timestamp, cache_key};
use serde_json::{Value, json};

use crate::support::{message, put, service, settings, tombstone, until};

const PATIENCE: Duration = Duration::from_secs(10);

fn nobody() -> Context {
    Context::new()
}

/// A writer whose lines can be looked at.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// The flags and versions that were told of since the last time.
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap());
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!((&line["event"], &line["service"]), (&json!("flag_applied"), &json!("checkout")));
            format!("{} {}", line["flag_id"].as_str().unwrap(), line["version"])
        };
        let mut lines: Vec<String> = String::from_utf8(bytes).unwrap().lines().map(line).collect();
        lines.sort();
        lines
    }
}

#[tokio::test]
async fn flags_are_read_over_tls_with_a_password() {
    let guard = Guard::Tls { certificates: Certificates::new(), password: "a password".to_owned() };
    let cache = Redis::start(guard).await;
    let Guard::Tls { certificates, .. } = cache.guard() else { panic!("it was started so") };
    put(&cache, &message("checkout.pay", 3, &json!(true))).await;
    put(&cache, &message("checkout.max-items", 1, &json!(120))).await;
    let over_tls = |password: &str| {
        let tls = Tls::Trusting(certificates.authority());
        let builder = Settings::builder().service(service()).host("127.0.0.1").port(cache.port()).tls(tls);
        FlagClient::start(builder.password(password).refresh_every(Duration::from_secs(3600)).build())
    };
    let client = over_tls("a password");
    client.ready(PATIENCE).await.unwrap();
    assert!(client.bool("checkout.pay", &nobody(), false));
    assert_eq!(client.integer("checkout.max-items", &nobody(), 1), 120);
    assert_eq!(client.freshness().flags, 2);

    let refused = over_tls("another password");
    let error = refused.refresh().await.unwrap_err();
    assert!(matches!(error, RefreshError::Refused { .. }), "{error}");
    assert!(!refused.bool("checkout.pay", &nobody(), false) && refused.bool("checkout.pay", &nobody(), true));

    // Who is not trusted is told nothing, and no password is sent in clear text.
    let clear = FlagClient::start(settings(cache.port()));
    assert!(clear.refresh().await.is_err());
    let builder = Settings::builder().service(service()).host("127.0.0.1").port(cache.port()).password("a password");
    let public = FlagClient::start(builder.build());
    let error = public.refresh().await.unwrap_err();
    assert!(matches!(error, RefreshError::Connection { .. }), "{error}");
    let tls = Tls::Trusting("/nowhere/ca.crt".into());
    let builder = Settings::builder().service(service()).host("127.0.0.1").port(cache.port()).tls(tls);
    let error = FlagClient::start(builder.build()).refresh().await.unwrap_err();
    assert!(error.to_string().starts_with("cannot read `/nowhere/ca.crt`"), "{error}");
}

#[tokio::test]
async fn a_password_that_changes_is_asked_for_again() {
    let guard = Guard::Tls { certificates: Certificates::new(), password: "new".to_owned() };
    let cache = Redis::start(guard).await;
    let Guard::Tls { certificates, .. } = cache.guard() else { panic!("it was started so") };
    put(&cache, &message("checkout.pay", 3, &json!(true))).await;
    let secret = Arc::new(Mutex::new(Err("throttled".to_owned())));
    let asked = Arc::clone(&secret);
    let settings = Settings::builder()
        .service(service())
        .host("127.0.0.1")
        .port(cache.port())
        .tls(Tls::Trusting(certificates.authority()))
        .password(Password::asked(move || std::future::ready(asked.lock().unwrap().clone())))
        .refresh_every(Duration::from_secs(3600));
    let client = FlagClient::start(settings.build());
    let error = client.refresh().await.unwrap_err();
    assert_eq!(error.to_string(), "the password of the cache could not be had: throttled");
    *secret.lock().unwrap() = Ok("old".to_owned());
    assert!(matches!(client.refresh().await, Err(RefreshError::Refused { .. })));
    *secret.lock().unwrap() = Ok("new".to_owned());
    client.refresh().await.unwrap();
    assert!(client.bool("checkout.pay", &nobody(), false));
    assert_eq!((client.freshness().failures, client.freshness().error), (0, None));
}

#[tokio::test]
async fn nothing_goes_back() {
    let cache = Redis::start(Guard::None).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut recent = message("checkout.new", 1, &json!(1));
    recent.written_at = Timestamp::from_milliseconds(i64::try_from(now).unwrap() - 60_000);
    for flag in [message("checkout.pay", 3, &json!("three")), recent, message("checkout.gone", 1, &json!(1))] {
        put(&cache, &flag).await;
    }
    // What belongs to others, or is no flag at all.
    cache
        .command(&["HSET", "flag:checkout-api:checkout.pay", "version", "9", "tombstone", "0", "document", "{}"])
        .await;
    cache.command(&["SET", "flag:checkout", "x"]).await;
    cache.command(&["SET", "flag:checkout:no id", "x"]).await;
    let lines = Lines::default();
    let builder = Settings::builder().service(service()).host("127.0.0.1").port(cache.port()).tls(Tls::Off);
    let builder = builder.refresh_every(Duration::from_secs(3600)).reporter(JsonLines::new(lines.clone()));
    let client = FlagClient::start(builder.build());
    let pay = || client.text("checkout.pay", &nobody(), "default").to_string();
    client.ready(PATIENCE).await.unwrap();
    assert_eq!((client.freshness().flags, client.freshness().malformed), (3, 0));
    // Of what is old nobody asks whether it has arrived.
    assert_eq!(lines.take(), ["checkout.new 1"]);

    let refresh = async |expected: &[&str]| {
        client.refresh().await.unwrap();
        assert_eq!(lines.take(), expected);
    };
    put(&cache, &message("checkout.pay", 5, &json!("five"))).await;
    put(&cache, &message("checkout.more", 1, &json!(1))).await;
    refresh(&["checkout.more 1", "checkout.pay 5"]).await;
    assert_eq!(pay(), "five");
    // A cache that has lost something, as after a failover.
    put(&cache, &message("checkout.pay", 4, &json!("four"))).await;
    refresh(&[]).await;
    assert_eq!(pay(), "five");
    cache.command(&["FLUSHALL"]).await;
    refresh(&[]).await;
    assert_eq!((pay().as_str(), client.snapshot().len()), ("five", 4));
    // A tombstone takes the flag away, and what is older does not bring it back.
    put(&cache, &tombstone("checkout.pay", 5)).await;
    refresh(&["checkout.pay 5"]).await;
    assert_eq!((pay().as_str(), client.evaluate("checkout.pay", &nobody())), ("default", Err(NoValue::Unknown)));
    put(&cache, &message("checkout.pay", 5, &json!("five"))).await;
    refresh(&[]).await;
    assert_eq!(pay(), "default");
    put(&cache, &message("checkout.pay", 6, &json!("six"))).await;
    refresh(&["checkout.pay 6"]).await;
    assert_eq!(pay(), "six");
}

#[tokio::test]
async fn what_cannot_be_read_leaves_its_flag_as_it_was() {
    let cache = Redis::start(Guard::None).await;
    for id in ["a", "b", "c", "d", "e", "f"] {
        put(&cache, &message(id, 1, &json!("one"))).await;
    }
    let client = FlagClient::start(settings(cache.port()));
    client.ready(PATIENCE).await.unwrap();
    let key = |id: &str| cache_key(&service(), &id.parse().unwrap());
    let set = async |id: &str, version: &str, document: &str| {
        cache.command(&["HSET", &key(id), "version", version, "tombstone", "0", "document", document]).await;
    };
    set("a", "2", "no JSON").await;
    set("b", "2", &message("b", 2, &json!("two")).to_json().replace("\"schema\":1", "\"schema\":9")).await;
    set("c", "x", "{}").await;
    set("d", "2", &message("other", 2, &json!("two")).to_json()).await;
    cache.command(&["DEL", &key("e")]).await;
    cache.command(&["SET", &key("e"), "a text"]).await;
    set("f", "2", &message("f", 2, &json!("two")).to_json()).await;
    client.refresh().await.unwrap();
    let read = |id: &str| client.text(id, &nobody(), "default").to_string();
    assert_eq!(["a", "b", "c", "d", "e", "f"].map(read), ["one", "one", "one", "one", "one", "two"]);
    assert_eq!(client.freshness().malformed, 5);
    set("a", "2", &message("a", 2, &json!("two")).to_json()).await;
    client.refresh().await.unwrap();
    assert_eq!((read("a").as_str(), client.freshness().malformed), ("two", 4));
}

#[tokio::test]
async fn reading_goes_on_when_the_cache_is_gone() {
    let mut cache = Redis::start(Guard::None).await;
    put(&cache, &message("checkout.pay", 3, &json!(true))).await;
    let builder = Settings::builder().service(service()).host("127.0.0.1").port(cache.port()).tls(Tls::Off);
    let builder = builder.refresh_every(Duration::from_millis(20)).discover_every(Duration::from_millis(20));
    let client = FlagClient::start(builder.stale_after(Duration::from_millis(200)).build());
    client.ready(PATIENCE).await.unwrap();
    assert!(!client.freshness().is_stale());
    // Without being asked to, the client sees what changes, and what is new.
    put(&cache, &message("checkout.pay", 4, &json!(false))).await;
    put(&cache, &message("checkout.new", 1, &json!(true))).await;
    until(&client, "the change", |client| !client.bool("checkout.pay", &nobody(), true)).await;
    until(&client, "the new flag", |client| client.bool("checkout.new", &nobody(), false)).await;

    cache.kill().await;
    until(&client, "staleness", |client| client.freshness().is_stale() && client.freshness().failures > 1).await;
    let freshness = client.freshness();
    assert!(freshness.error.is_some() && freshness.age() > Some(Duration::from_millis(200)), "{freshness:?}");
    assert!(client.bool("checkout.new", &nobody(), false) && !client.bool("checkout.pay", &nobody(), true));
    // An empty cache takes nothing away; it is filled again as flags change.
    cache.start_again().await;
    client.refresh().await.unwrap();
    assert!(!client.freshness().is_stale() && client.bool("checkout.new", &nobody(), false));
    put(&cache, &message("checkout.pay", 5, &json!(true))).await;
    client.refresh().await.unwrap();
    assert!(client.bool("checkout.pay", &nobody(), false));
}

#[tokio::test]
async fn many_flags_are_read_and_the_connection_ends_with_the_client() {
    let cache = Redis::start(Guard::None).await;
    let redis = redis::Client::open(("127.0.0.1", cache.port())).unwrap();
    let mut connection = redis.get_multiplexed_async_connection().await.unwrap();
    let flags: Vec<FlagMessage> =
        (0..2345).map(|number| message(&format!("checkout.f{number}"), 1, &json!(number))).collect();
    let mut pipeline = redis::pipe();
    for flag in &flags {
        let key = cache_key(&service(), &flag.flag_id);
        let fields = [("version", "1".to_owned()), ("tombstone", "0".to_owned()), ("document", flag.to_json())];
        pipeline.hset_multiple(key, &fields).ignore();
    }
    pipeline.query_async::<()>(&mut connection).await.unwrap();
    let client = FlagClient::start(settings(cache.port()));
    client.ready(PATIENCE).await.unwrap();
    let snapshot = client.snapshot();
    assert_eq!((snapshot.len(), snapshot.ids().count()), (2345, 2345));
    assert!((0..2345).all(|number| snapshot.integer(&format!("checkout.f{number}"), &nobody(), -1) == number));
    let clients = async || cache.command(&["CLIENT", "LIST"]).await.as_str().unwrap().lines().count();
    let before = clients().await;
    let copy = client.clone();
    drop(client);
    assert_eq!(copy.integer("checkout.f7", &nobody(), -1), 7);
    drop(copy);
    for _ in 0..500 {
        if clients().await < before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the connection did not end");
}
