//! `flagcdk flag`: the flags of the feature-flag system that is deployed.

mod args;
mod change;
mod get;
mod history;
mod kill;
mod list;
mod replica;
mod rollback;
mod set;
mod show;
mod system;
mod watch;

pub(crate) use self::args::FlagCommand;
pub(crate) use self::system::now;
use crate::args::Global;
use crate::failure::Failure;

/// Runs one of the commands.
pub(crate) async fn run(global: &Global, command: &FlagCommand) -> Result<u8, Failure> {
    let system = system::System::open(global).await?;
    match command {
        FlagCommand::Set(options) => set::run(&system, options).await,
        FlagCommand::Get(options) => get::run(&system, options).await,
        FlagCommand::List(options) => list::run(&system, options).await,
        FlagCommand::History(options) => history::run(&system, options).await,
        FlagCommand::Rollback(options) => rollback::run(&system, options).await,
        FlagCommand::Kill(options) => kill::run(&system, options).await,
        FlagCommand::Watch(options) => watch::run(&system, options).await,
    }
}
