//! Certificates for servers on loopback.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A certificate authority that lives as long as this, and a certificate of it for loopback.
#[derive(Debug)]
pub struct Certificates {
    directory: TempDir,
}

impl Certificates {
    /// Makes them with `openssl`.
    ///
    /// # Panics
    ///
    /// If `openssl` does not run.
    pub fn new() -> Self {
        let directory = TempDir::new().expect("there is room for a directory");
        let path = directory.path();
        let authority = ["req", "-x509", "-subj", "/CN=laboratory", "-keyout", "ca.key", "-out", "ca.crt"];
        openssl(path, &authority, &["-addext", "keyUsage=critical,keyCertSign"]);
        let server = ["req", "-x509", "-subj", "/CN=localhost", "-CA", "ca.crt", "-CAkey", "ca.key"];
        let names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"];
        openssl(path, &server, &[&["-keyout", "server.key", "-out", "server.crt"][..], &names].concat());
        Self { directory }
    }

    /// The certificate of the authority, as PEM.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.crt")
    }

    /// The certificate of the server, as PEM.
    pub fn server(&self) -> PathBuf {
        self.directory.path().join("server.crt")
    }

    /// The key of the server, as PEM.
    pub fn server_key(&self) -> PathBuf {
        self.directory.path().join("server.key")
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

fn openssl(directory: &Path, words: &[&str], more: &[&str]) {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "2"];
    let output = Command::new("openssl").current_dir(directory).args(words).args(key).args(more).output();
    let output = output.unwrap_or_else(|error| {
        panic!("`openssl` does not run ({error}); install the Debian package `openssl`");
    });
    assert!(output.status.success(), "openssl failed: {}", String::from_utf8_lossy(&output.stderr));
}
