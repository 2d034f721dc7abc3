//! The Lambda functions of the feature-flag system, in one binary: `_HANDLER`, which Lambda sets from the function's
//! configuration, picks one. One link, one zip, one upload to each region instead of four.
//!
//! Each function is a module. What it decides is apart from what it does: the decisions are plain functions, the effects a
//! trait with one implementation for AWS and one for the tests.

mod aws;
mod cache_updater;
mod consistency_checker;
mod invocation;
#[cfg(test)]
mod mutation;
mod rollback;
mod settings;
mod start;
mod table;
mod telemetry;
mod validator;

use std::process::ExitCode;

use flag_rules::{Place, RuleSet};
use serde_json::json;

use crate::cache_updater::{CacheUpdater, Valkey};
use crate::consistency_checker::Checker;
use crate::invocation::Failure;
use crate::rollback::Rollback;
use crate::settings::Environment;
use crate::start::serve;
use crate::telemetry::{Level, log};
use crate::validator::Validator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Err(failure) = run().await else { return ExitCode::SUCCESS };
    log(Level::Fatal, "start_failed", json!({ "name": failure.name, "error": failure.message }));
    start::report(&failure).await;
    ExitCode::FAILURE
}

/// Starts the function that the environment names.
async fn run() -> Result<(), Failure> {
    let environment = Environment::new(&settings::variable);
    match settings::variable("_HANDLER").unwrap_or_default().as_str() {
        "validator" => {
            let settings = environment.validator()?;
            let place = Place {
                environment: settings.shared.environment.clone(),
                region: settings.shared.region.clone(),
                home_region: settings.home_region.clone(),
            };
            let rules = RuleSet::embedded().map_err(|error| Failure::new("BadRules", error))?;
            let validator = Validator::new(rules, place, validator::Aws::new(settings));
            serve(async |event, invocation| validator.handle(event, invocation).await).await
        }
        "cache_updater" => {
            let settings = environment.cache_updater()?;
            let (prefix, name) = (settings.queue_prefix.clone(), settings.shared.environment.clone());
            let mut cache = Valkey::new(settings);
            cache.warm_up().await;
            let updater = CacheUpdater::new(cache, prefix, name);
            serve(async |event, invocation| updater.handle(event, invocation).await).await
        }
        "consistency_checker" => {
            let checker = Checker::new(environment.checker()?);
            serve(async |event, invocation| checker.handle(event, invocation).await).await
        }
        "rollback" => {
            let settings = environment.rollback()?;
            let name = settings.shared.environment.clone();
            let is_home = settings.shared.region == settings.home_region;
            let place = if is_home { rollback::Place::Home } else { rollback::Place::Away };
            let rollback = Rollback::new(name, place, rollback::Aws::new(settings));
            serve(async |event, invocation| rollback.handle(event, invocation).await).await
        }
        other => Err(Failure::new(
            "UnknownHandler",
            format!(
                "unknown handler `{other}`; wanted `validator`, `cache_updater`, `consistency_checker` or `rollback`"
            ),
        )),
    }
}
