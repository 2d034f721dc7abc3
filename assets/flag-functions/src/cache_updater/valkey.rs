//! The cache: Valkey or Redis, over TLS and with a password.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ErrorKind, IntoConnectionInfo, RedisConnectionInfo, RedisError,
    TlsCertificates,
};
use serde_json::Value;
use tokio::time::timeout;

use super::{Cache, Entry, Held};
use crate::aws::signed::{Sender, secret};
use crate::settings::CacheUpdaterSettings;

/// Writes an entry unless the cache holds a newer version; of one version, the tombstone is newer. Tombstones go after a
/// while, see [`TOMBSTONE_SECONDS`].
///
/// A key holds a hash of `version`, `tombstone` (0 or 1) and `document`. It answers whether it wrote, and which version is
/// held. Versions are below 2^53, so that Lua's numbers hold them.
const COMPARE_AND_SET: &str = "
local held = redis.call('HMGET', KEYS[1], 'version', 'tombstone')
local newest, version = tonumber(held[1] or '-1'), tonumber(ARGV[1])
if version < newest or (version == newest and (ARGV[2] == '0' or held[2] == '1')) then
  return {0, held[1]}
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'tombstone', ARGV[2], 'document', ARGV[3])
if ARGV[2] == '1' then redis.call('EXPIRE', KEYS[1], ARGV[4]) else redis.call('PERSIST', KEYS[1]) end
return {1, ARGV[1]}";

/// How long a tombstone is kept: longer than any message can be in a queue (14 days) and in the dead-letter queue after it,
/// so that nothing old brings the flag back.
const TOMBSTONE_SECONDS: u32 = 30 * 24 * 60 * 60;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a function that starts tries to connect. Lambda gives it 10 s in all.
const WARM_UP_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the cache may take to answer.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);

/// What the script answers: whether it wrote, and which version is held.
type Answer = Result<(bool, u64), RedisError>;

/// The cache.
#[derive(Debug)]
pub(crate) struct Valkey {
    settings: CacheUpdaterSettings,
    sender: Sender,
    token: Option<String>,
    connection: Option<Connection>,
}

struct Connection {
    redis: MultiplexedConnection,
    /// The name that the server has for [`COMPARE_AND_SET`], so that it need not be sent with each flag.
    script: String,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

impl Valkey {
    pub(crate) fn new(settings: CacheUpdaterSettings) -> Self {
        let sender = Sender::new(&settings.shared);
        Self { settings, sender, token: None, connection: None }
    }

    /// Connects before there is anything to write, so that the first flag need not wait for it. Whether that succeeds is seen
    /// when there is.
    pub(crate) async fn warm_up(&mut self) {
        if let Ok(Ok(connection)) = timeout(WARM_UP_TIMEOUT, self.connect()).await {
            self.connection = Some(connection);
        }
    }

    async fn try_apply(&mut self, entries: &[Entry]) -> Result<Vec<Result<Held, RedisError>>, String> {
        if self.connection.is_none() {
            self.connection = Some(self.connect().await?);
        }
        let Some(Connection { redis, script }) = &mut self.connection else {
            return Err("there is no connection".to_owned());
        };
        let mut pipeline = redis::pipe();
        pipeline.ignore_errors();
        for entry in entries {
            pipeline
                .cmd("EVALSHA")
                .arg(&*script)
                .arg(1)
                .arg(&entry.key)
                .arg(entry.version)
                .arg(u8::from(entry.tombstone))
                .arg(&entry.document)
                .arg(TOMBSTONE_SECONDS);
        }
        let answers: Vec<Answer> = pipeline.query_async(redis).await.map_err(|error| error.to_string())?;
        let held = |answer: Answer| answer.map(|(applied, version)| Held { applied, version });
        Ok(answers.into_iter().map(held).collect())
    }

    async fn connect(&mut self) -> Result<Connection, String> {
        let token_is_old = self.token.is_some();
        match self.connect_once().await {
            // The password may have been changed since it was asked for.
            Err(error) if token_is_old && self.token.is_none() => {
                self.connect_once().await.map_err(|again| format!("{error}; with the password of now: {again}"))
            }
            outcome => outcome,
        }
    }

    async fn connect_once(&mut self) -> Result<Connection, String> {
        let (host, port) = (self.settings.host.clone(), self.settings.port);
        let address = if self.settings.tls {
            // With two providers of cryptography in the binary, TLS must be told which one; the second call changes nothing.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let mut login = RedisConnectionInfo::default();
        if let Some(token) = self.token().await? {
            login = login.set_password(token);
        }
        let info = address.into_connection_info().map_err(|error| error.to_string())?.set_redis_settings(login);
        let client = match self.trusted()? {
            Some(root_cert) => {
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(root_cert) })
            }
            None => Client::open(info),
        };
        let client = client.map_err(|error| error.to_string())?;
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT));
        let connection = async {
            let mut redis = client.get_multiplexed_async_connection_with_config(&config).await?;
            let script = redis::cmd("SCRIPT").arg("LOAD").arg(COMPARE_AND_SET).query_async(&mut redis).await?;
            Ok(Connection { redis, script })
        };
        connection.await.map_err(|error: RedisError| {
            let is_refused =
                error.kind() == ErrorKind::AuthenticationFailed || matches!(error.code(), Some("WRONGPASS" | "NOAUTH"));
            if is_refused {
                self.token = None;
            }
            format!("no connection to the cache: {error}")
        })
    }

    /// The certificates that are trusted instead of those that are in the binary. To read those of the system, as is usual,
    /// takes longer than everything else that a function does when it starts.
    fn trusted(&self) -> Result<Option<Vec<u8>>, String> {
        let Some(path) = self.settings.trusted.as_ref().filter(|_| self.settings.tls) else { return Ok(None) };
        std::fs::read(path).map(Some).map_err(|error| format!("cannot read `{path}`: {error}"))
    }

    async fn token(&mut self) -> Result<Option<String>, String> {
        let Some(id) = &self.settings.secret else { return Ok(None) };
        if self.token.is_none() {
            let text = secret(&self.sender, &self.settings.shared, id).await?;
            let json: Value = serde_json::from_str(&text).map_err(|_| format!("the secret `{id}` is not JSON"))?;
            let token = json["token"].as_str().filter(|token| !token.is_empty());
            self.token = Some(token.ok_or_else(|| format!("the secret `{id}` has no `token`"))?.to_owned());
        }
        Ok(self.token.clone())
    }
}

impl Cache for Valkey {
    async fn apply(&mut self, entries: &[Entry]) -> Vec<Result<Held, String>> {
        // A connection may have died while the function was frozen, and a failover leaves one that only reads. Once more,
        // with a new connection, does no harm: what was applied already is refused as not newer.
        let mut outcome = self.try_apply(entries).await;
        let is_spoiled = match &outcome {
            Ok(answers) => answers.iter().any(is_of_node),
            Err(_) => true,
        };
        if is_spoiled {
            self.disconnect();
            outcome = self.try_apply(entries).await;
        }
        match outcome {
            Ok(answers) => {
                if answers.iter().any(is_of_node) {
                    self.disconnect();
                }
                answers.into_iter().map(|answer| answer.map_err(|error| error.to_string())).collect()
            }
            Err(error) => {
                self.disconnect();
                vec![Err(error); entries.len()]
            }
        }
    }

    fn disconnect(&mut self) {
        self.connection = None;
    }
}

/// Whether an answer says that this is not the node to write to, or not now.
fn is_of_node(answer: &Result<Held, RedisError>) -> bool {
    answer.as_ref().is_err_and(|error| {
        matches!(
            error.code(),
            Some(
                "READONLY"
                    | "NOSCRIPT"
                    | "MOVED"
                    | "LOADING"
                    | "MASTERDOWN"
                    | "NOAUTH"
                    | "WRONGPASS"
                    | "CLUSTERDOWN"
                    | "TRYAGAIN"
            )
        )
    })
}
