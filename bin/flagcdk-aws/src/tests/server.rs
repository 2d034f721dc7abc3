//! An HTTP server on loopback that answers as a test tells it to, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What was asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Such as `POST /`.
    pub(super) line: String,
    /// By their names in lower case.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Request {
    /// The action of a query request, or the operation of a JSON one.
    pub(super) fn action(&self) -> &str {
        let json = self.headers.get("x-amz-target").and_then(|target| target.split_once('.'));
        json.map(|(_, operation)| operation).or_else(|| self.field("Action")).unwrap_or(&self.line)
    }

    /// A field of a query request, as it was encoded.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.body.split('&').find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// How a request is answered.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// With a status, further headers and contents.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// With a connection that is torn down.
    Reset,
    /// Not at all, though the connection stays.
    Silence,
}

impl Answer {
    pub(super) fn ok(body: impl Into<String>) -> Self {
        Self::Reply(200, Vec::new(), body.into())
    }
}

#[derive(Debug)]
pub(super) struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// A server that plays the answers in order, and the last one for ever.
    pub(super) async fn playing(script: impl IntoIterator<Item = Answer>) -> Self {
        let script: Vec<_> = script.into_iter().collect();
        Self::answering(move |_, index| script[index.min(script.len() - 1)].clone()).await
    }

    /// A server that answers by the request and its number, which begins at 0.
    pub(super) async fn answering(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen) = (Arc::new(answer), requests.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, seen) = (answer.clone(), seen.clone());
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read(&mut stream).await {
                        let index = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(request.clone());
                            seen.len() - 1
                        };
                        let bodyless = request.line.starts_with("HEAD");
                        match answer(&request, index) {
                            Answer::Reply(status, headers, body) => {
                                let head: String =
                                    headers.iter().map(|(key, value)| format!("{key}: {value}\r\n")).collect();
                                let length = body.len();
                                let body = if bodyless { "" } else { body.as_str() };
                                let text =
                                    format!("HTTP/1.1 {status} X\r\n{head}content-length: {length}\r\n\r\n{body}");
                                if stream.get_mut().write_all(text.as_bytes()).await.is_err() {
                                    return;
                                }
                            }
                            Answer::Reset => {
                                stream.get_ref().set_zero_linger().unwrap();
                                return;
                            }
                            Answer::Silence => std::future::pending().await,
                        }
                    }
                });
            }
        });
        Self { port, requests, task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(super) fn actions(&self) -> Vec<String> {
        self.requests().iter().map(|request| request.action().to_owned()).collect()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Some(Request { line, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
