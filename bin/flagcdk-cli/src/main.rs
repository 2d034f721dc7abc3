//! `flagcdk`: synthesizes an app of typed constructs and deploys it to its regions.

mod app;
mod args;
mod cloud;
mod commands;
mod failure;
mod ui;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};
use crate::failure::Failure;

/// Synthesizing and validating make some hundred thousand small values, and an allocator for these takes a fifth of the time away.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    args.color.write_global();
    let global = args.global;
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::environment(format!("cannot start: {error}"), "free memory or file handles").show();
        }
    };
    let outcome = runtime.block_on(async {
        match args.command {
            Command::Init(options) => commands::init::run(&options),
            Command::List => interruptible(commands::list::run(&global)).await,
            Command::Synth(options) => interruptible(commands::synth::run(&global, &options)).await,
            Command::Validate(options) => interruptible(commands::validate::run(&global, &options)).await,
            Command::Migrate(options) => commands::migrate::run(&options),
            Command::Diff(options) => interruptible(commands::diff::run(&global, &options)).await,
            Command::Deploy(options) => interruptible(commands::deploy::run(&global, &options)).await,
            Command::Status => interruptible(commands::status::run(&global)).await,
            Command::Destroy(options) => interruptible(commands::destroy::run(&global, &options)).await,
            Command::Bootstrap(options) => interruptible(commands::bootstrap::run(&global, &options)).await,
            Command::Flag(command) => interruptible(commands::flag::run(&global, &command)).await,
            Command::Rules(command) => commands::rules::run(&global, &command),
        }
    });
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => failure.show(),
    }
}

/// Runs a command until it ends or somebody stops it. What it asked of the cloud goes on there; since nothing but the
/// cloud's own state is needed to resume, the command is simply dropped.
async fn interruptible(command: impl Future<Output = Result<u8, Failure>>) -> Result<u8, Failure> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .map_err(|error| Failure::environment(format!("cannot listen to signals: {error}"), "run it again"))?;
    tokio::select! {
        outcome = command => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted { code: 130 }),
        _ = terminate.recv() => Err(Failure::Interrupted { code: 143 }),
    }
}
