//! `cargo xtask e2e`: the shipped flag system on this machine, and a change that goes all the way.
// The futures of the SDK lie deep within one another.
#![recursion_limit = "256"]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it talks to whoever runs it")]

use std::process::ExitCode;
use std::time::Duration;

use flagcdk_tests::local_run::run;
use tokio::signal::unix::{SignalKind, signal};

/// After how long a run is given up. It takes some ten seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whatever ends the run, the servers that it has started end with it: they are dropped with the future.
#[tokio::main]
async fn main() -> ExitCode {
    let outcome = tokio::select! {
        outcome = tokio::time::timeout(PATIENCE, whole_run()) => {
            outcome.unwrap_or_else(|_| Err(format!("the run was given up after {} s", PATIENCE.as_secs())))
        }
        () = told_to_end() => Err("interrupted".to_owned()),
    };
    match outcome {
        Ok(()) => {
            println!("every arrow was seen");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn whole_run() -> Result<(), String> {
    let own = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    let directory = own.parent().ok_or("this program is in no directory")?;
    run(directory, |line| println!("{line}")).await
}

/// Ctrl-C, and what `kill` sends.
async fn told_to_end() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
