//! Where flags are read, and how often.

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use flag_model::ServiceName;
use typed_builder::TypedBuilder;

use crate::report::Reporter;

/// Where flags are read, and how often.
#[derive(Clone, TypedBuilder)]
pub struct Settings {
    /// The service whose flags are read.
    pub(crate) service: ServiceName,
    /// The host of the cache: of ElastiCache the primary or the reader endpoint, of a group without shards.
    #[builder(setter(into))]
    pub(crate) host: String,
    /// Its port; by default 6379.
    #[builder(default = 6379)]
    pub(crate) port: u16,
    /// Whether the connection is encrypted, and who is trusted; by default it is, and the public authorities are.
    #[builder(default = Tls::PublicRoots)]
    pub(crate) tls: Tls,
    /// The user of the cache; by default the one that Redis calls `default`.
    #[builder(default, setter(strip_option, into))]
    pub(crate) user: Option<String>,
    /// The password of the cache, which ElastiCache calls the AUTH token; by default none.
    #[builder(default, setter(strip_option, into))]
    pub(crate) password: Option<Password>,
    /// How often it is asked what has changed, give or take a fifth, so that services do not ask all at once; by default every
    /// 5 seconds. After failures it is asked ever more seldom, down to once a minute.
    #[builder(default = Duration::from_secs(5))]
    pub(crate) refresh_every: Duration,
    /// How often it is looked for flags that are new; by default every 30 seconds. That goes through all keys of the cache,
    /// those of other services too.
    #[builder(default = Duration::from_secs(30))]
    pub(crate) discover_every: Duration,
    /// How long the cache may take to accept a connection, and how long to answer; by default 3 seconds each.
    #[builder(default = Duration::from_secs(3))]
    pub(crate) timeout: Duration,
    /// After how long without an answer flags are called stale; by default 60 seconds.
    #[builder(default = Duration::from_secs(60))]
    pub(crate) stale_after: Duration,
    /// Who is told which versions come into use; by default nobody. See [`crate::JsonLines`].
    #[builder(default, setter(transform = |reporter: impl Reporter + 'static| Some(Arc::new(reporter) as Arc<dyn Reporter>)))]
    pub(crate) reporter: Option<Arc<dyn Reporter>>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Settings");
        f.field("service", &self.service).field("host", &self.host).field("port", &self.port).field("tls", &self.tls);
        f.finish_non_exhaustive()
    }
}

/// Whether a connection is encrypted, and who is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// It is, and the public authorities are trusted, as ElastiCache wants it.
    PublicRoots,
    /// It is, and those authorities are trusted whose certificates are in this file, as PEM.
    Trusting(PathBuf),
    /// It is not: for a cache on the same machine.
    Off,
}

/// A password that may change. It is asked for again whenever a connection is made.
#[derive(Clone)]
pub struct Password(pub(crate) Arc<dyn Fn() -> Asked + Send + Sync>);

type Asked = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;

impl Password {
    /// A password that is asked for each time, such as a secret of Secrets Manager. An error is what people are told.
    pub fn asked<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, String>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }
}

impl From<String> for Password {
    fn from(password: String) -> Self {
        Self::asked(move || std::future::ready(Ok(password.clone())))
    }
}

impl From<&str> for Password {
    fn from(password: &str) -> Self {
        password.to_owned().into()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}
