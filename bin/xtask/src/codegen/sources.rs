//! The two published packages that the schemas and their documentation come from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::Error;

/// The packages, as files.
pub(super) struct Sources {
    pub(super) wheel: PathBuf,
    pub(super) service_spec: PathBuf,
    /// Where downloads are until they were read.
    _downloads: Option<TempDir>,
}

/// The given files; what is not given is downloaded by its ecosystem's own client.
pub(super) fn find(wheel: Option<&Path>, service_spec: Option<&Path>) -> Result<Sources, Error> {
    if let (Some(wheel), Some(service_spec)) = (wheel, service_spec) {
        return Ok(Sources { wheel: wheel.into(), service_spec: service_spec.into(), _downloads: None });
    }
    let downloads = tempfile::tempdir()?;
    let wheel = match wheel {
        Some(wheel) => wheel.to_owned(),
        None => download(downloads.path(), "pip", &["download", "--no-deps", "cfn-lint"], "whl")?,
    };
    let service_spec = match service_spec {
        Some(service_spec) => service_spec.to_owned(),
        None => download(downloads.path(), "npm", &["pack", "@aws-cdk/aws-service-spec"], "tgz")?,
    };
    Ok(Sources { wheel, service_spec, _downloads: Some(downloads) })
}

fn download(folder: &Path, client: &str, arguments: &[&str], extension: &'static str) -> Result<PathBuf, Error> {
    let output = Command::new(client).args(arguments).current_dir(folder).output()?;
    if !output.status.success() {
        return Err(Error::Download { command: format!("{client} {}", arguments.join(" ")) });
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            return Ok(path);
        }
    }
    Err(Error::MissingEntry { path: folder.to_owned(), wanted: extension })
}

/// The SHA-256 of a file, in hexadecimal.
pub(super) fn sha256(path: &Path) -> Result<String, Error> {
    Ok(hex::encode(Sha256::digest(fs::read(path)?)))
}

/// A file's name, for people.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
