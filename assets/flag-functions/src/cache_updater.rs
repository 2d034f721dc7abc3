//! `cache_updater`: from a service's queue to the cache of the region.
//!
//! Messages come late, twice and out of order. The cache takes a version only if it is newer than what it has, in one step
//! on its own side. A message that was not applied is never acknowledged.

use lambda_runtime::Error;
use redis::aio::ConnectionManager;
use redis::{ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::log;
use crate::message::Change;
use crate::settings::Settings;

/// Installs a version unless the cache has a newer one. A flag that is gone stays as a mark, so that an old version cannot
/// bring it back.
const COMPARE_AND_SET: &str = "
local current = tonumber(redis.call('HGET', KEYS[1], 'version') or '-1')
local version = tonumber(ARGV[1])
if version < current or (version == current and ARGV[3] == '0') then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'value', ARGV[2], 'deleted', ARGV[3])
return 1";

pub(crate) struct CacheUpdater {
    host: String,
    port: u16,
    tls: bool,
    secret: Option<String>,
    queue_prefix: String,
    connection: OnceCell<ConnectionManager>,
}

impl CacheUpdater {
    pub(crate) async fn new(settings: Settings) -> Result<Self, Error> {
        let updater = Self {
            host: settings.text("REDIS_ENDPOINT"),
            port: settings.number("REDIS_PORT"),
            tls: settings.text("REDIS_TLS") == "true",
            secret: settings.optional("REDIS_SECRET_ARN"),
            queue_prefix: settings.text("QUEUE_PREFIX"),
            connection: OnceCell::new(),
        };
        settings.check()?;
        Ok(updater)
    }

    pub(crate) async fn handle(&self, event: Value) -> Result<Value, Error> {
        let mut failures = Vec::new();
        for record in event["Records"].as_array().into_iter().flatten() {
            if let Err(error) = self.apply(record).await {
                let id = &record["messageId"];
                log("flag_not_applied", json!({ "message_id": id, "error": error.to_string() }));
                failures.push(json!({ "itemIdentifier": id }));
            }
        }
        Ok(json!({ "batchItemFailures": failures }))
    }

    async fn apply(&self, record: &Value) -> Result<(), Error> {
        let service = self.service(record)?;
        let change = Change::from_body(record["body"].as_str().unwrap_or_default())?;
        let mut connection = self.connection.get_or_try_init(|| self.connect()).await?.clone();
        let applied: bool = redis::cmd("EVAL")
            .arg(COMPARE_AND_SET)
            .arg(1)
            .arg(format!("flag:{service}:{}", change.flag_id))
            .arg(change.version)
            .arg(change.value.to_string())
            .arg(u8::from(change.deleted))
            .query_async(&mut connection)
            .await?;
        let event = if applied { "flag_applied" } else { "flag_stale" };
        log(event, json!({ "flag_id": change.flag_id, "service": service, "version": change.version }));
        Ok(())
    }

    /// The service that a queue belongs to: what follows the prefix in the queue's name.
    fn service<'r>(&self, record: &'r Value) -> Result<&'r str, Error> {
        let arn = record["eventSourceARN"].as_str().unwrap_or_default();
        let name = arn.rsplit(':').next().unwrap_or_default();
        name.strip_prefix(&self.queue_prefix)
            .ok_or_else(|| format!("the queue `{arn}` has not the prefix `{}`", self.queue_prefix).into())
    }

    async fn connect(&self) -> Result<ConnectionManager, Error> {
        // With two providers of cryptography in the binary, TLS has to be told which one; a second call changes nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (host, port) = (self.host.clone(), self.port);
        let address = if self.tls {
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        let mut login = RedisConnectionInfo::default();
        if let Some(arn) = &self.secret {
            login = login.set_password(token(arn).await?);
        }
        let info = address.into_connection_info()?.set_redis_settings(login);
        Ok(ConnectionManager::new(redis::Client::open(info)?).await?)
    }
}

/// The token of the cache, from the secret's field `token`.
async fn token(arn: &str) -> Result<String, Error> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let secret = aws_sdk_secretsmanager::Client::new(&config).get_secret_value().secret_id(arn).send().await?;
    let json: Value = serde_json::from_str(secret.secret_string().unwrap_or_default())
        .map_err(|_| format!("the secret `{arn}` is not JSON"))?;
    json["token"].as_str().map(str::to_owned).ok_or_else(|| format!("the secret `{arn}` has no field `token`").into())
}
