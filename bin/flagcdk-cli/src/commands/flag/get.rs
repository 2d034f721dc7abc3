//! `flagcdk flag get`

use flag_operator::flag_to_json;

use super::args::Get;
use super::show;
use super::system::System;
use crate::failure::Failure;
use crate::ui;

/// Prints a flag as it is, or as it was.
pub(super) async fn run(system: &System, options: &Get) -> Result<u8, Failure> {
    let replica = match options.region {
        Some(region) => system.replica_in(region)?,
        None => system.home(),
    };
    let flag = flag_operator::get(&replica, &options.flag, options.at).await;
    let flag = flag.map_err(|error| system.failure(error))?;
    let document = flag_to_json(&flag);
    if system.json {
        ui::data(serde_json::to_string_pretty(&document).expect("a document is plain data"));
    } else {
        ui::data(show::document(&document));
    }
    Ok(0)
}
