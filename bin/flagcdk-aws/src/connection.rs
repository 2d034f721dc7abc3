//! How AWS is reached: where, as whom, and how patiently.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_s3::config::retry::{RetryPartition, TokenBucket};
use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind, Identity};
use tokio::sync::OnceCell;

use crate::credentials::{CachedIdentity, Login, Source};
use crate::requests::{RequestCounter, RequestsSent};
use crate::retry::Verdict;

/// Which AWS to speak to, and as whom.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The region of the StackSets and of the stacks that exist once.
    pub home_region: Region,
    /// The profile of the AWS configuration files; by default `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// The address that answers for every service and region; by default `AWS_ENDPOINT_URL`, else AWS itself.
    pub endpoint_url: Option<String>,
    /// Credentials to use instead of those that the environment offers.
    pub credentials: Option<StaticCredentials>,
    /// How patiently requests are sent.
    pub timing: Timing,
}

impl Connection {
    /// A connection as the environment describes it.
    pub fn new(home_region: Region) -> Self {
        Self { home_region, profile: None, endpoint_url: None, credentials: None, timing: Timing::default() }
    }
}

/// Credentials that never change.
#[derive(Clone, PartialEq, Eq)]
pub struct StaticCredentials {
    /// The access key's id.
    pub access_key_id: String,
    /// The access key's secret.
    pub secret_access_key: String,
    /// The session's token, where the key belongs to a session.
    pub session_token: Option<String>,
}

impl StaticCredentials {
    /// Credentials that a simulation accepts, and AWS does not.
    pub fn simulated() -> Self {
        Self { access_key_id: "simulated".to_owned(), secret_access_key: "simulated".to_owned(), session_token: None }
    }
}

impl fmt::Debug for StaticCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticCredentials").finish_non_exhaustive()
    }
}

/// How long an answer is waited for, and how often a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The longest time to connect. Default: 5 s.
    pub connect: Duration,
    /// The longest time from a request's first byte to its answer's last one. Default: 30 s.
    pub attempt: Duration,
    /// The slowest upload that is waited for, in bytes per second; an upload gets that much more time. Default: 64 KiB.
    pub slowest_upload: u32,
    /// How often a request is sent at most. Default: 8.
    pub attempts: u32,
    /// What the first repetition waits at most; each further one waits up to twice as long. Default: 1 s.
    pub first_backoff: Duration,
    /// What any repetition waits at most. Default: 20 s.
    pub longest_backoff: Duration,
    /// The longest time to get credentials, which may ask a person to sign in elsewhere. Default: 25 s.
    pub credentials: Duration,
    /// The longest time that the instance metadata service may take to answer one question. Most machines have none, and
    /// two questions pass before that is certain. Default: 0.7 s.
    pub instance_metadata: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(30),
            slowest_upload: 64 * 1024,
            attempts: 8,
            first_backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(20),
            credentials: Duration::from_secs(25),
            instance_metadata: Duration::from_millis(700),
        }
    }
}

impl Timing {
    /// The timeouts of a request that carries so many bytes.
    pub(crate) fn timeouts(&self, bytes: usize) -> TimeoutConfig {
        let transfer = bytes as u64 / u64::from(self.slowest_upload.max(1));
        // The SDK keeps a pool of connections per timeout, so sizes are rounded up to few different ones.
        let attempt = self.attempt + self.attempt * u32::try_from(transfer.div_ceil(30)).unwrap_or(u32::MAX).min(1000);
        TimeoutConfig::builder()
            .connect_timeout(self.connect)
            .read_timeout(attempt)
            .operation_attempt_timeout(attempt)
            .build()
    }

    fn retries(&self) -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(self.attempts)
            .with_initial_backoff(self.first_backoff)
            .with_max_backoff(self.longest_backoff)
    }
}

/// AWS, seen from one account.
#[derive(Debug)]
pub struct AwsCloud {
    pub(crate) home_region: Region,
    pub(crate) timing: Timing,
    pub(crate) login: Arc<Login>,
    pub(crate) identity: OnceCell<Identity>,
    counter: RequestCounter,
    settings: SdkConfig,
    path_style: bool,
    partition: RetryPartition,
    cloudformation: Kept<aws_sdk_cloudformation::Client>,
    dynamodb: Kept<aws_sdk_dynamodb::Client>,
    s3: Kept<aws_sdk_s3::Client>,
    sts: Kept<aws_sdk_sts::Client>,
}

/// One client per region, made when it is first needed: its connections are worth keeping.
type Kept<C> = Mutex<BTreeMap<Region, C>>;

/// Makes the client of a service in a region, with everything that all clients have in common.
macro_rules! client {
    ($cloud:expr, $region:expr, $service:ident $(, $setter:ident($value:expr))*) => {{
        let settings = $service::config::Builder::from(&$cloud.settings)
            .region($service::config::Region::new($region.as_str()))
            .retry_partition($cloud.partition.clone())
            .retry_classifier(Verdict)
            .interceptor($cloud.counter.clone())
            $(.$setter($value))*
            .build();
        $service::Client::from_conf(settings)
    }};
}

impl AwsCloud {
    /// Reads the configuration. No request is sent, and no credentials are asked for yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`] if the endpoint is no address.
    pub async fn connect(connection: Connection) -> Result<AwsCloud, CloudError> {
        let source = match &connection.credentials {
            Some(given) => Source::given(given),
            None => Source::Environment,
        };
        Self::connect_as(connection, source).await
    }

    /// As [`AwsCloud::connect`], with credentials from somewhere else.
    pub(crate) async fn connect_as(connection: Connection, source: Source) -> Result<AwsCloud, CloudError> {
        let home_region = connection.home_region;
        let timing = connection.timing;
        let login = Arc::new(Login::new(source, home_region, connection.profile.clone(), timing));
        let provider: Arc<dyn ProvideCredentials> = login.clone();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new(home_region.as_str()))
            .app_name(AppName::new("flagcdk").expect("letters are a valid name"))
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .identity_cache(CachedIdentity(login.clone()))
            .retry_config(timing.retries())
            .timeout_config(timing.timeouts(0))
            // The timeouts bound every transfer already, and a slow line is no reason to give up earlier.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(profile) = connection.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = connection.endpoint_url {
            if !is_address(&url) {
                return Err(CloudError {
                    kind: ErrorKind::Rejected,
                    action: "connecting",
                    region: home_region,
                    message: "the endpoint is no address that begins with `http://` or `https://`".to_owned(),
                });
            }
            if is_loopback(&url) {
                // What runs on this machine is reached without a proxy, and without reading certificates.
                loader = loader.http_client(aws_smithy_http_client::Builder::new().build_http());
            }
            loader = loader.endpoint_url(url).use_fips(false).use_dual_stack(false);
        }
        let settings = loader.load().await;
        let path_style = settings.endpoint_url().is_some() || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        Ok(AwsCloud {
            home_region,
            timing,
            login,
            identity: OnceCell::new(),
            counter: RequestCounter::default(),
            settings,
            path_style,
            // Every request has its own cap of attempts. The SDK's default adds a budget that is shared by the whole
            // process, so that one throttled region would use up the patience of the other eleven.
            partition: RetryPartition::custom("flagcdk").token_bucket(TokenBucket::unlimited()).build(),
            cloudformation: Kept::default(),
            dynamodb: Kept::default(),
            s3: Kept::default(),
            sts: Kept::default(),
        })
    }

    /// The region of the StackSets and of the stacks that exist once.
    pub fn home_region(&self) -> Region {
        self.home_region
    }

    /// The address that answers for every service, where that is not AWS itself; the environment may have set it.
    pub fn endpoint_url(&self) -> Option<&str> {
        self.settings.endpoint_url()
    }

    /// The requests that were sent so far, repetitions included.
    pub fn requests_sent(&self) -> RequestsSent {
        self.counter.sent()
    }

    pub(crate) fn cloudformation(&self, region: Region) -> aws_sdk_cloudformation::Client {
        kept(&self.cloudformation, region, || client!(self, region, aws_sdk_cloudformation))
    }

    pub(crate) fn dynamodb(&self, region: Region) -> aws_sdk_dynamodb::Client {
        kept(&self.dynamodb, region, || client!(self, region, aws_sdk_dynamodb))
    }

    pub(crate) fn s3(&self, region: Region) -> aws_sdk_s3::Client {
        kept(&self.s3, region, || client!(self, region, aws_sdk_s3, force_path_style(self.path_style)))
    }

    pub(crate) fn sts(&self, region: Region) -> aws_sdk_sts::Client {
        kept(&self.sts, region, || client!(self, region, aws_sdk_sts))
    }
}

fn kept<C: Clone>(clients: &Kept<C>, region: Region, make: impl FnOnce() -> C) -> C {
    let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
    clients.entry(region).or_insert_with(make).clone()
}

fn is_address(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next(),
        None => authority.split(':').next(),
    };
    host.is_some_and(|host| {
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_addresses() {
        for (url, expected) in [
            ("http://127.0.0.1:4566", true),
            ("http://127.0.0.2", true),
            ("http://localhost:80/path", true),
            ("http://[::1]:4566", true),
            ("https://127.0.0.1", false),
            ("http://localhost.example.com", false),
            ("http://10.0.0.1:4566", false),
        ] {
            assert_eq!(is_loopback(url), expected, "{url}");
        }
    }

    #[test]
    fn uploads_get_time_by_their_size() {
        let timing = Timing::default();
        for (bytes, seconds) in [(0, 30), (64 * 1024, 60), (30 * 64 * 1024, 60), (31 * 64 * 1024, 90)] {
            let timeouts = timing.timeouts(bytes);
            assert_eq!(timeouts.operation_attempt_timeout(), Some(Duration::from_secs(seconds)), "{bytes}");
            assert_eq!(timeouts.read_timeout(), Some(Duration::from_secs(seconds)), "{bytes}");
            assert_eq!(timeouts.connect_timeout(), Some(Duration::from_secs(5)), "{bytes}");
        }
    }

    #[test]
    fn credentials_are_not_shown() {
        let shown = format!(
            "{:?}",
            Connection {
                credentials: Some(StaticCredentials {
                    access_key_id: "AKIDEXAMPLE".into(),
                    secret_access_key: "the-secret".into(),
                    session_token: Some("the-token".into()),
                }),
                ..Connection::new(Region::EU_CENTRAL_1)
            }
        );
        for secret in ["AKIDEXAMPLE", "the-secret", "the-token"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
