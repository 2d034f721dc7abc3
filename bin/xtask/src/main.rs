//! The project's own chores, run as `cargo xtask <name>`. Each chore is a module with its arguments and a `run`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to whoever runs it")]

mod codegen;
mod e2e;
mod functions;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Makes the Rust of `flagcdk-cfn` from the pinned CloudFormation schemas, or renews the schemas themselves.
    Codegen(codegen::Arguments),
    /// Brings the flag system up on this machine, and shows a change going all the way.
    E2e,
    /// Measures how fast and how large the Lambda functions are; needs `redis-server` and `openssl`.
    Functions(functions::Arguments),
    /// Runs every check of the project, and installs what the tests need first.
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Codegen(arguments) => codegen::run(&arguments).map_err(|error| error.to_string()),
        Chore::E2e => e2e::run(),
        Chore::Functions(arguments) => functions::run(&arguments),
        Chore::Test(arguments) => test::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
