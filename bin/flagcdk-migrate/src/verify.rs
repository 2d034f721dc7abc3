//! The last proof: the crate is built and run, and what it synthesizes is compared.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use flagcdk_assembly::{Assembly, AssemblyError, Finding};

use crate::{Migration, Project};

/// Why a crate could not be verified.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// There is no cargo, or it cannot be run.
    #[error("cannot run `cargo`: {0}")]
    NoCargo(io::Error),
    /// The crate does not build or does not run.
    #[error("`cargo run` in `{directory}` failed:\n{output}")]
    Failed {
        /// Where the crate is.
        directory: PathBuf,
        /// What was written to the standard error.
        output: String,
    },
    /// What it synthesized cannot be read.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// There is no place for what it synthesizes.
    #[error("cannot make a temporary directory: {0}")]
    Temporary(io::Error),
}

impl VerifyError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoCargo(_) => "install Rust, or leave `--verify` out: the check without a compiler was made",
            Self::Failed { .. } => "mend the generated code by hand, and report this",
            Self::Assembly(error) => error.help(),
            Self::Temporary(_) => "free some disk, or set TMPDIR",
        }
    }
}

/// Builds and runs a crate that was written, and says where its template differs; no findings if it means the same.
///
/// # Errors
/// If cargo cannot be run, or the crate does not build.
pub fn verify(migration: &Migration, project: &Project, directory: &Path) -> Result<Vec<Finding>, VerifyError> {
    let out = tempfile::tempdir().map_err(VerifyError::Temporary)?;
    let output = Command::new("cargo")
        .args(["run", "--quiet"])
        .current_dir(directory)
        .env("FLAGCDK_OUT", out.path())
        .output()
        .map_err(VerifyError::NoCargo)?;
    if !output.status.success() {
        let findings = std::fs::read_to_string(out.path().join("findings.jsonl")).unwrap_or_default();
        let output = format!("{}{findings}", String::from_utf8_lossy(&output.stderr));
        return Err(VerifyError::Failed { directory: directory.to_owned(), output });
    }
    let assembly = Assembly::read(out.path())?;
    let template = serde_json::from_str(assembly.template(project.stack())).expect("an assembly that was read is JSON");
    Ok(migration.differences_to(&template))
}
