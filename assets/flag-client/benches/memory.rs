//! How much memory 10,000 flags take in a process that reads them from a real `redis-server`. The limit is 10 MB of the heap.

#![expect(clippy::print_stdout, reason = "a figure is printed for who asks for it")]

use std::alloc::System;
use std::time::Duration;

use cap::Cap;
use flag_client::{Context, FlagClient, Settings, Tls};
use flag_laboratory::{Guard, Redis};
use flag_model::{FlagMessage, cache_key};
use serde_json::json;

/// Counts what is allocated and not given back.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// How many flags a service may have.
const FLAGS: usize = 10_000;

/// What they may take.
const MOST_BYTES: usize = 10_000_000;

/// A flag with a usual name, a rollout, and a rule of two conditions.
fn flag(number: usize) -> FlagMessage {
    let json = json!({
        "schema": 1, "flag_id": format!("checkout.some-feature-of-a-usual-name-{number}"), "version": 12,
        "tombstone": false, "service": "checkout", "value": true, "off_value": false,
        "targeting": {
            "rollout": { "percentage": 10 },
            "rules": [{ "name": "staff", "serve": true, "conditions": [
                { "attribute": "email", "operator": "ends_with", "values": ["@example.com"] },
                { "attribute": "country", "operator": "equals", "values": ["SE", "NO", "DK"] },
            ] }],
        },
    });
    FlagMessage::from_json(json).expect("the flag is sound")
}

async fn fill(cache: &Redis) {
    let redis = redis::Client::open(("127.0.0.1", cache.port())).expect("the address is sound");
    let mut connection = redis.get_multiplexed_async_connection().await.expect("the cache is up");
    for first in (0..FLAGS).step_by(1000) {
        let mut pipeline = redis::pipe();
        for flag in (first..first + 1000).map(flag) {
            let key = cache_key(&flag.service, &flag.flag_id);
            let fields =
                [("version", flag.version.to_string()), ("tombstone", "0".to_owned()), ("document", flag.to_json())];
            pipeline.hset_multiple(key, &fields).ignore();
        }
        pipeline.query_async::<()>(&mut connection).await.expect("the cache takes the flags");
    }
}

/// What the kernel counts as this process' own memory, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("there is `/proc`");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells it");
    let kilobytes: usize = line.trim().trim_end_matches(" kB").parse().expect("it is a number");
    kilobytes * 1024
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let cache = Redis::start(Guard::None).await;
    fill(&cache).await;
    let settings = Settings::builder().service("checkout".parse().expect("it is a name")).host("127.0.0.1");
    let settings = settings.port(cache.port()).tls(Tls::Off).refresh_every(Duration::from_secs(3600)).build();

    let (heap, all) = (ALLOCATOR.allocated(), resident());
    let client = FlagClient::start(settings);
    client.ready(Duration::from_secs(60)).await.expect("the cache answers");
    let (heap, all) = (ALLOCATOR.allocated() - heap, resident().saturating_sub(all));

    let user = Context::new().with("email", "ada@example.com").with("country", "SE");
    let last = format!("checkout.some-feature-of-a-usual-name-{}", FLAGS - 1);
    assert!(client.snapshot().len() == FLAGS && client.bool(&last, &user, false), "not all flags were read");
    let megabytes = |bytes: usize| bytes as f64 / 1e6;
    println!("{FLAGS} flags: {:.2} MB of the heap, the connection included", megabytes(heap));
    println!("{FLAGS} flags: {:.2} MB by which the process grew, what reading left behind included", megabytes(all));
    assert!(heap <= MOST_BYTES, "{heap} bytes, wanted {MOST_BYTES} at most");
}
