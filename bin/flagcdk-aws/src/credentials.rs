//! Who requests are signed for, and how expired credentials are replaced.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_config::BehaviorVersion;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::identity::IdentityCache;
use aws_config::imds;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::config::ConfigBag;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use flagcdk_assembly::Region;
use tokio::sync::Mutex;

use crate::connection::{StaticCredentials, Timing};
use crate::errors::words;

/// Where credentials come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// From wherever AWS's own tools would take them: environment variables, the configuration files with all that
    /// they can name (keys, SSO, roles, processes), web identity, the container's or the instance's role.
    Environment,
    /// From whoever made the connection.
    Given(SharedCredentialsProvider),
}

impl Source {
    pub(crate) fn given(given: &StaticCredentials) -> Self {
        let StaticCredentials { access_key_id, secret_access_key, session_token } = given.clone();
        let credentials = Credentials::new(access_key_id, secret_access_key, session_token, None, "flagcdk");
        Self::Given(SharedCredentialsProvider::new(credentials))
    }
}

/// The credentials in use.
///
/// It provides them, and it keeps them, until [`Login::renew`] throws away both what was kept and what was read: the
/// SDK's own chain reads the configuration files once, and would go on with what they said then.
#[derive(Debug)]
pub(crate) struct Login {
    source: Source,
    home_region: Region,
    profile: Option<String>,
    timing: Timing,
    read: Mutex<Option<Arc<dyn ProvideCredentials>>>,
    kept: RwLock<SharedIdentityCache>,
    generation: AtomicU64,
    renewal: Mutex<()>,
}

/// Counts renewals: credentials of one generation are only renewed once, however many requests fail with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u64);

impl Login {
    pub(crate) fn new(source: Source, home_region: Region, profile: Option<String>, timing: Timing) -> Self {
        Self {
            source,
            home_region,
            profile,
            timing,
            read: Mutex::default(),
            kept: RwLock::new(fresh()),
            generation: AtomicU64::new(0),
            renewal: Mutex::default(),
        }
    }

    pub(crate) fn generation(&self) -> Generation {
        Generation(self.generation.load(Ordering::Acquire))
    }

    /// Forgets the credentials of that generation, unless another request did so already, and then runs `check`, which
    /// is to find whether the new ones will do. Requests that come later wait for it.
    pub(crate) async fn renew<E>(
        &self,
        expired: Generation,
        check: impl AsyncFnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        let _one_at_a_time = self.renewal.lock().await;
        if self.generation() != expired {
            return Ok(());
        }
        *self.read.lock().await = None;
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = fresh();
        check().await?;
        self.generation.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    async fn load(&self) -> provider::Result {
        match &self.source {
            Source::Given(given) => given.provide_credentials().await,
            Source::Environment => {
                let found = self.environment().await.provide_credentials().await;
                found.map_err(|error| in_short(error, self.profile.as_deref()))
            }
        }
    }

    async fn environment(&self) -> Arc<dyn ProvideCredentials> {
        let mut read = self.read.lock().await;
        if let Some(read) = &*read {
            return read.clone();
        }
        let settings = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::v2026_01_12()))
            .with_region(Some(aws_config::Region::new(self.home_region.as_str())))
            .with_retry_config(RetryConfig::standard().with_initial_backoff(self.timing.first_backoff))
            .with_timeout_config(TimeoutConfig::builder().connect_timeout(self.timing.connect).build());
        let built: Arc<dyn ProvideCredentials> = match &self.profile {
            // Whoever names a profile means it, whatever else is set.
            Some(profile) => {
                let builder = ProfileFileCredentialsProvider::builder().configure(&settings);
                Arc::new(builder.profile_name(profile).build())
            }
            None => Arc::new(self.chain(settings).await),
        };
        *read = Some(built.clone());
        built
    }

    async fn chain(&self, settings: ProviderConfig) -> DefaultCredentialsChain {
        // On most machines nobody answers at the metadata service's address, and the SDK would ask four times.
        let metadata = imds::Client::builder()
            .configure(&settings)
            .max_attempts(1)
            .connect_timeout(self.timing.instance_metadata)
            .read_timeout(self.timing.instance_metadata)
            .operation_attempt_timeout(self.timing.instance_metadata)
            .operation_timeout(self.timing.instance_metadata)
            .build();
        DefaultCredentialsChain::builder().configure(settings).imds_client(metadata).build().await
    }
}

/// Where nobody has set up anything, the chain's error is a list of everything that nobody has set up; or it is that the
/// instance metadata service does not answer, which is asked last.
fn in_short(error: CredentialsError, profile: Option<&str>) -> CredentialsError {
    let nowhere = || {
        CredentialsError::not_loaded(
            "there are none in the environment variables or the configuration files, and no role of a container or an \
             instance",
        )
    };
    match (&error, profile) {
        (CredentialsError::CredentialsNotLoaded(_), Some(profile)) => CredentialsError::not_loaded(format!(
            "the configuration files have no profile `{profile}`, or it says nothing of credentials"
        )),
        (CredentialsError::CredentialsNotLoaded(_), None) => nowhere(),
        // Which of the SDK's timeouts ends a wait for a service that says nothing is a matter of microseconds, and so are
        // the words for it.
        (CredentialsError::ProviderError(_), None) if words(&error).contains("IMDS") => nowhere(),
        _ => error,
    }
}

fn fresh() -> SharedIdentityCache {
    IdentityCache::lazy().build()
}

impl ProvideCredentials for Login {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let limit = self.timing.credentials;
            tokio::time::timeout(limit, self.load())
                .await
                .unwrap_or_else(|_| Err(CredentialsError::provider_timed_out(limit)))
        })
    }
}

/// What a [`Login`] keeps, for the SDK.
#[derive(Clone, Debug)]
pub(crate) struct CachedIdentity(pub(crate) Arc<Login>);

impl ResolveCachedIdentity for CachedIdentity {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        settings: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner).clone();
        IdentityFuture::new(async move { kept.resolve_cached_identity(resolver, components, settings).await })
    }
}
