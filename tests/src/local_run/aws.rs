//! What the engine has no need of, asked of the emulator directly.

use flag_model::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An emulator of AWS on loopback.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aws {
    pub(super) port: u16,
    pub(super) region: &'static str,
}

impl Aws {
    /// Calls an operation of a service that speaks JSON, such as `DynamoDB_20120810.GetItem`.
    pub(super) async fn call(&self, service: &str, operation: &str, body: &Value) -> Result<Value, String> {
        let target = format!("X-Amz-Target: {operation}\r\nContent-Type: application/x-amz-json-1.1\r\n");
        self.request(service, "POST", "/", &target, &body.to_string())
            .await
            .map_err(|error| format!("{operation}: {error}"))
    }

    /// Asks Lambda, which has paths.
    pub(super) async fn lambda(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/2015-03-31/{path}");
        let answer = self.request("lambda", method, &path, "Content-Type: application/json\r\n", &body).await;
        answer.map_err(|error| format!("{method} {path}: {error}"))
    }

    async fn request(&self, service: &str, method: &str, path: &str, more: &str, body: &str) -> Result<Value, String> {
        let region = self.region;
        let signed = format!(
            "{more}Authorization: AWS4-HMAC-SHA256 Credential=test/20260304/{region}/{service}/aws4_request, \
             SignedHeaders=host, Signature=0\r\n"
        );
        http(self.port, method, path, &signed, body).await
    }

    /// What the functions have logged, oldest first: lines of JSON with an `event`.
    pub(super) async fn lines(&self) -> Result<Vec<Value>, String> {
        let groups = self.call("logs", "Logs_20140328.DescribeLogGroups", &json!({})).await?;
        let mut lines = Vec::new();
        for group in groups["logGroups"].as_array().into_iter().flatten() {
            let name = &group["logGroupName"];
            if !name.as_str().is_some_and(|name| name.contains("/Functions") || name.ends_with("/RollbackLogs")) {
                continue;
            }
            let request = json!({ "logGroupName": name, "limit": 10_000 });
            let events = self.call("logs", "Logs_20140328.FilterLogEvents", &request).await?;
            let messages =
                events["events"].as_array().into_iter().flatten().filter_map(|event| event["message"].as_str());
            lines.extend(messages.flat_map(str::lines).filter_map(|line| serde_json::from_str::<Value>(line).ok()));
        }
        lines.retain(|line| line["event"].is_string());
        lines.sort_by_key(milliseconds);
        Ok(lines)
    }

    /// Switches the event source of a service's queue on or off.
    pub(super) async fn deliver(&self, service: &str, enabled: bool) -> Result<(), String> {
        let all = self.lambda("GET", "event-source-mappings/", &Value::Null).await?;
        let mappings = all["EventSourceMappings"].as_array().into_iter().flatten();
        let end = format!("-{service}");
        let mut own =
            mappings.filter(|mapping| mapping["EventSourceArn"].as_str().is_some_and(|arn| arn.ends_with(&end)));
        let own = own.next().ok_or_else(|| format!("the queue of `{service}` has no event source mapping"))?;
        let path = format!("event-source-mappings/{}", own["UUID"].as_str().unwrap_or_default());
        self.lambda("PUT", &path, &json!({ "Enabled": enabled })).await.map(drop)
    }

    /// How many messages wait in a queue.
    pub(super) async fn waiting(&self, queue: &str) -> Result<u64, String> {
        let url = self.call("sqs", "AmazonSQS.GetQueueUrl", &json!({ "QueueName": queue })).await?;
        let names = ["ApproximateNumberOfMessages"];
        let request = json!({ "QueueUrl": url["QueueUrl"], "AttributeNames": names });
        let answer = self.call("sqs", "AmazonSQS.GetQueueAttributes", &request).await?;
        Ok(answer["Attributes"][names[0]].as_str().and_then(|count| count.parse().ok()).unwrap_or_default())
    }
}

/// When a line was logged, by the clock of the function.
pub(super) fn milliseconds(line: &Value) -> i64 {
    let at = line["timestamp"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
    at.map_or(0, |at| at.milliseconds())
}

/// A request to loopback, and the JSON that it is answered with.
pub(super) async fn http(port: u16, method: &str, path: &str, headers: &str, body: &str) -> Result<Value, String> {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = exchange.await.map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("no answer of HTTP: {answer}"))?;
    let status = head.lines().next().unwrap_or_default();
    if !status.contains(" 20") {
        return Err(format!("{status}: {body}"));
    }
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunked(body) } else { body.to_owned() };
    if body.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&body).map_err(|error| format!("{error} in {body}"))
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        let (Some(chunk), true) = (rest.get(..size), size > 0) else { break };
        whole.push_str(chunk);
        body = rest.get(size + 2..).unwrap_or_default();
    }
    whole
}
