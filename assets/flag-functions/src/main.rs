//! The Lambda functions of the feature-flag system, in one binary: `_HANDLER`, which Lambda sets from the function's
//! configuration, picks one. One link, one zip, one upload to each region instead of four.

mod cache_updater;
mod consistency_checker;
mod message;
mod rollback;
mod settings;
mod validator;

use std::process::ExitCode;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::settings::Settings;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let settings = Settings::from_environment();
    let outcome = match settings.text("_HANDLER").as_str() {
        "validator" => serve(validator::Validator::new(settings).await, validator::Validator::handle).await,
        "cache_updater" => {
            serve(cache_updater::CacheUpdater::new(settings).await, cache_updater::CacheUpdater::handle).await
        }
        "consistency_checker" => {
            serve(consistency_checker::Checker::new(settings), consistency_checker::Checker::handle).await
        }
        "rollback" => serve(rollback::Rollback::new(settings).await, rollback::Rollback::handle).await,
        other => Err(format!(
            "unknown handler `{other}`; wanted `validator`, `cache_updater`, `consistency_checker` or `rollback`"
        )
        .into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log("start_failed", json!({ "error": error.to_string() }));
            ExitCode::FAILURE
        }
    }
}

/// Answers one event after another, as long as Lambda sends them.
async fn serve<F, E: Into<Error>>(
    function: Result<F, E>,
    handle: impl AsyncFn(&F, Value) -> Result<Value, Error>,
) -> Result<(), Error> {
    let function = function.map_err(Into::into)?;
    let (function, handle) = (&function, &handle);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| handle(function, event.payload).await)).await
}

/// One line of JSON, which CloudWatch Logs takes apart by field.
#[expect(clippy::print_stdout, reason = "standard output is how a Lambda function logs")]
fn log(event: &str, mut fields: Value) {
    fields["event"] = event.into();
    println!("{fields}");
}
