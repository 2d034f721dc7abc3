//! An assembly on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{FORMAT_VERSION, Manifest};

/// The name of the manifest's file in an assembly.
pub const MANIFEST_FILE: &str = "manifest.json";

/// A manifest and its templates, as bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// What to deploy.
    pub manifest: Manifest,
    /// The templates by the name of their file.
    pub templates: BTreeMap<String, String>,
}

/// Why an assembly could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssemblyError {
    /// The file system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The manifest is not of the form that this crate writes.
    #[error("cannot understand `{}`: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The manifest is of another version of the format.
    #[error("`{}` has format version {got}, wanted {FORMAT_VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that it has.
        got: u64,
    },
}

impl AssemblyError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check that the directory exists, is yours to write, and that the disk has room",
            Self::Malformed { .. } => "make the assembly again: `flagcdk synth`",
            Self::Version { .. } => {
                "use the same version of flagcdk for the app and for the command, then `flagcdk synth`"
            }
        }
    }
}

impl Assembly {
    /// The template of a stack.
    ///
    /// # Panics
    /// If the id is not a stack's of this assembly; both ways to make one guarantee a template for each stack.
    pub fn template(&self, stack: &str) -> &str {
        let entry = self.manifest.stack(stack).expect("the id is of a stack of this assembly");
        &self.templates[&entry.template]
    }

    /// Writes the manifest and the templates into `directory`, which is made if it does not exist.
    ///
    /// The manifest comes last and in one step, so that a directory with a manifest is a whole assembly. A file whose bytes
    /// are right already is left alone, and templates of stacks that the app no longer has are removed.
    ///
    /// # Errors
    /// [`AssemblyError::Io`] with the path that could not be written.
    pub fn write(&self, directory: &Path) -> Result<(), AssemblyError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| AssemblyError::Io { action: "write", path, source }
        };
        fs::create_dir_all(directory).map_err(failed(directory))?;
        for (name, template) in &self.templates {
            let path = directory.join(name);
            replace(&path, template.as_bytes()).map_err(failed(&path))?;
        }
        let mut json = serde_json::to_string_pretty(&self.manifest).expect("a manifest is plain data");
        json.push('\n');
        let path = directory.join(MANIFEST_FILE);
        replace(&path, json.as_bytes()).map_err(failed(&path))?;
        for entry in fs::read_dir(directory).map_err(failed(directory))? {
            let entry = entry.map_err(failed(directory))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".template.json") && !self.templates.contains_key(&name) {
                fs::remove_file(entry.path()).map_err(failed(&entry.path()))?;
            }
        }
        Ok(())
    }

    /// Reads an assembly that [`Assembly::write`] made.
    ///
    /// # Errors
    /// If a file is missing or unreadable, the manifest is malformed, or it has another version.
    pub fn read(directory: &Path) -> Result<Self, AssemblyError> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|source| AssemblyError::Io {
                action: "read",
                path: path.to_owned(),
                source,
            })
        };
        let path = directory.join(MANIFEST_FILE);
        let text = read(&path)?;
        let malformed = |source| AssemblyError::Malformed { path: path.clone(), source };
        // The version is looked at first: a manifest of another version need not have the fields of this one.
        let value: serde_json::Value = serde_json::from_str(&text).map_err(malformed)?;
        let got = value["format_version"].as_u64().unwrap_or_default();
        if got != u64::from(FORMAT_VERSION) {
            return Err(AssemblyError::Version { path, got });
        }
        let manifest: Manifest = serde_json::from_value(value).map_err(malformed)?;
        let mut templates = BTreeMap::new();
        for stack in &manifest.stacks {
            templates.insert(stack.template.clone(), read(&directory.join(&stack.template))?);
        }
        Ok(Self { manifest, templates })
    }
}

/// Writes a file in one step, by way of a neighbour, unless it holds these bytes already.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    let neighbour = path.with_extension("partial");
    fs::write(&neighbour, bytes)?;
    fs::rename(&neighbour, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Placement, Region, StackEntry};

    fn sample() -> Assembly {
        let mut manifest = Manifest::new("shop", Region::EU_WEST_1, vec![Region::EU_WEST_1]);
        manifest.stacks.push(StackEntry {
            id: "Data".into(),
            name: "dev-shop-data".into(),
            description: String::new(),
            placement: Placement::Home,
            template: "Data.template.json".into(),
            capabilities: vec![],
            tags: BTreeMap::new(),
            depends_on: vec![],
            wires: vec![],
            look_ups: vec![],
            assets: vec![],
        });
        Assembly { manifest, templates: BTreeMap::from([("Data.template.json".into(), "{}\n".into())]) }
    }

    #[test]
    fn what_is_written_is_read_and_what_is_gone_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("Old.template.json"), "{}").unwrap();
        sample().write(directory.path()).unwrap();
        assert_eq!(Assembly::read(directory.path()).unwrap(), sample());
        assert!(!directory.path().join("Old.template.json").exists());
    }

    #[test]
    fn another_version_is_refused_before_its_fields_are_looked_at() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(MANIFEST_FILE), r#"{"format_version": 7}"#).unwrap();
        let error = Assembly::read(directory.path()).unwrap_err();
        assert!(matches!(error, AssemblyError::Version { got: 7, .. }), "{error}");
    }
}
