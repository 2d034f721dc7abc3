//! `cargo xtask codegen`: from CloudFormation's resource schemas to the types of `flagcdk-cfn`.
//!
//! Without flags it works offline, from the archives that are committed in `flagcdk-schemas`. `--refresh` makes these
//! archives anew from two published packages.

mod archive;
mod error;
mod fixups;
mod refresh;
mod regions;
mod slim;
mod sources;
mod walk;

use std::path::{Path, PathBuf};

use error::Error;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fails if what is committed differs from what would be generated, and names the files.
    #[arg(long, conflicts_with = "refresh")]
    check: bool,
    /// Makes the archives of schemas anew, before the Rust.
    #[arg(long)]
    refresh: bool,
    /// The wheel of cfn-lint to take schemas from; without it the newest is downloaded.
    #[arg(long, requires = "refresh", value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// The tarball of `@aws-cdk/aws-service-spec` to take documentation from; without it the newest is downloaded.
    #[arg(long, requires = "refresh", value_name = "FILE")]
    service_spec: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    if arguments.refresh {
        let sources = sources::find(arguments.wheel.as_deref(), arguments.service_spec.as_deref())?;
        println!("{}", refresh::refresh(&sources, &constructs().join("flagcdk-schemas"))?);
    }
    Ok(())
}

/// The folder of the crates that this chore writes.
fn constructs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../constructs")
}
