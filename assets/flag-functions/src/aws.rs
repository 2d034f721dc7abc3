//! Clients of AWS, from what Lambda sets in the environment alone.
//!
//! There is no chain of credentials to be tried, no file of profiles and no instance to be asked: that would be a third of
//! the binary and of the time to start, for what is in three variables.

pub(crate) mod signed;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

use crate::settings::Shared;

/// How often a call is tried.
const ATTEMPTS: u32 = 3;

/// How long the second try waits at most, and the third twice as long. A change has 2 s in all; what asks for more patience is
/// tried again by whoever sent the event.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How long a connection may take to be made. Services are in the same region.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an attempt may take.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// A client of SNS in the function's own region.
pub(crate) fn sns(shared: &Shared) -> aws_sdk_sns::Client {
    let mut config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_sns::config::Region::new(shared.region.clone()))
        .credentials_provider(credentials(shared))
        .retry_config(retries())
        .timeout_config(timeouts());
    config.set_endpoint_url(shared.endpoints.sns.clone());
    aws_sdk_sns::Client::from_conf(config.build())
}

/// A client of DynamoDB in the function's own region, which is where the endpoint is that it can reach.
pub(crate) fn dynamodb(shared: &Shared) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_sdk_dynamodb::config::Region::new(shared.region.clone()))
        .credentials_provider(credentials(shared))
        .retry_config(retries())
        .timeout_config(timeouts());
    config.set_endpoint_url(shared.endpoints.dynamodb.clone());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

fn credentials(shared: &Shared) -> Credentials {
    let of = &shared.credentials;
    Credentials::new(&of.access_key_id, &of.secret_access_key, of.session_token.clone(), None, "lambda")
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_PAUSE)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(ATTEMPT_TIMEOUT).build()
}
