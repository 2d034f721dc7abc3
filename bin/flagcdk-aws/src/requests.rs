//! Sending a request, and a list's pages, with everything that goes with it.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use flagcdk_assembly::Region;
use flagcdk_engine::{CloudError, ErrorKind};

use crate::connection::AwsCloud;
use crate::errors::Failure;

/// What is asked, and where: what every error names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) action: &'static str,
    pub(crate) region: Region,
}

impl Call {
    pub(crate) fn new(action: &'static str, region: Region) -> Self {
        Self { action, region }
    }

    pub(crate) fn error(self, kind: ErrorKind, message: impl Into<String>) -> CloudError {
        CloudError { kind, action: self.action, region: self.region, message: message.into() }
    }

    pub(crate) fn failed(self, failure: &Failure) -> CloudError {
        self.error(failure.kind(), failure.message())
    }
}

impl AwsCloud {
    /// Sends a request, and sends it once more with new credentials if those in use have expired. All other repetitions
    /// happen within `attempt`.
    pub(crate) async fn send<T, E>(
        &self,
        call: Call,
        attempt: impl AsyncFn() -> Result<T, SdkError<E>>,
    ) -> Result<T, CloudError>
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let generation = self.login.generation();
        let failure = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => Failure::of(&error),
        };
        if !failure.has_expired() {
            return Err(call.failed(&failure));
        }
        self.login.renew(generation, async || self.check_account(call).await).await?;
        attempt().await.map_err(|error| call.failed(&Failure::of(&error)))
    }
}

/// One page of a list, and where the next one begins.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// All items of a list.
pub(crate) async fn all_pages<T>(
    call: Call,
    page: impl AsyncFn(Option<String>) -> Result<Page<T>, CloudError>,
) -> Result<Vec<T>, CloudError> {
    let mut items = Vec::new();
    let mut seen = BTreeSet::new();
    let mut token = None;
    loop {
        let Page { items: more, next } = page(token).await?;
        items.extend(more);
        let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(items) };
        if !seen.insert(next.clone()) {
            return Err(call.error(ErrorKind::Other, "the list has no end: the token of an earlier page came again"));
        }
        token = Some(next);
    }
}

/// How many requests were sent, repetitions included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestsSent {
    /// Those that only ask.
    pub reading: u64,
    /// Those that may change something.
    pub mutating: u64,
}

/// Counts what really goes out.
#[derive(Clone, Debug, Default)]
pub(crate) struct RequestCounter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    reading: AtomicU64,
    mutating: AtomicU64,
}

impl RequestCounter {
    pub(crate) fn sent(&self) -> RequestsSent {
        RequestsSent {
            reading: self.0.reading.load(Ordering::Relaxed),
            mutating: self.0.mutating.load(Ordering::Relaxed),
        }
    }
}

impl Intercept for RequestCounter {
    fn name(&self) -> &'static str {
        "flagcdk request counter"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        settings: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let asks_only = settings.load::<Metadata>().is_some_and(|operation| only_asks(operation.name()));
        let count = if asks_only { &self.0.reading } else { &self.0.mutating };
        count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn only_asks(operation: &str) -> bool {
    ["Describe", "Get", "Head", "List"].iter().any(|verb| operation.starts_with(verb))
}
