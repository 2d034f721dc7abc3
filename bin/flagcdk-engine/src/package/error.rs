//! Why an asset could not be packaged, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use flagcdk_assembly::Architecture;

/// Why an asset could not be packaged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// There is no cargo.
    #[error("cannot run `{}`: {source}", cargo.display())]
    NoCargo {
        /// What was tried.
        cargo: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// There is no workspace to build from.
    #[error("`{}` is not in a cargo workspace: neither it nor a directory above has a `Cargo.toml`", directory.display())]
    NoWorkspace {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// The compiler cannot build for the architecture.
    #[error("the function is for {}, and the compiler has no standard library for `{target}`", architecture.as_str())]
    NoTarget {
        /// What the function is to run on.
        architecture: Architecture,
        /// The compiler's name of it.
        target: String,
    },
    /// Cargo could not build the binary.
    #[error("cargo could not build `{binary}` of `{package}` ({status}):\n{output}")]
    BuildFailed {
        /// The cargo package.
        package: String,
        /// The binary.
        binary: String,
        /// How cargo ended, such as `exit status: 101`.
        status: String,
        /// The end of what it said.
        output: String,
        /// Whether it was built for another machine than this one.
        is_cross: bool,
    },
    /// Cargo built everything and told of no such binary.
    #[error("cargo built `{package}` and made no binary `{binary}`")]
    NoExecutable {
        /// The cargo package.
        package: String,
        /// The binary.
        binary: String,
    },
    /// The binary would not run on Lambda.
    #[error("`{}` would not run on Lambda for {}: {}", path.display(), architecture.as_str(), listed(faults))]
    WouldNotRun {
        /// The binary.
        path: PathBuf,
        /// What the function runs on.
        architecture: Architecture,
        /// Everything that speaks against it.
        faults: Vec<ElfFault>,
    },
    /// A directory has files that cannot be packaged.
    #[error("cannot package the directory `{}`: {}", path.display(), listed(faults))]
    Directory {
        /// The directory.
        path: PathBuf,
        /// All of them.
        faults: Vec<DirectoryFault>,
    },
    /// The contents are more than Lambda takes.
    #[error("the asset has {got} bytes before compression, wanted {most} at most; the largest files: {largest}")]
    TooLarge {
        /// How many there are.
        got: u64,
        /// How many there may be.
        most: u64,
        /// The largest files, with their sizes.
        largest: String,
    },
    /// The assembly has an asset of a kind that this version does not know.
    #[error("the asset `{asset}` is of an unknown kind: {kind}")]
    UnknownSource {
        /// The id of the asset.
        asset: String,
        /// What is known of it.
        kind: String,
    },
    /// The file system refused.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write` or `make`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl PackageError {
    /// A stable name such as `package::build-failed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCargo { .. } => "package::no-cargo",
            Self::NoWorkspace { .. } => "package::no-workspace",
            Self::NoTarget { .. } => "package::no-target",
            Self::BuildFailed { .. } => "package::build-failed",
            Self::NoExecutable { .. } => "package::no-executable",
            Self::WouldNotRun { .. } => "package::would-not-run",
            Self::Directory { .. } => "package::directory",
            Self::TooLarge { .. } => "package::too-large",
            Self::UnknownSource { .. } => "package::unknown-source",
            Self::Io { .. } => "package::io",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NoCargo { .. } => "install Rust from https://rustup.rs, or set `CARGO` to the path of cargo".to_owned(),
            Self::NoWorkspace { .. } => "run the command in the directory of the app's sources".to_owned(),
            Self::NoTarget { target, .. } => format!(
                "`rustup target add {target}` and a linker for it, such as that of `cargo-zigbuild`; or set the function's \
                 architecture to this machine's"
            ),
            Self::BuildFailed { is_cross: true, .. } => {
                "if the linker failed: set one for the target in `.cargo/config.toml`, or use that of `cargo-zigbuild`; \
                 otherwise mend what the compiler says"
                    .to_owned()
            }
            Self::BuildFailed { .. } => "mend what the compiler says, then run the same command".to_owned(),
            Self::NoExecutable { package, binary } => {
                format!("add `[[bin]] name = \"{binary}\"` to `{package}`, or name another binary in the app")
            }
            Self::WouldNotRun { faults, .. } => elf_help(faults).to_owned(),
            Self::Directory { .. } => "remove these, or replace them by plain files".to_owned(),
            Self::TooLarge { .. } => "leave out what the function does not need at run time".to_owned(),
            Self::UnknownSource { .. } => "use the same version of flagcdk for the app and for the command".to_owned(),
            Self::Io { .. } => "check that the path is yours and that the disk has room, then run the same command".to_owned(),
        }
    }

    /// Whether this machine is at fault, not the app: the same command may succeed once the machine is mended.
    pub fn is_environment(&self) -> bool {
        matches!(self, Self::NoCargo { .. } | Self::NoTarget { .. } | Self::Io { .. })
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

/// Why a binary would not run on Lambda.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElfFault {
    /// It is no 64-bit ELF file that can be read.
    NotElf {
        /// Why.
        reason: String,
    },
    /// It is for another machine.
    Machine {
        /// What it is for.
        got: String,
        /// What Lambda runs.
        wanted: &'static str,
    },
    /// It needs a newer C library than Amazon Linux 2023 has.
    Glibc {
        /// The newest version that it needs.
        got: String,
        /// The version that there is.
        has: &'static str,
    },
    /// It needs a shared library that is not there.
    Library {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for ElfFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotElf { reason } => write!(f, "it is not a 64-bit ELF executable for Linux: {reason}"),
            Self::Machine { got, wanted } => write!(f, "it is for {got}, wanted {wanted}"),
            Self::Glibc { got, has } => write!(f, "it needs glibc {got}, and Amazon Linux 2023 has {has}"),
            Self::Library { name } => write!(f, "it needs the shared library `{name}`, which Lambda does not have"),
        }
    }
}

/// Why a file of a directory cannot be packaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryFault {
    /// The path in the directory; empty for the directory itself.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for DirectoryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.reason) } else { write!(f, "`{}` {}", self.path, self.reason) }
    }
}

fn elf_help(faults: &[ElfFault]) -> &'static str {
    let any = |test: fn(&ElfFault) -> bool| faults.iter().any(test);
    if any(|fault| matches!(fault, ElfFault::NotElf { .. } | ElfFault::Machine { .. })) {
        "build it for Linux and the function's architecture, with `cargo-zigbuild` or `cargo-lambda` on another machine; or \
         change the function's architecture"
    } else if any(|fault| matches!(fault, ElfFault::Library { .. })) {
        "link the library statically, or use a crate that is written in Rust"
    } else {
        "build against an older glibc: `cargo zigbuild --target x86_64-unknown-linux-gnu.2.34`, or build in a container of \
         Amazon Linux 2023"
    }
}

fn listed(faults: &[impl fmt::Display]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
