//! An emulator as a process of its own, on a free port of this machine.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flagcdk_assembly::Region;
use flagcdk_aws::{AwsCloud, Connection, StaticCredentials};

/// How long a process may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is ended when it is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) endpoint_url: String,
    _directory: tempfile::TempDir,
}

impl Server {
    /// Starts a program of the test tools; `configure` tells it its port.
    pub(crate) fn start(program: &str, configure: impl FnOnce(&mut Command, u16)) -> Self {
        let tools = std::env::var_os("FLAGCDK_TEST_TOOLS").map_or_else(PathBuf::new, PathBuf::from);
        let directory = tempfile::tempdir().unwrap();
        // The port is free once the listener is dropped.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(tools.join(program));
        command.current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        configure(&mut command, port);
        let mut process =
            command.spawn().unwrap_or_else(|error| panic!("cannot run `{program}`: {error}; run `cargo xtask test`"));
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none(), "`{program}` ended before it listened: {ended:?}");
            assert!(started.elapsed() < PATIENCE, "`{program}` does not listen on port {port}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { process, endpoint_url: format!("http://127.0.0.1:{port}"), _directory: directory }
    }

    /// Connects as the engine does.
    pub(crate) async fn connect(&self, home_region: Region) -> AwsCloud {
        let mut connection = Connection::new(home_region);
        connection.endpoint_url = Some(self.endpoint_url.clone());
        connection.credentials = Some(StaticCredentials::simulated());
        AwsCloud::connect(connection).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
