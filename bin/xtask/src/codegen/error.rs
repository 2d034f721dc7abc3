//! What can go wrong with generated code.

use std::path::PathBuf;

/// Why nothing was generated, or why what is committed does not do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot read or write: {0}")]
    Io(#[from] std::io::Error),
    #[error("not a zip file as it should be: {0}")]
    Zip(#[from] zip::result::ZipError),
    #[error("not JSON as it should be: {0}")]
    Json(#[from] serde_json::Error),
    #[error("`{command}` failed; run it by hand to see why, or give the file with a flag")]
    Download { command: String },
    #[error("`{path}` has no `{wanted}`; is it the right package?")]
    MissingEntry { path: PathBuf, wanted: &'static str },
    #[error("the pattern `{pattern}` of {types:?} cannot be used; add a fixup in `codegen/fixups.rs`")]
    RefusedPattern { pattern: String, types: Vec<String> },
    #[error("the fixup `{name}` is not needed any more; remove it from `codegen/fixups.rs`")]
    UnusedFixup { name: String },
    #[error("`{type_name}` gives a module that another type of its service has")]
    SameModule { type_name: String },
    #[error("a manifest has no line `{wanted}`")]
    NoFeatures { wanted: &'static str },
    #[error("there would be {got} features, and registries take {most}; add to the groups in `codegen/features.rs`")]
    TooManyFeatures { got: usize, most: usize },
    #[error("not as it would be generated; run `cargo xtask codegen` and commit: {}", listed(files))]
    Stale { files: Vec<PathBuf> },
}

fn listed(files: &[PathBuf]) -> String {
    files.iter().map(|file| format!("\n  constructs/flagcdk-cfn/{}", file.display())).collect()
}
