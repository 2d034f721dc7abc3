//! Packaging by data: directories and binaries, right ones and wrong ones, and a cache that somebody has damaged.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "the functions here are parts of tests")]

mod binaries;
mod builds;
mod directories;

use std::fs;
use std::path::Path;

use flagcdk_assembly::{Architecture, Assembly, Asset, AssetSource, Manifest, Region};
use flagcdk_engine::{PackageError, PackageEvent, PackageOptions, Packaged, PackagedAsset, package};

/// An app with one asset.
fn app(source: AssetSource) -> Assembly {
    let mut manifest = Manifest::new("shop", Region::EU_WEST_1, vec![Region::EU_WEST_1]);
    manifest.assets.push(Asset { id: "Code".into(), source });
    Assembly { manifest, templates: Default::default() }
}

fn directory(path: &str) -> Assembly {
    app(AssetSource::Directory { path: path.into() })
}

fn host() -> Architecture {
    if std::env::consts::ARCH == "aarch64" { Architecture::Arm64 } else { Architecture::X86_64 }
}

fn binary(package: &str) -> Assembly {
    app(AssetSource::CargoBinary { package: package.into(), binary: "bootstrap".into(), architecture: host() })
}

/// Packages the one asset of an app, and says what happened on the way.
fn run(app: &Assembly, options: &PackageOptions) -> (Result<PackagedAsset, PackageError>, Vec<PackageEvent>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut events = Vec::new();
    let packaged = runtime.block_on(package(app, options, &mut |event| events.push(event)));
    (packaged.map(|Packaged { mut assets }| assets.remove("Code").unwrap()), events)
}

/// Whether the zip file was there already.
fn was_cached(events: &[PackageEvent]) -> bool {
    matches!(events.last(), Some(PackageEvent::Packaged { cached: true, .. }))
}

fn write(root: &Path, name: &str, contents: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, contents).unwrap();
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
