//! Which app a command works on.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::failure::Failure;

/// What `--app` says for the feature-flag system that is linked into the command.
pub(crate) const BUILT_IN: &str = "builtin";

const MANIFEST: &str = "Cargo.toml";

/// Where an app comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The feature-flag system.
    BuiltIn,
    /// A cargo package whose binary writes an assembly, see [`flagcdk::main`].
    Package(Package),
}

/// A cargo package with an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The binary that writes the assembly.
    pub(crate) binary: String,
    /// Where its `Cargo.toml` lies.
    pub(crate) directory: PathBuf,
}

/// The app that was asked for, else the nearest one at or above the directory, else the built-in one.
pub(crate) fn find(asked: Option<&Path>, here: &Path) -> Result<Source, Failure> {
    match asked {
        Some(path) if path == Path::new(BUILT_IN) => Ok(Source::BuiltIn),
        Some(path) => {
            // People name the manifest as well as its directory.
            let directory = if path.ends_with(MANIFEST) { path.parent().unwrap_or(here) } else { path };
            let directory = if directory.as_os_str().is_empty() { here } else { directory };
            let package = read(directory)?;
            package.map(Source::Package).ok_or_else(|| {
                Failure::usage(
                    format!("`{}` is not an app: it has no `[package.metadata.flagcdk]`", directory.join(MANIFEST).display()),
                    "add the line `[package.metadata.flagcdk]` to the package whose binary calls `flagcdk::main`, or make a new app with `flagcdk init`",
                )
            })
        }
        None => {
            for directory in here.ancestors().filter(|directory| directory.join(MANIFEST).is_file()) {
                if let Some(package) = read(directory)? {
                    return Ok(Source::Package(package));
                }
            }
            Ok(Source::BuiltIn)
        }
    }
}

/// The app of the package in a directory, if its manifest says that it has one.
fn read(directory: &Path) -> Result<Option<Package>, Failure> {
    let path = directory.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::usage(
            format!("cannot read `{}`: {error}", path.display()),
            "pass the directory of a cargo package to `--app`",
        )
    })?;
    let manifest: Table = text.parse().map_err(|error| {
        Failure::usage(format!("cannot understand `{}`: {error}", path.display()), "mend the manifest")
    })?;
    let Some(package) = manifest.get("package").and_then(Value::as_table) else { return Ok(None) };
    let metadata = package.get("metadata").and_then(|metadata| metadata.get("flagcdk"));
    let (Some(name), Some(metadata)) = (package.get("name").and_then(Value::as_str), metadata) else { return Ok(None) };
    let binary = metadata.get("bin").or_else(|| package.get("default-run")).and_then(Value::as_str).unwrap_or(name);
    Ok(Some(Package { name: name.to_owned(), binary: binary.to_owned(), directory: directory.to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(directory: &Path, manifest: &str) {
        std::fs::create_dir_all(directory).unwrap();
        std::fs::write(directory.join(MANIFEST), manifest).unwrap();
    }

    #[test]
    fn the_nearest_app_is_taken_and_else_the_built_in_one() {
        let root = tempfile::tempdir().unwrap();
        let (shop, inner) = (root.path().join("shop"), root.path().join("shop/tools/src"));
        package(root.path(), "[workspace]\nmembers = [\"shop\"]");
        package(&shop, "[package]\nname = \"shop\"\n[package.metadata.flagcdk]");
        package(&shop.join("tools"), "[package]\nname = \"tools\"");
        std::fs::create_dir_all(&inner).unwrap();
        let app = Source::Package(Package { name: "shop".into(), binary: "shop".into(), directory: shop.clone() });
        assert_eq!(find(None, &inner).unwrap(), app);
        assert_eq!(find(None, root.path()).unwrap(), Source::BuiltIn);
        assert_eq!(find(Some(&shop), root.path()).unwrap(), app);
        assert_eq!(find(Some(&shop.join(MANIFEST)), root.path()).unwrap(), app);
        assert_eq!(find(Some(Path::new(BUILT_IN)), &inner).unwrap(), Source::BuiltIn);
    }

    #[test]
    fn the_binary_is_named_by_the_metadata_or_is_the_default_one() {
        let root = tempfile::tempdir().unwrap();
        for (more, expected) in [
            ("[package.metadata.flagcdk]\nbin = \"stacks\"", "stacks"),
            ("default-run = \"main\"\n[package.metadata.flagcdk]", "main"),
            ("default-run = \"main\"\n[package.metadata.flagcdk]\nbin = \"stacks\"", "stacks"),
        ] {
            package(root.path(), &format!("[package]\nname = \"shop\"\n{more}"));
            let Ok(Source::Package(package)) = find(None, root.path()) else { panic!("{more} is an app") };
            assert_eq!(package.binary, expected);
        }
    }

    #[test]
    fn what_is_not_an_app_is_refused_when_it_was_asked_for() {
        let root = tempfile::tempdir().unwrap();
        assert!(find(Some(root.path()), root.path()).is_err());
        package(root.path(), "[package]\nname = \"tools\"");
        assert!(find(Some(root.path()), root.path()).is_err());
        package(root.path(), "[package");
        assert!(find(None, root.path()).is_err());
    }
}
