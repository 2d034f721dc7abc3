//! `flagcdk validate`

use flagcdk_assembly::Finding;

use crate::args::Global;
use crate::failure::Failure;
use crate::{app, ui};

/// Checks the app and tells everything that is wrong at once.
pub(crate) async fn run(global: &Global) -> Result<u8, Failure> {
    let assembly = app::synthesize(global).await?.assembly;
    let findings = app::check(&assembly);
    if global.json {
        ui::data(serde_json::to_string_pretty(&findings).expect("findings are plain data"));
    } else {
        ui::findings::show(&findings);
    }
    if findings.iter().any(Finding::is_error) {
        return Ok(2);
    }
    ui::say(format!("{} checked", ui::plan::count(assembly.manifest.stacks.len(), "stack")));
    Ok(0)
}
