//! Single requests to services that need no client of their own: one call each of EventBridge, Secrets Manager and
//! OpenSearch, signed as the clients sign.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use thiserror::Error;
use tokio::time::timeout;

use super::{ATTEMPT_TIMEOUT, ATTEMPTS, CONNECT_TIMEOUT, credentials};
use crate::settings::Shared;

/// Sends signed requests.
#[derive(Debug)]
pub(crate) struct Sender {
    connector: SharedHttpConnector,
    credentials: Credentials,
    region: String,
}

/// A request.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    /// The name by which the service is signed for.
    pub(crate) service: &'static str,
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: String,
}

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[error("no answer from `{url}`: {reason}")]
pub(crate) struct NoAnswer {
    url: String,
    reason: String,
}

impl Sender {
    pub(crate) fn new(shared: &Shared) -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let connector = aws_smithy_http_client::default_connector(&settings, None);
        Self {
            connector: connector.expect("the feature for it is on"),
            credentials: credentials(shared),
            region: shared.region.clone(),
        }
    }

    /// Sends a request, up to three times if there is no answer, or one that asks for patience.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Answer, NoAnswer> {
        let mut pause = Duration::from_millis(50);
        for _ in 1..ATTEMPTS {
            match self.send_once(request).await {
                Ok(answer) if answer.status != 429 && answer.status < 500 => return Ok(answer),
                _ => tokio::time::sleep(pause).await,
            }
            pause *= 4;
        }
        self.send_once(request).await
    }

    async fn send_once(&self, request: &Request<'_>) -> Result<Answer, NoAnswer> {
        let no_answer = |reason: String| NoAnswer { url: request.url.clone(), reason };
        let signed = self.sign(request).map_err(|error| no_answer(error.to_string()))?;
        let exchange = async {
            let answer = self.connector.call(signed).await.map_err(|error| reasons(&error))?;
            let status = answer.status().as_u16();
            let body = aws_smithy_types::byte_stream::ByteStream::new(answer.into_body());
            let bytes = body.collect().await.map_err(|error| reasons(&error))?.into_bytes();
            Ok(Answer { status, body: String::from_utf8_lossy(&bytes).into_owned() })
        };
        match timeout(ATTEMPT_TIMEOUT, exchange).await {
            Ok(answer) => answer.map_err(no_answer),
            Err(_) => Err(no_answer(format!("it took longer than {ATTEMPT_TIMEOUT:?}"))),
        }
    }

    fn sign(&self, request: &Request<'_>) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
        let mut signed = HttpRequest::new(SdkBody::from(request.body.as_str()));
        signed.set_method(request.method)?;
        signed.set_uri(request.url.as_str())?;
        for (name, value) in request.headers {
            signed.headers_mut().insert(*name, (*value).to_owned());
        }
        let identity = self.credentials.clone().into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = aws_sigv4::http_request::PayloadChecksumKind::XAmzSha256;
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(request.service)
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let headers = request.headers.iter().map(|(name, value)| (*name, *value));
        let body = SignableBody::Bytes(request.body.as_bytes());
        let signable = SignableRequest::new(request.method, request.url.as_str(), headers, body)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        for (name, value) in instructions.headers() {
            signed.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(signed)
    }
}

/// Asks a service that speaks AWS' JSON for something. An error is what the service said.
pub(crate) async fn call(
    sender: &Sender,
    shared: &Shared,
    endpoint: Option<&String>,
    (service, target): (&'static str, &'static str),
    body: &Value,
) -> Result<Value, String> {
    let suffix = if shared.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let url = endpoint.cloned().unwrap_or_else(|| format!("https://{service}.{}.{suffix}", shared.region));
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
    let url = format!("{}/", url.trim_end_matches('/'));
    let request = Request { method: "POST", url, service, headers: &headers, body: body.to_string() };
    let answer = sender.send(&request).await.map_err(|error| error.to_string())?;
    if answer.status != 200 {
        return Err(format!("`{target}` answered {}: {}", answer.status, shorten(&answer.body)));
    }
    serde_json::from_str(&answer.body).map_err(|_| format!("`{target}` answered no JSON: {}", shorten(&answer.body)))
}

/// The secret with an ARN or a name.
pub(crate) async fn secret(sender: &Sender, shared: &Shared, id: &str) -> Result<String, String> {
    let call_of = ("secretsmanager", "secretsmanager.GetSecretValue");
    let endpoint = shared.endpoints.secrets_manager.as_ref();
    let answer = call(sender, shared, endpoint, call_of, &json!({ "SecretId": id })).await?;
    answer["SecretString"].as_str().map(str::to_owned).ok_or_else(|| format!("the secret `{id}` is not a text"))
}

/// The beginning of what a service said.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(300).collect()
}

/// An error with what caused it.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
