//! `flagcdk flag kill`

use flag_model::ChangeNote;
use flag_operator::Edit;

use super::args::Kill;
use super::change;
use super::system::{System, now};
use crate::failure::Failure;

/// Switches a flag off for everybody, or on again.
pub(super) async fn run(system: &System, options: &Kill) -> Result<u8, Failure> {
    let edit = Edit { kill_switch: Some(!options.undo), ..Edit::default() };
    let note = system.note(&options.note).await?;
    // Whoever pulls the switch has no time; whoever puts it back has.
    let note = ChangeNote { emergency: note.emergency || !options.undo, ..note };
    let operator = system.operator()?;
    let proposal = operator.propose(&options.flag, &edit, &note, now()).await.map_err(|error| system.failure(error))?;
    change::make(system, &operator, &proposal, &options.how).await
}
