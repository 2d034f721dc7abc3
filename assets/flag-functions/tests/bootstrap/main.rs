//! The functions as Lambda runs them: the real binary as a process, against Lambda's API, a real cache, and a server that
//! records what AWS is asked for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cache_updater;
mod consistency_checker;
mod journey;
mod permissions;
mod rollback;
mod start;
mod telemetry;
mod validator;

use std::path::Path;

use flag_laboratory::{Lambda, Started};
use serde_json::Value;

/// The binary of the functions, in the profile of the test.
fn bootstrap() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_bootstrap"))
}

/// A function that is ready.
async fn start(handler: &str, environment: &[(&str, &str)]) -> Lambda {
    let mut lambda = Lambda::start(bootstrap(), handler, environment).await;
    match lambda.started().await {
        Started::Ready(_) => lambda,
        other => panic!("`{handler}` is not ready: {other:?}"),
    }
}

/// The lines of a log that tell of one kind of thing.
fn lines<'l>(logs: &'l [Value], event: &str) -> Vec<&'l Value> {
    logs.iter().filter(|line| line["event"] == event).collect()
}

/// The sum of a metric over a log.
fn count(logs: &[Value], metric: &str) -> u64 {
    logs.iter().filter(|line| line.get("_aws").is_some()).filter_map(|line| line[metric].as_u64()).sum()
}
