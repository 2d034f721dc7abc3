//! Packaging: the assets of an assembly become zip files that are named after their contents.
//!
//! A binary is built by cargo, judged by its ELF headers and zipped as a Lambda function's `bootstrap`; a directory is zipped
//! as it is. The same contents give the same bytes, whatever the clock, the umask or the order of the file system says, so
//! that a second deploy uploads nothing.
//!
//! | file | subject |
//! |---|---|
//! | `build`, `progress` | cargo is run, and what it says becomes events |
//! | `elf` | the binary runs where Lambda runs it |
//! | `tree` | the files of a directory, and nothing from outside of it |
//! | `archive`, `cache` | zip files that depend on their contents alone, and are trusted only by their digest |

mod archive;
mod build;
mod cache;
mod elf;
mod error;
mod progress;
mod tree;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flagcdk_assembly::{Architecture, Assembly, Asset, AssetSource};

pub use error::{DirectoryFault, ElfFault, PackageError};

use crate::PublishedFile;

/// Where things are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageOptions {
    /// The cargo to build with: a path, or a name that is looked up in `PATH`.
    pub cargo: PathBuf,
    /// A directory in the workspace of the app; cargo runs there, and directory assets are relative to it.
    pub directory: PathBuf,
    /// Where zip files are kept. It is made if it does not exist, and may be deleted at any time.
    pub cache: PathBuf,
    /// Whether binaries for Lambda are made small and quick to start, in cargo's profile `lambda`; by default. That takes some
    /// minutes more than the profile `release`, which does for a simulator.
    pub optimize: bool,
    /// After how long without a word from cargo an event says that it is still running; 5 s.
    pub silence: Duration,
}

impl PackageOptions {
    /// The options for an app in this directory, with the cargo that runs this process (the variable `CARGO`) or the first
    /// one in `PATH`.
    pub fn new(directory: impl Into<PathBuf>, cache: impl Into<PathBuf>) -> Self {
        let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        Self {
            cargo,
            directory: directory.into(),
            cache: cache.into(),
            optimize: true,
            silence: Duration::from_secs(5),
        }
    }
}

/// What packaging made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packaged {
    /// The zip files by the id of their asset.
    pub assets: BTreeMap<String, PackagedAsset>,
}

/// The zip file of one asset.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackagedAsset {
    /// Where it lies on this machine.
    pub path: PathBuf,
    /// The SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
    /// Its key in the buckets, `assets/<sha256>.zip`.
    pub key: String,
}

impl Packaged {
    /// The files to publish, each once.
    pub fn files(&self) -> Vec<PublishedFile> {
        let files = self.assets.values().map(|asset| PublishedFile {
            key: asset.key.clone(),
            sha256: asset.sha256.clone(),
            path: asset.path.clone(),
        });
        files.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
    }

    /// The keys in the buckets by the id of the asset.
    pub fn keys(&self) -> BTreeMap<String, String> {
        self.assets.iter().map(|(id, asset)| (id.clone(), asset.key.clone())).collect()
    }
}

/// Something that happened while assets were packaged.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackageEvent {
    /// Cargo was started.
    BuildStarted {
        /// The id of the asset.
        asset: String,
        /// The cargo package.
        package: String,
        /// The binary.
        binary: String,
    },
    /// Cargo got on.
    Compiling {
        /// The id of the asset.
        asset: String,
        /// How many units are done.
        done: u32,
        /// How many there are.
        total: u32,
        /// What is being compiled now, such as `aws-sdk-sns, tokio`.
        names: String,
    },
    /// Cargo said something else: that it waits for a lock, downloads, or has a warning.
    CargoSaid {
        /// The id of the asset.
        asset: String,
        /// One line, without colors.
        line: String,
    },
    /// Nothing else was heard of cargo for a few seconds; it is still running.
    StillBuilding {
        /// The id of the asset.
        asset: String,
        /// For how long it has been running.
        seconds: u64,
    },
    /// The asset's zip file is ready.
    Packaged {
        /// The id of the asset.
        asset: String,
        /// How many bytes the zip file has.
        size: u64,
        /// Whether it was there already, with the right bytes.
        cached: bool,
    },
}

/// Packages every asset of an assembly.
///
/// Each binary is built once however many assets use it. Progress is told as it happens; there is no longer time without
/// an event than [`PackageOptions::silence`]. If the future is dropped, cargo is stopped, and no half file stays under a name that is trusted.
///
/// # Errors
/// The first asset that could not be packaged. Nothing outside of cargo's target directory and the cache was written.
pub async fn package(
    assembly: &Assembly,
    options: &PackageOptions,
    progress: &mut dyn FnMut(PackageEvent),
) -> Result<Packaged, PackageError> {
    let mut packaged = Packaged::default();
    let mut done: Vec<(&AssetSource, PackagedAsset)> = Vec::new();
    for asset in &assembly.manifest.assets {
        let known = done.iter().find(|(source, _)| *source == &asset.source).map(|(_, known)| known.clone());
        let made = match known {
            Some(known) => known,
            None => {
                let (made, cached) = package_one(asset, options, progress).await?;
                progress(PackageEvent::Packaged { asset: asset.id.clone(), size: made.size, cached });
                done.push((&asset.source, made.clone()));
                made
            }
        };
        packaged.assets.insert(asset.id.clone(), made);
    }
    Ok(packaged)
}

async fn package_one(
    asset: &Asset,
    options: &PackageOptions,
    progress: &mut dyn FnMut(PackageEvent),
) -> Result<(PackagedAsset, bool), PackageError> {
    let cache = options.cache.clone();
    match &asset.source {
        AssetSource::CargoBinary { package, binary, architecture } => {
            let target = build::Target { package, binary, purpose: build::Purpose::Lambda(*architecture) };
            let executable = build::build(&asset.id, &target, options, progress).await?;
            let architecture = *architecture;
            blocking(move || package_binary(&executable, architecture, &cache)).await
        }
        AssetSource::Directory { path } => {
            let (base, path) = (options.directory.clone(), path.clone());
            blocking(move || cache::zip_of(tree::read(&base, Path::new(&path))?, &cache)).await
        }
        other => Err(PackageError::UnknownSource { asset: asset.id.clone(), kind: format!("{other:?}") }),
    }
}

/// Builds a binary that is to be run here, such as an app that writes an assembly, and says where it lies. `name` is what the
/// events call it.
///
/// It is built without optimization, since it runs once and for a moment.
///
/// # Errors
/// If there is no cargo, or it could not build the binary.
pub async fn build_program(
    name: &str,
    package: &str,
    binary: &str,
    options: &PackageOptions,
    progress: &mut dyn FnMut(PackageEvent),
) -> Result<PathBuf, PackageError> {
    let target = build::Target { package, binary, purpose: build::Purpose::Here };
    build::build(name, &target, options, progress).await
}

/// Judges a binary and zips it as a Lambda function's `bootstrap`. Says whether the zip file was there already.
///
/// # Errors
/// If it cannot be read, would not run, or the cache cannot be written to.
pub fn package_binary(
    executable: &Path,
    architecture: Architecture,
    cache: &Path,
) -> Result<(PackagedAsset, bool), PackageError> {
    let bytes = std::fs::read(executable).map_err(PackageError::io("read", executable))?;
    let faults = elf::faults(&bytes, architecture);
    if !faults.is_empty() {
        return Err(PackageError::WouldNotRun { path: executable.to_owned(), architecture, faults });
    }
    let bootstrap = archive::Entry { name: "bootstrap".to_owned(), is_executable: true, bytes };
    cache::zip_of(vec![bootstrap], cache)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PackageError> + Send + 'static,
) -> Result<T, PackageError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => unreachable!("the work is never aborted"),
        },
    }
}
