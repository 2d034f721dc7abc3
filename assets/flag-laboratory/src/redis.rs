//! A cache of its own for a test: a real `redis-server`.

use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{Certificates, PATIENCE, free_port};

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    guard: Guard,
    child: Child,
    directory: TempDir,
}

/// Who is let in.
#[derive(Debug)]
pub enum Guard {
    /// Everybody, in clear text.
    None,
    /// Who knows the password, over TLS, as in ElastiCache.
    Tls {
        /// The certificate of the server.
        certificates: Certificates,
        /// The password.
        password: String,
    },
    /// Everybody, at a node of a cluster.
    Cluster,
}

impl Redis {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// If `redis-server` or `redis-cli` does not run.
    pub async fn start(guard: Guard) -> Self {
        let directory = TempDir::new().expect("there is room for a directory");
        let port = free_port();
        let child = spawn(&guard, port, &directory);
        let mut server = Self { port, guard, child, directory };
        server.wait_until_up().await;
        server
    }

    /// Starts the server again, with nothing in it.
    pub async fn start_again(&mut self) {
        self.child = spawn(&self.guard, self.port, &self.directory);
        self.wait_until_up().await;
    }

    /// Makes this node know another one of the cluster, and what that one holds.
    ///
    /// # Panics
    ///
    /// If it does not get to know it.
    pub async fn meet(&self, other: &Self) {
        let nodes = other.command(&["CLUSTER", "NODES"]).await;
        let line = nodes.as_str().and_then(|nodes| nodes.lines().find(|line| line.contains("myself")));
        let bus =
            line.and_then(|line| line.split_once('@')?.1.split([',', ' ']).next()).expect("a node knows its port");
        self.command(&["CLUSTER", "MEET", "127.0.0.1", &other.port.to_string(), bus]).await;
        for _ in 0..PATIENCE.as_millis() / 50 {
            let slots = self.command(&["CLUSTER", "SLOTS"]).await;
            if slots.as_array().is_some_and(|slots| !slots.is_empty()) && self.is_up().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the nodes did not meet");
    }

    async fn is_up(&self) -> bool {
        self.command(&["CLUSTER", "INFO"]).await.as_str().is_some_and(|info| info.contains("cluster_state:ok"))
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Who is let in.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Runs a command, and gives what it answers.
    ///
    /// # Panics
    ///
    /// If the server refuses it.
    pub async fn command(&self, words: &[&str]) -> Value {
        let output = self.ask(words).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && errors.is_empty(), "`{words:?}` failed: {text}{errors}");
        assert!(!text.contains("ERR ") && !text.contains("(error)"), "`{words:?}` answered {text}");
        // Some texts come as they are.
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    /// What the cache holds at a key: `version`, `tombstone` and `document`.
    pub async fn entry(&self, key: &str) -> Option<Value> {
        let fields = self.command(&["HGETALL", key]).await;
        fields.as_object().filter(|fields| !fields.is_empty()).map(|_| fields.clone())
    }

    /// Ends the server, as a node that fails.
    ///
    /// # Panics
    ///
    /// If it cannot be ended.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it is our own process");
    }

    async fn wait_until_up(&mut self) {
        let tries = PATIENCE.as_millis() / 20;
        for _ in 0..tries {
            if self.ask(&["PING"]).await.stdout.starts_with(b"\"PONG\"") {
                return;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("`redis-server` ended at once: {status}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("`redis-server` did not come up on port {}", self.port);
    }

    async fn ask(&self, words: &[&str]) -> Output {
        let mut command = Command::new("redis-cli");
        command.args(["--json", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        if let Guard::Tls { certificates, password } = &self.guard {
            command.arg("--tls").arg("--cacert").arg(certificates.authority()).env("REDISCLI_AUTH", password);
        }
        let output = command.args(words).stdin(Stdio::null()).kill_on_drop(true).output().await;
        output.unwrap_or_else(|error| {
            panic!("`redis-cli` does not run ({error}); install the Debian package `redis-tools`");
        })
    }
}

fn spawn(guard: &Guard, port: u16, directory: &TempDir) -> Child {
    let port = port.to_string();
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]).arg(directory.path());
    match guard {
        Guard::None => command.args(["--port", &port]),
        Guard::Tls { certificates, password } => command
            .args(["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no", "--requirepass", password])
            .arg("--tls-cert-file")
            .arg(certificates.server())
            .arg("--tls-key-file")
            .arg(certificates.server_key())
            .arg("--tls-ca-cert-file")
            .arg(certificates.authority()),
        Guard::Cluster => command
            .args(["--port", &port, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000"])
            .args(["--cluster-port", &free_port().to_string()]),
    };
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).spawn();
    child.unwrap_or_else(|error| {
        panic!("`redis-server` does not run ({error}); install the Debian package `redis-server`");
    })
}
