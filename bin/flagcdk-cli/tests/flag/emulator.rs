//! DynamoDB and STS as moto has them, in a process of its own on a free port of this machine.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long a process may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is ended when it is dropped.
pub(crate) struct Emulator {
    process: Child,
    port: u16,
    _directory: tempfile::TempDir,
}

impl Emulator {
    pub(crate) fn start() -> Self {
        // `cargo xtask test` installs the emulator and says where; without it, the one in `PATH` is asked.
        let tools = std::env::var_os("FLAGCDK_TEST_TOOLS").map_or_else(PathBuf::new, PathBuf::from);
        let directory = tempfile::tempdir().unwrap();
        // The port is free once the listener is dropped.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Command::new(tools.join("moto_server"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run `moto_server`: {error}; run `cargo xtask test`"));
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "`moto_server` ended before it listened: {ended:?}");
            assert!(started.elapsed() < PATIENCE, "`moto_server` does not listen on port {port}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { process, port, _directory: directory }
    }

    /// A connection. The emulator may refuse one at a moment of its start, after it has taken others.
    fn connect(&self) -> TcpStream {
        let started = Instant::now();
        loop {
            match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => return stream,
                Err(error) => assert!(started.elapsed() < PATIENCE, "`moto_server` is gone: {error}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks DynamoDB in a region. The signature is not looked at, but the region in it.
    pub(crate) fn dynamodb(&self, region: &str, operation: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = self.connect();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/x-amz-json-1.0\r\n\
             X-Amz-Target: DynamoDB_20120810.{operation}\r\nAuthorization: AWS4-HMAC-SHA256 \
             Credential=test/20260304/{region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{operation} in {region}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    /// Makes the table that a template describes, in a region.
    pub(crate) fn create_table(&self, region: &str, template: &Value) {
        let resources = template["Resources"].as_object().unwrap();
        let table = resources.values().find(|resource| resource["Type"] == "AWS::DynamoDB::GlobalTable").unwrap();
        let names = ["TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes"];
        let request: Value = names.iter().map(|name| ((*name).to_owned(), table["Properties"][name].clone())).collect();
        self.dynamodb(region, "CreateTable", &request);
    }

    /// Copies all items of a table to another region, as DynamoDB does within a second or so.
    pub(crate) fn replicate(&self, table: &str, from: &str, to: &str) {
        let items = self.dynamodb(from, "Scan", &json!({ "TableName": table }))["Items"].clone();
        for item in items.as_array().unwrap() {
            self.dynamodb(to, "PutItem", &json!({ "TableName": table, "Item": item }));
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
