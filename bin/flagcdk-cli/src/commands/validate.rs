//! `flagcdk validate`

use flagcdk_assembly::Finding;
use flagcdk_engine::security::sarif;
use flagcdk_engine::validate;

use crate::args::{Format, Global, Validate};
use crate::failure::Failure;
use crate::{app, ui};

/// Checks the app and tells everything that is wrong or unsafe at once.
pub(crate) async fn run(global: &Global, options: &Validate) -> Result<u8, Failure> {
    let assembly = app::synthesize(global).await?.assembly;
    let mut review = validate::review(&assembly);
    review.findings.splice(0..0, assembly.manifest.warnings.clone());
    match options.format.unwrap_or(if global.json { Format::Json } else { Format::Text }) {
        Format::Text => ui::findings::show(&review.findings),
        Format::Json => ui::data(serde_json::to_string_pretty(&review.findings).expect("findings are plain data")),
        Format::Sarif => {
            let report = sarif::report(&assembly, &review);
            ui::data(serde_json::to_string_pretty(&report).expect("a report is plain data"));
        }
    }
    if review.findings.iter().any(Finding::is_error) {
        return Ok(2);
    }
    let suppressed = match review.suppressed.len() {
        0 => String::new(),
        count => format!(", {count} suppressed with a reason"),
    };
    ui::say(format!("{} checked{suppressed}", ui::plan::count(assembly.manifest.stacks.len(), "stack")));
    Ok(0)
}
