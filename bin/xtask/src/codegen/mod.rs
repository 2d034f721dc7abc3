//! `cargo xtask codegen`: from CloudFormation's resource schemas to the types of `flagcdk-cfn`.
//!
//! Without flags it works offline, from the archives that are committed in `flagcdk-schemas`. `--refresh` makes these
//! archives anew from two published packages.

mod archive;
mod documentation;
mod emit;
mod error;
mod features;
mod fixups;
mod generate;
mod refresh;
mod regions;
mod service_spec;
mod slim;
mod sources;
mod walk;

use std::path::{Path, PathBuf};

use error::Error;
use generate::Generated;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fails if what is committed differs from what would be generated, and names the files.
    #[arg(long, conflicts_with = "refresh")]
    check: bool,
    /// Makes the archives of schemas anew, before the Rust.
    #[arg(long)]
    refresh: bool,
    /// Shows how much there is of each service, and writes nothing.
    #[arg(long, conflicts_with_all = ["check", "refresh"])]
    stats: bool,
    /// The wheel of cfn-lint to take schemas from; without it the newest is downloaded.
    #[arg(long, requires = "refresh", value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// The tarball of `@aws-cdk/aws-service-spec` to take documentation from; without it the newest is downloaded.
    #[arg(long, requires = "refresh", value_name = "FILE")]
    service_spec: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Error> {
    let constructs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../constructs");
    let (schemas_crate, types_crate) = (constructs.join("flagcdk-schemas"), constructs.join("flagcdk-cfn"));
    if arguments.refresh {
        let sources = sources::find(arguments.wheel.as_deref(), arguments.service_spec.as_deref())?;
        println!("{}", refresh::refresh(&sources, &schemas_crate)?);
    }
    let generated = Generated::from_archives(&schemas_crate.join("data"), &types_crate)?;
    if arguments.stats {
        println!("{}", generated.statistics());
    } else if arguments.check {
        let stale = generated.stale(&types_crate)?;
        if !stale.is_empty() {
            return Err(Error::Stale { files: stale.into_iter().collect() });
        }
    } else {
        println!("{} files written", generated.write(&types_crate)?);
    }
    Ok(())
}
