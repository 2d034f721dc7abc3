//! The Lambda functions of the feature-flag system, in one binary: `_HANDLER`, which Lambda sets from the function's
//! configuration, picks one. One link, one zip, one upload to each region instead of four.
//!
//! Each function is a module. What it decides is apart from what it does: the decisions are plain functions, the effects a
//! trait with one implementation for AWS and one for the tests.

mod aws;
mod cache_updater;
mod consistency_checker;
mod invocation;
mod rollback;
mod settings;
mod table;
mod telemetry;
mod validator;

use std::process::ExitCode;

use flag_rules::{Place, RuleSet};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::cache_updater::{CacheUpdater, Valkey};
use crate::consistency_checker::Checker;
use crate::invocation::{Failure, Invocation};
use crate::rollback::Rollback;
use crate::settings::{Environment, Shared};
use crate::telemetry::log;
use crate::validator::Validator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log("start_failed", json!({ "error": error.to_string() }));
            ExitCode::FAILURE
        }
    }
}

/// Starts the function that the environment names.
async fn run() -> Result<(), Error> {
    let environment = Environment::new(&settings::variable);
    match settings::variable("_HANDLER").unwrap_or_default().as_str() {
        "validator" => {
            let settings = environment.validator()?;
            let place = place(&settings.shared);
            let validator = Validator::new(RuleSet::embedded()?, place, validator::Aws::new(settings));
            serve(async |event, invocation| validator.handle(event, invocation).await).await
        }
        "cache_updater" => {
            let settings = environment.cache_updater()?;
            let (prefix, name) = (settings.queue_prefix.clone(), settings.shared.environment.clone());
            let updater = CacheUpdater::new(Valkey::new(settings), prefix, name);
            serve(async |event, invocation| updater.handle(event, invocation).await).await
        }
        "consistency_checker" => {
            let checker = Checker::new(environment.checker()?);
            serve(async |event, invocation| checker.handle(event, invocation).await).await
        }
        "rollback" => {
            let settings = environment.rollback()?;
            let name = settings.shared.environment.clone();
            let rollback = Rollback::new(name, rollback::Aws::new(settings));
            serve(async |event, invocation| rollback.handle(event, invocation).await).await
        }
        other => Err(format!(
            "unknown handler `{other}`; wanted `validator`, `cache_updater`, `consistency_checker` or `rollback`"
        )
        .into()),
    }
}

/// Answers one event after another, as long as Lambda sends them.
async fn serve(handle: impl AsyncFn(Value, Invocation) -> Result<Value, Failure>) -> Result<(), Error> {
    let handle = &handle;
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        handle(event.payload, Invocation::new(event.context.deadline)).await
    }))
    .await
}

fn place(shared: &Shared) -> Place {
    Place {
        environment: shared.environment.clone(),
        region: shared.region.clone(),
        home_region: shared.home_region.clone(),
    }
}
