//! Runs cargo. For a simulator, functions are built in the profile and target directory that the command itself was built in, so
//! that nothing is compiled twice.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use flagcdk_assembly::Architecture;
use serde_json::Value as Json;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::error::PackageError;
use super::progress::{self, Heard};
use super::{PackageEvent, PackageOptions};

/// How much of what cargo said an error repeats.
const TAIL_LINES: usize = 60;

/// What is built.
pub(super) struct Target<'a> {
    pub(super) package: &'a str,
    pub(super) binary: &'a str,
    pub(super) purpose: Purpose,
}

/// What a binary is built for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// A function on Lambda: optimized, for its architecture.
    Lambda(Architecture),
    /// To be run here and now, once: compiling it must take little time.
    Here,
}

impl Target<'_> {
    /// The compiler's name of the machine that the binary runs on, unless it is this one.
    fn foreign(&self) -> Option<&'static str> {
        let (name, triple) = match self.purpose {
            Purpose::Here => return None,
            Purpose::Lambda(Architecture::X86_64) => ("x86_64", "x86_64-unknown-linux-gnu"),
            Purpose::Lambda(Architecture::Arm64) => ("aarch64", "aarch64-unknown-linux-gnu"),
        };
        (std::env::consts::OS != "linux" || std::env::consts::ARCH != name).then_some(triple)
    }
}

/// Builds a binary and says where it lies.
pub(super) async fn build(
    asset: &str,
    target: &Target<'_>,
    options: &PackageOptions,
    progress: &mut dyn FnMut(PackageEvent),
) -> Result<PathBuf, PackageError> {
    check_workspace(&options.directory)?;
    if let (Purpose::Lambda(architecture), Some(triple)) = (target.purpose, target.foreign()) {
        check_standard_library(options, architecture, triple).await?;
    }
    let mut child = start(target, options)?;
    progress(PackageEvent::BuildStarted {
        asset: asset.to_owned(),
        package: target.package.to_owned(),
        binary: target.binary.to_owned(),
    });
    let mut listener = Listener {
        asset,
        binary: target.binary,
        silence: options.silence,
        progress,
        executable: None,
        tail: Vec::new(),
    };
    let status = listener.listen(&mut child).await.map_err(|source| no_cargo(options, source))?;
    let Listener { executable, tail, .. } = listener;
    if !status.success() {
        return Err(PackageError::BuildFailed {
            package: target.package.to_owned(),
            binary: target.binary.to_owned(),
            status: status.to_string(),
            output: tail.join("\n"),
            is_cross: target.foreign().is_some(),
        });
    }
    executable.ok_or_else(|| PackageError::NoExecutable {
        package: target.package.to_owned(),
        binary: target.binary.to_owned(),
    })
}

fn check_workspace(directory: &Path) -> Result<(), PackageError> {
    let absolute = std::path::absolute(directory).map_err(PackageError::io("read", directory))?;
    match absolute.ancestors().any(|above| above.join("Cargo.toml").is_file()) {
        true => Ok(()),
        false => Err(PackageError::NoWorkspace { directory: directory.to_owned() }),
    }
}

/// The compiler has a standard library for the target, or says where one would be.
async fn check_standard_library(
    options: &PackageOptions,
    architecture: Architecture,
    triple: &str,
) -> Result<(), PackageError> {
    // The compiler beside cargo is the one that cargo takes.
    let beside = options.cargo.with_file_name("rustc");
    let rustc = if options.cargo.parent().is_some_and(|parent| parent.join("rustc").is_file()) {
        beside
    } else {
        "rustc".into()
    };
    let output = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", triple])
        .current_dir(&options.directory)
        .output()
        .await;
    // A compiler that cannot be asked is cargo's to complain about.
    let Ok(output) = output else { return Ok(()) };
    let libraries = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() && Path::new(&libraries).is_dir() {
        return Ok(());
    }
    Err(PackageError::NoTarget { architecture, target: triple.to_owned() })
}

fn start(target: &Target<'_>, options: &PackageOptions) -> Result<Child, PackageError> {
    let mut command = Command::new(&options.cargo);
    command.arg("build");
    match target.purpose {
        Purpose::Lambda(_) if options.optimize => {
            // A workspace that does not have the profile has it now; one that has says what it is.
            command.args(["--config", "profile.lambda.inherits=\"release\"", "--profile", "lambda"]);
        }
        Purpose::Lambda(_) => _ = command.arg("--release"),
        Purpose::Here => {}
    }
    command.args(["--package", target.package, "--bin", target.binary]);
    // Messages tell where the binary lies; what is for people goes to the standard error.
    command.args(["--message-format", "json-render-diagnostics"]);
    if let Some(triple) = target.foreign() {
        command.args(["--target", triple]);
    }
    command
        .current_dir(&options.directory)
        // The bar of progress is the only place where cargo says how much is left.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "160")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_QUIET", "false")
        .env("CARGO_TERM_VERBOSE", "false")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command.spawn().map_err(|source| no_cargo(options, source))
}

fn no_cargo(options: &PackageOptions, source: io::Error) -> PackageError {
    PackageError::NoCargo { cargo: options.cargo.clone(), source }
}

/// Turns what cargo says into events, and remembers what is needed afterwards.
struct Listener<'a> {
    asset: &'a str,
    binary: &'a str,
    silence: Duration,
    progress: &'a mut dyn FnMut(PackageEvent),
    executable: Option<PathBuf>,
    /// The last lines for people, for the error.
    tail: Vec<String>,
}

impl Listener<'_> {
    /// Listens until both outputs are closed and cargo has ended.
    async fn listen(&mut self, child: &mut Child) -> io::Result<ExitStatus> {
        let mut messages = Lines::new(child.stdout.take().expect("the output is piped"));
        let mut texts = Lines::new(child.stderr.take().expect("the output is piped"));
        let started = Instant::now();
        let (mut messages_open, mut texts_open) = (true, true);
        while messages_open || texts_open {
            tokio::select! {
                line = messages.next(), if messages_open => match line? {
                    Some(line) => self.message(&line),
                    None => messages_open = false,
                },
                line = texts.next(), if texts_open => match line? {
                    Some(line) => self.text(&line),
                    None => texts_open = false,
                },
                () = tokio::time::sleep(self.silence) => {
                    let seconds = started.elapsed().as_secs();
                    (self.progress)(PackageEvent::StillBuilding { asset: self.asset.to_owned(), seconds });
                }
            }
        }
        child.wait().await
    }

    /// A message for programs, see
    /// [artifact messages](https://doc.rust-lang.org/cargo/reference/external-tools.html#artifact-messages).
    fn message(&mut self, line: &str) {
        let Ok(message) = serde_json::from_str::<Json>(line) else { return };
        if message["reason"] != "compiler-artifact" || message["target"]["name"] != self.binary {
            return;
        }
        let is_binary =
            message["target"]["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "bin"));
        if let Some(path) = message["executable"].as_str().filter(|_| is_binary) {
            self.executable = Some(path.into());
        }
    }

    /// A line for people.
    fn text(&mut self, line: &str) {
        let asset = self.asset.to_owned();
        match progress::hear(line) {
            Heard::Nothing => {}
            Heard::Progress { done, total, names } => {
                (self.progress)(PackageEvent::Compiling { asset, done, total, names });
            }
            Heard::Text(line) => {
                if self.tail.len() == TAIL_LINES {
                    self.tail.remove(0);
                }
                self.tail.push(line.to_owned());
                (self.progress)(PackageEvent::CargoSaid { asset, line: line.to_owned() });
            }
        }
    }
}

/// Splits what is read at line feeds and carriage returns: the bar of progress is drawn over itself.
struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// How much of the buffer is known to have no end of a line.
    scanned: usize,
    ended: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), scanned: 0, ended: false }
    }

    /// The next line, or none at the end. Nothing is lost if the future is dropped.
    async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let end = self.buffer[self.scanned..].iter().position(|byte| *byte == b'\n' || *byte == b'\r');
            if let Some(end) = end {
                let line: Vec<u8> = self.buffer.drain(..=self.scanned + end).collect();
                self.scanned = 0;
                return Ok(Some(String::from_utf8_lossy(&line[..line.len() - 1]).into_owned()));
            }
            self.scanned = self.buffer.len();
            if self.ended {
                let rest = std::mem::take(&mut self.buffer);
                self.scanned = 0;
                return Ok((!rest.is_empty()).then(|| String::from_utf8_lossy(&rest).into_owned()));
            }
            self.ended = self.reader.read_buf(&mut self.buffer).await? == 0;
        }
    }
}
