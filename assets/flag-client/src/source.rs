//! The cache, read.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use flag_model::{
    CACHED_DOCUMENT, CACHED_TOMBSTONE, CACHED_VERSION, FlagId, FlagMessage, Timestamp, Version, cache_prefix,
};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, Pipeline, RedisConnectionInfo,
    RedisError, TlsCertificates,
};
use thiserror::Error;

use crate::compile::Flag;
use crate::settings::{Settings, Tls};

/// How many keys a step of the search for new flags looks at.
const SCAN_COUNT: usize = 1000;

/// How many versions are asked for at once.
const VERSIONS_AT_ONCE: usize = 500;

/// How many documents are asked for at once. One has 256 KiB at most.
const DOCUMENTS_AT_ONCE: usize = 50;

/// The errors of a node that can answer nothing now, or not to us. Others are about one key.
const OF_THE_NODE: &[&str] =
    &["LOADING", "MASTERDOWN", "NOAUTH", "WRONGPASS", "NOPERM", "CLUSTERDOWN", "MOVED", "TRYAGAIN", "BUSY", "OOM"];

/// What is held of each flag: its version, and whether that is a tombstone. Tombstones are held, too, so that nothing older
/// takes their place.
pub(crate) type Held = HashMap<Arc<str>, (u64, bool)>;

/// What the cache has that is newer than what is held.
#[derive(Debug, Default)]
pub(crate) struct Update {
    pub(crate) changed: Vec<Entry>,
    /// How many entries could not be read.
    pub(crate) malformed: usize,
}

/// An entry of the cache, with nothing in it that is not needed: of a service's first flags there are many at once.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: Arc<str>,
    pub(crate) version: Version,
    pub(crate) written_at: Option<Timestamp>,
    /// None if it is a tombstone.
    pub(crate) flag: Option<Arc<Flag>>,
}

impl Entry {
    pub(crate) fn of(id: Arc<str>, message: &FlagMessage) -> Self {
        let flag = Flag::of(message).map(Arc::new);
        Self { id, version: message.version, written_at: message.written_at, flag }
    }
}

/// Why flags could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RefreshError {
    /// There is no connection.
    #[error("no connection to the cache at `{address}`: {problem}")]
    Connection {
        /// The host and the port.
        address: String,
        /// What went wrong.
        problem: String,
    },
    /// The cache does not let the client in, or not to the flags.
    #[error("the cache at `{address}` refuses the client: {problem}")]
    Refused {
        /// The host and the port.
        address: String,
        /// What it says.
        problem: String,
    },
    /// The cache does not answer as it should.
    #[error("the cache at `{address}` did not answer: {problem}")]
    Answer {
        /// The host and the port.
        address: String,
        /// What went wrong.
        problem: String,
    },
    /// The password could not be had.
    #[error("the password of the cache could not be had: {problem}")]
    Password {
        /// What was said about it.
        problem: String,
    },
    /// The file of trusted certificates cannot be read.
    #[error("cannot read `{}`: {problem}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },
    /// The client has been stopped.
    #[error("the runtime that refreshes flags is gone")]
    Stopped,
}

impl RefreshError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Connection { .. } => {
                "check host, port and TLS, and that the security group of the cache lets the service in"
            }
            Self::Refused { .. } => {
                "check user and password; a password that was changed must be asked for anew: `Password::asked`"
            }
            Self::Answer { .. } => "look at the metrics of the cache; the client tries again",
            Self::Password { .. } => "check that the service may read the secret",
            Self::Certificates { .. } => "name a file of certificates as PEM",
            Self::Stopped => "keep the runtime as long as the client",
        }
    }
}

/// The cache.
pub(crate) struct Source {
    settings: Arc<Settings>,
    connection: Option<MultiplexedConnection>,
}

type Versions = (Option<Vec<u8>>, Option<Vec<u8>>);
type Document = (Option<Vec<u8>>,);

impl Source {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        Self { settings, connection: None }
    }

    /// Reads what is newer than what is held. New flags are found only if it is looked for them.
    pub(crate) async fn read(&mut self, held: &Held, discover: bool) -> Result<Update, RefreshError> {
        let outcome = self.try_read(held, discover).await;
        if outcome.is_err() {
            // A connection that failed may have answers under way, or lead to a node that is gone.
            self.connection = None;
        }
        outcome
    }

    async fn try_read(&mut self, held: &Held, discover: bool) -> Result<Update, RefreshError> {
        let mut redis = match self.connection.take() {
            Some(redis) => redis,
            None => self.connect().await?,
        };
        let ids = if discover { self.scan(&mut redis).await? } else { held.keys().cloned().collect() };
        let mut update = Update::default();
        let mut newer = Vec::new();
        for ids in ids.chunks(VERSIONS_AT_ONCE) {
            let fields = [CACHED_VERSION, CACHED_TOMBSTONE];
            let entries: Vec<Result<Versions, RedisError>> = self.ask(&mut redis, ids, &fields).await?;
            for (id, entry) in ids.iter().zip(entries) {
                match entry.map(version_of) {
                    // What the cache has lost is not gone: flags go by their tombstones.
                    Ok(None) => {}
                    Ok(Some(Ok(got))) if held.get(id).is_none_or(|held| got > *held) => newer.push(Arc::clone(id)),
                    Ok(Some(Ok(_))) => {}
                    Ok(Some(Err(()))) | Err(_) => update.malformed += 1,
                }
            }
        }
        for ids in newer.chunks(DOCUMENTS_AT_ONCE) {
            let entries: Vec<Result<Document, RedisError>> = self.ask(&mut redis, ids, &[CACHED_DOCUMENT]).await?;
            for (id, entry) in ids.iter().zip(entries) {
                let document = entry.ok().and_then(|(document,)| String::from_utf8(document?).ok());
                let message = document.and_then(|text| FlagMessage::parse(&text).ok());
                match message.filter(|message| message.flag_id.as_str() == id.as_ref()) {
                    Some(message) => update.changed.push(Entry::of(Arc::clone(id), &message)),
                    None => update.malformed += 1,
                }
            }
        }
        self.connection = Some(redis);
        Ok(update)
    }

    /// The ids of all flags that the cache has for the service, in order.
    async fn scan(&self, redis: &mut MultiplexedConnection) -> Result<Vec<Arc<str>>, RefreshError> {
        // A service's name has no character that means something in a pattern.
        let prefix = cache_prefix(&self.settings.service);
        let mut ids: BTreeSet<Arc<str>> = BTreeSet::new();
        let mut cursor = 0u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(format!("{prefix}*")).arg("COUNT").arg(SCAN_COUNT);
            let (next, keys): (u64, Vec<Vec<u8>>) =
                scan.query_async(redis).await.map_err(|error| self.failed(&error))?;
            for key in keys {
                let id = std::str::from_utf8(&key).ok().and_then(|key| key.strip_prefix(&prefix));
                if let Some(id) = id.filter(|id| FlagId::new(*id).is_ok()) {
                    ids.insert(id.into());
                }
            }
            cursor = next;
            if cursor == 0 {
                return Ok(ids.into_iter().collect());
            }
        }
    }

    /// Asks for fields of entries. An error of the node is the error of all.
    async fn ask<T: redis::FromRedisValue>(
        &self,
        redis: &mut MultiplexedConnection,
        ids: &[Arc<str>],
        fields: &[&str],
    ) -> Result<Vec<Result<T, RedisError>>, RefreshError> {
        let prefix = cache_prefix(&self.settings.service);
        let mut pipeline = Pipeline::new();
        pipeline.ignore_errors();
        for id in ids {
            pipeline.cmd("HMGET").arg(format!("{prefix}{id}")).arg(fields);
        }
        // They are taken apart one by one, so that an entry of another form spoils no other.
        let entries: Vec<Result<redis::Value, RedisError>> =
            pipeline.query_async(redis).await.map_err(|error| self.failed(&error))?;
        let is_of_node = |error: &&RedisError| error.code().is_some_and(|code| OF_THE_NODE.contains(&code));
        match entries.iter().filter_map(|entry| entry.as_ref().err()).find(is_of_node) {
            Some(error) => Err(self.failed(error)),
            None => Ok(entries.into_iter().map(|entry| Ok(redis::from_redis_value(entry?)?)).collect()),
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RefreshError> {
        let settings = &self.settings;
        let (host, port) = (settings.host.clone(), settings.port);
        let (address, trusted) = match &settings.tls {
            Tls::Off => (ConnectionAddr::Tcp(host, port), None),
            Tls::PublicRoots => (tls(host, port), None),
            Tls::Trusting(path) => {
                let pem = tokio::fs::read(path)
                    .await
                    .map_err(|error| RefreshError::Certificates { path: path.clone(), problem: error.to_string() })?;
                (tls(host, port), Some(pem))
            }
        };
        let mut login = RedisConnectionInfo::default();
        if let Some(user) = &settings.user {
            login = login.set_username(user);
        }
        if let Some(password) = &settings.password {
            let asked = tokio::time::timeout(settings.timeout, (password.0)()).await;
            let asked = asked.unwrap_or_else(|_| Err("nobody answered in time".to_owned()));
            login = login.set_password(asked.map_err(|problem| RefreshError::Password { problem })?);
        }
        let open = || {
            let info = address.into_connection_info()?.set_redis_settings(login);
            match trusted {
                None => Client::open(info),
                root_cert => Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert }),
            }
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(settings.timeout))
            .set_response_timeout(Some(settings.timeout));
        let client = open().map_err(|error| self.unconnected(&error))?;
        let connection = client.get_multiplexed_async_connection_with_config(&config).await;
        connection.map_err(|error| self.unconnected(&error))
    }

    fn address(&self) -> String {
        format!("{}:{}", self.settings.host, self.settings.port)
    }

    fn unconnected(&self, error: &RedisError) -> RefreshError {
        let (address, problem) = (self.address(), error.to_string());
        if is_refusal(error) {
            RefreshError::Refused { address, problem }
        } else {
            RefreshError::Connection { address, problem }
        }
    }

    fn failed(&self, error: &RedisError) -> RefreshError {
        let (address, problem) = (self.address(), error.to_string());
        if is_refusal(error) {
            RefreshError::Refused { address, problem }
        } else {
            RefreshError::Answer { address, problem }
        }
    }
}

fn is_refusal(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed || matches!(error.code(), Some("WRONGPASS" | "NOAUTH" | "NOPERM"))
}

fn tls(host: String, port: u16) -> ConnectionAddr {
    // With two providers of cryptography in a binary, TLS must be told which one; the second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
}

/// The version of an entry and whether it is a tombstone; none if there is no entry, an error if it is malformed.
fn version_of((version, tombstone): Versions) -> Option<Result<(u64, bool), ()>> {
    let number = |text: Vec<u8>| std::str::from_utf8(&text).ok()?.parse().ok();
    let tombstone = tombstone.is_some_and(|mark| mark == b"1");
    version.map(|text| number(text).map(|version| (version, tombstone)).ok_or(()))
}
