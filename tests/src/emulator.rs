//! An emulator as a process of its own, on a free port of this machine.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flag_laboratory::free_port;
use flagcdk_assembly::Region;
use flagcdk_aws::{AwsCloud, Connection, StaticCredentials};

/// How long a process may take until it listens, and to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(60);
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A process that is ended when it is dropped.
#[derive(Debug)]
pub struct Server {
    process: Child,
    port: u16,
    /// Where it listens.
    pub endpoint_url: String,
    _directory: tempfile::TempDir,
}

/// The directory of the programs that `cargo xtask test` installs; empty if those in `PATH` are to be used.
pub fn tools() -> PathBuf {
    std::env::var_os("FLAGCDK_TEST_TOOLS").map_or_else(PathBuf::new, PathBuf::from)
}

impl Server {
    /// Starts a program of the test tools; `configure` tells it its port.
    ///
    /// # Panics
    ///
    /// If it does not run or does not listen in time.
    pub fn start(program: &str, configure: impl FnOnce(&mut Command, u16)) -> Self {
        Self::spawn(&tools().join(program), configure)
    }

    /// Starts `ministack`, for loopback alone. Waits of state machines take a fiftieth of their time.
    ///
    /// # Panics
    ///
    /// As [`Server::start`].
    pub fn ministack() -> Self {
        Self::start("ministack", |command, port| {
            let url = format!("http://127.0.0.1:{port}");
            command.env("GATEWAY_PORT", port.to_string()).env("BIND_HOST", "127.0.0.1").env("IOT_MTLS_ENABLED", "0");
            // Functions that it runs find it by this, and take their certificates from nowhere else.
            command.env("MINISTACK_HOST", "127.0.0.1").env("AWS_ENDPOINT_URL", url).env("SFN_WAIT_SCALE", "0.02");
            command.env_remove("SSL_CERT_FILE");
        })
    }

    /// Starts `osmem-server`, which speaks as OpenSearch does. Its package has the program inside.
    ///
    /// # Panics
    ///
    /// As [`Server::start`].
    pub fn osmem() -> Self {
        let output = Command::new(tools().join("python3"))
            .args(["-c", "import osmem_server; print(osmem_server.resolve_binary())"])
            .output()
            .unwrap_or_else(|error| panic!("cannot run `python3`: {error}; run `cargo xtask test`"));
        assert!(output.status.success(), "there is no `osmem-server`; run `cargo xtask test`");
        let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Self::spawn(Path::new(&path), |command, port| {
            command.args(["-addr", &format!("127.0.0.1:{port}"), "-no-stdin-watch"]);
            command.args(["-parent-pid", &std::process::id().to_string()]);
        })
    }

    fn spawn(program: &Path, configure: impl FnOnce(&mut Command, u16)) -> Self {
        let directory = tempfile::tempdir().expect("there is room for a directory");
        let port = free_port();
        let name = program.display();
        let mut command = Command::new(program);
        command.current_dir(directory.path()).env("TMPDIR", directory.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        configure(&mut command, port);
        let process =
            command.spawn().unwrap_or_else(|error| panic!("cannot run `{name}`: {error}; run `cargo xtask test`"));
        let endpoint_url = format!("http://127.0.0.1:{port}");
        let mut server = Self { process, port, endpoint_url, _directory: directory };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = server.process.try_wait().expect("it is our own process");
            assert!(ended.is_none(), "`{name}` ended before it listened: {ended:?}");
            assert!(started.elapsed() < PATIENCE, "`{name}` does not listen on port {port}");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Connects as the engine does.
    ///
    /// # Panics
    ///
    /// If the settings of the machine cannot be read.
    pub async fn connect(&self, home_region: Region) -> AwsCloud {
        let mut connection = Connection::new(home_region);
        connection.endpoint_url = Some(self.endpoint_url.clone());
        connection.credentials = Some(StaticCredentials::simulated());
        AwsCloud::connect(connection).await.expect("the connection needs nothing but what it was given")
    }
}

impl Drop for Server {
    /// Asks it to end, so that it can end what it has started itself, and ends it if it does not.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let asked = Instant::now();
        while asked.elapsed() < LAST_WORDS && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
