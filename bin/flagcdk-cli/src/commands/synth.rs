//! `flagcdk synth`

use crate::args::{Global, Synth};
use crate::failure::Failure;
use crate::{app, ui};

/// Writes the assembly and prints the files, or prints the template of one stack.
pub(crate) async fn run(global: &Global, options: &Synth) -> Result<u8, Failure> {
    let assembly = app::synthesize(global).await?.assembly;
    if let Some(id) = &options.stack {
        if assembly.manifest.stack(id).is_none() {
            let ids: Vec<_> = assembly.manifest.stacks.iter().map(|stack| format!("`{}`", stack.id)).collect();
            return Err(Failure::usage(
                format!("the app has no stack `{id}`"),
                format!("choose among {}", ids.join(", ")),
            ));
        }
        ui::data(assembly.template(id).trim_end());
        return Ok(0);
    }
    ui::findings::show(&assembly.manifest.warnings);
    assembly.write(&options.output)?;
    ui::data(options.output.join(flagcdk_assembly::MANIFEST_FILE).display().to_string());
    for stack in &assembly.manifest.stacks {
        ui::data(options.output.join(&stack.template).display().to_string());
    }
    Ok(0)
}
