//! The crate that a migration is written as.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flagcdk_assembly::Finding;

use crate::Migration;

/// A crate, not written yet.
#[derive(Clone, Debug)]
pub struct Project {
    stack: String,
    files: BTreeMap<&'static str, String>,
}

/// Where the crate finds the crates of this project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// In a checkout: the directory of the package `flagcdk`, absolute or relative to the crate.
    Path(PathBuf),
    /// In the registry, at the version of this program.
    Registry,
}

/// Why a crate cannot be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The name is none of a crate and a stack.
    #[error("`{0}` cannot be the name of a crate")]
    BadName(String),
    /// There is something in the directory already.
    #[error("`{0}` is there already and not empty")]
    NotEmpty(PathBuf),
    /// The system does not let it be written.
    #[error("cannot write `{path}`: {reason}")]
    Write {
        /// Which file or directory.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
}

impl ProjectError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::BadName(_) => {
                "give one of lower-case letters, digits and hyphens that begins with a letter: `--name orders`"
            }
            Self::NotEmpty(_) => "name another directory by `--out`, or remove this one",
            Self::Write { .. } => "make it writable, or name another directory by `--out`",
        }
    }
}

impl Project {
    /// The crate of a migration. Its name is also the name of the stack in CloudFormation where it has a hyphen: `prod-orders`
    /// is the stack `Orders` of the app `prod`. Without one, `orders` is the stack `orders-stack`.
    ///
    /// # Errors
    /// If the name is none that a crate and a stack can have.
    pub fn of(migration: &Migration, name: &str, dependency: &Dependency) -> Result<Self, ProjectError> {
        let (app, stack) = app_and_stack(name).ok_or_else(|| ProjectError::BadName(name.to_owned()))?;
        let origin = migration.source().name();
        let features: Vec<String> = migration.features().iter().map(|feature| format!("\"cfn-{feature}\"")).collect();
        let at = match dependency {
            Dependency::Path(library) => format!("path = {:?}", library.display().to_string()),
            Dependency::Registry => format!("version = {:?}", env!("CARGO_PKG_VERSION")),
        };
        let module = migration.module(&stack);
        let mut manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
             # `flagcdk` builds and runs the binary of this package.\n[package.metadata.flagcdk]\n\n[dependencies]\n\
             flagcdk = {{ {at}, features = [{}] }}\n",
            features.join(", ")
        );
        if module.contains("use serde_json") {
            manifest.push_str("serde_json = \"1\"\n");
        }
        // It is no member of a workspace around it.
        manifest.push_str("\n[workspace]\n");
        let mut main = String::new();
        let _ = write!(
            main,
            "//! The stack `{}`, migrated from `{origin}`.\n\nmod stack;\n\nuse flagcdk::{{App, ExitCode, Region, Settings}};\n\n\
             fn app(_settings: &Settings) -> App {{\n    let app = App::new({app:?}, Region::US_EAST_1);\n    \
             stack::stack(&app);\n    app\n}}\n\nfn main() -> ExitCode {{\n    flagcdk::main(app)\n}}\n",
            stack_name(&app, &stack),
        );
        let files = BTreeMap::from([("Cargo.toml", manifest), ("src/main.rs", main), ("src/stack.rs", module)]);
        Ok(Self { stack, files })
    }

    /// The id of the stack in the app.
    pub fn stack(&self) -> &str {
        &self.stack
    }

    /// The files, by their paths in the crate.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (*path, text.as_str()))
    }

    /// Writes the crate to a directory that is empty or not there yet.
    ///
    /// # Errors
    /// If there is something in the directory, or it cannot be written.
    pub fn write(&self, directory: &Path) -> Result<(), ProjectError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |reason| ProjectError::Write { path, reason }
        };
        let is_empty = match std::fs::read_dir(directory) {
            Ok(mut entries) => entries.next().is_none(),
            Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => true,
            Err(reason) => return Err(failed(directory)(reason)),
        };
        if !is_empty {
            return Err(ProjectError::NotEmpty(directory.to_owned()));
        }
        let source = directory.join("src");
        std::fs::create_dir_all(&source).map_err(failed(&source))?;
        for (path, text) in &self.files {
            let path = directory.join(path);
            std::fs::write(&path, text).map_err(failed(&path))?;
        }
        Ok(())
    }
}

impl From<ProjectError> for Finding {
    fn from(error: ProjectError) -> Self {
        Self::error("migrate::project", "the crate", error.to_string(), error.help())
    }
}

/// The app's name and the stack's id of a crate's name, if it is one.
fn app_and_stack(name: &str) -> Option<(String, String)> {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !starts || !name.split('-').all(is_word) || matches!(name, "test" | "core" | "std" | "alloc" | "flagcdk") {
        return None;
    }
    let Some((app, rest)) = name.split_once('-') else { return Some((name.to_owned(), "Stack".to_owned())) };
    let capital = |word: &str| {
        let (first, others) = word.split_at(1);
        format!("{}{others}", first.to_uppercase())
    };
    Some((app.to_owned(), rest.split('-').map(capital).collect()))
}

/// The name of the stack in CloudFormation.
fn stack_name(app: &str, stack: &str) -> String {
    use flagcdk_core::{App, Placement, Region};
    App::new(app, Region::US_EAST_1).stack(stack, Placement::Home).name()
}
