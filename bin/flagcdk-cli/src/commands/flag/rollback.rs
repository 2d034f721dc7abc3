//! `flagcdk flag rollback`

use flag_model::ChangeNote;

use super::args::Rollback;
use super::change;
use super::system::{System, now};
use crate::failure::Failure;

/// Takes the current version of a flag back.
pub(super) async fn run(system: &System, options: &Rollback) -> Result<u8, Failure> {
    let note = system.note(&options.note).await?;
    // The record of a rollback outlives everything, and says why.
    let reason = if note.reason.is_empty() { "rolled back by an operator".to_owned() } else { note.reason };
    let note = ChangeNote { reason, ..note };
    let operator = system.operator()?;
    let proposal = operator.propose_rollback(&options.flag, options.to, &note, now()).await;
    let proposal = proposal.map_err(|error| system.failure(error))?;
    change::make(system, &operator, &proposal, &options.how).await
}
